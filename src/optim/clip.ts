// Clipping: gradients made smaller, all by one factor (by norm) or each element for itself (by
// value). The result is the same tree.

import { promote } from "../ir/dtype.ts";
import { ArgumentError } from "../ir/errors.ts";
import { zeros } from "../tensor/create.ts";
import { stack } from "../tensor/functions.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeLeaves, treeMap } from "../tensor/tree.ts";

/** Options of globalNorm and clipByNorm. */
export interface GlobalNormOptions {
  /** p: of the norm; ∞ for the largest magnitude. Default 2. */
  order?: number;
}

/**
 * (Σ |g|ᵖ)^(1/p) over all tensors of a tree together. A tied parameter, whose gradient stands in several
 * places, counts once.
 *
 * @param options  order
 * @example
 * globalNorm([tensor([3]), tensor([4])]); // 5
 * globalNorm([tensor([3]), tensor([-4])], { order: Infinity }); // 4
 */
export function globalNorm(tree: unknown, { order = 2 }: GlobalNormOptions = {}): Tensor {
  requireWithin("globalNorm", { order }, { from: 0, open: "from" });
  const leaves = distinct(treeLeaves(tree));
  if (leaves.length === 0) return zeros([]);
  const dtype = leaves.map((g) => g.dtype).reduce(promote);
  if (order === 2) {
    return leaves
      .map((g) => g.square().sum().cast(dtype))
      .reduce((total, part) => total.add(part))
      .sqrt();
  }
  return stack(leaves.map((g) => g.norm({ order }).cast(dtype))).norm({ order });
}

/** Tensors that are one value. */
function distinct(leaves: readonly Tensor[]): Tensor[] {
  return [...new Map(leaves.map((leaf) => [leaf.node, leaf])).values()];
}

/**
 * g·min(1, limit / (‖g‖ + 1e-6)), with ‖g‖ the norm of all gradients together.
 *
 * The direction stays; a long step becomes one of the given length.
 *
 * @param tree     gradients, in any tree
 * @param limit    the largest norm that stays as it is
 * @param options  order: of the norm. Default 2
 * @returns        the same tree; not finite where the norm is not
 * @source Pascanu, Mikolov and Bengio 2013, On the Difficulty of Training Recurrent Neural Networks,
 *   alg. 1; the 1e-6 is PyTorch's. arXiv:1211.5063; seed 003 §Gradient clipping
 * @example
 * clipByNorm({ w: tensor([3, 4]) }, 1); // { w: [0.6, 0.8] }
 */
export function clipByNorm<T>(tree: T, limit: number | Tensor, options: GlobalNormOptions = {}): T {
  if (typeof limit === "number" && !(limit >= 0)) {
    throw new ArgumentError(`clipByNorm: the limit must be at least 0, not ${limit}`);
  }
  const norm = globalNorm(tree, options).add(1e-6);
  const factor = norm.reciprocal().mul(limit).minimum(1);
  return mapDistinct(tree, (g) => g.mul(factor.cast(g.dtype)));
}

/**
 * Every element moved into [−limit, limit].
 *
 * @returns the same tree
 * @example
 * clipByValue([tensor([3, -0.5])], 1)[0]; // [1, -0.5]
 */
export function clipByValue<T>(tree: T, limit: number): T {
  if (!(limit >= 0))
    throw new ArgumentError(`clipByValue: the limit must be at least 0, not ${limit}`);
  return mapDistinct(tree, (g) => g.clamp(-limit, limit));
}

/** The tree with tensors replaced; what was one value stays one. */
export function mapDistinct<T>(tree: T, f: (g: Tensor) => Tensor): T {
  const known = new Map<unknown, Tensor>();
  return treeMap(tree, (g) => {
    const made = known.get(g.node) ?? f(g);
    known.set(g.node, made);
    return made;
  });
}
