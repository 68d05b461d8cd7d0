// Products of any sizes and layouts, on machines of several kinds: right against the interpreter, and
// one text for all sizes from 2 on.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutRows } from "../../../src/compile/lower/contract-panels.ts";
import { prefetchLines } from "../../../src/compile/lower/prefetch-lines.ts";
import * as b from "../../../src/ir/build.ts";
import { arrayOf, type DType, type TypedArray } from "../../../src/ir/dtype.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";
import { textOf } from "../../support/kernel-text.ts";

const target = (lanes: number, vectorRegisters: number, fma = true): Target => ({
  vectorBytes: 4 * lanes,
  mixedWidths: lanes > 4,
  vectorRegisters,
  fma,
  ...(lanes > 4 ? { prefetching: prefetchLines(64) } : {}),
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
});
const targets: Readonly<Record<string, Target>> = {
  "1 lane": target(1, 16),
  "4 lanes without fma": target(4, 16, false),
  "8 lanes": target(8, 16),
  "16 lanes": target(16, 32),
};

/** Small whole numbers, so that sums are exact in any order. */
function fill(inputs: readonly Node[]): Map<Node, TypedArray> {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return ((state >> 16) % 9) - 4;
  };
  return new Map(
    inputs.map((n) => {
      const array = arrayOf(n.dtype, sizeOf(n.shape));
      return [n, array.map(next as never) as TypedArray];
    }),
  );
}

function check(t: Target, inputs: readonly Node[], output: Node): void {
  const values = fill(inputs);
  const [want] = interpret([output], (n) => values.get(n));
  const [got] = evaluateOn(t, inputs, [output], values);
  expect(disagreement(output, got as never, want as never)).toBeUndefined();
}

/** a·b with either operand stored the other way round, and something done to each result. */
function product(
  [m, k, n]: readonly [number, number, number],
  { flip = [false, false], dtype = "f32" }: { flip?: readonly boolean[]; dtype?: DType } = {},
): { inputs: Node[]; output: Node } {
  const x = b.input(0, flip[0] ? [k, m] : [m, k], dtype);
  const y = b.input(1, flip[1] ? [n, k] : [k, n], dtype);
  const bias = b.input(2, [n], dtype);
  const made = b.contract(x, flip[0] ? [1, 0] : [0, 1], y, flip[1] ? [2, 1] : [1, 2], [0, 2]);
  return { inputs: [x, y, bias], output: b.add(made, bias) };
}

const flips = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

describe.each(Object.entries(targets))("%s", (_, t) => {
  test.each(flips)("sizes below, at and above vectors, tiles and pieces (%s, %s)", (...flip) => {
    for (const m of [2, 13, 31]) check(t, ...both(product([m, 3, 18], { flip })));
    for (const n of [2, 16, 33]) check(t, ...both(product([3, 2, n], { flip })));
    for (const k of [17, 530]) check(t, ...both(product([3, k, 5], { flip })));
    // More panels than are copied at once, more terms than a slab.
    check(t, ...both(product([131, 19, 3], { flip })));
  });

  test.each(flips)("more columns than a small cache holds (%s, %s)", (...flip) => {
    const small = { ...t, cache: { l1: 8192, l2: 32768 } };
    for (const k of [40, 530]) check(small, ...both(product([100, k, 70], { flip })));
  });

  test.each(["f64", "i32"] as const)("%s", (dtype) => {
    for (const flip of flips) check(t, ...both(product([9, 10, 19], { flip, dtype })));
  });

  test("any labels in any order", () => {
    const sizes = fc.array(fc.constantFrom(2, 3, 5, 17), { minLength: 5, maxLength: 5 });
    // Of each axis: in which operands it stands, and whether the result has it.
    const kind = fc.constantFrom("a", "b", "ab", "sum");
    const order = fc.array(fc.nat(1000), { minLength: 15, maxLength: 15 });
    const shuffled = (labels: readonly number[], keys: readonly number[]): number[] =>
      labels.toSorted((p, q) => (keys[p] as number) - (keys[q] as number));
    fc.assert(
      fc.property(sizes, fc.tuple(kind, kind, kind, kind, kind), order, (size, kinds, keys) => {
        const having = (...which: string[]): number[] =>
          [0, 1, 2, 3, 4].filter((l) => which.includes(kinds[l] as string));
        const la = shuffled(having("a", "ab", "sum"), keys.slice(0, 5));
        const lb = shuffled(having("b", "ab", "sum"), keys.slice(5, 10));
        const out = shuffled(having("a", "b", "ab"), keys.slice(10));
        const shape = (labels: readonly number[]): number[] => labels.map((l) => size[l] as number);
        const [x, y] = [b.input(0, shape(la), "f32"), b.input(1, shape(lb), "f32")];
        const terms = (l: readonly number[]): number => sizeOf(shape(l));
        fc.pre(terms(la) * terms(having("b")) < 6000);
        check(t, [x, y], b.contract(x, la, y, lb, out));
      }),
      { numRuns: 40 },
    );
  });

  test("operands that are views: padded, repeated, reversed, strided", () => {
    const x = b.input(0, [9, 10], "f32");
    const y = b.input(1, [7, 20], "f32");
    const padded = b.pad(x, [1, 2], [0, 5]); // [10, 17]
    const strided = b.slice(b.pad(y, [5, 0], [5, 0]), {
      start: [0, 1],
      stop: [17, 20],
      step: [1, 2],
    });
    check(t, [x, y], b.contract(padded, [0, 1], strided, [1, 2], [0, 2]));
    check(t, [x, y], b.contract(b.flip(padded, [1]), [0, 1], strided, [1, 2], [2, 0]));
    const row = b.expand(
      b.reshape(b.slice(x, { start: [0, 0], stop: [1, 10], step: [1, 1] }), [10, 1]),
      [10, 40],
    );
    check(t, [x], b.contract(x, [0, 1], row, [1, 2], [0, 2]));
  });
});

const both = ({ inputs, output }: { inputs: Node[]; output: Node }): [Node[], Node] => [
  inputs,
  output,
];

describe("one text", () => {
  const wide = targets["16 lanes"] as Target;
  const text = ({ inputs, output }: { inputs: Node[]; output: Node }): string =>
    textOf({ inputs, outputs: [output] }, wide);

  test.each(flips)("whatever m, k and n are (%s, %s)", (...flip) => {
    const known = text(product([2, 2, 2], { flip }));
    const sizes = [2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 128, 257, 1000];
    for (const size of sizes) {
      expect(text(product([size, 50, 60], { flip })), `m ${size}`).toBe(known);
      expect(text(product([100, size, 60], { flip })), `k ${size}`).toBe(known);
      expect(text(product([100, 50, size], { flip })), `n ${size}`).toBe(known);
    }
  });

  test("whatever the batch is, of matrices and of what is summed", () => {
    const batched = (batch: number): { inputs: Node[]; output: Node } => {
      const [x, y] = [b.input(0, [batch, 6, 8], "f32"), b.input(1, [batch, 8, 20], "f32")];
      return { inputs: [x, y], output: b.contract(x, [0, 1, 2], y, [0, 2, 3], [0, 1, 3]) };
    };
    const summed = (batch: number): { inputs: Node[]; output: Node } => {
      const [x, y] = [b.input(0, [batch, 9, 4], "f32"), b.input(1, [batch, 9, 3], "f32")];
      return { inputs: [x, y], output: b.contract(x, [0, 1, 2], y, [0, 1, 3], [2, 3]) };
    };
    for (const make of [batched, summed]) {
      const known = text(make(2));
      for (const size of [3, 7, 16, 33, 300, 5000]) expect(text(make(size))).toBe(known);
    }
  });
});

describe("rows in panels", () => {
  test("cover all rows and waste few", () => {
    for (const heights of [
      [14, 8, 4],
      [6, 4, 2],
      [4, 2],
    ]) {
      for (let rows = 1; rows < 300; rows++) {
        const { counts, count } = cutRows(rows, heights);
        const covered = counts.reduce((sum, n, i) => sum + n * (heights[i] as number), 0);
        expect(covered).toBeGreaterThanOrEqual(rows);
        expect(covered - rows).toBeLessThan(heights.at(-1) as number);
        expect(count).toBe(counts.reduce((n, c) => n + c, 0));
      }
    }
  });
});

test("memory is asked for ahead where the target can be asked, and only there", () => {
  const { inputs, output } = product([40, 500, 50]);
  const asks = (t: Target): boolean =>
    textOf({ inputs, outputs: [output] }, t).includes("prefetch ");
  const wide = targets["16 lanes"] as Target;
  expect(asks(wide)).toBe(true);
  expect(asks({ ...wide, without: new Set(["prefetch"]) })).toBe(false);
  expect(asks(targets["4 lanes without fma"] as Target)).toBe(false);
});

test("rows that lie term after term are asked for near, and others are not", () => {
  const near = (flip: readonly boolean[]): number => {
    const { inputs, output } = product([40, 500, 50], { flip });
    const text = textOf({ inputs, outputs: [output] }, targets["16 lanes"] as Target);
    return text.match(/prefetch b\d+\[v\d+\] near/g)?.length ?? 0;
  };
  // Once in the code of each tile: three heights, one vector or two.
  expect(near([true, false])).toBe(6);
  expect(near([false, false])).toBe(0);
});

test("where a tile goes is asked for if it goes to several results", () => {
  const x = b.input(0, [40, 50], "f32");
  const y = b.input(1, [50, 60], "f32");
  const state = b.input(2, [40, 60], "f32");
  const made = b.contract(x, [0, 1], y, [1, 2], [0, 2]);
  const written = (outputs: readonly Node[]): number => {
    const text = textOf({ inputs: [x, y, state], outputs }, targets["16 lanes"] as Target);
    return new Set(text.match(/(?<=prefetch )b\d+(?=\[v\d+\] to write)/g)).size;
  };
  // What the sums came to so far is in any case.
  const sums = 1;
  expect(written([b.add(made, state)])).toBe(sums);
  expect(written([b.add(made, state), b.mul(made, state), b.sub(made, state)])).toBe(sums + 3);
});
