import { expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam, clipByNorm, cosineAnnealing } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

test("the tour", async () => {
  const model = nn.sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    nn.relu,
    new nn.MaxPool2d(2),
    nn.flatten,
    new nn.Linear(4 * 4 * 4, 10),
  );
  console.log(model.summary({ input: [1, 1, 8, 8] }));
  const optimizer = new Adam(model.parameters(), { lr: cosineAnnealing(1e-2, { steps: 2000 }) });
  const step = compile((images: Tensor, labels: Tensor) => {
    const x = images.cast("f32").div(255).unsqueeze(1);
    const loss = nn.crossEntropy(model.forward(x), labels);
    optimizer.step(clipByNorm(gradients(loss, model), 1));
    return loss;
  });
  const images = rand([6, 8, 8]).mul(255).cast("u8");
  const labels = tensor(new Uint8Array([0, 1, 2, 3, 4, 9]), { shape: [6] });
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) losses.push(await step(images, labels).item());
  console.log(losses.join(" "), step.traceCount, step.kernelCount);
  expect(losses[19]).toBeLessThan(losses[0] as number);
});
