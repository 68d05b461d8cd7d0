// Pooling against the interpreter, after a bias and a relu as networks have it, with the gradients of
// image and bias: windows side by side, overlapping, apart and padded, rows shorter and longer than a
// vector, ties and NaN.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { prefetchLines } from "../../src/compile/lower/prefetch-lines.ts";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import { printKernel } from "../../src/ir/print-kernel.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import type { Target } from "../../src/render/renderer.ts";
import { avgPool2d, type MaxPoolOptions, maxPool2d } from "../../src/tensor/pooling.ts";
import { fromNode } from "../../src/tensor/tensor.ts";
import { filled } from "../grad/values.ts";
import { uniforms } from "../ir/ops.samples.ts";
import { disagreement, evaluateOn } from "../support/agreement.ts";

interface Case {
  readonly x: readonly number[];
  readonly size: number | readonly number[];
  readonly options?: MaxPoolOptions;
}

const cases: Readonly<Record<string, Case>> = {
  "2 by 2": { x: [3, 2, 6, 14], size: 2 },
  "2 by 2, rows of several vectors": { x: [2, 2, 4, 70], size: 2 },
  "2 by 2, a row left over": { x: [2, 3, 5, 13], size: 2 },
  "3 by 3": { x: [2, 2, 9, 21], size: 3 },
  "4 by 1": { x: [2, 2, 8, 9], size: [4, 1] },
  "1 by 5": { x: [2, 2, 3, 25], size: [1, 5] },
  "3 by 3, stride 2, padding 1": {
    x: [2, 2, 9, 19],
    size: 3,
    options: { stride: 2, padding: 1 },
  },
  "2 by 2, stride 3": { x: [2, 2, 8, 20], size: 2, options: { stride: 3 } },
};

const target = (vectorBytes: number): Target => ({
  vectorBytes,
  mixedWidths: vectorBytes === 64,
  vectorRegisters: vectorBytes === 64 ? 32 : 16,
  fma: true,
  cache: { l1: 1 << 15, l2: 1 << 20 },
  prefetching: prefetchLines(64),
  without: new Set(),
});

/** Pooled, and by image and bias the gradients for a gradient that is an input too. */
function pooled({ x, size, options }: Case): { inputs: Node[]; outputs: Node[] } {
  const image = b.input(0, x, "f32");
  const bias = b.input(1, [x[1] as number], "f32");
  const sum = b.add(image, b.reshape(bias, [x[1] as number, 1, 1]));
  const zero = b.constant(0, "f32");
  const y = maxPool2d(fromNode(b.where(b.less(zero, sum), sum, zero)), size, options).node;
  const g = b.input(2, y.shape, "f32");
  const slopes = backward([y], [g], [image, bias]) as Node[];
  return { inputs: [image, bias, g], outputs: [y, ...slopes] };
}

/** Few different values, so that windows have ties. */
function numbersFor(inputs: readonly Node[], odd?: number): Map<Node, TypedArray> {
  const random = uniforms(11);
  return new Map(
    inputs.map((node, slot) => {
      const list = Array.from(
        { length: sizeOf(node.shape) },
        () => Math.floor(random() * 5) / 2 - 1,
      );
      if (odd !== undefined && slot === 0) list[3] = odd;
      return [node, filled(node.dtype, list)];
    }),
  );
}

describe.each([4, 16])("%i lanes", (lanes) => {
  const on = target(lanes * 4);

  test.each(Object.entries(cases))("%s", (_name, example) => {
    const { inputs, outputs } = pooled(example);
    const values = numbersFor(inputs);
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(on, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never, 1e-5)).toBeUndefined();
    });
  });

  test("NaN wins where it is, and nowhere else", () => {
    const image = b.input(0, [2, 2, 6, 14], "f32");
    const y = maxPool2d(fromNode(image), 2).node;
    const values = numbersFor([image], Number.NaN);
    const want = interpret([y], (n) => values.get(n));
    const got = evaluateOn(on, [image], [y], values);
    expect(disagreement(y, got[0] as never, want[0] as never)).toBeUndefined();
    expect(want[0]?.filter(Number.isNaN)).toHaveLength(1);
  });

  test("the mean of windows", () => {
    const image = b.input(0, [2, 3, 6, 22], "f32");
    const y = avgPool2d(fromNode(image), 2).node;
    const g = b.input(1, y.shape, "f32");
    const outputs = [y, ...backward([y], [g], [image])] as Node[];
    const values = numbersFor([image, g]);
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(on, [image, g], outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never, 1e-6)).toBeUndefined();
    });
  });
});

describe("kernels", () => {
  test("two: a pool, and its gradient with the bias's", () => {
    const { inputs, outputs } = pooled({ x: [4, 32, 12, 12], size: 2 });
    const replaces = outputs.map(() => -1);
    const made = compileGraph({ inputs, outputs, constants: [], replaces }, target(64));
    expect(made.kernelCount).toBe(2);
    // What goes back is stored in the loops that add it up.
    const text = printKernel(made.kernels[1] as Kernel);
    expect(text.match(/for v\d+ = /g)).toHaveLength(5);
  });

  test("neither batch nor image is in their text", () => {
    const texts = (x: readonly number[]): string => {
      const { inputs, outputs } = pooled({ x, size: 2 });
      const replaces = outputs.map(() => -1);
      const made = compileGraph({ inputs, outputs, constants: [], replaces }, target(64));
      return JSON.stringify(made.kernels.map((k) => ({ ...k, name: "" })));
    };
    const first = texts([64, 32, 28, 28]);
    for (const x of [
      [2, 32, 28, 28],
      [37, 32, 28, 28],
      [64, 48, 28, 28],
      [64, 32, 56, 56],
    ]) {
      expect(texts(x)).toBe(first);
    }
  });
});
