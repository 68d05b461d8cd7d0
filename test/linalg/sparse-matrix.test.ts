// Sparse matrices against the dense ones that they stand for.

import { expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import { SparseMatrix, sparseMatrix } from "../../src/linalg/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { grad, vjp } from "../../src/tensor/derivatives.ts";
import { explain } from "../../src/tensor/engine.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
function expectClose(found: Tensor, wanted: Tensor): void {
  expect(found.shape).toEqual(wanted.shape);
  const [a, b] = [numbers(found), numbers(wanted)];
  for (const [i, v] of a.entries()) expect(v).toBeCloseTo(b[i] as number, 12);
}

/** A 5 x 4 matrix with an empty row and one place named twice. */
const example = (): SparseMatrix =>
  sparseMatrix(
    [
      [0, 1, 2],
      [4, 3, -1.5],
      [2, 0, 0.25],
      [2, 2, 3],
      [0, 1, 1],
      [3, 0, 7],
    ],
    [5, 4],
    { dtype },
  );

test("products and their gradients are those of the dense matrix", () => {
  setDefaultDevice("reference");
  seed(1);
  const a = example();
  const x = randn([4, 3], { dtype });
  const weights = randn([5, 3], { dtype });
  expect(a.toDense().at(0, 1).itemSync()).toBe(3);
  expectClose(a.matmul(x), a.toDense().matmul(x));
  expectClose(a.matmul(x.at(":", 0)), a.toDense().matmul(x.at(":", 0)));
  expectClose(a.T.toDense(), a.toDense().T);
  expectClose(a.T.matmul(weights), a.toDense().T.matmul(weights));
  expectClose(a.rowSums(), a.toDense().sum({ axis: 1 }));
  // By the right side, and by the values: of the dense gradient the places that are kept.
  const loss = (matrix: { matmul(x: Tensor): Tensor }, right: Tensor): Tensor =>
    matrix.matmul(right).square().mul(weights).sum();
  expectClose(
    grad((right: Tensor) => loss(a, right))(x),
    grad((right: Tensor) => loss(a.toDense(), right))(x),
  );
  const byValues = grad((values: Tensor) => loss(a.withValues(values), x))(a.values);
  const byAll = grad((dense: Tensor) => loss(dense, x))(a.toDense());
  expectClose(byValues, byAll.flatten().take(a.rows.mul(4).add(a.columns)));
});

test.each(devicesHere)("a product with its gradient is the reference's on %s", (device) => {
  const work = (): number[][] => {
    const a = example();
    const x = randn([4, 3], { dtype, generator: new Generator(5) });
    const [y, pullback] = vjp((right: Tensor) => a.matmul(right), x);
    return [y, pullback(y)[0] as Tensor].map(numbers);
  };
  setDefaultDevice("reference");
  const wanted = work();
  setDefaultDevice(device);
  for (const [i, found] of work().entries()) {
    for (const [j, v] of found.entries()) expect(v).toBeCloseTo(wanted[i]![j]!, 10);
  }
});

test("nothing of the size of the dense matrix is made, forwards or backwards", () => {
  const nodes = 20_000;
  const count = 3 * nodes;
  const places = (factor: number): Tensor =>
    tensor(Int32Array.from({ length: count }, (_, i) => (i * factor) % nodes));
  const a = new SparseMatrix({
    rows: places(7),
    columns: places(11),
    values: rand([count]),
    shape: [nodes, nodes],
  });
  const loss = (x: Tensor): Tensor => a.matmul(x).square().sum();
  const programs = explain(() => grad(loss)(rand([nodes, 4])));
  const bytes = programs
    .flatMap(({ steps }) => steps)
    .reduce((sum, { work }) => sum + (work?.bytes ?? 0), 0);
  expect(bytes).toBeGreaterThan(0);
  // A dense one alone would be 1.6e9 bytes; entries x features are 1e6.
  expect(bytes).toBeLessThan(5e7);
});

test("mistakes are named", () => {
  expect(() => sparseMatrix([[2, 0, 1]], [2, 2])).toThrow(/entry 0 is at 2, 0, outside \[2, 2\]/);
  expect(() => example().matmul(rand([5, 2]))).toThrow(ShapeError);
  expect(() => example().withValues(rand([2]))).toThrow(/vectors of one length/);
});
