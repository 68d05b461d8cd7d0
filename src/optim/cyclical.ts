// Schedules that rise again: triangles, cosines with warm restarts, one long cycle. A large rate now
// and then leads out of the flat places around saddles.

import { ArgumentError } from "../ir/errors.ts";
import { requireOneOf, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkRates, checkSteps, lift, type Schedule } from "./schedule.ts";

/** Options of triangular. */
export interface TriangularOptions {
  /** μ: steps from the lowest rate to the highest. Default 20. */
  rise?: number;
  /** Steps back. Default: as many. */
  fall?: number;
  /** What the height of a cycle is multiplied by in the next one. Default 1. */
  shrink?: number;
  /** What the height is multiplied by in each step. Default 1. */
  factor?: number;
}

/**
 * min + (max − min)·max(0, 1 − |t/μ − (2·⌊1 + t/2μ⌋ − 1)|): up in μ steps, down in μ, and again.
 *
 * @param minimum, maximum  the ends
 * @param options           rise, fall; shrink, factor: each cycle or step lower than the last
 * @source Smith 2017, Cyclical Learning Rates for Training Neural Networks. arXiv:1506.01186; seeds 000
 *   §Cyclical Learning Rate and 001 §6
 * @example
 * triangular(0.1, 0.5, { rise: 20 })(10); // 0.3
 */
export function triangular(
  minimum: number,
  maximum: number,
  { rise = 20, fall = rise, shrink = 1, factor = 1 }: TriangularOptions = {},
): Schedule {
  checkRates("triangular", { minimum, maximum });
  checkSteps("triangular", rise, "rise");
  checkSteps("triangular", fall, "fall");
  for (const [name, value] of Object.entries({ shrink, factor })) {
    if (!(value > 0))
      throw new ArgumentError(`triangular: ${name} must be more than 0, not ${value}`);
  }
  return (step) => {
    const t = lift(step);
    const cycle = t.div(rise + fall).floor();
    const inCycle = t.sub(cycle.mul(rise + fall));
    const up = inCycle.div(rise);
    const down = inCycle
      .neg()
      .add(rise + fall)
      .div(fall);
    let height = up.minimum(down).mul(maximum - minimum);
    if (shrink !== 1) height = height.mul(cycle.mul(Math.log(shrink)).exp());
    if (factor !== 1) height = height.mul(t.mul(Math.log(factor)).exp());
    return height.add(minimum);
  };
}

/** Options of cosineRestarts. */
export interface CosineRestartsOptions {
  /** T: steps from the highest rate to the lowest, in the first cycle. */
  steps: number;
  /** η_min. Default 0. */
  minimum?: number;
  /** Each cycle is so many times as long as the one before: a whole number from 1. Default 1. */
  growth?: number;
  /** Whether the lowest rate is reached before the restart, which makes cycles one step longer. Default false. */
  inclusive?: boolean;
}

/**
 * min + (max − min)/2·(1 + cos(π·s/T)), s = t mod T steps since the last restart; inclusive,
 * s = t mod (T + 1).
 *
 * @param rate     the highest
 * @param options  steps, minimum, growth, inclusive
 * @source Loshchilov and Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts, eq. (5).
 *   arXiv:1608.03983; inclusive as in seed 001 §6
 * @example
 * cosineRestarts(1, { steps: 10, inclusive: true })(10); // 0
 * cosineRestarts(1, { steps: 10 })(10); // 1
 */
export function cosineRestarts(
  rate: number,
  { steps, minimum = 0, growth = 1, inclusive = false }: CosineRestartsOptions,
): Schedule {
  checkRates("cosineRestarts", { rate, minimum });
  checkSteps("cosineRestarts", steps);
  if (!Number.isInteger(growth) || growth < 1) {
    throw new ArgumentError(`cosineRestarts: growth must be a whole number from 1, not ${growth}`);
  }
  const extra = inclusive ? 1 : 0;
  return (step) => {
    const t = lift(step);
    const share =
      growth === 1
        ? t
            .sub(
              t
                .div(steps + extra)
                .floor()
                .mul(steps + extra),
            )
            .div(steps)
        : grown(t);
    return share
      .mul(Math.PI)
      .cos()
      .add(1)
      .mul((rate - minimum) / 2)
      .add(minimum);
  };

  /** Cycles that grow are few: the place in each, and of these the one that has begun last. */
  function grown(t: Tensor): Tensor {
    let [start, length] = [0, steps];
    let share = t.div(length);
    while (start + length + extra < 2 ** 31) {
      start += length + extra;
      length *= growth;
      share = t.sub(start).div(length).where(t.greaterEqual(start), share);
    }
    return share;
  }
}

/** Options of oneCycle. */
export interface OneCycleOptions {
  /** The whole length. */
  steps: number;
  /** Share of the steps in which the rate rises. Default 0.3. */
  rising?: number;
  /** The first rate is maximum/initial. Default 25. */
  initial?: number;
  /** The last is the first one divided by this. Default 1e4. */
  final?: number;
  /** Along what it goes. Default "cosine". */
  along?: "cosine" | "line";
  /** Whether it falls to the first rate in as many steps as it rose, and then on. Default false. */
  threePhase?: boolean;
}

/**
 * From maximum/initial up to the maximum, and down to maximum/initial/final; with threePhase down to
 * maximum/initial on the way.
 *
 * @param maximum  the highest rate
 * @param options  steps; rising, initial, final, along, threePhase
 * @source Smith and Topin 2019, Super-Convergence: Very Fast Training of Neural Networks Using Large
 *   Learning Rates. arXiv:1708.07120
 * @example
 * oneCycle(1, { steps: 100, rising: 0.31 })(30); // 1
 */
export function oneCycle(
  maximum: number,
  {
    steps,
    rising = 0.3,
    initial = 25,
    final = 1e4,
    along = "cosine",
    threePhase = false,
  }: OneCycleOptions,
): Schedule {
  checkRates("oneCycle", { maximum });
  requireWithin("oneCycle", { rising }, { from: 0, to: 1 });
  requireWithin("oneCycle", { initial, final }, { from: 0, open: "from" });
  requireOneOf("oneCycle", { along }, ["cosine", "line"]);
  const top = rising * steps - 1;
  checkSteps("oneCycle", top, "the steps of the rise, less one,");
  checkSteps("oneCycle", steps - 1 - (threePhase ? 2 * top : top), "the steps of the fall");
  const [first, last] = [maximum / initial, maximum / initial / final];
  const phases = [
    { end: top, from: first, to: maximum },
    ...(threePhase ? [{ end: 2 * top, from: maximum, to: first }] : []),
    { end: steps - 1, from: threePhase ? first : maximum, to: last },
  ];
  const between = (from: number, to: number, share: Tensor): Tensor => {
    const way = along === "line" ? share : share.mul(Math.PI).cos().neg().add(1).div(2);
    return way.mul(to - from).add(from);
  };
  return (step) => {
    const t = lift(step);
    const rates = phases.map(({ end, from, to }, i) => {
      const start = phases[i - 1]?.end ?? 0;
      const share = t
        .sub(start)
        .div(end - start)
        .clamp(0, 1);
      return between(from, to, share);
    });
    return rates.reduce((before, after, i) =>
      before.where(t.lessEqual((phases[i - 1] as { end: number }).end), after),
    );
  };
}
