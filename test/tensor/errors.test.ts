// What the operations say when they are used wrongly: the operation, both shapes, the way out.

import * as hebb from "hebb";
import { conv2d, einsum, maxPool2d, ones, ShapeError, stack, tensor, zeros } from "hebb";
import { beforeAll, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";

beforeAll(() => setDefaultDevice("reference"));

const x = zeros([2, 3]);
/** As programs without types see them: any arguments may be passed. */
type Untyped<T> = { readonly [K in keyof T]: (...args: unknown[]) => unknown };
const untyped = x as unknown as Untyped<typeof x>;
const door = hebb as unknown as Untyped<typeof hebb>;

/** A number in place of options, an array in place of a tensor: nothing of it goes unseen. */
const withoutTypes: typeof cases = [
  ["sum", () => untyped.sum(0), "sum: options are a record like { axis: 0 }, not 0"],
  ["sum", () => untyped.sum({ dim: 0 }), 'sum: there is no option "dim"; there are axis, keepDims'],
  ["var", () => untyped.var(1), "var: options are a record"],
  ["norm", () => untyped.norm(1), "norm: options are a record"],
  ["argMax", () => untyped.argMax(1), "argMax: options are a record"],
  ["softmax", () => untyped.softmax(1), "softmax: options are a record"],
  ["sort", () => untyped.sort(0), "sort: options are a record"],
  ["cumSum", () => untyped.cumSum(0), "cumSum: options are a record"],
  ["concat", () => door.concat([x, x], 1), "concat: options are a record"],
  ["concat", () => door.concat(x, x), "concat: expected a list of tensors: concat([a, b])"],
  ["stack", () => door.stack([x, [1]]), "stack: expected a tensor or a number, not an array"],
  ["add", () => untyped.add([1, 2, 3]), "add: expected a tensor or a number, not an array"],
  ["add", () => untyped.add(undefined), "not a value of type undefined"],
  ["add", () => door.add([1], [2]), "expected a tensor or a number, not an array"],
  ["matmul", () => untyped.matmul([[1]]), "matmul: expected a tensor"],
  ["where", () => door.where([true], x, 0), "where: expected a tensor"],
  ["reshape", () => untyped.reshape(3, 2), "reshape: expected a list of whole numbers"],
  ["permute", () => untyped.permute(1, 0), "permute: expected a list"],
  ["expand", () => untyped.expand(2, 2, 3), "expand: expected a list"],
  ["expand", () => x.expand([-5, 2, 3]), "expand: [2, 3] does not broadcast to [-5, 2, 3]"],
  ["tile", () => untyped.repeat(2), "tile: expected a list"],
  ["cast", () => untyped.cast("float32"), 'cast: there is no type "float32"; choose one of f32'],
  ["zeros", () => zeros([1], { dtype: "int" as "i32" }), 'zeros: there is no type "int"'],
  ["tensor", () => tensor([1], { dtype: "int" as "i32" }), 'tensor: there is no type "int"'],
  ["tensor", () => tensor(null as never), "the element at the top is null, not a number"],
  ["tensor", () => tensor([x] as never), "the element at [0] is a tensor already; stack joins"],
  ["at", () => untyped.at(undefined), "at: an index is an integer, a slice"],
  ["at", () => untyped.at([0, 1]), "not an array; make it one: tensor(array"],
  ["set", () => x.set([null as never], 1), "set: an index is an integer, a slice"],
  ["sort", () => tensor(1).sort(), "sort: a single number, of shape [], has no axis -1"],
];

const cases: readonly (readonly [string, () => unknown, string])[] = [
  ["add", () => x.add(zeros([4])), "add: shapes do not broadcast: [2, 3] and [4]"],
  ["greaterEqual", () => x.greaterEqual(zeros([4])), "greaterEqual: shapes do not broadcast"],
  ["maximum", () => x.maximum(zeros([4])), "maximum: shapes do not broadcast"],
  ["where", () => x.where(zeros([5]).less(1), 0), "where: shapes do not broadcast"],
  ["where", () => x.where(x, 0), "where: the condition must be bool, not f32"],
  [
    "matmul",
    () => zeros([32, 784]).matmul(zeros([10, 784])),
    "matmul: inner sizes differ: [32, 784] · [10, 784] (784 ≠ 10). Did you mean y.T?",
  ],
  ["matmul", () => zeros([2, 3]).matmul(zeros([2, 4])), "Did you mean x.T?"],
  [
    "matmul",
    () => zeros([2, 5, 3]).matmul(zeros([3, 3, 4])),
    "matmul: shapes do not broadcast: [2] and [3]",
  ],
  ["matmul", () => tensor(2).matmul(x), "numbers multiply with mul"],
  ["dot", () => x.dot(x), "dot: needs two vectors"],
  [
    "reshape",
    () => x.reshape([4, -1]),
    "reshape: [2, 3] has 6 elements, which do not fill [4, -1]",
  ],
  ["reshape", () => x.reshape([-1, -1]), "at most one -1"],
  ["permute", () => x.permute([0, 0]), "permute: [0, 0] is not an order"],
  ["squeeze", () => x.squeeze(0), "squeeze: axis 0 of [2, 3] has size 2, not 1"],
  ["sum", () => x.sum({ axis: 2 }), "sum: axis 2 does not exist"],
  ["sum", () => x.sum({ axis: [0, -2] }), "sum: an axis is named twice"],
  ["max", () => zeros([0, 2]).max({ axis: 0 }), "is empty"],
  ["expand", () => x.expand([2, 4]), "expand: [2, 3] does not broadcast to [2, 4]"],
  [
    "concat",
    () => hebb.concat([x, zeros([2, 4])]),
    "concat: sizes differ beside axis 0: [2, 3] and [2, 4]",
  ],
  ["concat", () => hebb.concat([]), "concat: needs at least one tensor"],
  ["stack", () => stack([x, zeros([3, 2])]), "stack: shapes differ: [2, 3] and [3, 2]"],
  [
    "split",
    () => x.split([1, 1], { axis: 1 }),
    "split: [1, 1] adds up to 2, not to the 3 elements",
  ],
  ["at", () => x.at(2), "at: index 2 lies outside axis 0 of [2, 3]; use -2 to 1"],
  ["at", () => x.at(0, 0, 0), "at: 3 indices for the 2 axes of [2, 3]"],
  ["at", () => x.at("1;2"), 'at: "1;2" is not a slice'],
  ["at", () => x.at("...", "..."), "may stand once"],
  ["at", () => x.at(x.less(1)), "a mask selects with maskedFill"],
  ["at", () => x.at(zeros([2])), 'cast it: .cast("i32")'],
  [
    "set",
    () => x.set([":", 0], zeros([3])),
    "set: a value of [3] does not broadcast to the part [2]",
  ],
  ["take", () => x.take(hebb.arange(2), { axis: 2 }), "take: axis 2 does not exist"],
  [
    "gather",
    () => x.gather(hebb.arange(2), { axis: 0 }),
    "gather: the index [2] must have the axes of [2, 3]",
  ],
  ["einsum", () => einsum("ij,jk->ik", x, x), '"j" of "ij,jk->ik" names axes of 3 and 2'],
  ["einsum", () => einsum("ij->ik", x), '"k" of the result stands in no operand'],
  ["einsum", () => einsum("i->i", x), 'einsum: "i" does not name the 2 axes of [2, 3]'],
  ["einsum", () => einsum("ij,j", x), "names 2 operands, 1 were given"],
  ["einsum", () => einsum("i-j", x), "is not an equation"],
  [
    "conv2d",
    () => conv2d(zeros([1, 3, 8, 8]), zeros([4, 2, 3, 3])),
    "has 3 channels in 1 groups, weight [4, 2, 3, 3] takes 2",
  ],
  [
    "conv2d",
    () => conv2d(zeros([1, 1, 2, 8]), zeros([1, 1, 3, 3])),
    "a kernel of 3 (dilation 1) does not fit in axis 2 of [1, 1, 2, 8]",
  ],
  [
    "conv2d",
    () => conv2d(x, zeros([1, 1, 3, 3])),
    "conv2d: the input must be [batch, channels, height, width]",
  ],
  [
    "maxPool2d",
    () => maxPool2d(zeros([1, 4, 4]), 2, { padding: 2 }),
    "padding 2 is more than half of the window 2",
  ],
  ["topK", () => x.topK(4), "topK: k must be a whole number from 0 to 3"],
  [
    "pad",
    () => x.pad([[3, 0]], { mode: "reflect" }),
    "pad: reflect of 3 and 0 needs more than the 3 elements",
  ],
  ["bitwiseAnd", () => x.bitwiseAnd(1), "needs integers"],
  ["neg", () => tensor([true]).neg(), "neg: the tensor holds bool"],
  ["tril", () => ones([3]).tril(), "has fewer than 2 axes"],
  ["quantile", () => x.quantile(2), "quantile: q must lie in 0 to 1"],
];

test.each(cases)("%s", (_, run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(hebb.HebbError);
});

test.each(withoutTypes)("without types: %s", (_, run, message) => {
  expect(run).toThrow(message);
  const kinds = [hebb.HebbError, hebb.ArgumentError];
  expect(run).toThrow(expect.toSatisfy((error) => kinds.some((kind) => error instanceof kind)));
});

test("an index tensor out of range throws when the value is read", async () => {
  const bad = zeros([3, 2])
    .add(1)
    .take(tensor([0, 3], { dtype: "i32" }));
  await expect(bad.data()).rejects.toThrow(hebb.IndexError);
  expect(() =>
    zeros([3, 4])
      .add(1)
      .at(tensor([0], { dtype: "i32" }), tensor([4], { dtype: "i32" }))
      .dataSync(),
  ).toThrow(hebb.IndexError);
  expect(() =>
    zeros([3])
      .add(1)
      .set([tensor([-4], { dtype: "i32" })], 1)
      .dataSync(),
  ).toThrow(/-4/);
  expect(ShapeError.prototype).toBeInstanceOf(hebb.HebbError);
});
