// A short training run on the device that is chosen, and what it took: for tests of the kernel cache.
// Arguments: "train"; or "clear", which removes the cache in the middle and goes on.

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { defaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations, type NativeDevice } from "../../src/device/native.ts";
import { commit, Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

// Few and small kernels: every test that finds no cache builds them all.
const [scene] = process.argv.slice(2) as [string];
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i));
const w = new Parameter(tensor(numbers(6)));
const x = tensor(numbers(240)).reshape([40, 6]);
const y = tensor(numbers(40));
const step = compile((input: Tensor, target: Tensor) => {
  const loss = input.mul(w).sum({ axis: -1 }).tanh().sub(target).square().mean();
  const [g] = gradients(loss, [w]) as [Tensor];
  commit([w], [w.sub(g.mul(0.1))]);
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
note(w);
// A program that is new only now.
note(y.mul(0.5).exp());

const device = defaultDevice();
const native = device.name === "native" ? (device as NativeDevice) : undefined;
console.log(
  JSON.stringify({
    device: device.name,
    digest: hash.digest("hex"),
    builds: compilerInvocations(),
    folder: native?.folder.path ?? null,
    temporary: native?.folder.temporary ?? null,
  }),
);
