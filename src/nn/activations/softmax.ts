// Softmax: scores as shares of 1.

import { ShapeError } from "../../ir/errors.ts";
import type { Generator } from "../../tensor/generator.ts";
import { gumbel } from "../../tensor/random.ts";
import type { SoftmaxOptions } from "../../tensor/reduce.ts";
import { requireWhole, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/**
 * e⁻ᶻ / Σ e⁻ᶻ: the softmax of −z.
 *
 * @param options  axis. Default the last
 * @example
 * softmin(tensor([0, 0])); // [0.5, 0.5]
 */
export const softmin = (z: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
  z.neg().softmax({ axis });

/** Options of gumbelSoftmax. */
export interface GumbelSoftmaxOptions extends SoftmaxOptions {
  /** Whether the result is 1 at the largest and 0 elsewhere, with the gradient of the soft one. Default false. */
  hard?: boolean;
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

/**
 * softmax((z + g)/T), g Gumbel noise: a draw from the classes with probabilities softmax(z) as T → 0.
 *
 * @param z        logits
 * @param options  axis, default the last; temperature T, default 1; hard; generator
 * @source  Jang, Gu and Poole 2017, Categorical Reparameterization with Gumbel-Softmax, eq. (2).
 *   arXiv:1611.01144
 * @example
 * gumbelSoftmax(zeros([4, 3]), { hard: true }).sum({ axis: 1 }); // [1, 1, 1, 1]
 */
export function gumbelSoftmax(
  z: Tensor,
  { axis = -1, temperature = 1, hard = false, generator }: GumbelSoftmaxOptions = {},
): Tensor {
  requireWithin("gumbelSoftmax", { temperature }, { from: 0, open: "from" });
  const dtype = z.dtype === "f64" ? "f64" : "f32";
  const soft = z.add(gumbel(z.shape, { dtype, generator })).softmax({ axis, temperature });
  if (!hard) return soft;
  const best = soft
    .argMax({ axis })
    .oneHot(z.shape.at(axis) as number)
    .moveAxis(-1, axis);
  // The numbers are those of the choice, the gradient that of the soft one.
  return best.cast(soft.dtype).add(soft.sub(soft.detach()));
}

/**
 * e^(z/T) / Σ e^(z/T) along an axis: the higher the temperature T, the softer.
 *
 * @source  seeds 000 §FFNN, 001 §4.2, 003 §Softmax and, of temperatures, §Knowledge Distillation
 * @example
 * new Softmax().forward(tensor([2, 2])); // [0.5, 0.5]
 */
export class Softmax extends Module {
  readonly axis: number;
  readonly temperature: number;

  constructor({ axis = -1, temperature = 1 }: SoftmaxOptions = {}) {
    super();
    requireWhole("Softmax", { axis });
    requireWithin("Softmax", { temperature }, { from: 0, open: "from" });
    this.axis = axis;
    this.temperature = temperature;
  }

  forward(z: Tensor): Tensor {
    return z.softmax({ axis: this.axis, temperature: this.temperature });
  }
}

/**
 * The logarithm of the softmax, accurate where that is 0.
 *
 * @example
 * new LogSoftmax().forward(tensor([0, -1000])); // [0, -1000]
 */
export class LogSoftmax extends Module {
  readonly axis: number;
  readonly temperature: number;

  constructor({ axis = -1, temperature = 1 }: SoftmaxOptions = {}) {
    super();
    requireWhole("LogSoftmax", { axis });
    requireWithin("LogSoftmax", { temperature }, { from: 0, open: "from" });
    this.axis = axis;
    this.temperature = temperature;
  }

  forward(z: Tensor): Tensor {
    return z.logSoftmax({ axis: this.axis, temperature: this.temperature });
  }
}

/**
 * softmin as a module.
 *
 * @example
 * new Softmin().forward(tensor([2, 2])); // [0.5, 0.5]
 */
export class Softmin extends Module {
  readonly axis: number;

  /** @param options  axis. Default the last */
  constructor({ axis = -1 }: { axis?: number } = {}) {
    super();
    requireWhole("Softmin", { axis });
    this.axis = axis;
  }

  forward(z: Tensor): Tensor {
    return softmin(z, { axis: this.axis });
  }
}

/**
 * Softmax over the channels of each place of an image.
 *
 * @example
 * new Softmax2d().forward(zeros([4, 1, 1])); // [[[0.25]], [[0.25]], [[0.25]], [[0.25]]]
 */
export class Softmax2d extends Module {
  /** @param z  [batch, channels, height, width], or without batch */
  forward(z: Tensor): Tensor {
    if (z.rank !== 3 && z.rank !== 4) {
      throw new ShapeError(
        `Softmax2d: the input must be [batch, channels, height, width] or without batch, not ${showShape(z.shape)}`,
      );
    }
    return z.softmax({ axis: -3 });
  }
}
