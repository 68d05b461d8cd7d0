// Linear systems by elimination: any order of rows, and derivatives through it.

import { beforeEach, expect, test } from "vitest";
import { solve } from "../../src/linalg/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { Generator } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => setDefaultDevice("reference"));

test("the solution solves, where pivots must be looked for too", () => {
  const generator = new Generator(3);
  for (const n of [1, 2, 5, 9]) {
    const a = randn([n, n], { dtype: "f64", generator });
    const x = randn([n], { dtype: "f64", generator });
    expectClose(solve(a, a.matmul(x)).dataSync(), x.dataSync(), 1e-10);
  }
  const swapped = tensor(
    [
      [0, 2],
      [1, 0],
    ],
    { dtype: "f64" },
  );
  expect(solve(swapped, tensor([4, 3], { dtype: "f64" })).arraySync()).toEqual([3, 2]);
});

test("the derivative by b is the inverse transposed", () => {
  const a = tensor(
    [
      [2, 1],
      [0, 4],
    ],
    { dtype: "f64" },
  );
  const sum = grad((b: Tensor) => solve(a, b).sum())(tensor([1, 1], { dtype: "f64" }));
  expectClose(sum.dataSync(), [0.5, 0.125], 1e-14);
});

test("what is no system is told", () => {
  expect(() => solve(tensor([[1, 2]]), tensor([1]))).toThrow(/solve: takes a matrix \[n, n\]/);
});
