// Shapes at their limits: nothing, one, many pieces, and arrangements against each other.

import fc from "fast-check";
import * as hebb from "hebb";
import { arange, concat, ones, stack, type Tensor, tensor, zeros } from "hebb";
import { beforeAll, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

beforeAll(() => setDefaultDevice("reference"));

test("tensors without elements go through", () => {
  const empty = zeros([0, 3]);
  expect(empty.add(1).exp().shape).toEqual([0, 3]);
  expect(empty.sum().itemSync()).toBe(0);
  expect(empty.sum({ axis: 0 }).arraySync()).toEqual([0, 0, 0]);
  expect(empty.prod({ axis: 0 }).arraySync()).toEqual([1, 1, 1]);
  expect(empty.mean().itemSync()).toBeNaN();
  expect([empty.any().itemSync(), empty.all().itemSync()]).toEqual([0, 1]);
  expect(empty.matmul(zeros([3, 2])).shape).toEqual([0, 2]);
  expect(
    zeros([2, 0])
      .matmul(zeros([0, 2]))
      .arraySync(),
  ).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(concat([empty, ones([1, 3]), empty]).arraySync()).toEqual([[1, 1, 1]]);
  expect(empty.reshape([3, 0]).T.shape).toEqual([0, 3]);
  expect(empty.at("::-1", 0).shape).toEqual([0]);
  expect(empty.sort({ axis: 0 }).values.shape).toEqual([0, 3]);
  expect(empty.take(arange(0)).shape).toEqual([0, 3]);
  expect(empty.cumSum({ axis: 0 }).shape).toEqual([0, 3]);
  expect(arange(0).diag().shape).toEqual([0, 0]);
});

test("numbers are tensors without axes", () => {
  const x = tensor(3);
  expect([x.sum().itemSync(), x.flatten().shape, x.T.shape, x.unsqueeze(0).shape]).toEqual([
    3,
    [1],
    [],
    [1],
  ]);
  expect(x.at("new", "...").shape).toEqual([1]);
  expect(x.argMax().itemSync()).toBe(0);
});

test("many pieces are joined in groups and still in order, −0 and NaN kept", () => {
  const pieces = Array.from({ length: 100 }, (_, i) => tensor([i, -i]));
  const data = concat(pieces).dataSync();
  expect(Array.from(data)).toEqual(Array.from({ length: 100 }, (_, i) => [i, -i]).flat());
  expect(stack(pieces, { axis: 1 }).shape).toEqual([2, 100]);
  expect(concat([tensor([-0]), tensor([Number.NaN])]).dataSync()).toEqual(
    new Float32Array([-0, Number.NaN]),
  );
  expect(concat([tensor([true]), tensor([false])]).dtype).toBe("bool");
  expect(concat([arange(2), tensor([0.5])]).arraySync()).toEqual([0, 1, 0.5]);
  expect(concat([ones([1], { dtype: "f16" }), zeros([1], { dtype: "f16" })]).dtype).toBe("f16");
});

test("taking apart and putting together is the identity", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(0, 1),
      (count, length, axis) => {
        const x = arange(length * 3).reshape(axis === 0 ? [length, 3] : [3, length]);
        const same = (y: Tensor): void => {
          expect(y.shape).toEqual(x.shape);
          expect(y.dataSync()).toEqual(x.dataSync());
        };
        same(concat(x.chunk(count, { axis }), { axis }));
        same(concat(x.split(count, { axis }), { axis }));
        same(stack(x.unstack({ axis }), { axis }));
        same(x.roll(count, { axis }).roll(-count, { axis }));
        same(x.flip(axis).flip(axis));
        same(x.pad(count).slice(count, -count).slice(count, -count, { axis: 1 }));
      },
    ),
    { numRuns: 40 },
  );
});

test("broadcasting is the same as expanding first", () => {
  const shapes: [number[], number[]][] = [
    [
      [2, 1, 3],
      [4, 1],
    ],
    [[3], [2, 3]],
    [[], [2, 2]],
    [
      [1, 0],
      [3, 1],
    ],
  ];
  for (const [a, b] of shapes) {
    const [x, y] = [hebb.randn(a), hebb.randn(b)];
    const [wide, other] = hebb.broadcast(x, y) as [Tensor, Tensor];
    expect(x.mul(y).sub(x).dataSync()).toEqual(wide.mul(other).sub(wide).dataSync());
  }
});

test("free functions take numbers first", () => {
  const x = tensor([1, 2, 4]);
  expect(hebb.sub(1, x).arraySync()).toEqual([0, -1, -3]);
  expect(hebb.div(4, x).arraySync()).toEqual([4, 2, 1]);
  expect(
    hebb
      .pow(2, tensor([1, 2, 3]))
      .round()
      .arraySync(),
  ).toEqual([2, 4, 8]);
  expect(hebb.where(x.greater(1), 1, 0).dtype).toBe("f32");
  expect(hebb.where(x.greater(1), x, 0).arraySync()).toEqual([0, 2, 4]);
  expect(hebb.add(1, 2).itemSync()).toBe(3);
  expect(hebb.variance(x, { correction: 0 }).itemSync()).toBeCloseTo(14 / 9, 6);
});
