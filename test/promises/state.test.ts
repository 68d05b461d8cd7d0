// What changes and what does not: random programs over cells against plain numbers, and a model with
// its optimiser whose past values are held while it trains.

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { Linear, mseLoss, ReLU, sequential } from "../../src/nn/index.ts";
import { Adam, type Optimizer, SGD } from "../../src/optim/index.ts";
import { type Cell, commit, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeLeaves } from "../../src/tensor/tree.ts";
import { devicesHere } from "../support/devices.ts";

// Random programs. Two cells of three whole numbers below 97, which f32 holds exactly.

const modulus = 97;
type Numbers = readonly number[];
const wrap = (values: Numbers): number[] => values.map((v) => ((v % modulus) + modulus) % modulus);

/** The cells, what is held of their past, and the same as plain numbers. */
class World {
  readonly cells: readonly [State, State];
  readonly plain: [Numbers, Numbers] = [
    [1, 2, 3],
    [5, 8, 13],
  ];
  readonly held: { readonly value: Tensor; readonly plain: Numbers }[] = [];
  readonly step: (k: number) => Tensor;
  readonly swap: () => void;
  /** One cell gets the other's value, or a value from outside. */
  readonly copies: readonly [() => void, () => void];
  readonly take: (value: Tensor) => void;
  readonly turn: (k: number) => Tensor;
  readonly twice: (k: number) => { before: Tensor; between: Tensor };

  constructor() {
    const [a, b] = [new State(tensor([1, 2, 3])), new State(tensor([5, 8, 13]))];
    this.cells = [a, b];
    this.step = compile((k: Tensor) => {
      const sum = a.add(b);
      a.assign(a.mul(2).add(k).mod(modulus));
      return sum;
    }) as (k: number) => Tensor;
    this.swap = compile(() => {
      const old = a.snapshot();
      a.assign(b);
      b.assign(old);
    });
    this.copies = [compile(() => b.assign(a.snapshot())), compile(() => a.assign(b))];
    this.take = compile((value: Tensor) => b.assign(value));
    this.turn = compile((k: Tensor) => {
      const old = a.snapshot();
      a.assign(b.add(a).add(k).mod(modulus));
      b.assign(old);
      return old;
    }) as World["turn"];
    this.twice = compile((k: Tensor) => {
      const before = a.add(0);
      b.assign(b.add(a).mod(modulus));
      const between = b.mul(1);
      b.assign(b.add(k).mod(modulus));
      return { before, between };
    }) as World["twice"];
  }

  hold(value: Tensor, plain: Numbers): void {
    this.held.push({ value, plain });
  }

  check(): void {
    for (const { value, plain } of this.held) expect([...value.dataSync()]).toEqual(plain);
    this.cells.forEach((cell, i) => {
      expect([...cell.dataSync()]).toEqual(this.plain[i]);
    });
  }
}

const which = fc.constantFrom(0 as const, 1 as const);
const small = fc.integer({ min: 2, max: 40 });
const sum = (a: Numbers, b: Numbers): number[] => a.map((v, i) => v + (b[i] as number));

type Action = (world: World) => void;
const actions: fc.Arbitrary<{ readonly name: string; readonly act: Action }> = fc.oneof(
  small.map((k) => ({
    name: `compiled step ${k}`,
    act: (w: World) => {
      const [a, b] = w.plain;
      w.hold(w.step(k), sum(a, b));
      w.plain[0] = wrap(a.map((v) => 2 * v + k));
    },
  })),
  fc.constant({
    name: "compiled swap",
    act: (w: World) => {
      w.swap();
      w.plain.reverse();
    },
  }),
  which.map((i) => ({
    name: `compiled copy of cell ${i} to the other`,
    act: (w: World) => {
      w.copies[i]();
      w.plain[1 - i] = w.plain[i];
    },
  })),
  fc.nat(100).map((n) => ({
    name: `compiled assignment of what is held ${n}`,
    act: (w: World) => {
      const one = w.held[n % Math.max(1, w.held.length)];
      if (one === undefined) return;
      w.take(one.value);
      w.plain[1] = one.plain;
    },
  })),
  small.map((k) => ({
    name: `compiled turn ${k}`,
    act: (w: World) => {
      const [a, b] = w.plain;
      w.hold(w.turn(k), a);
      w.plain[0] = wrap(sum(a, b).map((v) => v + k));
      w.plain[1] = a;
    },
  })),
  small.map((k) => ({
    name: `two assignments in one trace ${k}`,
    act: (w: World) => {
      const [a, b] = w.plain;
      const { before, between } = w.twice(k);
      const first = wrap(sum(a, b));
      w.hold(before, a);
      w.hold(between, first);
      w.plain[1] = wrap(first.map((v) => v + k));
    },
  })),
  fc.tuple(which, small).map(([i, k]) => ({
    name: `assign cell ${i} + ${k}`,
    act: (w: World) => {
      const cell = w.cells[i];
      cell.assign(cell.add(k).mod(modulus));
      w.plain[i] = wrap(w.plain[i].map((v) => v + k));
    },
  })),
  fc.tuple(which, small).map(([i, k]) => ({
    name: `fill cell ${i} with ${k}`,
    act: (w: World) => {
      w.cells[i].assign(k);
      w.plain[i] = [k, k, k];
    },
  })),
  fc.constant({
    name: "assign one cell to the other",
    act: (w: World) => {
      w.cells[0].assign(w.cells[1]);
      w.plain[0] = w.plain[1];
    },
  }),
  small.map((k) => ({
    name: `commit both ${k}`,
    act: (w: World) => {
      const [a, b] = w.cells;
      commit([a, b], [b.add(k).mod(modulus), a.add(b).mod(modulus)]);
      const [p, q] = w.plain;
      w.plain[0] = wrap(q.map((v) => v + k));
      w.plain[1] = wrap(sum(p, q));
    },
  })),
  which.map((i) => ({
    name: `hold a snapshot of ${i}`,
    act: (w: World) => w.hold(w.cells[i].snapshot(), w.plain[i]),
  })),
  which.map((i) => ({
    name: `hold an unread result of ${i}`,
    act: (w: World) =>
      w.hold(
        w.cells[i].mul(3).add(1),
        w.plain[i].map((v) => 3 * v + 1),
      ),
  })),
  fc.nat(100).map((n) => ({
    name: `read what is held ${n}`,
    act: (w: World) => {
      const one = w.held[n % Math.max(1, w.held.length)];
      if (one !== undefined) expect([...one.value.dataSync()]).toEqual(one.plain);
    },
  })),
  fc.nat(100).map((n) => ({
    name: `let go of what is held ${n}`,
    act: (w: World) => void w.held.splice(n % Math.max(1, w.held.length), 1),
  })),
  which.map((i) => ({
    name: `read cell ${i}`,
    act: (w: World) => expect([...w.cells[i].dataSync()]).toEqual(w.plain[i]),
  })),
  fc.nat(100).map((n) => ({
    name: `assign what is held ${n}`,
    act: (w: World) => {
      const one = w.held[n % Math.max(1, w.held.length)];
      if (one === undefined) return;
      w.cells[1].assign(one.value.mod(modulus));
      w.plain[1] = wrap(one.plain);
    },
  })),
);

describe.each(devicesHere)("cells on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test("random programs over cells give what plain numbers give", () => {
    fc.assert(
      fc.property(fc.array(actions, { minLength: 3, maxLength: 25 }), (list) => {
        const world = new World();
        for (const { act } of list) act(world);
        world.check();
      }),
      { numRuns: device === "reference" ? 30 : 60 },
    );
  });

  test("a target that a compiled function copied stays when the original is trained on", () => {
    const [online, target, second] = [0, 9, 9].map((v) => new State(tensor([v, v]))) as [
      State,
      State,
      State,
    ];
    const step = compile(() => online.assign(online.add(1)));
    const copy = compile(() => {
      target.assign(online.snapshot());
      second.assign(online);
    });
    step();
    step();
    copy();
    step();
    step();
    compile(() => second.assign(second.add(10)))();
    expect([online, target, second].map((cell) => cell.arraySync())).toEqual([
      [4, 4],
      [2, 2],
      [12, 12],
    ]);
  });

  test("an argument that a compiled function put into a cell may be disposed of", () => {
    const cell = new State(tensor([0, 0]));
    const given = tensor([1, 2]);
    compile((value: Tensor) => cell.assign(value))(given);
    given.dispose();
    for (let i = 0; i < 4; i++) tensor([7, 7]).add(i).dataSync();
    expect(cell.arraySync()).toEqual([1, 2]);
  });
});

describe.each(devicesHere)("a model and its optimiser on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  interface Training {
    readonly cells: readonly Cell[];
    readonly step: (() => Tensor) & { readonly traceCount?: number };
    readonly forward: () => Tensor;
    readonly dicts: () => readonly Record<string, Tensor>[];
  }

  function training(how: string, make: (model: unknown) => Optimizer<never>): Training {
    seed(2);
    const model = sequential(new Linear(3, 4), new ReLU(), new Linear(4, 2));
    const optimizer = make(model) as unknown as Adam;
    const x = randn([5, 3]).mul(1);
    const y = randn([5, 2]).mul(1);
    const update = (): Tensor => {
      const loss = mseLoss(model.forward(x), y);
      optimizer.step(gradients(loss, model));
      return loss;
    };
    return {
      cells: [...treeLeaves(model), ...treeLeaves(optimizer)] as unknown as Cell[],
      step: how === "compiled" ? compile(update) : update,
      forward: () => model.forward(x),
      dicts: () => [model.stateDict(), optimizer.stateDict()],
    };
  }
  const adam = (model: unknown): Optimizer<never> =>
    new Adam(model, { lr: 0.05 }) as unknown as Optimizer<never>;
  const sgd = (model: unknown): Optimizer<never> =>
    new SGD(model, { lr: 0.05, momentum: 0.9 }) as unknown as Optimizer<never>;

  const valuesOf = (dicts: readonly Record<string, Tensor>[]): number[][] =>
    dicts.flatMap((dict) => Object.values(dict).map((t) => [...t.dataSync()].map(Number)));
  const current = (t: Training): number[][] => t.cells.map((c) => [...c.dataSync()].map(Number));

  test.each([
    ["eager", "Adam", adam],
    ["compiled", "Adam", adam],
    ["eager", "SGD", sgd],
    ["compiled", "SGD", sgd],
  ] as const)("what is held of the past stays: %s, %s", async (how, _name, make) => {
    const plain = training(how, make);
    const past: { values: number[][]; output: number[] }[] = [];
    for (let i = 0; i < 6; i++) {
      past.push({
        values: valuesOf(plain.dicts()),
        output: [...plain.forward().dataSync()].map(Number),
      });
      plain.step().itemSync();
    }

    // The same training again, with everything about the past unread until the end.
    const t = training(how, make);
    const held: { dicts: readonly Record<string, Tensor>[]; output: Tensor; old: Tensor }[] = [];
    for (let i = 0; i < 6; i++) {
      held.push({
        dicts: t.dicts(),
        output: t.forward(),
        old: (t.cells[0] as Cell).mul(1),
      });
      t.step();
    }
    for (const [i, { dicts, output, old }] of held.entries()) {
      const then = past[i] as (typeof past)[number];
      expect(valuesOf(dicts)).toEqual(then.values);
      // Computed in another program than before: a sum may be grouped otherwise.
      const now = [...(await output.data())].map(Number);
      expect(now).toHaveLength(then.output.length);
      now.forEach((v, k) => {
        expect(v).toBeCloseTo(then.output[k] as number, 5);
      });
      expect([...(await old.data())].map(Number)).toEqual(then.values[0]);
    }
    expect(valuesOf(t.dicts())).toEqual(valuesOf(plain.dicts()));
  });

  test("a compiled step overwrites in place what nobody else can see, and nothing else", () => {
    const t = training("compiled", adam);
    for (let i = 0; i < 3; i++) t.step();
    const storages = (): unknown[] => t.cells.map((cell) => cell.slot.storage());
    const changed = t.cells.map((cell) => cell.shape.length > 0);
    const inPlace = (): boolean[] => {
      const before = storages();
      t.step();
      const after = storages();
      return before.map((storage, i) => storage === after[i]);
    };

    // Weights, biases and both moments; the learning rate is only read.
    const first = inPlace();
    first.forEach((same, i) => {
      expect(same, `cell ${i}`).toBe(true);
    });
    expect(changed.filter(Boolean)).toHaveLength(12);

    // A snapshot of one cell: that one moves, once.
    const cell = t.cells[0] as Cell;
    const before = [...cell.dataSync()];
    const seen = cell.snapshot();
    expect(inPlace()).toEqual(t.cells.map((c) => c !== cell));
    expect([...seen.dataSync()]).toEqual(before);
    expect([...cell.dataSync()]).not.toEqual(before);
    t.step();
    expect(inPlace()[1]).toBe(true);

    // A state dict of all: all that is written moves, and what it holds stays.
    const values = current(t);
    const dicts = t.dicts();
    const moved = inPlace();
    t.cells.forEach((c, i) => {
      if (c.shape.length > 0) expect(moved[i], `cell ${i}`).toBe(false);
    });
    expect(valuesOf(dicts).flat().sort()).toEqual(values.flat().sort());

    // An unread result of the old weights: they stay where they are.
    t.step();
    const old = (t.cells[1] as Cell).mul(2);
    const twice = [...(t.cells[1] as Cell).dataSync()].map((v) => 2 * Number(v));
    t.step();
    t.step();
    expect([...old.dataSync()]).toEqual(twice);
  });

  test("a step that fails changes nothing: neither weights nor slots nor the count", () => {
    for (const how of ["eager", "compiled"]) {
      const t = training(how, adam);
      t.step();
      const before = valuesOf(t.dicts());
      const huge = new State(tensor([1]));
      const failing = (): void => {
        commit(
          [...t.cells.filter((c) => c.dtype === "f32"), huge],
          [
            ...t.cells.filter((c) => c.dtype === "f32").map((c) => c.mul(2)),
            // No device has room for what this needs on the way.
            huge
              .expand([2 ** 20, 2 ** 20])
              .add(tensor([1, 2]).sum())
              .cumSum({ axis: 1 })
              .max()
              .reshape([1]),
          ],
        );
      };
      expect(how === "compiled" ? compile(failing) : failing).toThrow();
      expect(valuesOf(t.dicts())).toEqual(before);
      t.step();
      expect(valuesOf(t.dicts())).not.toEqual(before);
    }
  });

  test("a read after an update inside one trace sees the update", () => {
    const t = training("compiled", sgd);
    const both = compile(() => {
      const before = t.forward();
      t.step();
      return { before, after: t.forward() };
    });
    const { before, after } = both();
    const outside = t.forward();
    realizeSync(before, after, outside);
    expect([...before.dataSync()]).not.toEqual([...after.dataSync()]);
    [...outside.dataSync()].forEach((v, i) => {
      expect(Number(v)).toBeCloseTo(Number(after.dataSync()[i]), 5);
    });
  });
});
