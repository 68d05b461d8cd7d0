// Functions with an end on either side: the step that a threshold neuron takes, and the smooth steps
// that made it trainable.

import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";

/**
 * H(z): 1 for z > 0 and 0 for z < 0; its derivative is 0.
 *
 * @param z
 * @param options  atZero: H(0). Default 1: a threshold neuron fires when it just reaches its
 *   threshold
 * @source  seed 001 §3.1; 003 §Sigmoid Networks
 * @example
 * heaviside(tensor([-1, 0, 2])); // [0, 1, 1]
 */
export function heaviside(z: Tensor, { atZero = 1 }: { atZero?: number } = {}): Tensor {
  requireWithin("heaviside", { atZero });
  const above = z.greater(0).cast(z.dtype);
  return atZero === 0 ? above : above.where(z.notEqual(0), atZero);
}

/**
 * log(p / (1 − p)), the inverse of the sigmoid.
 *
 * @param p        probabilities in [0, 1]; the ends give ∓∞
 * @param options  eps: p is first put into [eps, 1 − eps]. Default: it is not
 * @returns        log-odds
 * @source  seed 003 §Sigmoid Networks
 * @example
 * logit(tensor([0.5, 0.75])); // [0, log 3]
 */
export function logit(p: Tensor, { eps }: { eps?: number } = {}): Tensor {
  if (eps !== undefined) requireWithin("logit", { eps }, { from: 0, to: 0.5 });
  const inside = eps === undefined ? p : p.clamp(eps, 1 - eps);
  return inside.log().sub(inside.neg().log1p());
}

/**
 * 1 / (1 + e⁻ᶻ), in (0, 1). Its derivative σ(1 − σ) is at most ¼, and 0 far from 0.
 *
 * @source  seeds 000 §FFNN, 001 §3.1 and 003 §Sigmoid Networks
 * @example
 * new Sigmoid().forward(tensor([0])); // [0.5]
 */
export class Sigmoid extends Module {
  forward(z: Tensor): Tensor {
    return z.sigmoid();
  }
}

/**
 * (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ) = 2σ(2z) − 1, in (−1, 1).
 *
 * @source  seeds 000 §Activation Functions, 001 §4.3, 002 §2.1 and 003 §Sigmoid Networks
 * @example
 * new Tanh().forward(tensor([0])); // [0]
 */
export class Tanh extends Module {
  forward(z: Tensor): Tensor {
    return z.tanh();
  }
}

/**
 * log(1 / (1 + e⁻ᶻ)), accurate where the sigmoid is 0.
 *
 * @example
 * new LogSigmoid().forward(tensor([-800])); // [-800]
 */
export class LogSigmoid extends Module {
  forward(z: Tensor): Tensor {
    return z.logSigmoid();
  }
}

/**
 * z / (1 + |z|), in (−1, 1).
 *
 * @example
 * new Softsign().forward(tensor([-1, 3])); // [-0.5, 0.75]
 */
export class Softsign extends Module {
  forward(z: Tensor): Tensor {
    return z.softsign();
  }
}
