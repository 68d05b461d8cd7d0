// Losses of vectors: how near they are, by angle or by distance, and how near they ought to be.

import { ShapeError } from "../../ir/errors.ts";
import { tensor } from "../../tensor/create.ts";
import { requireWhole } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import { Loss, type LossOptions, reduced, requireEqual, requireOptions } from "./loss.ts";

/** Options of CosineSimilarity. */
export interface CosineSimilarityOptions {
  /** Of the vectors. Default 1. */
  axis?: number;
  /** The least length that is divided by. Default 1e-8. */
  eps?: number;
}

/**
 * x·y / (max(‖x‖, ε)·max(‖y‖, ε)): the cosine of the angle between vectors.
 *
 * @param x, y     of shapes that broadcast
 * @param options  axis, eps
 * @returns        in [−1, 1], without the axis
 * @example
 * cosineSimilarity(tensor([[3, 0]]), tensor([[2, 2]])); // [√½]
 */
export function cosineSimilarity(
  x: Tensor,
  y: Tensor,
  { axis = 1, eps = 1e-8 }: CosineSimilarityOptions = {},
): Tensor {
  requireOptions("cosineSimilarity", { eps });
  const lengths = x.norm({ axis }).clamp(eps).mul(y.norm({ axis }).clamp(eps));
  return x.mul(y).sum({ axis }).div(lengths);
}

/** Options of PairwiseDistance. */
export interface PairwiseDistanceOptions {
  /** The order of the norm. Default 2. */
  p?: number;
  /** Added to each difference, so that no distance is 0. Default 1e-6. */
  eps?: number;
  /** Leave the axis behind with size 1. Default false. */
  keepDims?: boolean;
}

/**
 * ‖x − y + ε‖ₚ along the last axis.
 *
 * @param x, y     of shapes that broadcast
 * @param options  p, eps, keepDims
 * @returns        distances, in the units of x
 * @example
 * pairwiseDistance(tensor([[3, 0]]), tensor([[0, 4]])); // about [5]
 */
export function pairwiseDistance(
  x: Tensor,
  y: Tensor,
  { p = 2, eps = 1e-6, keepDims = false }: PairwiseDistanceOptions = {},
): Tensor {
  requireOptions("pairwiseDistance", { p, eps });
  return x.sub(y).add(eps).norm({ order: p, axis: -1, keepDims });
}

/**
 * ‖xᵢ − xⱼ‖ₚ of all pairs i < j of rows, row by row.
 *
 * @param x        [n, width]
 * @param options  p: the order of the norm. Default 2
 * @returns        [n·(n − 1)/2], in the units of x; the gradient of a distance 0 is 0
 * @throws ShapeError  x is no matrix
 * @example
 * pdist(tensor([[0, 0], [3, 4], [0, 1]])); // about [5, 1, 4.243]
 */
export function pdist(x: Tensor, { p = 2 }: { p?: number } = {}): Tensor {
  requireOptions("pdist", { p });
  if (x.rank !== 2) {
    throw new ShapeError(`pdist: the input must be [n, width], not ${showShape(x.shape)}`);
  }
  const n = x.shape[0] as number;
  const pairs = Array.from({ length: n }, (_, i) => i).flatMap((i) =>
    Array.from({ length: n - 1 - i }, (_, k) => [i, i + 1 + k] as const),
  );
  const side = (which: 0 | 1): Tensor =>
    x.take(tensor(Int32Array.from(pairs, (pair) => pair[which])));
  return side(0).sub(side(1)).norm({ order: p, axis: -1 });
}

/** Options of cosineEmbeddingLoss. */
export interface CosineEmbeddingOptions extends LossOptions {
  /** The cosine up to which a pair counts as apart, in [−1, 1]. Default 0. */
  margin?: number;
}

/**
 * 1 − cos(x, y) for label 1, and max(0, cos(x, y) − margin) for label −1.
 *
 * @param first, second  vectors [batch, width], or [width]
 * @param y        labels of ±1: [batch], or []
 * @param options  margin; reduction
 * @throws ShapeError  the shapes do not fit
 * @example
 * cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])); // 1
 */
export function cosineEmbeddingLoss(
  first: Tensor,
  second: Tensor,
  y: Tensor,
  { margin = 0, reduction }: CosineEmbeddingOptions = {},
): Tensor {
  requireOptions("cosineEmbeddingLoss", { margin, reduction });
  requireEqual("cosineEmbeddingLoss", first, second, "first vectors", "second vectors");
  if (y.rank !== first.rank - 1 || y.shape.some((size, i) => size !== first.shape[i])) {
    throw new ShapeError(
      `cosineEmbeddingLoss: vectors ${showShape(first.shape)} take labels ${showShape(first.shape.slice(0, -1))}, not ${showShape(y.shape)}`,
    );
  }
  // As in PyTorch ε is added to the squared lengths.
  const squared = (x: Tensor): Tensor => x.square().sum({ axis: -1 }).add(1e-12);
  const lengths = squared(first).mul(squared(second)).sqrt();
  const cosine = first.mul(second).sum({ axis: -1 }).div(lengths);
  const together = cosine.neg().add(1).where(y.equal(1), 0);
  const apart = cosine.sub(margin).clamp(0).where(y.equal(-1), 0);
  return reduced(together.add(apart), reduction);
}

/** Options of tripletMarginLoss. */
export interface TripletMarginOptions extends LossOptions {
  /** In units of the distance. Default 1. */
  margin?: number;
  /** The order of the norm. Default 2. */
  p?: number;
  /** Added to each difference. Default 1e-6. */
  eps?: number;
  /** d, in place of the distance by p and eps: gives [...] of two [..., width]. */
  distance?: (a: Tensor, b: Tensor) => Tensor;
  /** Take the negative's distance from anchor or positive, whichever is nearer. Default false. */
  swap?: boolean;
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin).
 *
 * @param anchor, positive, negative  vectors [..., width], of one shape
 * @param options  margin, p, eps, swap, distance (PyTorch's TripletMarginWithDistanceLoss); reduction
 * @throws ShapeError  the shapes differ
 * @source  Balntas et al. 2016, Learning Local Feature Descriptors with Triplets, eq. (1) and §3.1
 * @example
 * tripletMarginLoss(tensor([[0, 0]]), tensor([[3, 0]]), tensor([[0, 4]]), { eps: 0 }); // 0
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  requireOptions("tripletMarginLoss", options);
  requireEqual("tripletMarginLoss", anchor, positive, "anchors", "positives");
  requireEqual("tripletMarginLoss", anchor, negative, "anchors", "negatives");
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  const { distance = (a, b) => pairwiseDistance(a, b, { p, eps }) } = options;
  const near = distance(anchor, positive);
  let far = distance(anchor, negative);
  if (swap) far = far.minimum(distance(positive, negative));
  return reduced(near.sub(far).add(margin).clamp(0), reduction);
}

/**
 * cosineSimilarity as a module.
 *
 * @example
 * new CosineSimilarity().forward(tensor([[3, 0]]), tensor([[0, 2]])); // [0]
 */
export class CosineSimilarity extends Module {
  readonly options: Readonly<CosineSimilarityOptions>;

  constructor(options: CosineSimilarityOptions = {}) {
    super();
    requireWhole("CosineSimilarity", { axis: options.axis ?? 1 });
    requireOptions("CosineSimilarity", options);
    this.options = options;
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return cosineSimilarity(x, y, this.options);
  }
}

/**
 * pairwiseDistance as a module.
 *
 * @example
 * new PairwiseDistance({ eps: 0 }).forward(tensor([[3, 0]]), tensor([[0, 4]])); // [5]
 */
export class PairwiseDistance extends Module {
  readonly options: Readonly<PairwiseDistanceOptions>;

  constructor(options: PairwiseDistanceOptions = {}) {
    super();
    requireOptions("PairwiseDistance", options);
    this.options = options;
  }

  forward(x: Tensor, y: Tensor): Tensor {
    return pairwiseDistance(x, y, this.options);
  }
}

/**
 * cosineEmbeddingLoss as a module.
 *
 * @example
 * new CosineEmbeddingLoss().forward(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])); // 1
 */
export class CosineEmbeddingLoss extends Loss<CosineEmbeddingOptions> {
  forward(first: Tensor, second: Tensor, y: Tensor): Tensor {
    return cosineEmbeddingLoss(first, second, y, this.options);
  }
}

/**
 * tripletMarginLoss as a module.
 *
 * @example
 * new TripletMarginLoss({ eps: 0 }).forward(tensor([[0, 0]]), tensor([[3, 0]]), tensor([[0, 2]])); // 2
 */
export class TripletMarginLoss extends Loss<TripletMarginOptions> {
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}
