// Pruning that lasts: a mask is kept beside the weight, so that what was cut off stays 0 while the rest
// is trained on. Masks take single weights, or whole slices along an axis: units, channels.

import { ShapeError } from "../ir/errors.ts";
import { Parameter, State } from "../tensor/cell.ts";
import type { Generator } from "../tensor/generator.ts";
import { rand } from "../tensor/random.ts";
import { requireWhole, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";
import { replaceParameter } from "./reparametrize.ts";
import { equalShapes, showShape } from "./shape.ts";

/** Options of randomMask. */
export interface PruneMaskOptions {
  /** The share that is cut off, in [0, 1]; their number is rounded. */
  share: number;
  /** Cut off whole slices along this axis. Default: single weights. */
  axis?: number;
  /** The stream to draw from. Default: the one that seed() sets. */
  generator?: Generator;
}

/** Options of magnitudeMask. */
export interface MagnitudeMaskOptions extends Omit<PruneMaskOptions, "generator"> {
  /** The order of the norm by which slices are compared. Default 2. */
  order?: number;
}

/** bool [n]: all but a share of n, those of the lowest scores [n]. */
function keptOf(scores: Tensor, share: number): Tensor {
  const cut = Math.round(share * scores.size);
  return scores.argSort().argSort().greaterEqual(cut);
}

/** A mask of the slices of a weight along an axis, by their scores. */
function ofSlices(weight: Tensor, axis: number, kept: Tensor): Tensor {
  const each = weight.shape.map((n, i) => (i === axis ? n : 1));
  return kept.reshape(each).broadcastTo(weight.shape);
}

function requireShare(operation: string, weight: Tensor, { share, axis }: PruneMaskOptions): void {
  requireWithin(operation, { share }, { from: 0, to: 1 });
  if (axis !== undefined) requireWhole(operation, { axis }, { from: 0, to: weight.rank - 1 });
}

/**
 * Which weights are not among the smallest: of single ones by magnitude, of slices by their norm.
 *
 * @param weight   [...]
 * @param options  share; axis, order
 * @returns        bool in its shape, true where a weight stays
 * @source  Han et al. 2015, Learning both Weights and Connections for Efficient Neural Networks.
 *   arXiv:1506.02626; of slices Li et al. 2017, Pruning Filters for Efficient ConvNets. arXiv:1608.08710
 * @example
 * magnitudeMask(tensor([[0.1, -3], [2, -0.2]]), { share: 0.5 }); // [[0, 1], [1, 0]]
 */
export function magnitudeMask(weight: Tensor, options: MagnitudeMaskOptions): Tensor {
  requireShare("magnitudeMask", weight, options);
  const { share, axis, order = 2 } = options;
  requireWithin("magnitudeMask", { order }, { from: 0 });
  if (axis === undefined) {
    return keptOf(weight.detach().abs().flatten(), share).reshape(weight.shape);
  }
  const others = weight.shape.map((_, i) => i).filter((i) => i !== axis);
  return ofSlices(weight, axis, keptOf(weight.detach().norm({ order, axis: others }), share));
}

/**
 * Which weights stay if a share of them, or of slices, is cut off at random.
 *
 * @param weight   [...]: its shape alone matters
 * @param options  share; axis, generator
 * @returns        bool in its shape, true where a weight stays
 * @example
 * randomMask(ones([4, 3]), { share: 0.5, axis: 0 }).cast("i32").sum(); // 6
 */
export function randomMask(weight: Tensor, options: PruneMaskOptions): Tensor {
  requireShare("randomMask", weight, options);
  const { share, axis, generator } = options;
  const count = axis === undefined ? weight.size : (weight.shape[axis] as number);
  const kept = keptOf(rand([count], { generator }), share);
  return axis === undefined ? kept.reshape(weight.shape) : ofSlices(weight, axis, kept);
}

/**
 * Gives a layer w·mask in place of w, so that what the mask leaves out is 0 and stays it.
 *
 * In the state dict and among the parameters the weight is replaced by `weight_orig` and `weight_mask`, as
 * by PyTorch's prune. removeReparametrization makes it one parameter again.
 *
 * @param layer    changed in place: any module with a parameter in the field
 * @param mask     in the shape of the parameter: true where it stays
 * @param options  name: the field. Default "weight"
 * @returns        the layer
 * @throws ArgumentError  the field holds no parameter
 * @throws ShapeError     the shapes differ
 * @example
 * const layer = new nn.Linear(2, 2, { bias: false });
 * maskParameter(layer, magnitudeMask(layer.weight, { share: 0.5 })).weight.countNonZero(); // 2
 */
export function maskParameter<M extends Module>(
  layer: M,
  mask: Tensor,
  { name = "weight" }: { name?: string } = {},
): M {
  replaceParameter("maskParameter", layer, {
    name,
    parts: (weight) => {
      if (!equalShapes(mask.shape, weight.shape)) {
        throw new ShapeError(
          `maskParameter: the mask must be ${showShape(weight.shape)}, as "${name}" is, not ${showShape(mask.shape)}`,
        );
      }
      return { orig: new Parameter(weight), mask: new State(mask.detach().cast(weight.dtype)) };
    },
    value: ({ orig, mask: kept }) => orig.mul(kept),
  });
  return layer;
}
