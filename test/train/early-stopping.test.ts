// Early stopping: RE-09.

import { beforeEach, expect, test } from "vitest";
import { loader } from "../../src/data/index.ts";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { ones, zeros } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { earlyStopping, fit } from "../../src/train/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice("reference");
});

test("RE-09 early stopping ends p epochs after the best one and gives back the weights that were best", async () => {
  // The validation loss is (w − 3)², and each epoch moves w by one: best after three.
  const model = new nn.Linear(1, 1, { bias: false });
  model.weight.assign(0);
  const data = loader({ x: ones([4, 1]), y: zeros([4, 1]) }, { batchSize: 4 });
  const validation = loader({ x: ones([4, 1]), y: zeros([4, 1]).add(3) }, { batchSize: 4 });
  const seen: number[] = [];
  const end = fit(model, {
    data,
    validation,
    // While training it grows by one a step; what is watched is its distance from 3.
    loss: (output: Tensor, target: Tensor) =>
      model.training ? output.sum().div(-4) : nn.mseLoss(output, target),
    optimizer: new SGD(model, { lr: 1 }),
    epochs: 50,
    callbacks: [earlyStopping({ patience: 4, restoreBest: true })],
  });
  for await (const event of end) {
    if (event.type === "epoch") seen.push(event.validation!.loss!);
  }
  expect(seen).toEqual([4, 1, 0, 1, 4, 9, 16]);
  const history = await end.finished();
  expect(history.ending).toBe("stopped");
  expect(model.weight.arraySync()).toEqual([[3]]);
});
