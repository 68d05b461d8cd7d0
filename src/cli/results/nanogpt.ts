// nanoGPT's configuration for a processor: GPT of four layers on the characters of tiny Shakespeare.
// Settings are those of its README ("a much smaller run") and of config/train_shakespeare_char.py, but
// for the size of the numbers that the layers' matrices start from (see `spread`).
// There the loss is that of 20 random batches; here it is over the whole validation split, cut into
// windows of 64, after the last step.

import { loader, tinyShakespeare } from "../../data/index.ts";
import { arange, compile, gradients, randint, seed, type Tensor, tensor } from "../../index.ts";
import { GPT } from "../../models/index.ts";
import * as nn from "../../nn/index.ts";
import { AdamW, clipByNorm, cosineAnnealing } from "../../optim/index.ts";
import { Vocabulary } from "../../text/index.ts";
import { evaluate } from "../../train/index.ts";
import { meanOf, type Reproduction, rounded } from "./reproduction.ts";

const seeds = [1337, 1338, 1339];

export interface CharacterSetup {
  readonly size: { layers: number; heads: number; width: number; context: number };
  readonly batch: number;
  readonly steps: number;
  readonly warmUp: number;
  /** The highest learning rate; it falls to a tenth. */
  readonly lr: number;
}

const setup: CharacterSetup = {
  size: { layers: 4, heads: 4, width: 128, context: 64 },
  batch: 12,
  steps: 2000,
  warmUp: 100,
  lr: 1e-3,
};

/**
 * Trains on random windows of one text and gives the mean loss of another.
 *
 * @returns  nats a character
 */
export async function trainCharacters(
  texts: { readonly train: string; readonly validation: string },
  { size, batch, steps, warmUp, lr }: CharacterSetup,
  { seed: number, say }: { seed: number; say: (line: string) => void },
): Promise<number> {
  const letters = Vocabulary.of([texts.train, texts.validation].map((text) => [...text]));
  const idsOf = (text: string): Tensor => tensor(Int32Array.from(letters.encode([...text])));
  const { context } = size;
  seed(number);
  const model = new GPT({ ...size, vocabulary: letters.size, dropout: 0, bias: false });
  spread(model);
  const parameters = Object.values(model.parameters());
  const optimizer = new AdamW(model.parameters(), {
    lr: cosineAnnealing(lr, { steps, warmUp, minimum: lr / 10 }),
    betas: [0.9, 0.99],
    weightDecay: 0.1,
    groups: [{ parameters: parameters.filter(({ rank }) => rank < 2), weightDecay: 0 }],
  });
  const lossOf = (logits: Tensor, next: Tensor): Tensor =>
    nn.crossEntropy(logits.flatten(0, 1), next.reshape([-1]));

  const text = idsOf(texts.train);
  const step = compile(() => {
    const starts = randint([batch, 1], { high: text.size - context });
    const window = text.take(starts.add(arange(context + 1))); // [batch, context + 1]
    const loss = lossOf(model.forward(window.at(":", ":-1")), window.at(":", "1:"));
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  });
  for (let i = 1; i <= steps; i++) {
    const loss = await step().item();
    if (i % 500 === 0) say(`seed ${number}, step ${i}/${steps}: loss ${loss.toFixed(3)}`);
  }

  const held = idsOf(texts.validation);
  const windows = Math.floor((held.size - 1) / context);
  const cut = (from: number): Tensor =>
    held.at(`${from}:${from + windows * context}`).reshape([windows, context]);
  const found = await evaluate(model, loader({ x: cut(0), y: cut(1) }, { batchSize: 128 }), {
    example: ({ x, y }) => [x, y],
    loss: lossOf,
  });
  return found.loss as number;
}

/**
 * Stretches the matrices of the layers from GPT-2's deviation 0.02, which is small at this width, to
 * 1/√inputs, with which sums over the inputs keep their size; those that end in a sum of the layers
 * stay smaller by √(2·layers).
 */
function spread(model: GPT): void {
  for (const block of model.blocks) {
    for (const matrix of Object.values(block.parameters())) {
      if (matrix.rank !== 2) continue;
      const inputs = matrix.shape[1] as number;
      matrix.assign(matrix.div(0.02 * Math.sqrt(inputs)));
    }
  }
}

export const nanogpt: Reproduction = {
  name: "nanogpt",
  about: `GPT of 4 layers on the characters of tiny Shakespeare, ${setup.steps} steps, mean of ${seeds.length} seeds`,
  metric: "validation loss, nats a character",
  published: 1.88,
  source: "github.com/karpathy/nanoGPT, README, on a processor: 20 random batches",
  bound: { most: 1.89 },
  async run(say) {
    const texts = await tinyShakespeare();
    const found: number[] = [];
    for (const number of seeds) {
      found.push(await trainCharacters(texts, setup, { seed: number, say }));
      say(`seed ${number}: validation loss ${(found.at(-1) as number).toFixed(4)}`);
    }
    const details = Object.fromEntries(
      found.map((loss, i) => [`seed ${seeds[i]}`, rounded(loss, 4)]),
    );
    return { ours: rounded(meanOf(found), 3), details };
  },
};
