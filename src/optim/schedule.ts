// Schedules: the learning rate as a function of the step, counted from 0. Each is a pure function
// written in tensor methods, so it runs inside a compiled step and nothing is traced again. PyTorch's
// schedulers count epochs; these count steps.

import { ArgumentError } from "../ir/errors.ts";
import { tensor } from "../tensor/create.ts";
import { requireSome, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Steps done so far ↦ the learning rate of the next one. A number gives a 0-d f32 tensor. */
export type Schedule = (step: Tensor | number) => Tensor;

/** A step count as a tensor. */
export const lift = (step: Tensor | number): Tensor =>
  typeof step === "number" ? tensor(step, { dtype: "f32" }) : step;

/** @throws ArgumentError  not more than 0 */
export function checkSteps(name: string, steps: number, what = "steps"): void {
  if (!(steps > 0)) throw new ArgumentError(`${name}: ${what} must be more than 0, not ${steps}`);
}

/** Rates by the names of their arguments: finite numbers. */
export function checkRates(name: string, rates: Readonly<Record<string, number>>): void {
  requireWithin(name, rates, { from: -Number.MAX_VALUE, to: Number.MAX_VALUE });
}

/**
 * rate, always.
 *
 * @example
 * constant(0.1)(1000); // 0.1
 */
export function constant(rate: number): Schedule {
  checkRates("constant", { rate });
  return (step) => lift(step).mul(0).add(rate);
}

/**
 * rate·factorᵏ with k = ⌊step / every⌋.
 *
 * @param options  every: steps on each stair; factor, default 0.1
 * @source  seeds 000 (tips for annealing 1) and 001 §5.4: half the rate after every five epochs
 * @example
 * stepDecay(1, { every: 10, factor: 0.5 })(25); // 0.25
 */
export function stepDecay(
  rate: number,
  { every, factor = 0.1 }: { every: number; factor?: number },
): Schedule {
  checkRates("stepDecay", { rate });
  checkSteps("stepDecay", every, "every");
  requireWithin("stepDecay", { factor }, positive);
  return (step) => power(factor, lift(step).div(every).floor()).mul(rate);
}

/**
 * rate·factor^(step / every).
 *
 * The notes' rate·e^(−k·step) has the factor e^(−k).
 *
 * @param options  factor; every, default 1
 * @source  seeds 000 (tips for annealing 3) and 001 §5.4, where the e is lost
 * @example
 * exponential(1, { factor: 0.5 })(2); // 0.25
 */
export function exponential(
  rate: number,
  { factor, every = 1 }: { factor: number; every?: number },
): Schedule {
  checkRates("exponential", { rate });
  checkSteps("exponential", every, "every");
  requireWithin("exponential", { factor }, positive);
  return (step) => power(factor, lift(step).div(every)).mul(rate);
}

/**
 * rate / (1 + decay·step)^power.
 *
 * With power in (½, 1] the steps go on for ever and their squares do not, as Robbins and Monro ask.
 *
 * @param options  decay k, default 1; power, default 1
 * @source Robbins and Monro 1951, A Stochastic Approximation Method; seeds 000 (tips for annealing 4),
 *   001 §5.4 and 003 §SGD
 * @example
 * inverseTime(0.5, { decay: 0.1 })(10); // 0.25
 */
export function inverseTime(
  rate: number,
  { decay = 1, power = 1 }: { decay?: number; power?: number } = {},
): Schedule {
  checkRates("inverseTime", { rate, power });
  requireWithin("inverseTime", { decay }, { from: 0 });
  return (step) => {
    const t = lift(step).mul(decay).add(1);
    return (power === 1 ? t : t.pow(power)).reciprocal().mul(rate);
  };
}

const positive = { from: 0, open: "from" } as const;

/** factorⁿ. */
function power(factor: number, n: Tensor): Tensor {
  return n.mul(Math.log(factor)).exp();
}

/**
 * rates[k], with k how many of the boundaries have been reached.
 *
 * @param rates    one more than boundaries
 * @param options  at: the steps at which the next rate begins, ascending
 * @example
 * piecewise([0.1, 0.01], { at: [1000] })(1000); // 0.01
 */
export function piecewise(rates: readonly number[], { at }: { at: readonly number[] }): Schedule {
  if (rates.length !== at.length + 1 || at.some((b, i) => i > 0 && b <= (at[i - 1] as number))) {
    throw new ArgumentError(
      `piecewise: needs ascending boundaries and one rate more, not ${rates.length} rates and boundaries [${at.join(", ")}]`,
    );
  }
  for (const rate of rates) checkRates("piecewise", { rates: rate });
  return (step) => {
    const t = lift(step);
    let rate = t.mul(0).add(rates[0] as number);
    for (const [i, boundary] of at.entries()) {
      rate = rate.where(t.less(boundary), rates[i + 1] as number);
    }
    return rate;
  };
}

/**
 * From rate to end in a straight line, then end.
 *
 * @param options  steps; end, default 0
 * @example
 * linear(1, { steps: 4 })(1); // 0.75
 */
export function linear(
  rate: number,
  { steps, end = 0 }: { steps: number; end?: number },
): Schedule {
  checkRates("linear", { rate, end });
  checkSteps("linear", steps);
  return (step) =>
    lift(step)
      .div(steps)
      .clamp(0, 1)
      .mul(end - rate)
      .add(rate);
}

/**
 * end + (rate − end)·(1 − step/steps)^power, then end.
 *
 * @param options  steps; power, default 1; end, default 0
 * @example
 * polynomial(1, { steps: 4, power: 2 })(2); // 0.25
 */
export function polynomial(
  rate: number,
  { steps, power = 1, end = 0 }: { steps: number; power?: number; end?: number },
): Schedule {
  checkRates("polynomial", { rate, power, end });
  checkSteps("polynomial", steps);
  return (step) => {
    const left = lift(step).div(steps).clamp(0, 1).neg().add(1);
    return (power === 1 ? left : left.pow(power)).mul(rate - end).add(end);
  };
}

/**
 * minimum + (rate − minimum)·(1 + cos(π·step/steps))/2, then minimum.
 *
 * @param options  steps, the whole length; minimum, default 0; warmUp: of these steps, the first that
 *   rise in a straight line from rate/warmUp to rate. Default 0
 * @source Loshchilov and Hutter 2017, SGDR, eq. (5), without restarts. arXiv:1608.03983
 * @example
 * cosineAnnealing(1e-3, { steps: 2000 })(1000); // 5e-4
 */
export function cosineAnnealing(
  rate: number,
  { steps, minimum = 0, warmUp: rise = 0 }: { steps: number; minimum?: number; warmUp?: number },
): Schedule {
  checkRates("cosineAnnealing", { rate, minimum });
  requireWithin("cosineAnnealing", { warmUp: rise }, { from: 0 });
  checkSteps("cosineAnnealing", steps - rise);
  const fall: Schedule = (step) =>
    lift(step)
      .div(steps - rise)
      .clamp(0, 1)
      .mul(Math.PI)
      .cos()
      .add(1)
      .mul((rate - minimum) / 2)
      .add(minimum);
  return rise === 0 ? fall : warmUp(fall, { steps: rise });
}

/**
 * A schedule that begins after a rise in a straight line to its first rate.
 *
 * @param schedule  or a constant rate
 * @param options   steps of the rise: the rate is first·(step + 1)/steps there, so never 0
 * @source  seeds 000 §Warm Start and 001 §6
 * @example
 * warmUp(1, { steps: 4 })(0); // 0.25
 */
export function warmUp(schedule: Schedule | number, { steps }: { steps: number }): Schedule {
  checkSteps("warmUp", steps);
  if (typeof schedule === "number") checkRates("warmUp", { schedule });
  const after = typeof schedule === "number" ? constant(schedule) : schedule;
  return (step) => {
    const t = lift(step);
    const risen = t.add(1).div(steps).clamp(0, 1);
    return after(t.sub(steps).maximum(0)).mul(risen);
  };
}

/**
 * Schedules one after the other; each counts its steps from where it begins.
 *
 * @param schedules  one more than boundaries
 * @param options    at: the steps at which the next one begins, ascending
 * @example
 * inSequence([constant(1), linear(1, { steps: 4 })], { at: [10] })(12); // 0.5
 */
export function inSequence(
  schedules: readonly Schedule[],
  { at }: { at: readonly number[] },
): Schedule {
  if (
    schedules.length !== at.length + 1 ||
    at.some((b, i) => i > 0 && b <= (at[i - 1] as number))
  ) {
    throw new ArgumentError(
      `inSequence: needs ascending boundaries and one schedule more, not ${schedules.length} schedules and boundaries [${at.join(", ")}]`,
    );
  }
  return (step) => {
    const t = lift(step);
    return schedules
      .map((schedule, i) => schedule(i === 0 ? t : t.sub(at[i - 1] as number).maximum(0)))
      .reduce((before, after, i) => before.where(t.less(at[i - 1] as number), after));
  };
}

/**
 * The product of schedules: PyTorch's ChainedScheduler, where each multiplies the rate.
 *
 * @param schedules  the first with the rate, the others with factors
 * @example
 * product([exponential(0.1, { factor: 0.5 }), piecewise([0.1, 1], { at: [2] })])(1); // 0.005
 */
export function product(schedules: readonly Schedule[]): Schedule {
  requireSome("product", { schedules });
  return (step) => schedules.map((schedule) => schedule(step)).reduce((a, b) => a.mul(b));
}
