// Modules: what walking the fields finds, state dicts, modes, freezing, and that a compiled function
// notices when a module changes.

import { describe, expect, test } from "vitest";
import { compiledPrograms } from "../../src/engine/profile.ts";
import { DataError, HebbError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor, zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { memory } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { vmap } from "../../src/tensor/vmap.ts";

class Scale extends nn.Module {
  readonly factor: Parameter;
  constructor(value: number) {
    super();
    this.factor = new Parameter(tensor(value));
  }
  forward(x: Tensor): Tensor {
    return x.mul(this.factor);
  }
}

class Network extends nn.Module {
  readonly first = new Scale(2);
  readonly list: (nn.Module | Parameter)[] = [new Scale(3), new Parameter(zeros([2]))];
  readonly record: Record<string, unknown> = { left: { deep: new Scale(4) }, note: "text", n: 1 };
  readonly count = new State(zeros([], { dtype: "i32" }));
  readonly plain = ones([7]);
  readonly runningMean = new State(zeros([3]));
  head: nn.Module & nn.Layer = new Scale(5);
  forward(x: Tensor): Tensor {
    return this.head.forward(this.first.forward(x));
  }
}

describe("walking the fields", () => {
  test("finds parameters, states and modules in fields, arrays and records, in order", () => {
    const network = new Network();
    expect(Object.keys(network.stateDict())).toEqual([
      "first.factor",
      "list.0.factor",
      "list.1",
      "record.left.deep.factor",
      "count",
      // A field of a user's own module keeps its name.
      "runningMean",
      "head.factor",
    ]);
    expect(Object.keys(network.parameters())).toEqual([
      "first.factor",
      "list.0.factor",
      "list.1",
      "record.left.deep.factor",
      "head.factor",
    ]);
    expect([...network.modules().keys()]).toEqual([
      "",
      "first",
      "list.0",
      "record.left.deep",
      "head",
    ]);
    expect(network.parameters()["first.factor"]).toBe(network.first.factor);
    expect(network instanceof Network && network instanceof nn.Module).toBe(true);
  });

  test("sequential counts functions and leaves the name of its field out", () => {
    const model = nn.sequential(
      new nn.Linear(2, 3),
      nn.relu,
      nn.sequential(nn.tanh, new nn.Linear(3, 1, { bias: false })),
    );
    expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.bias", "2.1.weight"]);
    expect([...model.modules().keys()]).toEqual(["", "0", "2", "2.1"]);
    expect(() => nn.sequential(nn.relu, 3 as never)).toThrow(/entry 1/);
  });

  test("what cannot be found is refused by name", () => {
    class Hidden extends nn.Module {
      #weight = new Parameter(zeros([2]));
      forward(x: Tensor): Tensor {
        return x.mul(this.#weight);
      }
    }
    expect(() => new Hidden().parameters()).toThrow(/Hidden: the field #weight/);
    class Fine extends nn.Module {
      readonly note = "a private field: #weight = 1;"; // #other = 2;
      #method(): number {
        return 1;
      }
      forward(): number {
        return this.#method();
      }
    }
    expect(new Fine().parameters()).toEqual({});
    expect(new Fine().forward()).toBe(1);
    class Mapped extends nn.Module {
      readonly parts = new Map([["a", new Parameter(zeros([]))]]);
    }
    expect(() => new Mapped().parameters()).toThrow(/"parts".*Map/);
    class Looped extends nn.Module {
      self: nn.Module = this;
    }
    expect(() => new Looped().stateDict()).toThrow(/contains itself/);
    class Twice extends nn.Module {
      readonly "a.b" = new Parameter(zeros([]));
      readonly a = { b: new Parameter(zeros([])) };
    }
    expect(() => new Twice().parameters()).toThrow(HebbError);
  });

  test("making a model computes nothing", () => {
    const programs = compiledPrograms();
    const { live } = memory();
    const model = nn.sequential(new nn.Linear(100, 100), new nn.BatchNorm2d(3), nn.relu);
    expect(model.summary()).toContain("10,100");
    expect(compiledPrograms()).toBe(programs);
    // What the collector frees meanwhile may make it less.
    expect(memory().live).toBeLessThanOrEqual(live);
  });
});

describe("state dicts", () => {
  test("are snapshots, and go back in", () => {
    const model = nn.sequential(new nn.Linear(2, 2), new nn.BatchNorm2d(3));
    const before = model.stateDict();
    const old = before["0.weight"]!.arraySync();
    (model.layers[0] as nn.Linear).weight.assign(7);
    expect(before["0.weight"]!.arraySync()).toEqual(old);
    expect(model.loadStateDict(before)).toEqual({ missing: [], unexpected: [] });
    expect((model.layers[0] as nn.Linear).weight.arraySync()).toEqual(old);
  });

  test("strict loading names every key that does not fit and changes nothing", () => {
    const model = nn.sequential(new nn.Linear(2, 3), nn.relu, new nn.Linear(3, 1));
    const before = model.stateDict();
    const other = {
      "0.weight": zeros([3, 2]),
      "0.bias": zeros([4]),
      "2.weight": zeros([1, 3], { dtype: "i32" }),
      "5.weight": zeros([1]),
    };
    const message = (() => {
      try {
        model.loadStateDict(other);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        return (error as Error).message;
      }
      return "";
    })();
    expect(message).toContain("missing: 2.bias");
    expect(message).toContain("unexpected: 5.weight");
    expect(message).toContain("0.bias is [4], not [3]");
    expect(message).toContain("2.weight holds i32, not f32");
    for (const [name, value] of Object.entries(model.stateDict())) {
      expect(value.arraySync()).toEqual(before[name]!.arraySync());
    }
    const some = { "0.bias": ones([3], { dtype: "f64" }), extra: ones([]) };
    expect(model.loadStateDict(some, { strict: false })).toEqual({
      missing: ["0.weight", "2.weight", "2.bias"],
      unexpected: ["extra"],
    });
    expect((model.layers[0] as nn.Linear).bias!.arraySync()).toEqual([1, 1, 1]);
    expect(() => model.loadStateDict({ "0.bias": ones([9]) }, { strict: false })).toThrow(
      DataError,
    );
  });

  test("tied parameters appear under each name and stay tied after a load", () => {
    class Tied extends nn.Module {
      readonly a = new nn.Linear(2, 2, { bias: false });
      readonly b = { weight: this.a.weight };
    }
    const model = new Tied();
    expect(Object.keys(model.stateDict())).toEqual(["a.weight", "b.weight"]);
    const value = tensor([
      [1, 2],
      [3, 4],
    ]);
    model.loadStateDict({ "a.weight": value, "b.weight": value });
    expect(model.b.weight).toBe(model.a.weight);
    // One of its names is enough: files may hold a tied value once.
    model.loadStateDict({ "b.weight": value.mul(2) });
    expect(model.a.weight.arraySync()).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });
});

describe("modes", () => {
  test("train and eval reach every module; freeze every parameter", () => {
    const network = new Network();
    expect(network.eval()).toBe(network);
    expect([...network.modules().values()].map((m) => m.training)).toEqual(Array(5).fill(false));
    network.train();
    expect(network.head.training).toBe(true);
    network.freeze();
    expect(Object.values(network.parameters()).some((p) => p.requiresGrad)).toBe(false);
    network.head.unfreeze();
    const g = gradients(network.forward(ones([])), network);
    expect(Object.keys(g)).toEqual(["head.factor"]);
    expect(g["head.factor"]!.itemSync()).toBe(2);
  });
});

describe("a compiled function", () => {
  test("eval() and train() select a trace", () => {
    const model = nn.sequential(new nn.Dropout(0.5), new Scale(3));
    const f = compile((x: Tensor) => model.forward(x));
    const x = ones([64]);
    const training = f(x).arraySync() as number[];
    expect(new Set(training)).toEqual(new Set([0, 6]));
    model.eval();
    expect(f(x).arraySync()).toEqual(new Array(64).fill(3));
    model.train();
    expect(new Set(f(x).arraySync() as number[])).toEqual(new Set([0, 6]));
    expect(f.traceCount).toBe(2);
  });

  test("each replayed step draws a new mask", () => {
    const dropout = new nn.Dropout(0.5);
    const f = compile((x: Tensor) => dropout.forward(x));
    const x = ones([256]);
    const [a, b] = [f(x).arraySync(), f(x).arraySync()];
    expect(a).not.toEqual(b);
    expect(f.traceCount).toBe(1);
  });

  test("a replaced head, layer, function or parameter selects another", () => {
    const network = new Network();
    const model = nn.sequential(network, (x: Tensor) => x.add(1));
    const f = compile((x: Tensor) => model.forward(x));
    const one = ones([]);
    expect(f(one).itemSync()).toBe(11);
    const head = network.head;
    network.head = new Scale(7);
    expect(f(one).itemSync()).toBe(15);
    network.head = head;
    expect(f(one).itemSync()).toBe(11);
    expect(f.traceCount).toBe(2);
    (model.layers as nn.Step[])[1] = (x) => x.sub(1);
    expect(f(one).itemSync()).toBe(9);
    (model.layers as nn.Step[]).push((x) => x.neg());
    expect(f(one).itemSync()).toBe(-9);
    (network.first as { factor: Parameter }).factor = new Parameter(tensor(10));
    expect(f(one).itemSync()).toBe(-49);
    // An assigned value is no other trace.
    const { traceCount } = f;
    network.first.factor.assign(0);
    expect(f(one).itemSync()).toBe(1);
    expect(f.traceCount).toBe(traceCount);
  });

  test("freezing selects another", () => {
    const network = new Network();
    const f = compile((x: Tensor) => gradients(network.forward(x), network.head));
    expect(Object.keys(f(ones([])))).toEqual(["factor"]);
    network.first.freeze();
    const whole = compile((x: Tensor) => gradients(network.forward(x), network));
    expect(Object.keys(whole(ones([])))).not.toContain("first.factor");
    network.first.unfreeze();
    expect(Object.keys(whole(ones([])))).toContain("first.factor");
  });

  test("running statistics move in it as outside", () => {
    const x = randn([4, 2, 3, 3]);
    const [eager, traced] = [new nn.BatchNorm2d(2), new nn.BatchNorm2d(2)];
    const f = compile((y: Tensor) => traced.forward(y));
    for (let i = 0; i < 3; i++) {
      eager.forward(x);
      f(x);
    }
    expect(traced.numBatchesTracked!.itemSync()).toBe(3);
    const [a, b] = [eager.runningVar!.dataSync(), traced.runningVar!.dataSync()];
    for (let i = 0; i < 2; i++) expect(a[i]).toBeCloseTo(b[i]!, 6);
  });
});

describe("functional", () => {
  test("takes other parameters and leaves the model as it is", () => {
    const model = nn.sequential(new nn.BatchNorm2d(2), nn.flatten, new nn.Linear(2, 1));
    const f = nn.functional(model);
    const x = tensor([
      [[[1]], [[2]]],
      [[[5]], [[0]]],
    ]);
    const before = model.stateDict();
    const weight = tensor([[1, 1]]);
    const bias = tensor([0.5]);
    const y = f({ "2.weight": weight, "2.bias": bias }, x).arraySync();
    for (const row of y as number[][]) expect(row[0]).toBeCloseTo(0.5, 4);
    for (const [name, value] of Object.entries(model.stateDict())) {
      expect(value.arraySync(), name).toEqual(before[name]!.arraySync());
    }
    expect(() => f({ nothing: weight }, x)).toThrow(/"nothing"/);
  });

  test("vmap over sets of weights, and grad by them", () => {
    const model = new nn.Linear(2, 1, { bias: false });
    const f = nn.functional(model);
    const x = tensor([[1, 2]]);
    const weights = tensor([[[1, 0]], [[0, 1]], [[1, 1]]]);
    const each = vmap((w: Tensor) => f({ weight: w }, x))(weights);
    expect(each.arraySync()).toEqual([[[1]], [[2]], [[3]]]);
    const g = grad((w: { weight: Tensor }) => f(w, x).sum())({ weight: zeros([1, 2]) });
    expect(g.weight.arraySync()).toEqual([[1, 2]]);
  });
});

test("summary shows names, kinds, shapes and counts, and computes nothing", () => {
  const model = nn.sequential(
    new nn.Conv2d(1, 2, 3, { padding: 1 }),
    nn.relu,
    new nn.BatchNorm2d(2),
    nn.flatten,
    new nn.Dropout(),
    new nn.Linear(32, 5),
  );
  (model.layers[0] as nn.Conv2d).freeze();
  const programs = compiledPrograms();
  const text = model.summary({ input: [3, 1, 4, 4] });
  expect(compiledPrograms()).toBe(programs);
  expect(text.split("\n").map((line) => line.trimEnd().replace(/ +/g, " "))).toEqual([
    "name module output parameters",
    "Sequential [3, 5] 0",
    "0 Conv2d [3, 2, 4, 4] 20",
    "2 BatchNorm2d [3, 2, 4, 4] 4",
    "4 Dropout [3, 32] 0",
    "5 Linear [3, 5] 165",
    "total 189 parameters, 169 trained, 756 bytes",
  ]);
  expect(model.training && (model.layers[4] as nn.Dropout).training).toBe(true);
  expect((model.layers[2] as nn.BatchNorm2d).numBatchesTracked!.itemSync()).toBe(0);
});
