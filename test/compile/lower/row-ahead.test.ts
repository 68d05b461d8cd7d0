// The second pass over a row asks for what the first pass of the next one reads; how long rows are
// changes nothing in the text.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import * as b from "../../../src/ir/build.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import { printKernel } from "../../../src/ir/print-kernel.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { fromNode } from "../../../src/tensor/tensor.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";

const target: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 1 << 15, l2: 1 << 20 },
  without: new Set(),
};

interface Example {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

function softmax(rows: number, columns: number, dtype: "f32" | "f64" = "f32"): Example {
  const x = b.input(0, [rows, columns], dtype);
  return { inputs: [x], outputs: [fromNode(x).softmax().node] };
}

function textOf({ inputs, outputs }: Example, t: Target = target): string {
  const graph = { inputs, outputs, constants: [], replaces: outputs.map(() => -1) };
  return compileGraph(graph, t).kernels.map(printKernel).join("\n");
}

/** The lines of a text that ask for memory. */
const asks = (text: string): string[] => text.split("\n").filter((l) => l.includes("prefetch b"));

describe("a softmax", () => {
  test("asks once a vector while it makes exponentials, the rest of a row apart", () => {
    const text = textOf(softmax(5, 512));
    // The whole vectors and the last one are loops of their own.
    expect(asks(text)).toHaveLength(2);
    const before = text.slice(0, text.indexOf("prefetch b"));
    expect(before.match(/= max across/g)).toHaveLength(1);
    expect(text.slice(before.length)).toMatch(/= add across/);
  });

  test("asks for both lines of a vector of 64-bit numbers", () => {
    const wide = { ...target, vectorBytes: 128 };
    expect(asks(textOf(softmax(5, 512, "f64"), wide))).toHaveLength(4);
  });

  test.each([
    ["more rows", 64, 512],
    ["rows too short to wait for", 5, 128],
    ["rows too long to stay", 5, 32768],
  ])("is the same kernel with %s", (_, rows, columns) => {
    expect(textOf(softmax(rows, columns))).toBe(textOf(softmax(5, 512)));
  });

  test("asks for nothing where that is turned off, or there is one row", () => {
    const off: Target = { ...target, without: new Set(["prefetch"]) };
    expect(asks(textOf(softmax(5, 512), off))).toEqual([]);
    expect(asks(textOf(softmax(1, 512)))).toEqual([]);
  });

  test("comes to what it should", () => {
    const { inputs, outputs } = softmax(6, 300);
    const values = new Map(
      inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, (_, i) => Math.sin(i))]),
    );
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(target, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never, 2e-6)).toBeUndefined();
    });
  });
});

test("a sum of rows goes over each once and asks for nothing", () => {
  const x = b.input(0, [7, 512], "f32");
  expect(asks(textOf({ inputs: [x], outputs: [b.reduce(x, "add", [1])] }))).toEqual([]);
});
