// Greedy layer-wise pre-training: layers that learn one after the other, each from the codes of those
// before it, without labels. What they learnt is where training of the whole network starts.

import { loader } from "../data/loader.ts";
import { ArgumentError } from "../ir/errors.ts";
import { Autoencoder, type AutoencoderOptions } from "../nn/autoencoder.ts";
import { mseLoss } from "../nn/losses/regression.ts";
import { Adam } from "../optim/adam.ts";
import { realize } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fit } from "./fit.ts";

/** A layer that has learnt a code. */
export interface Encoder {
  encode(x: Tensor): Tensor;
}

/**
 * 𝓛: learns a layer from the codes below it: an autoencoder, a restricted Boltzmann machine, sparse
 * coding.
 *
 * @param x      what the layers below make of the examples [examples, ...]
 * @param place  0 for the lowest layer
 */
export type LayerLearner<L extends Encoder> = (x: Tensor, place: number) => L | Promise<L>;

/**
 * f ← identity, X̃ = X; for each learner f⁽ᵏ⁾ = 𝓛(X̃), f ← f⁽ᵏ⁾ ∘ f, X̃ ← f⁽ᵏ⁾(X̃).
 *
 * A layer does not change any more once it has been learnt; training the whole network afterwards,
 * with its labels, moves all of them.
 *
 * @param x         examples [examples, ...]
 * @param learners  from the lowest layer to the highest
 * @returns         the layers, in the same order
 * @throws ArgumentError  there is no learner
 * @source  seed 002 §3.3, eq. (104)–(108); Bengio et al. 2007, Greedy Layer-Wise Training of Deep
 *   Networks
 */
export async function pretrainLayers<L extends Encoder>(
  x: Tensor,
  learners: readonly LayerLearner<L>[],
): Promise<L[]> {
  if (learners.length === 0) throw new ArgumentError("pretrainLayers: learners must not be empty");
  const layers: L[] = [];
  let codes = x;
  for (const [place, learn] of learners.entries()) {
    const layer = await learn(codes, place);
    layers.push(layer);
    codes = layer.encode(codes).detach();
    await realize(codes);
  }
  return layers;
}

/** Options of autoencoderLearner. */
export interface AutoencoderLearnerOptions extends AutoencoderOptions {
  /** Units of the code. */
  code: number;
  /** Default 10 */
  epochs?: number;
  /** Default 32 */
  batchSize?: number;
  /** Learning rate of Adam. Default 1e-3 */
  lr?: number;
  /** What the order of the examples depends on. Default: that of the loader */
  seed?: number;
  /** Told of the mean loss after each epoch of each layer. */
  onEpoch?: (event: { place: number; epoch: number; loss: number }) => void;
}

/**
 * A learner that trains an autoencoder on (1/n)·Σᵢ Σⱼ (x̂ᵢⱼ − xᵢⱼ)² and keeps it: its encoder is the
 * layer, its decoder the way back.
 *
 * @param options  code; epochs, batchSize, lr, seed; activation, output, dtype; onEpoch
 * @source  seed 000, Unsupervised Pre-Training
 * @example
 * const layers = await pretrainLayers(rand([64, 8]), [autoencoderLearner({ code: 4 }), autoencoderLearner({ code: 2 })]);
 */
export function autoencoderLearner({
  code,
  epochs = 10,
  batchSize = 32,
  lr = 1e-3,
  seed,
  onEpoch,
  ...shape
}: AutoencoderLearnerOptions): LayerLearner<Autoencoder> {
  return async (x, place) => {
    const layer = new Autoencoder(x.shape[1] ?? 1, code, shape);
    const run = fit(layer, {
      data: loader({ x }, { batchSize, shuffle: true, seed }),
      example: (batch: { x: Tensor }) => [batch.x, batch.x],
      loss: (output, target) => mseLoss(output, target, { reduction: "batchMean" }),
      optimizer: new Adam(layer.parameters(), { lr }),
      epochs,
    });
    for await (const event of run) {
      if (event.type === "epoch") {
        onEpoch?.({ place, epoch: event.epoch, loss: event.loss });
      }
    }
    return layer;
  };
}
