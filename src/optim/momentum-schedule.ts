// A schedule of the momentum: little at first, while gradients still turn, and more and more later.

import { ArgumentError } from "../ir/errors.ts";
import { checkSteps, lift, type Schedule } from "./schedule.ts";

/**
 * min(1 − 2^(−1 − log₂(⌊t/every⌋ + 1)), maximum), which is 1 − ½/(⌊t/every⌋ + 1).
 *
 * For `momentum` of SGD, HeavyBall and Nesterov.
 *
 * @param maximum  β_max: 0.999, 0.995, 0.99, 0.9 or 0 in the paper
 * @param options  every, default 250
 * @source Sutskever et al. 2013, On the Importance of Initialization and Momentum in Deep Learning, eq.
 *   (5); seeds 000 (tips for annealing 5) and 001 §5.4
 * @example
 * sutskeverMomentum(0.99)(0); // 0.5
 * sutskeverMomentum(0.99)(250); // 0.75
 */
export function sutskeverMomentum(
  maximum: number,
  { every = 250 }: { every?: number } = {},
): Schedule {
  if (!(maximum >= 0 && maximum < 1)) {
    throw new ArgumentError(`sutskeverMomentum: maximum must be in [0, 1), not ${maximum}`);
  }
  checkSteps("sutskeverMomentum", every, "every");
  return (step) =>
    lift(step).div(every).floor().add(1).reciprocal().mul(-0.5).add(1).minimum(maximum);
}
