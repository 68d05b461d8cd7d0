// Sums down columns: right against the interpreter in every tail, and one text for all sizes.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import * as b from "../../../src/ir/build.ts";
import { arrayOf, type TypedArray } from "../../../src/ir/dtype.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import { printKernel } from "../../../src/ir/print-kernel.ts";
import type { Program } from "../../../src/ir/program.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";

const target: Target = {
  vectorBytes: 16,
  mixedWidths: false,
  vectorRegisters: 16,
  fma: false,
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
};

/** Small whole numbers, so that sums are exact in any order. */
const fill = (inputs: readonly Node[]): Map<Node, TypedArray> =>
  new Map(
    inputs.map((n) => {
      const array = arrayOf(n.dtype, sizeOf(n.shape));
      return [n, array.map(((_: number, i: number) => ((i * 7) % 9) - 4) as never) as TypedArray];
    }),
  );

/** What is to be computed, of a number of terms and of columns. */
const programs: Readonly<Record<string, (terms: number, columns: number) => [Node[], Node]>> = {
  "a vector times a matrix, and a bias": (k, n) => {
    const x = b.input(0, [1, k], "f32");
    const w = b.input(1, [k, n], "f32");
    const bias = b.input(2, [1, n], "f32");
    return [[x, w, bias], b.add(b.contract(x, [0, 1], w, [1, 2], [0, 2]), bias)];
  },
  "the largest of each column": (k, n) => {
    const x = b.input(0, [k, n], "f32");
    return [[x], b.reduce(x, "max", [0])];
  },
  "sums of columns, matrix by matrix": (k, n) => {
    const x = b.input(0, [3, k, n], "f32");
    return [[x], b.reduce(x, "add", [1])];
  },
};

/** Eight terms at a time, as only sums down columns are. */
const sideBySide = /step 8\b|by 8\b|\+= 8\b/;

/** Where a column comes from follows from its block: two tensors side by side, stored and summed. */
const joined = (terms: number, columns: number): [Node[], Node[]] => {
  const [x, y] = [0, 1].map((slot) => b.input(slot, [terms, 1, columns], "f32")) as [Node, Node];
  const whole = b.add(b.pad(x, [0, 0, 0], [0, 1, 0]), b.pad(y, [0, 1, 0], [0, 0, 0]));
  return [
    [x, y],
    [whole, b.reduce(whole, "add", [0])],
  ];
};

const planOf = (inputs: Node[], outputs: Node[], on: Target): Program =>
  compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, on);

test("what is stored of every term goes along with its sum, from several sources", () => {
  for (const terms of [17, 24]) {
    for (const columns of [5, 67]) {
      const [inputs, outputs] = joined(terms, columns);
      const program = planOf(inputs, outputs, target);
      expect(program.kernels.length).toBe(1);
      expect(program.kernels.map(printKernel).join()).toMatch(sideBySide);
      const values = fill(inputs);
      const want = interpret(outputs, (n) => values.get(n));
      const got = evaluateOn(target, inputs, outputs, values);
      outputs.forEach((o, i) => {
        expect(disagreement(o, got[i] as never, want[i] as never)).toBeUndefined();
      });
    }
  }
});

describe("shared out", () => {
  const unitsFor = (columns: number, threads: number): number => {
    const x = b.input(0, [4096, columns], "f32");
    const [step] = planOf([x], [b.reduce(x, "add", [0])], { ...target, threads }).steps;
    if (step?.kind !== "launch") throw new Error("no launch");
    return step.jobs.reduce((units, job) => units + job.units, 0);
  };

  test("few columns among the threads, but not among more than there is work for", () => {
    expect(unitsFor(128, 1)).toBe(1);
    expect(unitsFor(128, 2)).toBe(2);
    expect(unitsFor(128, 4)).toBe(4);
    expect(unitsFor(16, 4)).toBeLessThan(4);
  });

  test("many columns in long runs, whatever the threads", () => {
    expect(unitsFor(4096, 4)).toBe(unitsFor(4096, 2));
  });

  test("with the same bits", () => {
    const x = b.input(0, [300, 100], "f32");
    const array = Float32Array.from({ length: 30000 }, (_, i) => Math.sin(i));
    const sums = [1, 2, 5].map((threads) =>
      evaluateOn({ ...target, threads }, [x], [b.reduce(x, "add", [0])], new Map([[x, array]])),
    );
    expect(sums[1]).toEqual(sums[0]);
    expect(sums[2]).toEqual(sums[0]);
  });
});

describe("sums down columns", () => {
  for (const [name, program] of Object.entries(programs)) {
    test(`${name}: right for any number of terms and columns`, () => {
      for (const terms of [17, 24, 63]) {
        for (const columns of [5, 64, 67, 515]) {
          const [inputs, output] = program(terms, columns);
          const values = fill(inputs);
          const [want] = interpret([output], (n) => values.get(n));
          const [got] = evaluateOn(target, inputs, [output], values);
          const wrong = disagreement(output, got as never, want as never);
          expect(wrong, `${terms} terms, ${columns} columns`).toBeUndefined();
        }
      }
    });

    test(`${name}: one text for every size, terms read side by side`, () => {
      const textOf = (terms: number, columns: number): string => {
        const [inputs, output] = program(terms, columns);
        const plan = compileGraph(
          { inputs, outputs: [output], constants: [], replaces: [-1] },
          target,
        );
        return plan.kernels.map(printKernel).join("\n");
      };
      const text = textOf(50, 40);
      expect(textOf(1000, 3000)).toBe(text);
      expect(text).toMatch(sideBySide);
    });
  }
});
