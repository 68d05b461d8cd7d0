// Settings that many methods share: the weight decay, climbing instead, and a momentum that is a
// function of the step.

import { beforeEach, expect, test } from "vitest";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  HeavyBall,
  MaxProp,
  NAdam,
  Nesterov,
  RAdam,
  RMSprop,
  Rprop,
  type Scheduled,
  SGD,
  SignSGD,
  SparseAdam,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => setDefaultDevice("reference"));

type Stepping = Pick<SGD, "step">;

// Those whose decay is part of the gradient; AdamW, Muon and Adafactor shrink p itself.
const decaying: [string, (p: Parameter, options: object) => Stepping][] = [
  ["SGD", (p, o) => new SGD([p], { ...o, momentum: 0.5 })],
  ["HeavyBall", (p, o) => new HeavyBall([p], o)],
  ["HeavyBall by difference", (p, o) => new HeavyBall([p], { ...o, form: "difference" })],
  ["Adagrad", (p, o) => new Adagrad([p], o)],
  ["RMSprop", (p, o) => new RMSprop([p], { ...o, momentum: 0.5 })],
  ["Adadelta", (p, o) => new Adadelta([p], o)],
  ["Adam", (p, o) => new Adam([p], o)],
  ["MaxProp", (p, o) => new MaxProp([p], o)],
  ["Adamax", (p, o) => new Adamax([p], o)],
  ["NAdam", (p, o) => new NAdam([p], o)],
  ["NAdam plain", (p, o) => new NAdam([p], { ...o, form: "plain" })],
  ["RAdam", (p, o) => new RAdam([p], o)],
  ["SignSGD", (p, o) => new SignSGD([p], { ...o, momentum: 0.5 })],
  ["ASGD", (p, o) => new ASGD([p], o)],
];
const climbing: typeof decaying = [
  ...decaying,
  ["Nesterov", (p, o) => new Nesterov([p], o)],
  ["AdamW", (p, o) => new AdamW([p], { ...o, weightDecay: 0 })],
  ["Rprop", (p, o) => new Rprop([p], o)],
  ["SparseAdam", (p, o) => new SparseAdam([p], o)],
];
const given = [
  [0.5, -1.5, 0],
  [-2, -0.25, 1],
  [1, 0.75, -0.5],
];
const lr = 0.1;

/** Where three gradients, each as `f` makes it at the parameter, lead. */
function end(
  make: (p: Parameter, options: object) => Stepping,
  options: object,
  f: (g: Tensor, p: Tensor) => Tensor,
): Float64Array {
  const p = new Parameter(tensor([2, -1, 0.5], { dtype: "f64" }));
  const optimizer = make(p, { lr, ...options });
  for (const g of given) optimizer.step([f(tensor(g, { dtype: "f64" }), p)]);
  return p.dataSync("f64");
}

test.each(decaying)("%s adds λ·p to the gradient", (_, make) => {
  const decayed = end(make, { weightDecay: 0.5 }, (g) => g);
  expectClose(
    decayed,
    end(make, {}, (g, p) => g.add(p.mul(0.5))),
    1e-14,
  );
  expect(decayed).not.toEqual(end(make, {}, (g) => g));
});

test.each(climbing)("%s climbs as it descends by −g", (_, make) => {
  const up = end(make, { maximize: true }, (g) => g.neg());
  expect(up).toEqual(end(make, {}, (g) => g));
});

type MakeResumable = (
  p: Parameter,
  momentum: Scheduled,
) => Pick<SGD, "step" | "lookAhead" | "stateDict" | "loadStateDict">;

const withMomentum: [string, MakeResumable][] = [
  ["SGD", (p, momentum) => new SGD([p], { lr, momentum })],
  ["HeavyBall", (p, momentum) => new HeavyBall([p], { lr, momentum })],
  ...(["momentum", "velocity", "extrapolation"] as const).map((form): [string, MakeResumable] => [
    `Nesterov by ${form}`,
    (p, momentum) => new Nesterov([p], { lr, momentum, form }) as never,
  ]),
  ["RMSprop", (p, momentum) => new RMSprop([p], { lr, momentum, nesterov: true })],
  ["SignSGD", (p, momentum) => new SignSGD([p], { lr, momentum })],
];

test.each(withMomentum)(
  "%s with a momentum that changes is two that do not, one after the other",
  (_, make) => {
    const ways = [0, 1].map(() => new Parameter(tensor([2, -1, 0.5], { dtype: "f64" })));
    const [p, q] = ways as [Parameter, Parameter];
    const scheduled = make(p, (t) => t.mul(0).add(0.9).where(t.greaterEqual(2), 0.4));
    let plain = make(q, 0.4);
    for (let t = 0; t < 4; t++) {
      if (t === 2) {
        const state = plain.stateDict();
        plain = make(q, 0.9);
        plain.loadStateDict(state);
      }
      for (const optimizer of [scheduled, plain]) {
        const ahead = optimizer.lookAhead();
        optimizer.step({ "0": (ahead["0"] as Tensor).mul(tensor([1, 3, -2], { dtype: "f64" })) });
      }
      expectClose(p.dataSync(), q.dataSync(), 1e-14);
    }
  },
);

const ofPlaces: [string, (parameters: Record<string, Parameter>) => Stepping][] = [
  ["HeavyBall by difference", (all) => new HeavyBall(all, { lr, form: "difference" })],
  ["Nesterov by extrapolation", (all) => new Nesterov(all, { lr, form: "extrapolation" })],
  ["Rprop", (all) => new Rprop(all, { lr })],
];

test.each(ofPlaces)("%s begins with a parameter when it is unfrozen", (_, make) => {
  const [p, late, alone] = [0, 1, 2].map(() => new Parameter(tensor([2, -1], { dtype: "f64" })));
  late!.requiresGrad = false;
  const optimizer = make({ p: p!, late: late! });
  const g = tensor([0.5, -3], { dtype: "f64" });
  for (let t = 0; t < 3; t++) optimizer.step({ p: g, late: g });
  late!.requiresGrad = true;
  const other = make({ alone: alone! });
  for (let t = 0; t < 2; t++) {
    optimizer.step({ p: g, late: g });
    other.step({ alone: g });
    expectClose(late!.dataSync(), alone!.dataSync(), 1e-15);
  }
});
