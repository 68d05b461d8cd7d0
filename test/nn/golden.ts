// Golden values: committed numbers of PyTorch as tensors, and comparison by the largest magnitude.

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

export interface Row {
  readonly shape: number[];
  readonly data: number[];
}

export type Float = "f32" | "f64";

const notInJson: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

export const golden = <T>(path: string): T =>
  JSON.parse(readFileSync(new URL(`../golden/${path}`, import.meta.url), "utf8"), (_, value) =>
    notInJson.includes(value) ? Number(value) : value,
  ) as T;

export const tensorOf = ({ shape, data }: Row, dtype: Float | "i32"): Tensor =>
  tensor(new Float64Array(data.map((x) => (typeof x === "boolean" ? Number(x) : x))), {
    shape,
    dtype,
  });

/** Tolerances by type: a share of the largest finite magnitude in the expected tensor. */
export const tolerances = { f64: 1e-10, f32: 1e-5 } as const;

export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = "",
): void {
  expect(actual.length, what).toBe(expected.length);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]!));
  }
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const off = Math.abs(a - e) / (scale === 0 ? 1 : scale);
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
  }
  expect(worst, what).toBeLessThanOrEqual(tolerance);
}

export function expectTensor(actual: Tensor, expected: Row, tolerance: number, what = ""): void {
  expect(actual.shape, what).toEqual(expected.shape);
  expectClose(actual.dataSync(), expected.data, tolerance, what);
}
