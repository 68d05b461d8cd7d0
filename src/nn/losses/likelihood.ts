// Losses that are log-likelihoods: l(ν) = −log p(y; ν). Normal errors give the squared loss, Laplace's
// the absolute one, counts that of Poisson; klDiv compares whole distributions.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import { stopGradient } from "../../tensor/rules.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions } from "./loss.ts";

/** Options of gaussianNllLoss. */
export interface GaussianNLLOptions extends LossOptions {
  /** Add the constant ½·log 2π. Default false. */
  full?: boolean;
  /** The least variance, in the squared units of x. Default 1e-6. */
  eps?: number;
}

/**
 * ½(log σ² + (x − y)²/σ²): −log N(y; x, σ²) up to a constant.
 *
 * With one fixed variance it is ½(x − y)²/σ² and a constant: the squared loss.
 *
 * @param x        means
 * @param y        targets, of the shape of x
 * @param variance  σ², in the squared units of x: of the shape of x, or one for each row, [..., 1] or
 *   without the last axis
 * @param options  full; eps (gradients pass it); reduction
 * @returns        nats
 * @throws ShapeError  the shapes do not fit
 * @source  seed 003 §Optimization; Nix and Weigend 1994, Estimating the Mean and Variance, eq. (3)
 * @example
 * gaussianNllLoss(tensor([2]), tensor([0]), tensor([4])); // (log 4 + 1) / 2
 */
export function gaussianNllLoss(
  x: Tensor,
  y: Tensor,
  variance: Tensor,
  { full = false, eps = 1e-6, reduction }: GaussianNLLOptions = {},
): Tensor {
  requireOptions("gaussianNllLoss", { eps, reduction });
  requireEqual("gaussianNllLoss", x, y);
  const each = varianceLike(x, variance);
  // The bound changes the value and not the derivative, as in PyTorch.
  const bounded = each.add(stopGradient(each.clamp(eps).sub(each)));
  const losses = bounded.log().add(x.sub(y).square().div(bounded)).mul(0.5);
  return reduced(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}

function varianceLike(x: Tensor, variance: Tensor): Tensor {
  const rows = x.shape.slice(0, -1);
  if (equalShapes(variance.shape, x.shape) || equalShapes(variance.shape, [...rows, 1])) {
    return variance;
  }
  if (x.rank > 0 && equalShapes(variance.shape, rows)) return variance.unsqueeze(-1);
  throw new ShapeError(
    `gaussianNllLoss: a variance for ${showShape(x.shape)} must be of that shape, or ${showShape([...rows, 1])}, or ${showShape(rows)}, not ${showShape(variance.shape)}`,
  );
}

/** Options of laplaceNllLoss. */
export interface LaplaceNLLOptions extends LossOptions {
  /** b: the mean size of an error, in the units of x. Default 1. */
  scale?: number | Tensor;
}

/**
 * |x − y|/b + log 2b: −log of Laplace's density. With one fixed scale it is the absolute loss and a
 * constant.
 *
 * @param x        medians
 * @param y        targets, of the shape of x
 * @param options  scale; reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @throws ArgumentError   the scale is a number that is not positive
 * @source  seed 003 §Optimization
 * @example
 * laplaceNllLoss(tensor([3]), tensor([0]), { scale: 0.5 }); // 6
 */
export function laplaceNllLoss(
  x: Tensor,
  y: Tensor,
  { scale = 1, reduction }: LaplaceNLLOptions = {},
): Tensor {
  requireOptions("laplaceNllLoss", { reduction });
  requireEqual("laplaceNllLoss", x, y);
  const size = x.sub(y).abs().div(scale);
  if (typeof scale !== "number") return reduced(size.add(scale.mul(2).log()), reduction);
  if (!(scale > 0)) throw new ArgumentError(`laplaceNllLoss: scale must be positive, not ${scale}`);
  return reduced(size.add(Math.log(2 * scale)), reduction);
}

/** Options of poissonNllLoss. */
export interface PoissonNLLOptions extends LossOptions {
  /** Whether x is the logarithm of the rate. Default true. */
  logInput?: boolean;
  /** Add Stirling's approximation of log y! where y > 1. Default false. */
  full?: boolean;
  /** Added to a rate before its logarithm. Default 1e-8. */
  eps?: number;
}

/**
 * eˣ − y·x, or x − y·log(x + ε) of rates: −log of Poisson's distribution up to log y!.
 *
 * @param x        logarithms of rates, or rates
 * @param y        counts, of the shape of x
 * @param options  logInput, full, eps; reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @source  seed 003 §Optimization
 * @example
 * poissonNllLoss(tensor([0]), tensor([3])); // 1
 */
export function poissonNllLoss(
  x: Tensor,
  y: Tensor,
  { logInput = true, full = false, eps = 1e-8, reduction }: PoissonNLLOptions = {},
): Tensor {
  requireOptions("poissonNllLoss", { eps, reduction });
  requireEqual("poissonNllLoss", x, y);
  const count = y.cast(x.dtype);
  const losses = logInput ? x.exp().sub(count.mul(x)) : x.sub(count.mul(x.add(eps).log()));
  return reduced(full ? losses.add(logFactorial(count)) : losses, reduction);
}

/** y·log y − y + ½·log 2πy for y > 1, else 0. */
function logFactorial(y: Tensor): Tensor {
  const isLarge = y.greater(1);
  const safe = y.where(isLarge, 1);
  const stirling = safe
    .mul(safe.log())
    .sub(safe)
    .add(
      safe
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    );
  return stirling.where(isLarge, 0);
}

/** Options of klDiv. */
export interface KLDivOptions extends LossOptions {
  /** Whether the target is given by logarithms too. Default false. */
  logTarget?: boolean;
}

/**
 * y·(log y − x): element by element what the divergence KL(y ‖ eˣ) sums.
 *
 * The divergence of distributions in rows is the sum: reduction "batchMean" gives its mean over them,
 * "mean" (the default, as in PyTorch) divides by the number of elements.
 *
 * @param x        log-probabilities of the model
 * @param y        probabilities (0·log 0 is 0), of the shape of x
 * @param options  logTarget; reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @source  Kullback and Leibler 1951, On Information and Sufficiency, eq. (2.4)
 * @example
 * klDiv(tensor([[0.5, 0.5]]).log(), tensor([[1, 0]]), { reduction: "batchMean" }); // log 2
 */
export function klDiv(
  x: Tensor,
  y: Tensor,
  { logTarget = false, reduction }: KLDivOptions = {},
): Tensor {
  requireOptions("klDiv", { reduction });
  requireEqual("klDiv", x, y);
  if (logTarget) return reduced(y.exp().mul(y.sub(x)), reduction);
  const isPositive = y.greater(0);
  const entropy = y.mul(y.where(isPositive, 1).log());
  return reduced(entropy.sub(y.mul(x)), reduction);
}

/**
 * gaussianNllLoss as a module.
 *
 * @example
 * new GaussianNLLLoss().forward(tensor([3]), tensor([1]), tensor([1])); // 2
 */
export class GaussianNLLLoss extends Loss<GaussianNLLOptions> {
  forward(x: Tensor, y: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(x, y, variance, this.options);
  }
}

/**
 * poissonNllLoss as a module.
 *
 * @example
 * new PoissonNLLLoss().forward(tensor([0]), tensor([3])); // 1
 */
export class PoissonNLLLoss extends Loss<PoissonNLLOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return poissonNllLoss(x, y, this.options);
  }
}

/**
 * klDiv as a module.
 *
 * @example
 * new KLDivLoss().forward(tensor([0.5]).log(), tensor([0.5])); // 0
 */
export class KLDivLoss extends Loss<KLDivOptions> {
  forward(x: Tensor, y: Tensor): Tensor {
    return klDiv(x, y, this.options);
  }
}
