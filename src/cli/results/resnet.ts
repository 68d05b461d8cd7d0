// Plain and residual nets of 20 and 56 layers on the part of CIFAR-10 that is there, all four for as
// many steps: the deeper plain net is worse on the very pictures that it is trained on, which is no
// overfitting; with shortcuts depth does no harm. The nets are the paper's with half as many maps; a
// residual block begins as its shortcut alone (Goyal et al. 2017, arXiv:1706.02677, §5.1).

import { type ColourImages, cifar10, loader } from "../../data/index.ts";
import { compile, gradients, seed, type Tensor } from "../../index.ts";
import { cifarResNet } from "../../models/index.ts";
import * as nn from "../../nn/index.ts";
import { cosineAnnealing, SGD } from "../../optim/index.ts";
import { accuracy, evaluate } from "../../train/index.ts";
import { type Reproduction, rounded } from "./reproduction.ts";

export interface DepthSetup {
  /** Maps of the first stage. */
  readonly width: number;
  readonly batch: number;
  readonly epochs: number;
  readonly lr: number;
}

const setup: DepthSetup = { width: 8, batch: 50, epochs: 20, lr: 0.03 };

export interface DepthFinding {
  /** Nats a picture, the mean over the last epoch. */
  readonly loss: number;
  /** Share of the test pictures. */
  readonly accuracy: number;
}

const example = ({ images, labels }: ColourImages): readonly [Tensor, Tensor] => [
  images.cast("f32").div(127.5).sub(1),
  labels,
];

/** Each block begins as its shortcut alone; otherwise so few steps favour the shallower net. */
function startStraight(model: nn.Module): void {
  for (const [name, parameter] of Object.entries(model.parameters())) {
    if (name.endsWith("bn2.weight")) parameter.assign(0);
  }
}

/** Trains one net by SGD with momentum, as the paper does. */
export async function trainDepth(
  data: { readonly train: ColourImages; readonly test: ColourImages },
  net: { readonly depth: number; readonly residual: boolean },
  { width, batch, epochs, lr }: DepthSetup,
): Promise<DepthFinding> {
  seed(2016);
  const model = cifarResNet(net.depth, { residual: net.residual, width });
  if (net.residual) startStraight(model);
  const batches = loader(data.train, {
    ...{ batchSize: batch, shuffle: true, lastBatch: "drop", seed: 2016 },
  });
  const count = batches.length as number;
  const optimizer = new SGD(model.parameters(), {
    lr: cosineAnnealing(lr, { steps: epochs * count, warmUp: count }),
    ...{ momentum: 0.9, weightDecay: 1e-4 },
  });
  const step = compile((some: ColourImages) => {
    const [x, y] = example(some);
    const loss = nn.crossEntropy(model.forward(x), y);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  let sum = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    sum = 0;
    for await (const some of batches) sum += await step(some).item();
  }
  const found = await evaluate(model, loader(data.test, { batchSize: 250 }), {
    ...{ example, loss: nn.crossEntropy, metrics: { accuracy } },
  });
  return { loss: sum / count, accuracy: found.accuracy as number };
}

export const resnet: Reproduction = {
  name: "resnet",
  about: `plain and residual nets of 20 and 56 layers on a part of CIFAR-10, ${setup.epochs} epochs`,
  metric: "plain net: training loss at 56 layers less that at 20, nats",
  published: "above 0",
  source: "He et al. 2016, Deep Residual Learning for Image Recognition, fig. 1 and 6",
  bound: { least: 0.05 },
  async run(say) {
    const data = await cifar10();
    say(data.origin);
    const details: Record<string, number> = {};
    const excess: number[] = [];
    for (const residual of [false, true]) {
      const losses: number[] = [];
      for (const depth of [20, 56]) {
        const { loss, accuracy: share } = await trainDepth(data, { depth, residual }, setup);
        const name = `${residual ? "residual" : "plain"}-${depth}`;
        details[`${name} training loss`] = rounded(loss, 3);
        details[`${name} test accuracy, %`] = rounded(100 * share, 1);
        say(`${name}: training loss ${loss.toFixed(3)}, test accuracy ${share.toFixed(3)}`);
        losses.push(loss);
      }
      excess.push((losses[1] as number) - (losses[0] as number));
    }
    const [plain, residual] = excess as [number, number];
    return {
      ours: rounded(plain, 3),
      details,
      holds: { "the residual net's loss is no higher at 56 layers": residual <= 0 },
    };
  },
};
