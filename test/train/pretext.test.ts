// The row RE-22: what examples without labels are good for. A network that has learnt where one patch
// lies seen from another knows features with which few labels go further than with those it began with;
// grey pictures say what their colours were; and a generative model takes them for what they are.

import { beforeEach, expect, test } from "vitest";
import { colouredImages, greyPairs, patchPairs } from "../../src/data/index.ts";
import { IndexError } from "../../src/ir/errors.ts";
import { leastSquares } from "../../src/linalg/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, eye, tensor, zeros } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { concat } from "../../src/tensor/functions.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn, uniform } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";
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

test("RE-22 from what is grey a network tells the colours that pictures had", async () => {
  // Stripes across are red, stripes down blue; how bright they are says nothing.
  const draw = (count: number): { images: Tensor; signs: Tensor } => {
    const [size, phase] = [8, uniform([count, 1, 1], { high: 2 * Math.PI })];
    const wave = arange(size, undefined, { dtype: "f32" }).mul(1.3).add(phase).sin(); // [count, 1, 8]
    const across = wave.swapAxes(1, 2).expand([count, size, size]);
    const down = wave.expand([count, size, size]);
    const isRed = uniform([count, 1, 1]).greater(0.5);
    const signs = isRed.cast("f32").mul(2).sub(1).reshape([count, 1, 1, 1]);
    const grey = across
      .where(isRed, down)
      .add(randn([count, size, size]).mul(0.2))
      .unsqueeze(1);
    const colours = concat([signs.neg(), signs], { axis: 1 }).expand([count, 2, size, size]);
    const images = colouredImages({ grey, colours });
    realizeSync([images, signs]);
    return { images, signs };
  };
  const model = nn.sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    nn.relu,
    new nn.Conv2d(8, 2, 3, { padding: 1 }),
  );
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const step = compile((images: Tensor) => {
    const { grey, colours } = greyPairs(images);
    const loss = nn.mseLoss(model.forward(grey), colours);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < 60; i++) step(draw(32).images);
  const { images, signs } = draw(200);
  const told = model.forward(greyPairs(images).grey).at(":", 1, "1:7", "1:7").unsqueeze(1);
  expect(await share(told.sign().equal(signs))).toBeGreaterThan(0.9); // ½ by chance
});

test("RE-22 examples without labels count by the likelihood of all labels that they might have", () => {
  const dtype = "f64";
  const joint = tensor(
    [
      [0.1, 0.3],
      [0.2, 0.05],
      [0.15, 0.2],
    ],
    { dtype },
  ).log();
  const labels = tensor([1, -1, 0], { dtype: "i32" });
  const each = nn.semiSupervisedNllLoss(joint, labels, { weight: 2, reduction: "none" });
  expectClose(
    each.dataSync(),
    [0.3, 0.25 ** 2, 0.15].map((p) => -Math.log(p)),
    1e-14,
  );
  const strange = tensor([1, 2, 0], { dtype: "i32" });
  expect(() => nn.semiSupervisedNllLoss(joint, strange).itemSync()).toThrow(IndexError);

  // Two normal classes of which each shows two examples: their means come nearer to the truth with 300
  // examples more that nobody has named.
  const truth = tensor(
    [
      [-1.5, 0],
      [1.5, 1],
    ],
    { dtype },
  );
  const y = tensor(
    Array.from({ length: 304 }, (_, i) => i % 2),
    { dtype: "i32" },
  );
  const x = truth.take(y).add(randn([304, 2], { dtype }));
  const named = y.where(arange(304).less(4), -1);
  const first = x.at(":4").reshape([2, 2, 2]).mean({ axis: 0 }); // of examples 0, 2 and 1, 3
  const means = new Parameter(first);
  const optimizer = new Adam([means], { lr: 0.05 });
  const step = compile(() => {
    const away = x.unsqueeze(1).sub(means).square().sum({ axis: 2 }); // [304, 2]
    const logJoint = away.div(-2).sub(Math.log(2 * 2 * Math.PI));
    optimizer.step(gradients(nn.semiSupervisedNllLoss(logJoint, named), [means]));
  });
  for (let i = 0; i < 120; i++) step();
  const error = (m: Tensor): number => m.sub(truth).norm().itemSync();
  expect(error(means)).toBeLessThan(error(first) / 2);
  expect(error(means)).toBeLessThan(0.25);
});
