// Rectifiers: straight on either side of 0, h(z) = max(0, z) + α·min(0, z). α = 0 is ReLU, −1 the
// absolute value, 0.01 the leaky ReLU, and a learnt α the parametric one. Every one passes the slope
// from below at exactly 0 (for ReLU that is 0, as in PyTorch; the notes also allow 1).

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { full } from "../../tensor/create.ts";
import type { Generator } from "../../tensor/generator.ts";
import { uniform } from "../../tensor/random.ts";
import { requireSizes, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/**
 * max(0, z) + α·min(0, z).
 *
 * @param z
 * @param alpha  the slope below 0: a number, or a tensor that broadcasts. ∂h/∂α = min(0, z)
 * @source  Goodfellow et al. 2016, Deep Learning, §6.3.1; seed 002 §2.1, eq. (57)
 * @example
 * rectifier(tensor([-2, 3]), -1); // [2, 3]
 */
export function rectifier(z: Tensor, alpha: number | Tensor): Tensor {
  const below = z.where(z.greater(0).logicalNot(), 0); // min(0, z)
  return z.relu().add(below.mul(alpha));
}

/**
 * z above 0 and a·z below, one a for all or one for each channel.
 *
 * @param z       [batch, channels, ...]
 * @param weight  a: [1] or [channels]
 * @throws ShapeError  there are several slopes, but not one for each channel
 * @source  He et al. 2015, Delving Deep into Rectifiers, eq. (1). arXiv:1502.01852
 * @example
 * prelu(tensor([[-4, 2]]), tensor([0.25, 0.5])); // [[-1, 2]]
 */
export function prelu(z: Tensor, weight: Tensor): Tensor {
  const channels = z.rank > 1 ? (z.shape[1] as number) : 1;
  if (weight.rank > 1 || (weight.size !== 1 && weight.size !== channels)) {
    throw new ShapeError(
      `prelu: an input ${showShape(z.shape)} takes a weight [1] or [${channels}], not ${showShape(weight.shape)}`,
    );
  }
  const each = z.rank > 1 ? [weight.size, ...z.shape.slice(2).map(() => 1)] : [];
  return rectifier(z, weight.reshape(weight.size === 1 ? [] : each));
}

/** Options of Threshold. */
export interface ThresholdOptions {
  /** What z must exceed, in its units. */
  threshold: number;
  /** What stands for the rest. */
  value: number;
}

/**
 * z where it exceeds the threshold, else the value.
 *
 * @example
 * threshold(tensor([0.5, 2]), { threshold: 1, value: -1 }); // [-1, 2]
 */
export function threshold(z: Tensor, { threshold: edge, value }: ThresholdOptions): Tensor {
  requireWithin("threshold", { threshold: edge, value });
  return z.where(z.lessEqual(edge).logicalNot(), value);
}

/** Options of RReLU. */
export interface RReLUOptions {
  /** The least slope below 0. Default 1/8. */
  lower?: number;
  /** The largest. Default 1/3. */
  upper?: number;
  /** Whether slopes are drawn; else they are the mean of both. Default false. */
  training?: boolean;
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

/**
 * max(0, z) + a·min(0, z), a uniform in [lower, upper] for each element while training, then their mean.
 *
 * @param options  lower, upper; training; generator
 * @throws ArgumentError  lower is more than upper
 * @source  Xu et al. 2015, Empirical Evaluation of Rectified Activations, §2.4. arXiv:1505.00853
 * @example
 * rrelu(tensor([-2, 3]), { lower: 0, upper: 0.5 }); // [-0.5, 3]
 */
export function rrelu(z: Tensor, options: RReLUOptions = {}): Tensor {
  const { lower = 1 / 8, upper = 1 / 3, training = false, generator } = options;
  requireSlopes("rrelu", lower, upper);
  if (!training) return rectifier(z, (lower + upper) / 2);
  const dtype = z.dtype === "f64" ? "f64" : "f32";
  return rectifier(
    z,
    uniform(z.shape, { low: lower, high: upper, dtype, generator }).cast(z.dtype),
  );
}

function requireSlopes(operation: string, lower: number, upper: number): void {
  requireWithin(operation, { lower, upper });
  if (lower <= upper) return;
  throw new ArgumentError(`${operation}: lower must be at most upper, not ${lower} and ${upper}`);
}

/**
 * rrelu as a module: random while training.
 *
 * @example
 * new RReLU({ lower: 0.1, upper: 0.3 }).eval().forward(tensor([-1, 2])); // [-0.2, 2]
 */
export class RReLU extends Module {
  readonly options: Readonly<Omit<RReLUOptions, "training">>;

  /** @param options  lower, default 1/8; upper, default 1/3; generator */
  constructor(options: Omit<RReLUOptions, "training"> = {}) {
    super();
    requireSlopes("RReLU", options.lower ?? 1 / 8, options.upper ?? 1 / 3);
    this.options = options;
  }

  forward(z: Tensor): Tensor {
    return rrelu(z, { ...this.options, training: this.training });
  }
}

/**
 * max(z, 0). The slope at 0 is 0: of the subderivatives [0, 1] PyTorch's (the notes' 000 takes 1).
 *
 * @source  seeds 000 §Activation Functions 4), 002 §2.1 and 003 §Rectified Networks
 * @example
 * new ReLU().forward(tensor([-1, 2])); // [0, 2]
 */
export class ReLU extends Module {
  forward(z: Tensor): Tensor {
    return z.relu();
  }
}

/**
 * z above 0 and a small multiple of it below, so that no unit is without a gradient.
 *
 * @source  Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models, §2;
 *   seeds 000 §Activation Functions, 002 §2.1 and 003 §Leaky ReLU
 * @example
 * new LeakyReLU({ negativeSlope: 0.1 }).forward(tensor([-1, 2])); // [-0.1, 2]
 */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  /** @param options  negativeSlope: the slope below 0. Default 0.01 */
  constructor({ negativeSlope = 0.01 }: { negativeSlope?: number } = {}) {
    super();
    requireWithin("LeakyReLU", { negativeSlope });
    this.negativeSlope = negativeSlope;
  }

  forward(z: Tensor): Tensor {
    return z.leakyRelu(this.negativeSlope);
  }
}

/** Options of PReLU. */
export interface PReLUOptions {
  /** Of the slopes: 1 for all channels, or one for each. Default 1 */
  parameters?: number;
  /** The slopes at first. Default 0.25 */
  init?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * prelu with slopes that are learnt.
 *
 * @source  He et al. 2015, Delving Deep into Rectifiers, eq. (1). arXiv:1502.01852; seed 002 §2.1, eq. (57)
 * @example
 * new PReLU({ init: 0.5 }).forward(tensor([-1, 2])); // [-0.5, 2]
 */
export class PReLU extends Module {
  /** [1] or [channels]: the slopes below 0. */
  readonly weight: Parameter;

  constructor({ parameters = 1, init = 0.25, dtype = "f32" }: PReLUOptions = {}) {
    super();
    requireSizes("PReLU", { parameters });
    requireWithin("PReLU", { init });
    this.weight = new Parameter(full([parameters], init, { dtype }));
  }

  forward(z: Tensor): Tensor {
    return prelu(z, this.weight);
  }
}

/**
 * |z|; the gradient at 0 is 0.
 *
 * @source  seeds 002 §2.1 (α = −1) and 003 §AbsU
 * @example
 * new AbsoluteValue().forward(tensor([-1, 2])); // [1, 2]
 */
export class AbsoluteValue extends Module {
  forward(z: Tensor): Tensor {
    return z.abs();
  }
}

/**
 * threshold as a module.
 *
 * @example
 * new Threshold({ threshold: 1, value: 9 }).forward(tensor([0.5, 2])); // [9, 2]
 */
export class Threshold extends Module {
  readonly options: Readonly<ThresholdOptions>;

  constructor(options: ThresholdOptions) {
    super();
    const { threshold: edge, value } = options;
    requireWithin("Threshold", { threshold: edge, value });
    this.options = options;
  }

  forward(z: Tensor): Tensor {
    return threshold(z, this.options);
  }
}
