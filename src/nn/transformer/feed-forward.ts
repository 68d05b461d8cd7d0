// What all layers of a transformer share: their options, the feed-forward part, and where the
// normalisation goes.

import { gelu, relu } from "../../tensor/functions.ts";
import {
  requireHeads,
  requireOneOf,
  requireProbability,
  requireSizes,
  requireWithin,
} from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Dropout } from "../dropout.ts";
import type { FloatType } from "../init.ts";
import type { Linear } from "../linear.ts";

/** Options of the layers of a transformer. */
export interface TransformerLayerOptions {
  /** Width of the hidden layer of the feed-forward part. Default 2048. */
  dimFeedforward?: number;
  /** Probability of dropping: of attention weights, inside the feed-forward part, before each sum.
   * Default 0.1. */
  dropout?: number;
  /** Default "relu". */
  activation?: "relu" | "gelu" | ((x: Tensor) => Tensor);
  /** Default 1e-5. */
  layerNormEps?: number;
  /** Normalise what goes into each part instead of each sum. Default false. */
  normFirst?: boolean;
  /** Whether linear maps and normalisations add something. Default true. */
  bias?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

export const activationOf = (
  activation: TransformerLayerOptions["activation"] = "relu",
): ((x: Tensor) => Tensor) => {
  if (typeof activation === "function") return activation;
  return activation === "gelu" ? (x) => gelu(x) : relu;
};

/** Checks what a layer of a transformer is made of. @throws ShapeError, ArgumentError */
export function requireLayerOptions(
  layer: string,
  width: number,
  heads: number,
  options: TransformerLayerOptions,
): void {
  const { dimFeedforward = 2048, dropout = 0.1, layerNormEps = 1e-5, activation } = options;
  requireSizes(layer, { width, heads, dimFeedforward });
  requireHeads(layer, width, heads);
  requireProbability(layer, { dropout });
  requireWithin(layer, { layerNormEps }, { from: 0 });
  if (typeof activation !== "function") {
    requireOneOf(layer, { activation: activation ?? "relu" }, ["relu", "gelu"]);
  }
}

/**
 * A part with its residual and its normalisation: norm(x + part(x)), or x + part(norm(x)).
 */
export function sublayer(
  x: Tensor,
  part: (x: Tensor) => Tensor,
  norm: { forward(x: Tensor): Tensor },
  normFirst: boolean,
): Tensor {
  return normFirst ? x.add(part(norm.forward(x))) : norm.forward(x.add(part(x)));
}

/** What the feed-forward part is made of: fields of a layer, by PyTorch's names. */
interface FeedForward {
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly dropout: Dropout;
  readonly activation: (x: Tensor) => Tensor;
}

/** W₂·φ(W₁·x), dropped from inside and after. */
export function feedForward(layer: FeedForward, x: Tensor): Tensor {
  const { linear1, linear2, dropout, activation } = layer;
  return dropout.forward(linear2.forward(dropout.forward(activation(linear1.forward(x)))));
}
