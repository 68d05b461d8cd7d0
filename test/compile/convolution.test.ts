// Convolutions against the interpreter: one to three axes, stride, dilation, groups, padding of each
// kind, odd sizes and images smaller than a vector, lanes along columns and along places, with the gradients of image and kernel; for
// narrow, wide and single lanes, and with caches so small that blocks are cut every way there is.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import type { DType, TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Node } from "../../src/ir/node.ts";
import { printKernel } from "../../src/ir/print-kernel.ts";
import type { Program } from "../../src/ir/program.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import type { Target } from "../../src/render/renderer.ts";
import { type ConvolutionOptions, conv1d, conv2d, conv3d } from "../../src/tensor/convolution.ts";
import { fromNode } from "../../src/tensor/tensor.ts";
import { filled } from "../grad/values.ts";
import { uniforms } from "../ir/ops.samples.ts";
import { disagreement, evaluateOn } from "../support/agreement.ts";

interface Case {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly options?: ConvolutionOptions;
}

const cases: Readonly<Record<string, Case>> = {
  "one axis": { x: [2, 3, 21], w: [18, 3, 5], options: { padding: 2 } },
  "one axis, stride 3": { x: [2, 3, 19], w: [18, 3, 5], options: { padding: 2, stride: 3 } },
  valid: { x: [2, 2, 5, 9], w: [20, 2, 3, 3], options: { padding: "valid" } },
  "same, even kernel": { x: [2, 2, 6, 5], w: [17, 2, 4, 2], options: { padding: "same" } },
  "padding of each axis": { x: [3, 2, 5, 6], w: [18, 2, 3, 3], options: { padding: [1, 2] } },
  "padding wider than the kernel": { x: [1, 2, 4, 5], w: [16, 2, 3, 3], options: { padding: 4 } },
  "stride 2": { x: [2, 2, 9, 7], w: [17, 2, 3, 3], options: { padding: 1, stride: 2 } },
  "stride of each axis": { x: [1, 2, 9, 8], w: [6, 2, 5, 3], options: { stride: [3, 2] } },
  dilation: { x: [2, 2, 7, 8], w: [18, 2, 3, 3], options: { padding: 2, dilation: 2 } },
  "stride and dilation": {
    x: [2, 2, 7, 9],
    w: [7, 2, 3, 3],
    options: { stride: 2, dilation: 2, padding: 2 },
  },
  groups: { x: [2, 4, 6, 5], w: [34, 2, 3, 3], options: { padding: 1, groups: 2 } },
  depthwise: { x: [2, 6, 6, 7], w: [6, 1, 3, 3], options: { padding: 1, groups: 6 } },
  "depthwise, rows of several vectors": {
    x: [2, 3, 5, 70],
    w: [3, 1, 3, 3],
    options: { padding: 1, groups: 3 },
  },
  "depthwise, stride 2": {
    x: [2, 5, 9, 41],
    w: [5, 1, 3, 3],
    options: { padding: 1, stride: 2, groups: 5 },
  },
  "depthwise, stride 3 and dilation": {
    x: [1, 4, 11, 60],
    w: [4, 1, 3, 3],
    options: { padding: 2, stride: 3, dilation: 2, groups: 4 },
  },
  "depthwise, three results a channel": {
    x: [2, 3, 6, 19],
    w: [9, 1, 3, 3],
    options: { padding: 1, groups: 3 },
  },
  "depthwise, one axis": { x: [2, 5, 37], w: [5, 1, 4], options: { padding: 2, groups: 5 } },
  "depthwise, three axes": { x: [2, 3, 3, 4, 17], w: [3, 1, 2, 3, 3], options: { groups: 3 } },
  "depthwise, a kernel of one column": {
    x: [2, 4, 7, 18],
    w: [4, 1, 3, 1],
    options: { padding: [1, 0], groups: 4 },
  },
  "short sums, wide rows": { x: [2, 1, 6, 40], w: [20, 1, 3, 3], options: { padding: 1 } },
  "short sums, stride 2": {
    x: [2, 2, 9, 50],
    w: [11, 2, 3, 3],
    options: { padding: 1, stride: 2 },
  },
  // Panels of rows that lie on one line of places, and others that reach from one to the next.
  "lines of two panels, stride 2": {
    x: [1, 5, 7, 57],
    w: [33, 5, 3, 3],
    options: { padding: 1, stride: 2 },
  },
  "lines of more than a panel, stride 3": {
    x: [1, 5, 10, 52],
    w: [20, 5, 3, 3],
    options: { padding: 1, stride: 3 },
  },
  "one axis, a long line": { x: [1, 9, 75], w: [17, 9, 5], options: { padding: 2, stride: 2 } },
  "three axes, long lines": {
    x: [1, 4, 3, 4, 33],
    w: [18, 4, 2, 2, 3],
    options: { stride: [1, 1, 2] },
  },
  "a kernel of one row": { x: [2, 3, 5, 6], w: [16, 3, 1, 3], options: { padding: [0, 1] } },
  "a kernel of one column": { x: [2, 3, 5, 6], w: [16, 3, 3, 1], options: { padding: [1, 0] } },
  "an image as large as the kernel": { x: [4, 4, 3, 3], w: [16, 4, 3, 3] },
  "an image smaller than the kernel": { x: [4, 2, 2, 2], w: [8, 2, 5, 5], options: { padding: 2 } },
  "one output channel": { x: [4, 5, 5, 6], w: [1, 5, 3, 3], options: { padding: 1 } },
  "many channels": { x: [1, 40, 3, 4], w: [35, 40, 3, 3], options: { padding: 1 } },
  "a large kernel": { x: [1, 1, 9, 11], w: [10, 1, 9, 9], options: { padding: 4 } },
  "three axes": { x: [2, 2, 3, 2, 4], w: [9, 2, 3, 3, 3], options: { padding: 1 } },
  "three axes, a flat kernel": { x: [2, 3, 4, 5, 6], w: [16, 3, 1, 3, 1] },
};

const target = (vectorBytes: number, vectorRegisters: number, l2: number): Target => ({
  vectorBytes,
  mixedWidths: vectorBytes === 64,
  vectorRegisters,
  fma: true,
  cache: { l1: l2 / 8, l2 },
  without: new Set(),
});
const targets: Readonly<Record<string, { readonly on: Target; readonly dtype: DType }>> = {
  "1 lane": { on: target(4, 16, 1 << 18), dtype: "f64" },
  "4 lanes": { on: target(16, 16, 1 << 18), dtype: "f32" },
  "16 lanes": { on: target(64, 32, 1 << 20), dtype: "f32" },
  "8 lanes of 64 bits, a tiny cache": { on: target(64, 32, 1 << 11), dtype: "f64" },
};

/** A convolution and its gradients by image and kernel, for a gradient that is an input too. */
function convolution({ x, w, options }: Case, dtype: DType): { inputs: Node[]; outputs: Node[] } {
  const image = b.input(0, x, dtype);
  const kernel = b.input(1, w, dtype);
  const convolve = [conv1d, conv2d, conv3d][x.length - 3] as typeof conv2d;
  const y = convolve(fromNode(image), fromNode(kernel), options).node;
  const g = b.input(2, y.shape, dtype);
  const slopes = backward([y], [g], [image, kernel]) as Node[];
  return { inputs: [image, kernel, g], outputs: [y, ...slopes] };
}

function numbersFor(inputs: readonly Node[], extreme: boolean): Map<Node, TypedArray> {
  const random = uniforms(7);
  return new Map(
    inputs.map((node, slot) => {
      const list = Array.from({ length: sizeOf(node.shape) }, () => random() * 2 - 1);
      // Not where a window ends: what lies beside a window must not reach its sum.
      if (extreme && slot !== 1) list[1] = slot === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
      return [node, filled(node.dtype, list)];
    }),
  );
}

/** The fast tests take the widest; convolution.slow.test.ts takes all. */
const all = process.env.HEBB_TESTS === "slow";
const chosen = Object.entries(targets).filter(([name]) => all || name === "16 lanes");

describe.each(chosen)("%s", (_, { on, dtype }) => {
  test.each(Object.entries(cases))("%s", (_name, example) => {
    const { inputs, outputs } = convolution(example, dtype);
    const values = numbersFor(inputs, false);
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(on, inputs, outputs, values);
    outputs.forEach((o, i) => {
      const tolerance = dtype === "f64" ? 1e-13 : 2e-6;
      const wrong = disagreement(o, got[i] as never, want[i] as never, tolerance);
      if (wrong) throw new Error(`output ${i}: ${wrong}`);
    });
  });

  test("the gradient of a sum, which is one everywhere", () => {
    const { inputs, outputs } = convolution(cases.valid as Case, dtype);
    const [image, kernel] = inputs as [Node, Node];
    const [y] = outputs as [Node];
    const slopes = backward([y], [b.constant(1, dtype, y.shape)], [image, kernel]) as Node[];
    const values = numbersFor([image, kernel], false);
    const want = interpret(slopes, (n) => values.get(n));
    const got = evaluateOn(on, [image, kernel], slopes, values);
    slopes.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never, 2e-6)).toBeUndefined();
    });
  });

  test("an image with a frame of its own, padded once more", () => {
    const image = b.input(0, [2, 2, 3, 4], dtype);
    const kernel = b.input(1, [17, 2, 3, 3], dtype);
    const sides = [1, 1] as const;
    const framed = fromNode(image).pad([[0, 0], [0, 0], sides, sides], { value: 2 });
    const y = conv2d(framed, fromNode(kernel), { padding: 1 }).node;
    const values = numbersFor([image, kernel], false);
    const [want] = interpret([y], (n) => values.get(n));
    const [got] = evaluateOn(on, [image, kernel], [y], values);
    expect(disagreement(y, got as never, want as never, 2e-6)).toBeUndefined();
  });

  test("infinities and NaN stay in the windows that hold them", () => {
    const { inputs, outputs } = convolution(cases["padding of each axis"] as Case, dtype);
    const values = numbersFor(inputs, true);
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(on, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never)).toBeUndefined();
      expect(want[i]?.some((v) => !Number.isFinite(v))).toBe(true);
      expect(want[i]?.some((v) => Number.isFinite(v))).toBe(true);
    });
  });
});

describe("sizes", () => {
  const wide = target(64, 32, 1 << 20);
  const programOf = (example: Case, on = wide): Program => {
    const { inputs, outputs } = convolution(example, "f32");
    return compileGraph({ inputs, outputs, constants: [], replaces: [-1, -1, -1] }, on);
  };
  const texts = (example: Case): string[] =>
    programOf(example).kernels.flatMap((kernel) => printKernel(kernel).split("\n"));
  const options = { padding: 1 };

  test("neither batch nor image is in a kernel's text", () => {
    const made = texts({ x: [64, 8, 28, 28], w: [12, 8, 3, 3], options });
    for (const x of [
      [32, 8, 28, 28],
      [128, 8, 28, 28],
      [64, 8, 14, 40],
      [64, 8, 63, 31],
    ]) {
      const other = texts({ x, w: [12, 8, 3, 3], options });
      expect(other.find((line, i) => line !== made[i])).toBeUndefined();
      expect(other.length).toBe(made.length);
    }
  });

  test("no form and no piece of a sum follows from the caches of a machine that says so", () => {
    const example = { x: [16, 64, 28, 28], w: [64, 64, 3, 3], options };
    const made = (cache: Target["cache"]) => programOf(example, { ...wide, cache });
    const [l1, forms] = [1 << 15, 1 << 19];
    const small = made({ l1, l2: 1 << 20, forms });
    expect(made({ l1, l2: 1 << 21, forms })).toEqual(small);
    expect(made({ l1, l2: 1 << 20 })).not.toEqual(small);
  });

  test("a long sum takes memory for a block of the image, not for its windows", () => {
    const { scratchBytes, arenaBytes } = programOf({
      x: [16, 64, 112, 112],
      w: [64, 64, 3, 3],
      options,
    });
    expect(scratchBytes).toBeLessThan(4 * wide.cache.l2);
    // Packed kernels, and the pieces of the kernel's gradient.
    expect(arenaBytes).toBeLessThan(32 * 64 * 64 * 9 * 4);
  });
});
