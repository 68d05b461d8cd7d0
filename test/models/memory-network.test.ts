// The memory network: hops, and the place of words.

import { beforeEach, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import { MemoryNetwork } from "../../src/models/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

let story: Tensor;
let question: Tensor;

beforeEach(() => {
  setDefaultDevice("reference");
  seed(1);
  story = tensor(
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    { dtype: "i32" },
  );
  question = tensor([[1, 0]], { dtype: "i32" });
});

test("SA-12 one hop is one softmax over sentences, added to the question", () => {
  const model = new MemoryNetwork({
    vocabulary: 6,
    width: 4,
    hops: 1,
    positions: false,
    dtype: "f64",
  });
  const [a, c] = model.tables.map((table) => table.weight);
  const bag = (table: typeof a, words: number[]) =>
    words.map((w) => table!.at(w)).reduce((x, y) => x.add(y));
  const u = a!.at(1);
  const p = tensor([0, 0], { dtype: "f64" })
    .add(
      tensor([u.dot(bag(a, [1, 2])).itemSync(), u.dot(bag(a, [3, 4])).itemSync()], {
        dtype: "f64",
      }),
    )
    .softmax();
  const found = bag(c, [1, 2])
    .mul(p.at(0))
    .add(bag(c, [3, 4]).mul(p.at(1)));
  const expected = c!.matmul(u.add(found));
  expectClose(model.forward(story, question).dataSync(), expected.dataSync(), 1e-13);
});

test("SA-12 padding of words, and of whole sentences, changes nothing", () => {
  const i32 = (rows: number[][] | number[][][]): Tensor => tensor(rows, { dtype: "i32" });
  for (const positions of [true, false]) {
    const model = new MemoryNetwork({ vocabulary: 6, width: 4, positions, dtype: "f64" });
    for (const table of model.tables) table.weight.assign(table.weight.mul(10));
    const alone = model.forward(i32([[[1, 2]]]), i32([[3]]));
    const padded = model.forward(
      i32([
        [
          [1, 2, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      ]),
      i32([[3, 0]]),
    );
    expectClose(padded.dataSync(), alone.dataSync(), 1e-14);
    // A story of nothing is no story: the question alone answers.
    const [first, last] = [model.tables[0]!.weight, model.tables.at(-1)!.weight];
    const asked = positions ? first.at(3).mul(tensor([0.25, 0.5, 0.75, 1])) : first.at(3);
    const empty = model.forward(i32([[[0, 0]]]), i32([[3]]));
    expectClose(empty.dataSync(), last.matmul(asked).dataSync(), 1e-13);
  }
});

test("the place of a word counts, unless told not to", () => {
  const other = tensor(
    [
      [
        [2, 1],
        [3, 4],
      ],
    ],
    { dtype: "i32" },
  );
  for (const positions of [true, false]) {
    const model = new MemoryNetwork({ vocabulary: 6, width: 4, positions, dtype: "f64" });
    const [y, z] = [story, other].map((each) => model.forward(each, question).dataSync());
    if (positions) expect(z).not.toEqual(y);
    else expectClose(z!, y!, 1e-14);
  }
  const model = new MemoryNetwork({ vocabulary: 6 });
  expect(model.tables).toHaveLength(4);
  expect(model.tables[0]!.weight.at(0).arraySync()).toEqual(new Array(20).fill(0));
  expect(() => model.forward(zeros([1, 2], { dtype: "i32" }), question)).toThrow(ShapeError);
});
