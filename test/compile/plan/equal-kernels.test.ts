import { expect, test } from "vitest";
import { equalKernels } from "../../../src/compile/plan/equal-kernels.ts";
import type { Kernel, Variable } from "../../../src/ir/kernel.ts";

const unit: Variable = { kind: "variable", id: 0, type: "index", lanes: 1 };
const to: Variable = { kind: "variable", id: 1, type: "f32", lanes: 1 };

/** Writes one number. */
const writing = (name: string, value: number): Kernel => ({
  name,
  buffers: [{ memory: "f32", write: true }],
  ints: 0,
  floats: 0,
  lanes: 1,
  variables: 2,
  unit,
  body: [
    { kind: "var", to, value: { kind: "literal", type: "f32", value } },
    { kind: "store", buffer: 0, index: unit, value: to, lanes: 1 },
  ],
});

test("kernels that differ in name alone are equal", () => {
  expect(equalKernels(writing("a", Number.NaN), writing("b", Number.NaN))).toBe(true);
});

test("numbers that JSON does not tell apart make different kernels", () => {
  const values = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const a of values) {
    for (const b of values) {
      expect(equalKernels(writing("a", a), writing("a", b))).toBe(Object.is(a, b));
    }
  }
});

test("a field that is undefined is as good as none, one that is there is not", () => {
  const [first, second] = writing("a", 1).body;
  const kernel = (body: Kernel["body"]): Kernel => ({ ...writing("a", 1), body });
  const stride = { kind: "literal", type: "index", value: 2 } as const;
  const store = second as Extract<Kernel["body"][number], { kind: "store" }>;
  const plain = kernel([first as typeof store, store]);
  const absent = { ...store, stride: undefined } as unknown as typeof store;
  expect(equalKernels(plain, kernel([first as typeof store, absent]))).toBe(true);
  expect(equalKernels(plain, kernel([first as typeof store, { ...store, stride }]))).toBe(false);
});
