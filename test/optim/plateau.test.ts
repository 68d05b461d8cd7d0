// Rates that fall when nothing gets better, and schedules that are made of others, against PyTorch.

import { beforeEach, expect, test } from "vitest";
import {
  constant,
  exponential,
  inSequence,
  inverseTime,
  piecewise,
  product,
  ReduceOnPlateau,
  type ReduceOnPlateauOptions,
  SGD,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { expectClose, golden } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

interface TorchOptions {
  mode?: "max";
  threshold_mode?: "abs";
  min_lr?: number;
  [name: string]: unknown;
}

const { values, plateaus, combined } = golden<{
  values: number[];
  plateaus: { options: TorchOptions; rates: number[] }[];
  combined: Record<"chained" | "multiplicative" | "lambda" | "sequential", number[]>;
}>("optim/lbfgs.json");

beforeEach(() => setDefaultDevice("reference"));

const make = () => new SGD([new Parameter(zeros([1], { dtype: "f64" }))], { lr: 0.3 });
const renamed = ({ mode, threshold_mode, min_lr, ...others }: TorchOptions) =>
  ({
    ...others,
    better: mode === "max" ? "larger" : undefined,
    thresholdMode: threshold_mode === "abs" ? "absolute" : undefined,
    minimum: min_lr,
  }) as ReduceOnPlateauOptions;

test.each(plateaus.map((p) => [JSON.stringify(p.options), p] as const))(
  "ReduceOnPlateau %s",
  (_, { options, rates }) => {
    const optimizer = make();
    const plateau = new ReduceOnPlateau(optimizer, renamed(options));
    const found = values.map((value) => {
      const before = optimizer.lr.itemSync();
      const reduced = plateau.step(value);
      const now = optimizer.lr.itemSync();
      if (now !== before) expect(reduced).toBe(true);
      return now;
    });
    expectClose(found, rates, 1e-14);
  },
);

test("ReduceOnPlateau goes on from its state, and takes a value that is no number for a bad one", () => {
  const [one, other] = [make(), make()];
  const whole = new ReduceOnPlateau(one, { patience: 2, cooldown: 1 });
  const early = new ReduceOnPlateau(other, { patience: 2, cooldown: 1 });
  const seen = [1, Number.NaN, 1, 1, 1, 1];
  for (const [i, value] of seen.entries()) {
    whole.step(value);
    if (i < 3) early.step(value);
  }
  const late = new ReduceOnPlateau(other, { patience: 2, cooldown: 1 });
  late.restore(JSON.parse(JSON.stringify(early.state())));
  for (const value of seen.slice(3)) late.step(value);
  expect(late.state()).toEqual(whole.state());
  expect(other.lr.itemSync()).toBe(one.lr.itemSync());
  expect(one.lr.itemSync()).toBeCloseTo(0.03, 12);
});

test("schedules made of others are PyTorch's", () => {
  const ours = {
    chained: product([exponential(0.3, { factor: 0.9 }), piecewise([0.1, 1], { at: [3] })]),
    multiplicative: exponential(0.3, { factor: 0.95 }),
    lambda: inverseTime(0.3),
    sequential: inSequence([constant(0.03), exponential(0.3, { factor: 0.9 })], { at: [4] }),
  };
  for (const name of Object.keys(ours) as (keyof typeof ours)[]) {
    const rates = combined[name].map((_, step) =>
      ours[name](tensor(step, { dtype: "f64" })).itemSync(),
    );
    expectClose(rates, combined[name], 1e-12, name);
  }
});
