import { expect, test } from "vitest";
import { NumericError, ShapeError } from "../../src/ir/errors.ts";
import { largestEigenvalue, leastSquares } from "../../src/linalg/index.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { concat } from "../../src/tensor/functions.ts";
import { seed } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import { setDefaultDevice } from "../support/devices.ts";

setDefaultDevice("reference");

test("what is left over is orthogonal to the columns, and a fit without rest is exact", async () => {
  seed(3);
  const a = randn([12, 5], { dtype: "f64" });
  const b = randn([12, 2], { dtype: "f64" });
  const x = await leastSquares(a, b);
  const rest = a.matmul(x).sub(b);
  expect(a.T.matmul(rest).abs().amax().itemSync()).toBeLessThan(1e-13);
  const exact = await leastSquares(a, a.matmul(x));
  expect(exact.sub(x).abs().amax().itemSync()).toBeLessThan(1e-13);
  expect((await leastSquares(a, b.at(":", 1))).sub(x.at(":", 1)).abs().amax().itemSync()).toBe(0);
});

test("columns that nearly depend on each other keep their digits", async () => {
  // The condition number is 1e7; by the normal equations it would be 1e14.
  const a = tensor(
    [
      [1, 1],
      [0, 1e-7],
      [0, 0],
    ],
    { dtype: "f64" },
  );
  const x = await leastSquares(a, tensor([3, 1e-7, 5], { dtype: "f64" }));
  expect([...x.dataSync()].map((v) => Math.round(v * 1e7) / 1e7)).toEqual([2, 1]);
});

test("mistakes are named", async () => {
  const a = ones([3, 1]);
  await expect(leastSquares(concat([a, a], { axis: 1 }), ones([3]))).rejects.toThrow(NumericError);
  await expect(leastSquares(ones([2, 3]), ones([2]))).rejects.toThrow(ShapeError);
  await expect(leastSquares(ones([3, 2]), ones([2]))).rejects.toThrow(ShapeError);
  expect(() => largestEigenvalue(ones([2, 2]), { start: ones([2]), iterations: 0 })).toThrow(
    /iterations/,
  );
});

test("power iteration finds the largest eigenvalue in size", () => {
  const a = tensor(
    [
      [2, 1],
      [1, -3],
    ],
    { dtype: "f64" },
  );
  const wanted = 0.5 + Math.sqrt(29) / 2; // roots of λ² + λ − 7
  const found = largestEigenvalue(a, { start: tensor([1, 0.3], { dtype: "f64" }) });
  expect(found.itemSync()).toBeCloseTo(wanted, 12);
});
