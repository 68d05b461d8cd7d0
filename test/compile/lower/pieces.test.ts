// Pieces side by side along an axis that a reshape cuts again: each is read in whole vectors, whatever
// the number of rows, and nothing is divided for it.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import * as b from "../../../src/ir/build.ts";
import { arrayOf, type TypedArray } from "../../../src/ir/dtype.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import { printKernel } from "../../../src/ir/print-kernel.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";

const target: Target = {
  vectorBytes: 32,
  mixedWidths: true,
  vectorRegisters: 16,
  fma: true,
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
};

/** Three parts [batch, heads, time, size], side by side as [batch, time, 3 · heads · size], and their sums. */
function joined([batch, heads, time, size]: readonly [number, number, number, number]): {
  inputs: Node[];
  outputs: Node[];
} {
  const inputs = [0, 1, 2].map((i) => b.input(i, [batch, heads, time, size], "f32"));
  const width = heads * size;
  const whole = inputs
    .map((x) => b.reshape(b.permute(x, [0, 2, 1, 3]), [batch, time, width]))
    .map((x, i) => b.pad(x, [0, 0, i * width], [0, 0, (2 - i) * width]))
    .reduce((sum, x) => b.add(sum, x));
  return { inputs, outputs: [whole, b.reduce(whole, "add", [0, 1])] };
}

const textOf = (sizes: readonly [number, number, number, number]): string => {
  const { inputs, outputs } = joined(sizes);
  const graph = { inputs, outputs, constants: [], replaces: [-1, -1] };
  return compileGraph(graph, target).kernels.map(printKernel).join("\n");
};

describe("parts of heads put side by side", () => {
  test.each([
    [2, 2, 3, 8],
    [3, 4, 5, 16],
    [2, 3, 2, 5],
    [1, 2, 7, 12],
  ] as const)("%d × %d × %d × %d: right", (...sizes) => {
    const { inputs, outputs } = joined(sizes);
    const values = new Map(
      inputs.map((n) => {
        const array = arrayOf(n.dtype, sizeOf(n.shape));
        return [n, array.map(((_: number, i: number) => ((i * 7) % 9) - 4) as never) as TypedArray];
      }),
    );
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(target, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as TypedArray, want[i] as TypedArray, 0)).toBeUndefined();
    });
  });

  test("in vectors, without an index a lane, one text for every batch", () => {
    const text = textOf([16, 4, 8, 32]);
    expect(text).toMatch(/f32 ×8 = load b\d\[v\d+\]\n/);
    expect(text).not.toMatch(/i32 ×8/);
    expect(text).not.toMatch(/load b\d\[v\d+ by/);
    expect(textOf([5, 4, 8, 32])).toBe(text);
  });
});
