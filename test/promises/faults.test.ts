// An index out of range is an IndexError with operation and value on every device, however the index
// is used, and the step that it came up in does not happen: no cell has changed by a bit.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { IndexError } from "../../src/ir/errors.ts";
import { BatchNorm2d, crossEntropy, Embedding, Linear, Module } from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { type Cell, commit, Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, ones, tensor, zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { defaultGenerator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn, uniform } from "../../src/tensor/random.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeLeaves } from "../../src/tensor/tree.ts";
import { fit, saveCheckpoints } from "../../src/train/index.ts";
import { devicesHere } from "../support/devices.ts";

const integers = (...values: number[]): Tensor => tensor(values, { dtype: "i32" });

let words: Embedding | undefined;
/** Made outside of whatever is traced. */
const table = (): Embedding => words as Embedding;

/** Uses of three indices into an axis of four. */
const uses: readonly [name: string, operation: string, use: (index: Tensor) => Tensor][] = [
  ["rows of a tensor", "gather", (i) => arange(12).reshape([4, 3]).mul(2).take(i)],
  ["elements of ones", "gather", (i) => ones([4]).gather(i, { axis: 0 })],
  ["ones, and other things too", "gather", (i) => ones([4]).gather(i, { axis: 0 }).add(i)],
  [
    "a row repeated",
    "gather",
    (i) =>
      randn([1, 2])
        .expand([4, 2])
        .gather(i.reshape([3, 1]).expand([3, 2]), { axis: 0 }),
  ],
  ["ones out of ones", "gather", (i) => ones([4]).take(ones([4]).mul(0).cast("i32").take(i))],
  [
    "one place a row",
    "scatter",
    (i) => zeros([3, 4]).scatterAdd(i.reshape([3, 1]), 1, { axis: 1 }),
  ],
  [
    "one place a row, set",
    "scatter",
    (i) => randn([3, 4]).scatter(i.reshape([3, 1]), 1, { axis: 1 }),
  ],
  ["several places", "scatter", (i) => zeros([4]).scatterAdd(i, randn([3]), { axis: 0 })],
  ["counts", "scatter", (i) => i.binCount(4)],
  ["labels", "gather", (i) => crossEntropy(randn([3, 4]), i)],
  [
    "labels of which some count",
    "gather",
    (i) => crossEntropy(randn([3, 4]), i, { ignoreIndex: 1 }),
  ],
  [
    "labels with smoothing",
    "gather",
    (i) => crossEntropy(randn([3, 4]), i, { labelSmoothing: 0.1 }),
  ],
  [
    "a gradient by logits alone",
    "scatter",
    (i) => grad((x: Tensor) => crossEntropy(x, i))(randn([3, 4])) as Tensor,
  ],
  ["an embedding", "gather", (i) => table().forward(i)],
  [
    "an embedding's gradient alone",
    "scatter",
    (i) => {
      const words = table();
      return gradients(words.forward(i).sum(), words.weight) as unknown as Tensor;
    },
  ],
  ["two index tensors", "gather", (i) => randn([3, 4]).at(integers(0, 1, 2), i)],
  [
    "what two index tensors name, set",
    "scatter",
    (i) => randn([3, 4]).set([integers(0, 1, 2), i], 1),
  ],
  ["what one names, added to", "scatter", (i) => randn([4, 2]).addAt([i], 1)],
  [
    "the turns of a scan",
    "gather",
    (i) => {
      const table = randn([4]).keep();
      return scan(
        (sum: Tensor, at: Tensor) => [sum.add(table.take(at)), sum],
        zeros([]),
        i,
      )[0] as Tensor;
    },
  ],
];

describe.each(devicesHere)("an index out of range on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
    seed(3);
    words = new Embedding(4, 5);
  });

  const outside = (t: Tensor): Error => {
    try {
      t.dataSync();
    } catch (error) {
      return error as Error;
    }
    throw new Error("nothing was thrown");
  };

  test.each(uses)("%s", async (_name, operation, use) => {
    for (const run of [use, compile(use)]) {
      expect((await run(integers(0, 3, 1)).data()).length).toBeGreaterThan(0);
      for (const value of [9, 4]) {
        const error = outside(run(integers(0, value, 1)));
        expect(error).toBeInstanceOf(IndexError);
        expect(error.message).toContain(`${operation}: index ${value} lies outside`);
        await expect(run(integers(value, 0, 1)).data()).rejects.toThrow(`index ${value}`);
      }
      expect((await run(integers(3, 3, 3)).data()).length).toBeGreaterThan(0);
    }
  });
});

class Words extends Module {
  table: Embedding = new Embedding(50, 6);
  layer: Linear = new Linear(6, 4);

  forward(ids: Tensor): Tensor {
    return this.layer.forward(this.table.forward(ids));
  }
}

const hex = (t: Tensor): string => {
  const data = t.dataSync();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
};
const bitsOf = (cells: readonly Cell[]): string[] => cells.map((c) => hex(c.snapshot()));
/** The same without making copies of the values that the cells would have to respect. */
const bytesOf = (cells: readonly Cell[]): string[] =>
  cells.map(({ slot }) => {
    const storage = slot.storage();
    return Buffer.from(storage.device.read(storage)).toString("hex");
  });

describe.each(devicesHere)("a step with an index out of range on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
    seed(5);
  });

  interface Trainer {
    readonly cells: readonly Cell[];
    readonly step: (ids: Tensor, labels: Tensor) => Tensor;
  }

  /** Words: enough that their table is cut among threads, where there are some. */
  const rows = device === "reference" ? 40 : 3000;

  function trainer(how: string): Trainer {
    const [table, layer] = [new Embedding(rows, 24), new Linear(24, 7)];
    const model = { table, layer } as const;
    const optimizer = new Adam(model, { lr: 0.01 });
    const step = (ids: Tensor, labels: Tensor): Tensor => {
      const loss = crossEntropy(layer.forward(table.forward(ids)), labels);
      optimizer.step(gradients(loss, model));
      return loss;
    };
    const cells = [...treeLeaves(model), ...treeLeaves(optimizer)] as unknown as Cell[];
    return { cells, step: how === "compiled" ? compile(step) : step };
  }

  const attempt = (step: () => Tensor): void => {
    expect(() => step().itemSync()).toThrow(IndexError);
  };

  test.each([
    ["eager", 3],
    ["compiled", 3],
    ["eager", 1],
    ["compiled", 1],
  ])("%s, batches of %d: state before is state after, and training goes on", (how, batch) => {
    const ids = (k: number): Tensor =>
      integers(...Array.from({ length: batch }, (_, i) => (17 * k + 5 * i) % rows));
    const labels = (k: number): Tensor =>
      integers(...Array.from({ length: batch }, (_, i) => (k + i) % 7));
    const bad = (value: number): Tensor =>
      integers(...Array.from({ length: batch }, (_, i) => (i === batch - 1 ? value : i)));

    const plain = trainer(how);
    const losses = [0, 1, 2, 3].map((k) => plain.step(ids(k), labels(k)).itemSync());

    seed(5);
    const t = trainer(how);
    // The very first step: initial values are not computed yet.
    attempt(() => t.step(bad(rows), labels(0)));
    attempt(() => t.step(ids(0), bad(7)));
    for (let k = 0; k < 4; k++) {
      const before = bytesOf(t.cells);
      attempt(() => t.step(bad(-1), labels(0)));
      expect(bytesOf(t.cells)).toEqual(before);
      attempt(() => t.step(ids(0), bad(7)));
      expect(bytesOf(t.cells)).toEqual(before);
      expect(t.step(ids(k), labels(k)).itemSync()).toBe(losses[k]);
    }
    expect(bitsOf(t.cells)).toEqual(bitsOf(plain.cells));
  });

  test.each([3, 1])("cells are overwritten in place all the same, batches of %d", (batch) => {
    const t = trainer("compiled");
    const [ids, labels] = [
      integers(...[4, 8, 6].slice(0, batch)),
      integers(...[1, 0, 2].slice(0, batch)),
    ];
    for (let k = 0; k < 2; k++) t.step(ids, labels).itemSync();
    const storages = (): unknown[] => t.cells.map((cell) => cell.slot.storage());
    const before = storages();
    t.step(ids, labels).itemSync();
    attempt(() => t.step(integers(...[4, 8, rows + 1].slice(3 - batch)), labels));
    attempt(() => t.step(ids, integers(...[4, 1, 8].slice(3 - batch))));
    t.step(ids, labels).itemSync();
    storages().forEach((storage, i) => {
      expect(storage === before[i], `cell ${i}`).toBe(true);
    });
  });

  test("a cache written at a place that is out of range", () => {
    const cache = new State(randn([64, 32]));
    const total = new State(zeros([]));
    const write = compile((at: Tensor, row: Tensor) => {
      total.assign(total.add(1));
      cache.assign(cache.scatter(at.reshape([1, 1]).expand([1, 32]), row, { axis: 0 }));
    });
    const row = randn([1, 32]).mul(1);
    write(integers(3), row);
    write(integers(4), row);
    const storage = cache.slot.storage();
    const before = bytesOf([cache, total]);
    expect(() => write(integers(64), row)).toThrow("scatter: index 64");
    expect(() => write(integers(-2), row)).toThrow("scatter: index -2");
    expect(bytesOf([cache, total])).toEqual(before);
    write(integers(63), row);
    expect(cache.slot.storage()).toBe(storage);
    expect(hex(cache.at(63))).toBe(hex(row.at(0)));
    expect(total.itemSync()).toBe(3);
  });

  test("an index looked up in the new value of a cell", () => {
    const w = new Parameter(zeros([4, 8]));
    const count = new State(integers(0).reshape([]));
    const both = compile((i: Tensor) => {
      w.assign(w.add(1));
      count.assign(count.add(1));
      return w.take(i).sum();
    });
    expect(both(integers(1, 2)).itemSync()).toBe(16);
    const before = bytesOf([w, count]);
    attempt(() => both(integers(1, 4)));
    expect(bytesOf([w, count])).toEqual(before);
    expect(both(integers(3)).itemSync()).toBe(16);
  });

  test("an index in the turns of a scan, next to cells written in place", () => {
    const w = new Parameter(randn([5, 40]));
    const h = new State(zeros([40]));
    const run = compile((ids: Tensor) => {
      const [last] = scan(
        (state: Tensor, id: Tensor) => [state.mul(0.5).add(w.take(id)), state],
        h.mul(1),
        ids,
      );
      h.assign(last as Tensor);
      w.assign(w.mul(1.5));
      return (last as Tensor).sum();
    });
    for (let k = 0; k < 3; k++) run(integers(0, 4, 2)).itemSync();
    const before = bytesOf([w, h]);
    attempt(() => run(integers(0, 5, 2)));
    expect(bytesOf([w, h])).toEqual(before);
    const storage = w.slot.storage();
    run(integers(1, 1, 1)).itemSync();
    if (device !== "reference") expect(w.slot.storage()).toBe(storage);
  });

  test("a call without results throws itself, and draws no random numbers", () => {
    const w = new Parameter(zeros([3]));
    const noise = compile((i: Tensor) => {
      w.assign(w.add(uniform([3])).add(ones([2]).take(i).sum()));
    });
    noise(integers(0));
    const state = { ...defaultGenerator().state };
    const before = bytesOf([w]);
    expect(() => noise(integers(2))).toThrow("gather: index 2");
    expect(bytesOf([w])).toEqual(before);
    expect(defaultGenerator().state).toEqual(state);
  });

  test("a faulty value that comes in stops the step too", () => {
    const w = new Parameter(zeros([3]));
    const add = compile((x: Tensor) => {
      w.assign(w.add(x));
      return w.sum();
    });
    add(ones([3])).itemSync();
    const bad = arange(3)
      .mul(2)
      .take(integers(0, 1, 3));
    expect(() => bad.dataSync()).toThrow("index 3");
    expect(() => add(bad).itemSync()).toThrow("gather: index 3");
    expect(w.arraySync()).toEqual([1, 1, 1]);
    expect(() => bad.add(1).dataSync()).toThrow("gather: index 3");
    expect(() => commit([w], [w.add(bad)])).toThrow("gather: index 3");
    expect(w.arraySync()).toEqual([1, 1, 1]);
  });

  test("statistics that the index went into go, other pending values stay", () => {
    const [table, norm] = [new Embedding(4, 3), new BatchNorm2d(3)];
    const model = { table, norm };
    const sgd = new SGD(model, { lr: 0.1 });
    const average = new State(zeros([4, 3]));
    const picked = new State(zeros([3]));
    const step = (ids: Tensor): Tensor => {
      const loss = norm
        .forward(table.forward(ids).reshape([3, 3, 1, 1]))
        .pow(3)
        .sum();
      sgd.step(gradients(loss, model));
      return loss;
    };
    step(integers(0, 1, 2)).itemSync();
    average.assign(average.mul(0.5).add(table.weight));
    picked.assign(table.weight.take(integers(1)).reshape([3]));
    const cells = [...treeLeaves(model), ...treeLeaves(sgd)] as unknown as Cell[];
    const before = bitsOf(cells.filter((c) => c !== (average as Cell)));
    const wanted = { average: hex(table.weight.mul(1)), picked: hex(table.weight.at(1)) };
    expect(() => step(integers(0, 1, 4))).toThrow("the step was not made");
    expect(bitsOf(cells)).toEqual(before);
    expect(hex(average)).toBe(wanted.average);
    expect(hex(picked)).toBe(wanted.picked);
    expect(Number.isFinite(step(integers(3, 1, 2)).itemSync())).toBe(true);
    expect(bitsOf(cells)).not.toEqual(before);
  });

  test("fit stops with the weights and the checkpoint before that step", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hebb-faults-"));
    try {
      const make = () => {
        seed(9);
        const model = new Words();
        return { model, optimizer: new Adam(model, { lr: 0.05 }) };
      };
      const good = [0, 1, 2].map((k) => ({ x: integers(k, 9 + k), y: integers(k, 3 - k) }));
      const bits = ({ model, optimizer }: ReturnType<typeof make>): string[] =>
        bitsOf([...treeLeaves(model), ...treeLeaves(optimizer)] as unknown as Cell[]);
      const common = { loss: crossEntropy, callbacks: [] };

      const reference = make();
      await fit(reference.model, { ...common, ...reference, data: good }).finished();

      const t = make();
      const run = fit(t.model, {
        ...common,
        ...t,
        data: [...good, { x: integers(1, 50), y: integers(0, 0) }],
        callbacks: [saveCheckpoints(folder, { every: 1 })],
      });
      await expect(run.finished()).rejects.toThrow(/gather: index 50/);
      expect(bits(t)).toEqual(bits(reference));

      const again = make();
      const resumed = fit(again.model, {
        ...common,
        ...again,
        data: [...good, { x: integers(1, 49), y: integers(0, 0) }],
        callbacks: [saveCheckpoints(folder, { every: 1, resume: true })],
      });
      const history = await resumed.finished();
      expect(history.steps).toBe(4);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
