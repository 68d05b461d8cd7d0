// The table of costs against what the functions really are, and the work of kernels that share it.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { emitThreefry, literal, type MathOp, mathematics } from "../../src/compile/math.ts";
import { mathematicsF64 } from "../../src/compile/math-f64.ts";
import { operationCost } from "../../src/compile/operation-cost.ts";
import * as b from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/node.ts";
import type { Target } from "../../src/render/renderer.ts";
import { scalarEmitter } from "../support/scalar-emitter.ts";

const target: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 32768, l2: 1 << 20 },
  without: new Set(),
};

/** Operations of the program that computes a node. */
function flopsOf(output: Node, ...inputs: readonly Node[]): number {
  const graph = { inputs, outputs: [output], constants: [], replaces: [-1] };
  const { steps } = compileGraph(graph, target);
  return steps.reduce((sum, s) => sum + (s.kind === "launch" ? s.work.flops : 0), 0);
}

describe("what an operation costs", () => {
  test.each(Object.keys(mathematicsF64) as MathOp[])(
    "%s: the instructions of its polynomial",
    (op) => {
      const emitter = scalarEmitter("once");
      mathematics(op, emitter, literal("f32", 0.5), "f32");
      expect(operationCost[op]).toBe(emitter.count());
    },
  );

  test("random bits: the instructions of their rounds", () => {
    const emitter = scalarEmitter("once");
    const word = literal("u32", 7);
    emitThreefry(emitter, word, word, word, word);
    expect(operationCost.threefry).toBe(emitter.count());
  });
});

describe("operations of a kernel", () => {
  const x = b.input(0, [64, 100], "f32");
  const size = 6400;

  test("a value counts once, however many use it", () => {
    let y: Node = x;
    for (let i = 0; i < 12; i++) y = b.mul(y, y);
    expect(flopsOf(y, x)).toBe(12 * size);
    const e = b.exp(x);
    expect(flopsOf(b.mul(e, b.add(e, e)), x)).toBe((14 + 2) * size);
  });

  test("what is the same along a row counts once a row", () => {
    const shifted = b.sub(x, b.reduceKeep(x, "max", [1]));
    const e = b.exp(shifted);
    const softmax = b.div(e, b.reduceKeep(e, "add", [1]));
    // Largest, negated once a row, added, exponential, sum, quotient.
    expect(flopsOf(softmax, x)).toBe((1 + 1 + 14 + 1 + 3) * size + 64);
  });

  test("a product counts its terms, and what follows it", () => {
    const w = b.input(1, [100, 50], "f32");
    const product = b.contract(x, [0, 1], w, [1, 2], [0, 2]);
    expect(flopsOf(b.exp(product), x, w)).toBe(2 * size * 50 + 14 * 64 * 50);
  });
});
