// What all optimisers share: naming, groups, tied and frozen parameters, rates, checkpoints.

import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import {
  Adam,
  AdamW,
  clipByNorm,
  clipByValue,
  globalNorm,
  Optimizer,
  SGD,
  type UpdateContext,
  type Updated,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { full, ones, tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

function problem() {
  seed(3);
  const model = nn.sequential(new nn.Linear(3, 4), nn.tanh, new nn.Linear(4, 1));
  const x = randn([8, 3]);
  const y = randn([8, 1]);
  return { model, x, y, loss: (): Tensor => nn.mseLoss(model.forward(x), y) };
}

const values = (model: nn.Module): Record<string, unknown> =>
  Object.fromEntries(Object.entries(model.stateDict()).map(([k, t]) => [k, t.arraySync()]));

describe("step", () => {
  test("takes gradients keyed like the state dict, clipped or not, eager or compiled", () => {
    const a = problem();
    const optimizer = new Adam(a.model.parameters(), { lr: 0.05 });
    const first = a.loss().itemSync();
    for (let i = 0; i < 30; i++) optimizer.step(clipByNorm(gradients(a.loss(), a.model), 1));
    const eager = values(a.model);
    expect(a.loss().itemSync()).toBeLessThan(first / 2);

    const b = problem();
    const other = new Adam(b.model, { lr: 0.05 });
    const step = compile(() => other.step(clipByNorm(gradients(b.loss(), b.model), 1)));
    for (let i = 0; i < 30; i++) step();
    expect(step.traceCount).toBe(1);
    for (const [name, value] of Object.entries(values(b.model))) {
      const flat = (v: unknown): number[] => [v].flat(3) as number[];
      for (const [i, n] of flat(value).entries()) expect(n).toBeCloseTo(flat(eager[name])[i]!, 4);
    }
  });

  test("an unknown, a missing and a misshapen gradient are named, and nothing changes", () => {
    const { model } = problem();
    const optimizer = new SGD(model.parameters());
    const before = values(model);
    const all = Object.fromEntries(
      Object.entries(model.parameters()).map(([k, p]) => [k, ones(p.shape)]),
    );
    expect(() => optimizer.step({ ...all, extra: ones([]) })).toThrow(/"extra"/);
    expect(() => optimizer.step({ "0.weight": all["0.weight"] })).toThrow(
      /no gradient for "0.bias"/,
    );
    expect(() => optimizer.step({ ...all, "2.bias": ones([2]) })).toThrow(ShapeError);
    expect(values(model)).toEqual(before);
    expect(optimizer.stepCount.itemSync()).toBe(0);
  });

  test("only cells are trained", () => {
    expect(() => new SGD([zeros([2])])).toThrow(RangeError);
    expect(() => new SGD([])).toThrow(RangeError);
    expect(() => new SGD(new nn.ReLU())).toThrow(/no parameters/);
  });

  test("a method of one's own is one pure function", () => {
    class SignDescent extends Optimizer<object> {
      constructor(parameters: unknown, { lr = 0.01 } = {}) {
        super(parameters, { lr, settings: {} });
      }
      protected override slotNames(): readonly string[] {
        return [];
      }
      protected override update(
        p: Tensor,
        g: Tensor,
        _: object,
        { lr }: UpdateContext<object>,
      ): Updated {
        return { p: p.sub(g.sign().mul(lr)), state: {} };
      }
    }
    const p = new Parameter(tensor([1, 2, 3]));
    new SignDescent([p], { lr: 0.5 }).step([tensor([7, -0.1, 0])]);
    expect(p.arraySync()).toEqual([0.5, 2.5, 3]);
  });

  test("parameters in an array take gradients in an array", () => {
    const w = new Parameter(tensor([1, 2]));
    const optimizer = new AdamW([w], { lr: 0.1, weightDecay: 0.1 });
    optimizer.step(gradients(w.square().sum(), [w]));
    const [a, b] = w.arraySync() as number[];
    expect(a).toBeCloseTo(0.89, 6);
    expect(b).toBeCloseTo(1.88, 6);
  });

  test("`when` false leaves everything, the step count too", () => {
    const p = new Parameter(tensor([1, 2]));
    const optimizer = new Adam({ p }, { lr: 0.5 });
    const step = compile((g: Tensor) => {
      optimizer.step({ p: g }, { when: g.isFinite().all() });
      return g.sum();
    });
    step(tensor([1, Number.NaN]));
    expect(p.arraySync()).toEqual([1, 2]);
    expect(optimizer.stepCount.itemSync()).toBe(0);
    expect(optimizer.stateDict()["m.p"]!.arraySync()).toEqual([0, 0]);
    step(tensor([1, 1]));
    expect(p.arraySync()[0 as never]).toBeCloseTo(0.5, 6);
    expect(optimizer.stepCount.itemSync()).toBe(1);
  });
});

describe("which parameters", () => {
  test("a tied parameter is updated once and its norm counts once", () => {
    const p = new Parameter(tensor([3, 4]));
    const tied = { first: p, second: p };
    const optimizer = new SGD(tied, { lr: 0.5 });
    const g = gradients(p.square().sum().mul(0.5), tied);
    expect(globalNorm(g).itemSync()).toBeCloseTo(5, 6);
    optimizer.step(g);
    expect(p.arraySync()).toEqual([1.5, 2]);
    expect(Object.keys(new SGD(tied, { momentum: 0.9 }).stateDict())).toEqual([
      "step",
      "lr",
      "momentum.first",
    ]);
  });

  test("a frozen parameter is passed over, also by a step compiled before", () => {
    const { model, loss } = problem();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const step = compile(() => optimizer.step(gradients(loss(), model)));
    step();
    const before = values(model);
    (model.layers[0] as nn.Linear).freeze();
    step();
    const after = values(model);
    expect(after["0.weight"]).toEqual(before["0.weight"]);
    expect(after["0.bias"]).toEqual(before["0.bias"]);
    expect(after["2.weight"]).not.toEqual(before["2.weight"]);
    (model.layers[0] as nn.Linear).unfreeze();
    step();
    expect(values(model)["0.weight"]).not.toEqual(before["0.weight"]);
    // Gradients by the parameters themselves come for frozen ones too; the step leaves those.
    (model.layers[0] as nn.Linear).freeze();
    const frozen = values(model);
    optimizer.step(gradients(loss(), model.parameters()));
    expect(values(model)["0.weight"]).toEqual(frozen["0.weight"]);
  });

  test("groups have options and rates of their own", () => {
    const [a, b, c] = [1, 1, 1].map((v) => new Parameter(full([], v)));
    const optimizer = new SGD([a, b, c], {
      lr: 0.5,
      groups: [
        { parameters: [b], lr: 0.25 },
        { parameters: { c }, weightDecay: 1 },
      ],
    });
    const g = [ones([]), ones([]), ones([])];
    optimizer.step(g);
    expect([a, b, c].map((p) => p!.itemSync())).toEqual([0.5, 0.75, 0]);
    optimizer.groups[1]!.lr = 1;
    optimizer.lr = 0;
    optimizer.step(g);
    expect([a, b].map((p) => p!.itemSync())).toEqual([0.5, -0.25]);
    // A group without a rate of its own starts with the common one, and keeps it.
    expect(c!.itemSync()).toBe(-0.5);
    const stranger = new Parameter(zeros([]));
    expect(() => new SGD([a], { groups: [{ parameters: [stranger] }] })).toThrow(/not among/);
    expect(() => new SGD([a], { groups: [{ parameters: [a] }, { parameters: [a] }] })).toThrow(
      /another group/,
    );
  });
});

describe("the learning rate", () => {
  test("is written between steps and nothing is traced again", () => {
    const p = new Parameter(zeros([]));
    const optimizer = new SGD([p], { lr: 1 });
    const step = compile(() => optimizer.step([ones([])]));
    step();
    for (const lr of [0.5, 0.25, 0.125]) {
      optimizer.lr = lr;
      step();
    }
    expect(p.itemSync()).toBe(-1.875);
    expect(step.traceCount).toBe(1);
    expect(optimizer.lr.itemSync()).toBe(0.125);
    expect(() => {
      optimizer.lr = -1;
    }).toThrow(RangeError);
  });

  test("has the precision of f64 parameters", () => {
    const p = new Parameter(zeros([], { dtype: "f64" }));
    const optimizer = new SGD([p], { lr: 0.1 });
    optimizer.step([ones([], { dtype: "f64" })]);
    expect(p.itemSync()).toBe(-0.1);
  });
});

describe("state dict", () => {
  test("a resumed optimiser goes on bit for bit", () => {
    const a = problem();
    const one = new Adam(a.model, { lr: 0.05 });
    const advance = ({ model, loss }: ReturnType<typeof problem>, optimizer: Adam): void =>
      optimizer.step(gradients(loss(), model));
    for (let i = 0; i < 3; i++) advance(a, one);
    one.lr = 0.02;
    const weights = a.model.stateDict();
    const state = one.stateDict();
    for (let i = 0; i < 3; i++) advance(a, one);
    const b = problem();
    const two = new Adam(b.model, { lr: 0.05 });
    b.model.loadStateDict(weights);
    two.loadStateDict(state);
    expect(two.lr.itemSync()).toBeCloseTo(0.02, 7);
    for (let i = 0; i < 3; i++) advance(b, two);
    expect(values(b.model)).toEqual(values(a.model));
  });

  test("what does not fit is named", () => {
    const { model } = problem();
    const state = new Adam(model).stateDict();
    expect(Object.keys(state).slice(0, 4)).toEqual(["step", "lr", "m.0.weight", "v.0.weight"]);
    expect(() => new SGD(model, { momentum: 0.9 }).loadStateDict(state)).toThrow(
      /momentum.0.weight/,
    );
  });
});

test("clipByValue bounds every element and keeps the tree", () => {
  const made = clipByValue({ a: [tensor([-3, 0.5])], b: tensor(2) }, 1);
  expect(made.a[0]!.arraySync()).toEqual([-1, 0.5]);
  expect(made.b.itemSync()).toBe(1);
});
