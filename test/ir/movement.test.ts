// Chains of random movement ops: what they do to positions, that their adjoints are exact, and that
// a batch of them is a loop.

import fc from "fast-check";
import { expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { batch } from "../../src/grad/batching.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf, windowLength } from "../../src/ir/shape.ts";
import { verify } from "../../src/ir/verify.ts";
import { evaluate, filled, inner } from "../grad/values.ts";

/** A step picks its op and arguments from numbers in [0, 1), so that any list of numbers is a chain. */
type Step = readonly [kind: number, ...more: number[]];
const step: fc.Arbitrary<Step> = fc
  .tuple(...Array.from({ length: 10 }, () => fc.nat(999)))
  .map((n) => n as unknown as Step);
const shapes = fc.array(
  fc.nat({ max: 3 }).map((d) => d + 1),
  { minLength: 1, maxLength: 3 },
);

const steps: ((x: Node, pick: (below: number) => number) => Node)[] = [
  (x) => b.reshape(x, [sizeOf(x.shape)]),
  (x, pick) => {
    const order = x.shape.map((_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = pick(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return b.permute(x, order);
  },
  (x, pick) => b.expand(x, [pick(2) + 1, ...x.shape.map((d) => (d === 1 ? 1 + pick(2) : d))]),
  (x, pick) => {
    const start = x.shape.map((d) => pick(d + 1));
    const stop = x.shape.map((d, i) => (start[i] as number) + pick(d - (start[i] as number) + 1));
    return b.slice(x, { start, stop, step: x.shape.map(() => 1 + pick(3)) });
  },
  (x, pick) => {
    const counts = (): number[] => x.shape.map(() => pick(2));
    return b.pad(x, counts(), counts(), { between: counts() });
  },
  (x, pick) =>
    b.flip(
      x,
      x.shape.flatMap((_, i) => (pick(2) ? [i] : [])),
    ),
  (x, pick) => {
    const axis = pick(x.shape.length);
    const length = x.shape[axis] ?? 0;
    if (length === 0) return x;
    const size = 1 + pick(Math.min(3, length));
    const dilation = size === 1 ? 1 : 1 + pick(Math.floor((length - 1) / (size - 1)));
    return b.window(x, { axis, size, stride: 1 + pick(2), dilation });
  },
  (x, pick) => {
    if (x.shape.length < 2) return x;
    const axis = pick(x.shape.length - 1);
    const [out, size] = [x.shape[axis] as number, x.shape[axis + 1] as number];
    if (out === 0 || size === 0) return x;
    const [stride, dilation] = [1 + pick(2), 1 + pick(2)];
    const length = (out - 1) * stride + dilation * (size - 1) + 1 + pick(stride);
    expect(windowLength(length, size, stride, dilation)).toBe(out);
    return b.fold(x, { axis, length, stride, dilation });
  },
];

function chain(x: Node, list: readonly Step[]): Node {
  let y = x;
  for (const [kind, ...more] of list) {
    const numbers = more.values();
    const pick = (below: number): number =>
      ((numbers.next().value as number | undefined) ?? 0) % below;
    const next = (steps[kind % steps.length] as (typeof steps)[number])(y, pick);
    if (next.shape.length <= 6 && sizeOf(next.shape) <= 300) y = next;
  }
  return y;
}

/** Small whole numbers, so that every sum is exact. */
const whole = (n: number, salt: number): number[] =>
  Array.from({ length: n }, (_, i) => ((i * 7 + salt * 13) % 11) - 5);

test("⟨A·x, u⟩ = ⟨x, Aᵀ·u⟩ exactly, jvp is A itself, a batch is a loop", () => {
  fc.assert(
    fc.property(shapes, fc.array(step, { minLength: 1, maxLength: 5 }), (shape, list) => {
      const x = b.input(0, shape, "f64");
      const y = chain(x, list);
      const u = b.input(1, y.shape, "f64");
      const [pulled] = backward([y], [u], [x]);
      const many = b.input(2, [2, ...shape], "f64");
      const [batched] = batch([y], [x], [many], 2) as [Node];
      const [moved] = jvp([y], [x], [x]);
      verify([y, pulled ?? y, batched, moved ?? y]);

      const n = sizeOf(shape);
      const [first, second] = [whole(n, 1), whole(n, 2)];
      const values = new Map<Node, TypedArray>([
        [x, filled("f64", first)],
        [u, filled("f64", whole(sizeOf(y.shape), 3))],
        [many, filled("f64", [...first, ...second])],
      ]);
      const [value] = evaluate([y], values) as [number[]];
      const [left] = evaluate([inner([y], [u])], values) as [number[]];
      const right = pulled ? evaluate([inner([x], [pulled])], values).flat() : [0];
      expect(left.map((v) => v + 0)).toEqual(right.map((v) => v + 0)); // −0 + 0 is 0
      if (moved) expect(evaluate([moved], values)[0]).toEqual(value);
      const [other] = evaluate([y], new Map([...values, [x, filled("f64", second)]])) as [number[]];
      expect(evaluate([batched], values)[0]).toEqual([...value, ...other]);
    }),
    { numRuns: 300 },
  );
});

test("permute and its inverse, flip twice, and a slice of a pad are the identity", () => {
  fc.assert(
    fc.property(shapes, step, (shape, [, ...more]) => {
      const x = b.input(0, shape, "f64");
      const values = new Map<Node, TypedArray>([[x, filled("f64", whole(sizeOf(shape), 1))]]);
      const order = shape
        .map((_, i) => i)
        .sort((i, j) => (more[i] as number) - (more[j] as number) || i - j);
      const back = order.map((_, axis) => order.indexOf(axis));
      const count = (k: number): number[] => shape.map((_, i) => (more[i + k] as number) % 3);
      const [before, after, between] = [count(0), count(3), count(6)];
      const wide = b.pad(x, before, after, { between, value: 99 });
      const inside = b.slice(wide, {
        start: before,
        stop: wide.shape.map((d, i) => d - (after[i] as number)),
        step: between.map((n) => n + 1),
      });
      const all = b.flip(x, [0]);
      const results = evaluate(
        [x, b.permute(b.permute(x, order), back), b.flip(all, [0]), inside],
        values,
      );
      for (const result of results) expect(result).toEqual(results[0]);
    }),
    { numRuns: 100 },
  );
});
