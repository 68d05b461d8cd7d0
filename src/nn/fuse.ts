// A trained normalisation taken into the layer before it: both are linear in evaluation, so one layer
// does what the two did.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Conv1d, Conv2d, Conv3d } from "./convolution/conv.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./convolution/conv-transpose.ts";
import { Linear } from "./linear.ts";
import type { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "./normalization/batch-norm.ts";

/** Layers that a normalisation can be taken into. */
export type Fusible =
  | (Linear | Conv1d | Conv2d | Conv3d)
  | (ConvTranspose1d | ConvTranspose2d | ConvTranspose3d);

const forwards = [Linear, Conv1d, Conv2d, Conv3d];
const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d];

/**
 * Takes a batch normalisation, as it is in evaluation, into the layer before it.
 *
 * w ← w·γ/√(var + ε) for each output, and b ← (b − mean)·γ/√(var + ε) + β.
 *
 * @param layer  changed in place: it gives what the normalisation gave of it
 * @param norm   with running statistics; not needed any more
 * @returns      the layer, with a bias
 * @throws ShapeError     the channels differ
 * @throws ArgumentError  there are no running statistics, or the layer is of another kind
 * @source  Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient
 *   Integer-Arithmetic-Only Inference, §3.2. arXiv:1712.05877
 * @example
 * const layer = fuseBatchNorm(new nn.Conv2d(3, 8, 3, { bias: false }), new nn.BatchNorm2d(8));
 * Object.keys(layer.parameters()); // ["weight", "bias"]
 */
export function fuseBatchNorm<L extends Fusible>(
  layer: L,
  norm: BatchNorm1d | BatchNorm2d | BatchNorm3d,
): L {
  const { runningMean, runningVar, eps, weight: gamma, bias: beta } = norm;
  const isTransposed = transposed.some((kind) => layer instanceof kind);
  if (!isTransposed && !forwards.some((kind) => layer instanceof kind)) {
    throw new ArgumentError(
      `fuseBatchNorm: layer must be a Linear, a convolution or a transposed one, not ${(layer as object).constructor.name}`,
    );
  }
  if (runningMean === undefined || runningVar === undefined) {
    throw new ArgumentError("fuseBatchNorm: norm must have running statistics");
  }
  const { weight } = layer;
  const groups = isTransposed ? (layer as ConvTranspose2d).groups : 1;
  const outputs = isTransposed ? (weight.shape[1] as number) * groups : (weight.shape[0] as number);
  if (norm.channels !== outputs) {
    throw new ShapeError(
      `fuseBatchNorm: norm must have ${outputs} channels, as many as layer has outputs, not ${norm.channels}`,
    );
  }
  const scale = multiplied(runningVar.add(eps).rsqrt(), gamma); // [outputs]
  const old = layer.bias ?? zeros([outputs], { dtype: weight.dtype });
  const shifted = old.sub(runningMean).mul(scale);
  const fields = layer as { weight: Parameter; bias: Parameter | undefined };
  const scaled = isTransposed
    ? byGroups(weight, scale, groups)
    : weight.mul(scale.reshape([outputs, ...weight.shape.slice(1).map(() => 1)]));
  fields.weight = new Parameter(scaled.detach());
  fields.bias = new Parameter((beta === undefined ? shifted : shifted.add(beta)).detach());
  return layer;
}

const multiplied = (x: Tensor, by: Tensor | undefined): Tensor =>
  by === undefined ? x : x.mul(by);

/** A weight [in, out/groups, ...kernel] by a scale of each output: inputs go to those of their group. */
function byGroups(weight: Tensor, scale: Tensor, groups: number): Tensor {
  const [inputs, outputs] = weight.shape as [number, number];
  const each = scale.reshape([groups, 1, outputs, ...weight.shape.slice(2).map(() => 1)]);
  return weight
    .unflatten(0, [groups, inputs / groups])
    .mul(each)
    .reshape(weight.shape);
}
