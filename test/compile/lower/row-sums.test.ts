// Sums along rows that share a vector: bit for bit as row by row, in every tail, what is shared read once.

import { describe, expect, test } from "vitest";
import { rowSums } from "../../../src/compile/lower/row-sums.ts";
import * as b from "../../../src/ir/build.ts";
import type { TypedArray } from "../../../src/ir/dtype.ts";
import type { Node } from "../../../src/ir/node.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { evaluateOn } from "../../support/agreement.ts";
import { type Example, programOf, textOf, wide } from "../../support/kernel-text.ts";

const together: Target = { ...wide, rowSums: rowSums(16) };

/** A vector times a matrix that lies transposed, and a bias. */
function product(rows: number, length: number): Example {
  const x = b.input(0, [1, length], "f32");
  const w = b.input(1, [rows, length], "f32");
  const bias = b.input(2, [1, rows], "f32");
  return {
    inputs: [x, w, bias],
    outputs: [b.add(b.contract(x, [0, 1], w, [2, 1], [0, 2]), bias)],
  };
}

/** Two sums of each row, one of them by a vector's terms. */
function two(rows: number, length: number): Example {
  const x = b.input(0, [1, length], "f32");
  const w = b.input(1, [rows, length], "f32");
  const scaled = b.mul(b.expand(x, [rows, length]), w);
  return { inputs: [x, w], outputs: [b.reduce(scaled, "add", [1]), b.reduce(w, "max", [1])] };
}

const alone = (rows: number, length: number): Example => {
  const w = b.input(0, [rows, length], "f32");
  return { inputs: [w], outputs: [b.reduce(w, "add", [1])] };
};

const values = (inputs: readonly Node[]): Map<Node, TypedArray> =>
  new Map(
    inputs.map((n, at) => [
      n,
      Float32Array.from({ length: sizeOf(n.shape) }, (_, i) => Math.sin(i * 0.7 + at) * (i + 1)),
    ]),
  );

/** How often a kernel's text has the last step of a sum along lanes. */
const sumsIn = (text: string): number => text.match(/across/g)?.length ?? 0;

describe.each([
  ["a product with a bias", product],
  ["two sums of each row", two],
])("%s", (_, make) => {
  test.each([
    [1, 64],
    [4, 64],
    [7, 100],
    [33, 80],
    [130, 259],
  ])("of %i rows of %i is to the bit what it is row by row", (rows, length) => {
    const { inputs, outputs } = make(rows, length);
    const data = values(inputs);
    const got = evaluateOn(together, inputs, outputs, data);
    expect(got).toEqual(evaluateOn(wide, inputs, outputs, data));
    const [first] = got as unknown as [Float32Array];
    expect(first.some((v) => v !== 0)).toBe(true);
  });
});

describe("rows", () => {
  test("go four at a time where registers hold their sums, and the rest alone", () => {
    expect(sumsIn(textOf(product(64, 256), wide))).toBe(1);
    expect(sumsIn(textOf(product(64, 256), together))).toBe(4 + 1);
    expect(sumsIn(textOf(two(64, 256), together))).toBe(2 * (2 + 1));
  });

  test("read what they share once", () => {
    const text = textOf(product(64, 256), together);
    const loads = (buffer: string): number =>
      text.match(new RegExp(`load\\S* ${buffer}\\[`, "g"))?.length ?? 0;
    const ways = 4;
    // Vectors several ways, those that are left and the last, which is not whole; for four rows and for one.
    const turns = ways + 1 + 1;
    const counts = ["b0", "b1", "b2"].map(loads);
    expect(counts).toContain(2 * turns);
    expect(counts).toContain((4 + 1) * turns);
  });

  test("of other numbers and lengths are the same kernel", () => {
    const text = textOf(product(64, 256), together);
    expect(textOf(product(1001, 256), together)).toBe(text);
    expect(textOf(product(64, 1003), together)).toBe(text);
  });

  test("are units of whole groups", () => {
    const [step] = programOf(product(1024, 256), together).steps;
    const units = step?.kind === "launch" ? (step.jobs[0]?.units as number) : 0;
    expect(units).toBeGreaterThan(1);
    expect(1024 % units === 0 && (1024 / units) % 4 === 0).toBe(true);
  });

  test.each([
    ["that share nothing", alone(64, 256)],
    ["of few elements", product(64, 16)],
  ])("%s are summed one by one", (_, example) => {
    expect(textOf(example, together)).toBe(textOf(example, wide));
  });
});
