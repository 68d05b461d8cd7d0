// The second pass over a row asks for what the first pass of the next one reads; how long rows are
// changes nothing in the text.

import { describe, expect, test } from "vitest";
import * as b from "../../../src/ir/build.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { fromNode } from "../../../src/tensor/tensor.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";
import { type Example, programOf, textOf, wide } from "../../support/kernel-text.ts";

function softmax(rows: number, columns: number, dtype: "f32" | "f64" = "f32"): Example {
  const x = b.input(0, [rows, columns], dtype);
  return { inputs: [x], outputs: [fromNode(x).softmax().node] };
}

/** How many rows further a kernel asks: what a launch gives for the argument that its row is added to. */
function rowsFurther(example: Example): number | undefined {
  const text = textOf(example, wide);
  const termOf = (name: string, op: string): string =>
    text.match(new RegExp(`${name}: index = ${op} (v\\d+)`))?.[1] ?? `no ${op}`;
  const [, place = ""] = text.match(/prefetch b0\[(v\d+)\]/) ?? [];
  const row = termOf(termOf(place, "add"), "mul");
  const [, at] = text.match(new RegExp(`${row}: index = add v\\d+ n(\\d+)`)) ?? [];
  const [step] = programOf(example, wide).steps;
  return step?.kind === "launch" ? step.jobs[0]?.ints[Number(at)] : undefined;
}

/** The lines of a text that ask for memory. */
const asks = (text: string): string[] => text.split("\n").filter((l) => l.includes("prefetch b"));

describe("a softmax", () => {
  test("asks once a vector while it makes exponentials, the rest of a row apart", () => {
    const text = textOf(softmax(5, 512), wide);
    // The whole vectors and the last one are loops of their own.
    expect(asks(text)).toHaveLength(2);
    const before = text.slice(0, text.indexOf("prefetch b"));
    expect(before.match(/= max across/g)).toHaveLength(1);
    expect(text.slice(before.length)).toMatch(/= add across/);
  });

  test("asks for both lines of a vector of 64-bit numbers", () => {
    const wider: Target = { ...wide, vectorBytes: 128 };
    expect(asks(textOf(softmax(5, 512, "f64"), wider))).toHaveLength(4);
  });

  test.each([
    ["more rows", 64, 512, 1],
    ["rows too short to wait for", 5, 128, 0],
    ["the shortest rows", 5, 256, 1],
    ["the longest rows", 5, 16384, 1],
    ["rows too long to stay", 5, 32768, 0],
  ])("is the same kernel with %s", (_, rows, columns, further) => {
    const example = softmax(rows, columns);
    expect(textOf(example, wide)).toBe(textOf(softmax(5, 512), wide));
    expect(rowsFurther(example)).toBe(further);
  });

  test("asks for nothing where that is turned off, or there is one row", () => {
    const off: Target = { ...wide, without: new Set(["prefetch"]) };
    expect(asks(textOf(softmax(5, 512), off))).toEqual([]);
    expect(asks(textOf(softmax(1, 512), wide))).toEqual([]);
  });

  test("comes to what it should", () => {
    const { inputs, outputs } = softmax(6, 300);
    const values = new Map(
      inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, (_, i) => Math.sin(i))]),
    );
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(wide, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never, 2e-6)).toBeUndefined();
    });
  });
});

test("a sum of rows goes over each once and asks for nothing", () => {
  const x = b.input(0, [7, 512], "f32");
  expect(asks(textOf({ inputs: [x], outputs: [b.reduce(x, "add", [1])] }, wide))).toEqual([]);
});
