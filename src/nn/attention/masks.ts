// Masks of attention. One meaning everywhere: true where a query may look. A mask of floats is added
// to the scores instead. Where nothing is left to look at, the weights are 0.

import { ShapeError } from "../../ir/errors.ts";
import { arange } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/** Options of causalMask. */
export interface CausalMaskOptions {
  /** How many keys there are. Default: as many as queries */
  keys?: number;
  /** The place of the first query among the keys; a tensor for one known only at run time. Default 0 */
  position?: number | Tensor;
}

/**
 * Which keys a query may look at if it is not to see what comes after it.
 *
 * @param queries  how many
 * @param options  keys, position
 * @returns        bool [queries, keys]: key ≤ position + query
 * @source  Vaswani et al. 2017, Attention Is All You Need, §3.2.3; seed 003 §Transformers 3
 * @example
 * causalMask(2); // [[1, 0], [1, 1]]
 */
export function causalMask(
  queries: number,
  { keys = queries, position = 0 }: CausalMaskOptions = {},
): Tensor {
  requireSizes("causalMask", { queries, keys }, 0);
  const places = arange(queries);
  const at = position === 0 ? places : places.add(position);
  return arange(keys).lessEqual(at.unsqueeze(1));
}

/**
 * Which steps of sequences, padded to one size, are theirs.
 *
 * @param lengths  [batch] integers
 * @param size     of the longest, padding included
 * @returns        bool [batch, size]
 * @throws ShapeError  lengths are not a vector
 * @example
 * paddingMask(tensor([1, 2], { dtype: "i32" }), 2); // [[1, 0], [1, 1]]
 */
export function paddingMask(lengths: Tensor, size: number): Tensor {
  requireSizes("paddingMask", { size }, 0);
  if (lengths.rank !== 1) {
    throw new ShapeError(
      `paddingMask: lengths must be [batch], one a sequence, not ${showShape(lengths.shape)}`,
    );
  }
  return arange(size).less(lengths.unsqueeze(1));
}

/** Far below any score, and finite: a row of nothing else gives no NaN. */
const unseen = -1e30;

/**
 * The softmax of the last axis over what a mask leaves.
 *
 * @param scores  [..., keys]
 * @param mask    bool that broadcasts to the scores, true where it counts; or floats to add
 * @returns       numbers ≥ 0 that sum to 1, or all 0 where a bool mask leaves nothing
 * @throws ShapeError  the mask does not broadcast to the scores
 * @example
 * maskedSoftmax(tensor([3, 5, 3]), tensor([true, false, true])); // [0.5, 0, 0.5]
 */
export function maskedSoftmax(scores: Tensor, mask?: Tensor): Tensor {
  if (mask === undefined) return scores.softmax();
  const [a, b] = [[...scores.shape].reverse(), [...mask.shape].reverse()];
  if (a.some((n, i) => n !== (b[i] ?? n) && n !== 1 && b[i] !== 1)) {
    throw new ShapeError(
      `maskedSoftmax: a mask ${showShape(mask.shape)} does not broadcast to scores ${showShape(scores.shape)}`,
    );
  }
  if (mask.dtype !== "bool") return scores.add(mask).softmax();
  return scores.where(mask, unseen).softmax().where(mask, 0);
}

/** Both masks at once, where there are two. */
export function bothMasks(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.dtype === "bool" && b.dtype === "bool") return a.logicalAnd(b);
  return asScores(a).add(asScores(b));
}

/** A mask as numbers to add. */
function asScores(mask: Tensor): Tensor {
  if (mask.dtype !== "bool") return mask;
  return mask.cast("f32").sub(1).mul(-unseen);
}
