// The row RE-22: a network that has learnt, from pictures without labels, where one patch lies seen from
// another knows features with which few labels go further than with those it began with.

import { beforeEach, expect, test } from "vitest";
import { patchPairs } from "../../src/data/index.ts";
import { leastSquares } from "../../src/linalg/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, eye, zeros } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { concat } from "../../src/tensor/functions.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn, uniform } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("native") ? "native" : "wasm");
  seed(22);
});

const [side, width] = [4, 8]; // of a patch in pixels, and features of it

/** Hills under noise, [count, 12, 12], and in which quarter the top is. */
function hills(count: number): { images: Tensor; quarter: Tensor } {
  const size = 3 * side;
  const places = arange(0, size, { dtype: "f32" }).sub((size - 1) / 2);
  const top = uniform([count, 2], { low: -side, high: side });
  const [down, right] = [top.at(":", 0), top.at(":", 1)];
  const y = places.unsqueeze(1).sub(down.reshape([count, 1, 1])); // [count, 12, 1]
  const x = places.sub(right.reshape([count, 1, 1])); // [count, 1, 12]
  const height = y.square().add(x.square()).mul(-0.06).exp().mul(2); // [count, 12, 12]
  const images = height.add(randn([count, size, size]).mul(0.75));
  const quarter = down.greater(0).cast("i32").mul(2).add(right.greater(0).cast("i32"));
  realizeSync([images, quarter]);
  return { images, quarter };
}

/** Where a patch lies, seen from another: logits of the eight places. */
class PlaceTeller extends nn.Module {
  readonly encoder = nn.sequential(nn.flatten, new nn.Linear(side * side, width), nn.tanh);
  readonly head = nn.sequential(new nn.Linear(2 * width, 32), nn.relu, new nn.Linear(32, 8));

  forward(middle: Tensor, neighbour: Tensor): Tensor {
    const both = [middle, neighbour].map((patch) => this.encoder.forward(patch));
    return this.head.forward(concat(both, { axis: 1 }));
  }

  /** The features of all nine patches: [count, 9 · width]. */
  describe(images: Tensor): Tensor {
    const count = images.shape[0] as number;
    const patches = images.reshape([count, 3, side, 3, side]).permute([0, 1, 3, 2, 4]);
    return this.encoder.forward(patches.reshape([-1, side, side])).reshape([count, 9 * width]);
  }
}

const share = (right: Tensor): Promise<number> => right.cast("f32").mean().item();

test("RE-22 told where patches lie above chance, features make more of twenty labels", async () => {
  const [labelled, unseen, unlabelled] = [hills(20), hills(500), hills(2000)];
  const model = new PlaceTeller();

  /** The share of unseen hills whose quarter a ridge regression on the features names. */
  const learntFromFew = async (): Promise<number> => {
    const size = 9 * width;
    const x = concat([model.describe(labelled.images), eye(size)]);
    const y = concat([labelled.quarter.oneHot(4).cast("f32"), zeros([size, 4])]);
    const w = (await leastSquares(x, y)).cast("f32");
    const named = model.describe(unseen.images).matmul(w).argMax({ axis: 1 });
    return share(named.equal(unseen.quarter));
  };
  const before = await learntFromFew();

  const optimizer = new Adam(model.parameters(), { lr: 1e-2 });
  const tell = (images: Tensor): { logits: Tensor; position: Tensor } => {
    const { middle, neighbour, position } = patchPairs(images);
    return { logits: model.forward(middle, neighbour), position };
  };
  const step = compile((images: Tensor) => {
    const { logits, position } = tell(images);
    const loss = nn.crossEntropy(logits, position);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < 100; i++) {
    const from = (i % 8) * 250;
    step(unlabelled.images.at(`${from}:${from + 250}`));
  }
  const { logits, position } = tell(unseen.images);
  expect(await share(logits.argMax({ axis: 1 }).equal(position))).toBeGreaterThan(0.25); // 1/8 by chance
  expect(await learntFromFew()).toBeGreaterThan(before + 0.1);
});
