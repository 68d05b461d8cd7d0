// A short training run on the device that is chosen, and what it took: for tests of the kernel cache.
// Arguments: "train"; or "clear", which removes the cache in the middle and goes on.

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { defaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations, type NativeDevice } from "../../src/device/native.ts";
import { Linear, mseLoss, Sigmoid, sequential } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const [scene] = process.argv.slice(2) as [string];
seed(5);
const model = sequential(new Linear(6, 16), new Sigmoid(), new Linear(16, 2));
const optimizer = new SGD(model, { lr: 0.1, momentum: 0.9 });
const x = randn([40, 6]).mul(1);
const y = randn([40, 2]).mul(1);
const step = compile((input: Tensor, target: Tensor) => {
  const loss = mseLoss(model.forward(input), target);
  optimizer.step(gradients(loss, model));
  return loss;
});

const hash = createHash("sha256");
const note = (t: Tensor): void => {
  hash.update(new Uint8Array(t.dataSync().buffer as ArrayBuffer));
};
for (let i = 0; i < 20; i++) {
  note(step(x, y));
  if (i === 10 && scene === "clear") {
    rmSync(process.env.HEBB_CACHE as string, { recursive: true, force: true });
  }
}
for (const value of Object.values(model.stateDict())) note(value as Tensor);
// A program that is new only now.
note(
  x
    .mul(0.5)
    .tanh()
    .matmul(randn([6, 7]))
    .exp()
    .sum(),
);

const device = defaultDevice();
const native = device.name === "native" ? (device as NativeDevice) : undefined;
console.log(
  JSON.stringify({
    device: device.name,
    digest: hash.digest("hex"),
    builds: compilerInvocations(),
    folder: native?.folder.path,
    temporary: native?.folder.temporary,
  }),
);
