// The adaptive softmax: for very many classes of which few are frequent. Frequent ones are scored at
// once; the others lie in clusters, which share one score each among the frequent ones and are told
// apart by a projection that is the narrower, the rarer its classes are.

import { isFloat } from "../../ir/dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../ir/errors.ts";
import { concat } from "../../tensor/functions.ts";
import { requireSizes, requireSome, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { type Sequential, sequential } from "../sequential.ts";
import { equalShapes, showShape } from "../shape.ts";

/** Options of AdaptiveLogSoftmaxWithLoss. */
export interface AdaptiveLogSoftmaxOptions {
  /** Each cluster's projection is so many times narrower than the one before. Default 4. */
  divValue?: number;
  /** Whether the scores of frequent classes and clusters have a bias. Default false. */
  headBias?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** What forward gives. */
export interface AdaptiveLogSoftmaxResult {
  /** [batch]: log-probabilities of the labels. */
  readonly output: Tensor;
  /** []: nats per example, their negative mean. */
  readonly loss: Tensor;
}

/**
 * log p(y|x) = log p(cluster of y|x) + log p(y|cluster, x).
 *
 * Classes are sorted by how frequent they are. The parameters are those of Linear layers, and start so.
 * Every cluster is computed for every example, so that shapes do not depend on labels.
 *
 * @source  Grave et al. 2017, Efficient Softmax Approximation for GPUs, §4. arXiv:1609.04309
 * @example
 * new AdaptiveLogSoftmaxWithLoss(32, 100, [10, 40]).logProb(ones([2, 32])).shape; // [2, 100]
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  /** [frequent classes + clusters, in] */
  readonly head: Linear;
  /** Of each cluster, a projection and the scores of its classes. */
  readonly tail: readonly Sequential[];
  /** Where the clusters begin, and the number of classes. */
  readonly cutoffs: readonly number[];

  /**
   * @param cutoffs  where clusters begin: ascending, from the number of frequent classes on
   * @param options  divValue, headBias; dtype
   */
  constructor(
    inFeatures: number,
    classes: number,
    cutoffs: readonly number[],
    { divValue = 4, headBias = false, dtype = "f32" }: AdaptiveLogSoftmaxOptions = {},
  ) {
    super();
    const name = "AdaptiveLogSoftmaxWithLoss";
    requireSizes(name, { inFeatures, classes });
    requireSome(name, { cutoffs });
    requireSizes(name, { cutoffs });
    requireWithin(name, { divValue }, { from: 1 });
    const all = [...cutoffs, classes];
    if (all.some((c, i) => i > 0 && c <= (all[i - 1] as number))) {
      throw new ArgumentError(
        `${name}: cutoffs must ascend and end below the ${classes} classes, not ${showShape(cutoffs)}`,
      );
    }
    this.cutoffs = all;
    this.head = new Linear(inFeatures, (all[0] as number) + cutoffs.length, {
      bias: headBias,
      dtype,
    });
    this.tail = cutoffs.map((from, i) => {
      const width = Math.floor(inFeatures / divValue ** (i + 1));
      if (width < 1) {
        throw new ArgumentError(
          `${name}: divValue ${divValue} leaves nothing of ${inFeatures} features for cluster ${i}`,
        );
      }
      const count = (all[i + 1] as number) - from;
      const options = { bias: false, dtype };
      return sequential(new Linear(inFeatures, width, options), new Linear(width, count, options));
    });
  }

  /**
   * @param x  [batch, in]
   * @param y  integer labels [batch]
   * @throws ShapeError  the shapes do not fit
   * @throws DTypeError  the labels are not integers
   * @throws IndexError  on reading, if a label is no class
   */
  forward(x: Tensor, y: Tensor): AdaptiveLogSoftmaxResult {
    if (isFloat(y.dtype) || y.dtype === "bool") {
      throw new DTypeError(`AdaptiveLogSoftmaxWithLoss: labels must be integers, not ${y.dtype}`);
    }
    if (x.rank !== 2 || !equalShapes(y.shape, x.shape.slice(0, 1))) {
      throw new ShapeError(
        `AdaptiveLogSoftmaxWithLoss: inputs [batch, in] take labels [batch], not ${showShape(x.shape)} and ${showShape(y.shape)}`,
      );
    }
    const frequent = this.cutoffs[0] as number;
    const head = this.head.forward(x).logSoftmax();
    const isClass = y.greaterEqual(0).logicalAnd(y.less(this.cutoffs.at(-1) as number));
    // A label that is no class is looked up in the head too, which is no wider than there are classes:
    // it lies outside.
    const isRare = isClass.logicalAnd(y.greaterEqual(frequent));
    let output = picked(head, y.where(isRare.logicalNot(), 0));
    for (const [i, layers] of this.tail.entries()) {
      const from = this.cutoffs[i] as number;
      const isHere = y.greaterEqual(from).logicalAnd(y.less(this.cutoffs[i + 1] as number));
      const inside = picked(layers.forward(x).logSoftmax(), y.sub(from).where(isHere, 0));
      output = inside.add(head.at(":", frequent + i)).where(isHere, output);
    }
    // And NaN, as of crossEntropy, so that a step which asks for a finite loss is not made.
    output = output.where(isClass, NaN);
    return { output, loss: output.mean().neg() };
  }

  /** The log-probabilities of all classes: [batch, in] → [batch, classes]. */
  logProb(x: Tensor): Tensor {
    const frequent = this.cutoffs[0] as number;
    const head = this.head.forward(x).logSoftmax();
    const clusters = this.tail.map((layers, i) =>
      layers
        .forward(x)
        .logSoftmax()
        .add(head.at(":", `${frequent + i}:${frequent + i + 1}`)),
    );
    return concat([head.at(":", `:${frequent}`), ...clusters], { axis: 1 });
  }

  /** The most probable classes: [batch, in] → i32 [batch]. */
  predict(x: Tensor): Tensor {
    return this.logProb(x).argMax({ axis: 1 });
  }
}

/** x[i, y[i]]. */
const picked = (x: Tensor, y: Tensor): Tensor => x.gather(y.unsqueeze(1), { axis: 1 }).squeeze(1);
