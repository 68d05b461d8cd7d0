import { seed, type Tensor, tensor, useDevice } from "hebb";
import { type Loader, loader } from "hebb/data";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(() => useDevice("reference"));

const five = () => ({
  x: tensor([
    [0, 0],
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 40],
  ]),
  y: Uint8Array.of(0, 1, 2, 3, 4),
});

/** The labels of every batch of one epoch. */
async function epoch(data: Loader<{ y: Tensor }>): Promise<number[][]> {
  const labels: number[][] = [];
  for await (const { y } of data) labels.push((await y.array()) as number[]);
  return labels;
}

describe("columns", () => {
  test("come as batches of rows that belong together, with their types", async () => {
    const batches: unknown[] = [];
    for await (const { x, y } of loader(five(), { batchSize: 2 })) {
      expect([x.dtype, y.dtype]).toEqual(["f32", "u8"]);
      batches.push([await x.array(), await y.array()]);
    }
    expect(batches).toEqual([
      [
        [
          [0, 0],
          [1, 10],
        ],
        [0, 1],
      ],
      [
        [
          [2, 20],
          [3, 30],
        ],
        [2, 3],
      ],
      [[[4, 40]], [4]],
    ]);
  });

  test("the last batch is kept or dropped, and the length says so", async () => {
    const keep = loader(five(), { batchSize: 2 });
    const drop = loader(five(), { batchSize: 2, lastBatch: "drop" });
    expect([keep.length, drop.length, keep.count]).toEqual([3, 2, 5]);
    expect(await epoch(drop)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("shuffled: other orders each epoch, the same for the same seed, rows kept together", async () => {
    const made = () => loader(five(), { batchSize: 5, shuffle: true, seed: 3 });
    const [a, b] = [made(), made()];
    const first = await epoch(a);
    expect(await epoch(b)).toEqual(first);
    const second = await epoch(a);
    expect(second).not.toEqual(first);
    expect(await epoch(b)).toEqual(second);
    for await (const { x, y } of a) {
      const [rows, labels] = [(await x.array()) as number[][], (await y.array()) as number[]];
      expect(rows).toEqual(labels.map((label) => [label, 10 * label]));
    }
  });

  test("seed() decides where no seed is given", async () => {
    const order = async (value: number) => {
      seed(value);
      return epoch(
        loader(
          { y: Uint8Array.from({ length: 30 }, (_, i) => i) },
          { batchSize: 30, shuffle: true },
        ),
      );
    };
    const first = await order(1);
    expect(await order(2)).not.toEqual(first);
    expect(await order(1)).toEqual(first);
  });

  test("f64, booleans and halves keep their types", async () => {
    const data = {
      a: new Float64Array([0.1, 0.2]),
      b: tensor([true, false]),
      c: tensor([1.5, -2], { dtype: "f16" }),
    };
    for await (const batch of loader(data)) {
      expect([batch.a.dtype, batch.b.dtype, batch.c.dtype]).toEqual(["f64", "bool", "f16"]);
      expect(await batch.a.array()).toEqual([0.1, 0.2]);
      expect(await batch.b.array()).toEqual([1, 0]);
      expect(await batch.c.array()).toEqual([1.5, -2]);
    }
  });
});

describe("places", () => {
  test("a place that was saved is gone back to, batch for batch", async () => {
    const made = () => loader(five(), { batchSize: 2, shuffle: true, seed: 8 });
    const whole = made();
    const expected = [await epoch(whole), await epoch(whole)];
    const first = made();
    for await (const _ of first) if (first.state.batch === 2) break;
    expect(first.state).toEqual({ seed: 8, epoch: 0, batch: 2 });
    const later = loader(five(), { batchSize: 2, shuffle: true, seed: 1 });
    later.state = JSON.parse(JSON.stringify(first.state));
    expect(await epoch(later)).toEqual(expected[0]?.slice(2));
    expect(await epoch(later)).toEqual(expected[1]);
  });

  test("prefetch counts what was given, not what was made", async () => {
    const data = loader(five(), { batchSize: 1, prefetch: 3 });
    for await (const { y } of data) {
      const label = await y.at(0).item();
      expect(data.state.batch).toBe(label + 1);
      if (label === 2) break;
    }
    expect(data.state).toMatchObject({ epoch: 0, batch: 3 });
    expect((await epoch(data)).length).toBe(5);
  });
});

describe("map", () => {
  test("changes batches, knows the place, and may wait", async () => {
    const places: string[] = [];
    const data = loader(five(), {
      batchSize: 3,
      map: async ({ y }, place) => {
        places.push(`${place.epoch}/${place.batch}`);
        return { y: y.cast("i32").add(100) };
      },
    });
    expect(await epoch(data)).toEqual([
      [100, 101, 102],
      [103, 104],
    ]);
    await epoch(data);
    expect(places).toEqual(["0/0", "0/1", "1/0", "1/1"]);
  });
});

describe("examples and streams", () => {
  const examples = [0, 1, 2, 3].map((y) => ({ x: [y, -y], y }));

  test("a list of examples is stacked; whole numbers are labels", async () => {
    const data = loader(examples, { batchSize: 3 });
    for await (const { x, y } of data) {
      expect([x.dtype, y.dtype]).toEqual(["f32", "i32"]);
      expect(x.shape).toEqual([...y.shape, 2]);
    }
    expect(await epoch(data)).toEqual([[0, 1, 2], [3]]);
    expect(data.count).toBe(4);
  });

  test("a function gives a stream each epoch; a set can be gone through again", async () => {
    async function* stream({ epoch: e }: { epoch: number }) {
      for (const { y } of examples) yield { y: y + 10 * e };
    }
    const data = loader(stream, { batchSize: 4 });
    expect(data.length).toBeUndefined();
    expect([await epoch(data), await epoch(data)]).toEqual([[[0, 1, 2, 3]], [[10, 11, 12, 13]]]);
    const set = loader(new Set(examples), { batchSize: 3, lastBatch: "drop" });
    expect([await epoch(set), await epoch(set)]).toEqual([[[0, 1, 2]], [[0, 1, 2]]]);
  });

  test("a stream is shuffled through a buffer and its place gone back to", async () => {
    const made = () =>
      loader(() => Array.from({ length: 30 }, (_, y) => ({ y })), {
        batchSize: 10,
        shuffle: { buffer: 8 },
        seed: 4,
      });
    const expected = await epoch(made());
    expect(expected.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(expected.flat()).not.toEqual([...expected.flat()].sort((a, b) => a - b));
    const later = made();
    later.state = { seed: 4, epoch: 0, batch: 1 };
    expect(await epoch(later)).toEqual(expected.slice(1));
  });

  test("a stream that can be read only once says so at the second epoch", async () => {
    async function* once() {
      yield { y: 1 };
    }
    const data = loader(once());
    await epoch(data);
    await expect(epoch(data)).rejects.toThrow(/gave nothing in epoch 1.*pass a function/);
  });
});

describe("what is refused", () => {
  test("arrays of different lengths, with names and shapes", () => {
    const columns = { images: new Uint8Array(12), labels: new Uint8Array(3) };
    expect(() => loader(columns)).toThrow(
      /"images" has 12 examples, "labels" \[3\] has 3.*tensor\(data, \{ shape \}\)/,
    );
    expect(() => loader({ x: tensor(1) })).toThrow(/"x" is one number/);
  });

  test("nothing at all", () => {
    expect(() => loader({ x: new Float32Array(0) })).toThrow(/no examples/);
    expect(() => loader({})).toThrow(/no examples/);
    expect(() => loader([])).toThrow(/no examples/);
    expect(() => loader(five(), { batchSize: 6, lastBatch: "drop" })).toThrow(
      /5 examples do not fill/,
    );
  });

  test("sizes and sources that make no sense", async () => {
    expect(() => loader(five(), { batchSize: 0 })).toThrow(/batchSize .* not 0/);
    expect(() => loader(tensor([1, 2]) as never)).toThrow(/give tensors names/);
    await expect(epoch(loader(7 as never))).rejects.toThrow(/record of arrays, or an iterable/);
    await expect(epoch(loader([7, 8] as never))).rejects.toThrow(
      /must be a record .* not a number/,
    );
  });

  test("examples that differ from the first of their batch", async () => {
    const mixed = (second: object) => epoch(loader([{ y: [1, 2] }, second as { y: number[] }]));
    await expect(mixed({ y: [1] })).rejects.toThrow(
      /"y" is f32 \[1\] in example 1 of a batch, f32 \[2\] in the first/,
    );
    await expect(mixed({})).rejects.toThrow(/example 1 of a batch has no "y"/);
    await expect(mixed({ y: [1, 2], z: 1 })).rejects.toThrow(/example 1 of a batch has "z"/);
  });
});
