import { expect, test } from "vitest";
import * as nn from "hebb/nn";
import { Adam } from "hebb/optim";
import { seed, tensor } from "hebb";
import { loader } from "hebb/data";
import { accuracy, fit } from "hebb/train";

test("a run", async () => {
  seed(3);
  const model = nn.sequential(new nn.Linear(2, 8), nn.tanh, new nn.Linear(8, 2));
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
  const y = tensor([0, 1, 1, 0], { dtype: "u8" });
  const run = fit(model, {
    data: loader({ x, y }, { batchSize: 3, shuffle: true }),
    validation: loader({ x, y }),
    loss: nn.crossEntropy,
    optimizer,
    metrics: { accuracy },
    epochs: 60,
  });
  const t = performance.now();
  const history = await run.finished();
  console.log(performance.now() - t, history.epochs.at(-1), history.ending);
  expect(history.epochs.at(-1)?.validation?.accuracy).toBe(1);
});
