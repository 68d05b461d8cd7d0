// GCN on Cora, with the settings and the split of the paper: 16 hidden features, dropout ½, Adam at
// 0.01, weight decay 5e-4 on the first layer, 200 steps over the whole graph. The accuracy is that
// after the last step, the mean over ten seeds.

import { cora } from "../../data/index.ts";
import { compile, gradients, seed } from "../../index.ts";
import { GCN } from "../../models/index.ts";
import * as nn from "../../nn/index.ts";
import { Adam } from "../../optim/index.ts";
import { meanOf, type Reproduction, rounded } from "./reproduction.ts";

const seeds = 10;
const steps = 200;

export const gcn: Reproduction = {
  name: "gcn",
  about: `GCN on Cora, Planetoid split, ${steps} steps, mean of ${seeds} seeds`,
  metric: "test accuracy, %",
  published: 81.5,
  source:
    "Kipf and Welling 2017, Semi-Supervised Classification with Graph Convolutional Networks, table 2",
  bound: { least: 81 },
  async run(say) {
    const { features, edges, labels, classes, train, test } = await cora();
    const nodes = features.shape[0];
    const q = nn.normalizedAdjacency(nn.adjacencyMatrix(edges, nodes));
    const found: number[] = [];
    for (let from = 0; from < seeds; from++) {
      seed(from);
      const model = new GCN({ features: features.shape[1], classes });
      const optimizer = new Adam(model.parameters(), {
        lr: 0.01,
        groups: [{ parameters: model.first.parameters(), weightDecay: 5e-4 }],
      });
      const step = compile(() => {
        const loss = nn.labelledNodesLoss(model.forward(features, q), labels, train);
        optimizer.step(gradients(loss, model));
        return loss;
      });
      for (let i = 0; i < steps; i++) await step().item();
      model.eval();
      const choice = model.forward(features, q).argMax({ axis: 1 }).cast("i32");
      const right = choice.equal(labels).cast("f32").take(test).mean();
      found.push(100 * (await right.item()));
      say(`seed ${from}: ${(found.at(-1) as number).toFixed(1)} %`);
    }
    const mean = meanOf(found);
    const square = found.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const deviation = Math.sqrt(square / (seeds - 1));
    return { ours: rounded(mean), details: { deviation: rounded(deviation) } };
  },
};
