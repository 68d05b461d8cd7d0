// Binary cross-entropy: every output is a coin of its own, so it goes with sigmoids, as crossEntropy
// goes with a softmax. (Seed 001 writes this sum under the softmax; it belongs to k independent
// Bernoulli outputs.)

import type { State } from "../../tensor/cell.ts";
import { customVjp } from "../../tensor/rules.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as stateKeys from "../state-keys.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions, saved } from "./loss.ts";

/** Options of BCELoss. */
export interface BCELossOptions extends LossOptions {
  /** Factor of each loss; broadcasts to the predictions. */
  weight?: Tensor;
}

/**
 * −(y·log x + (1 − y)·log(1 − x)), each logarithm at least −100.
 *
 * Where the logits are known, binaryCrossEntropyWithLogits is exact where this one must stop.
 *
 * @param x        probabilities in [0, 1]
 * @param y        targets in [0, 1], of the shape of x
 * @param options  weight; reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @source  seed 001 §4.2. Bound of the logarithms and gradient (x − y) / max(x(1 − x), 1e-12) are
 *   PyTorch's
 * @example
 * binaryCrossEntropy(tensor([0.5]), tensor([1])); // log 2
 */
export function binaryCrossEntropy(
  x: Tensor,
  y: Tensor,
  { weight, reduction }: BCELossOptions = {},
): Tensor {
  requireOptions("binaryCrossEntropy", { reduction });
  requireEqual("binaryCrossEntropy", x, y);
  const losses = bernoulliNll(x, y.cast(x.dtype));
  return reduced(weight === undefined ? losses : losses.mul(weight), reduction);
}

const boundedLog = (x: Tensor): Tensor => x.log().clamp(-100);
const complement = (x: Tensor): Tensor => x.neg().add(1);

/** 1e-12 as an f32 number, which PyTorch's bound is for every type. */
const least = 9.999999960041972e-13;

/** A gradient of its own: those of the logarithms would be ∞ or NaN at 0 and 1. */
const bernoulliNll = (x: Tensor, y: Tensor): Tensor =>
  customVjp(
    (p: Tensor, t: Tensor) => {
      const [logP, logQ] = [boundedLog(p), boundedLog(complement(p))];
      return t.mul(logP).add(complement(t).mul(logQ)).neg();
    },
    (g, _, p, t) => [
      g.mul(p.sub(t)).div(p.mul(complement(p)).clamp(least)),
      g.mul(boundedLog(complement(p)).sub(boundedLog(p))),
    ],
  )(x, y);

/** Options of binaryCrossEntropy. */
export interface BinaryCrossEntropyOptions extends BCELossOptions {
  /** Factor of the positive part; broadcasts to the predictions. */
  posWeight?: Tensor;
}

/**
 * −(p·y·log σ(x) + (1 − y)·log(1 − σ(x))), without overflow.
 *
 * @param x        logits
 * @param y        targets in [0, 1], of the shape of x
 * @param options  weight; posWeight p; reduction
 * @returns        nats
 * @throws ShapeError  the shapes differ
 * @source  seed 001 §4.2
 * @example
 * binaryCrossEntropyWithLogits(tensor([0]), tensor([1])); // log 2
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  y: Tensor,
  { weight, posWeight, reduction }: BinaryCrossEntropyOptions = {},
): Tensor {
  requireOptions("binaryCrossEntropyWithLogits", { reduction });
  requireEqual("binaryCrossEntropyWithLogits", x, y);
  const target = y.cast(x.dtype);
  // log(1 + e⁻ˣ) = −log σ(x), and x more for −log(1 − σ(x)).
  const positive = x.neg().softplus();
  const factor = posWeight === undefined ? undefined : target.mul(posWeight.sub(1)).add(1);
  let losses = target
    .neg()
    .add(1)
    .mul(x)
    .add(factor === undefined ? positive : positive.mul(factor));
  if (weight !== undefined) losses = losses.mul(weight);
  return reduced(losses, reduction);
}

/**
 * binaryCrossEntropy as a module; the factors are saved with it.
 *
 * @example
 * new BCELoss().forward(tensor([0.5]), tensor([1])); // log 2
 */
export class BCELoss extends Loss<LossOptions> {
  readonly weight: State | undefined;

  constructor({ weight, ...options }: BCELossOptions = {}) {
    super(options);
    this.weight = saved(weight);
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return binaryCrossEntropy(x, y, { ...this.options, weight: this.weight });
  }
}

/**
 * binaryCrossEntropyWithLogits as a module; the factors are saved with it.
 *
 * @example
 * new BCEWithLogitsLoss().forward(tensor([0]), tensor([1])); // log 2
 */
export class BCEWithLogitsLoss extends Loss<LossOptions> {
  readonly weight: State | undefined;
  readonly posWeight: State | undefined;

  constructor({ weight, posWeight, ...options }: BinaryCrossEntropyOptions = {}) {
    super(options);
    this.weight = saved(weight);
    this.posWeight = saved(posWeight);
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.binaryCrossEntropy;
  }

  forward(x: Tensor, y: Tensor): Tensor {
    const { options, weight, posWeight } = this;
    return binaryCrossEntropyWithLogits(x, y, { ...options, weight, posWeight });
  }
}
