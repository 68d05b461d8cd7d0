import { test } from "vitest";
import * as H from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
const { compile, gradients, randn, tensor } = H as any;
const N = nn as any, O = optim as any;
async function bench(name: string, step: any, args: any[]) {
  const t0 = performance.now();
  await step(...args).item(); const t1 = performance.now(); await step(...args).item();
  const times: number[] = []; const s = performance.now();
  while (performance.now() - s < 1500) { const t = performance.now(); await step(...args).item(); times.push(performance.now() - t); }
  times.sort((a, b) => a - b);
  console.log(name, "first", (t1 - t0).toFixed(0), "median", times[times.length >> 1]!.toFixed(3), "min", times[0]!.toFixed(3), "loss", await step(...args).item());
  const e = step.explain?.(...args); if (e) { const x = e.then ? await e : e; console.log(JSON.stringify(x, (k, v) => k === "source" || typeof v === "function" ? undefined : v).slice(0, 4000)); }
}
test("mlp", async () => {
  const model = N.sequential(new N.Linear(784, 512), N.relu, new N.Linear(512, 256), N.relu, new N.Linear(256, 10));
  const opt = new O.Adam(model.parameters(), { lr: 1e-3 });
  const step = compile((x: any, y: any) => { const loss = N.crossEntropy(model.forward(x), y); opt.step(gradients(loss, model)); return loss; });
  const y = tensor(new Int32Array(128).map((_, i) => i % 10), { shape: [128] });
  await bench("mlp", step, [randn([128, 784]), y]);
}, 60000);
test("cnn", async () => {
  const model = N.sequential(new N.Conv2d(1, 32, 3, { padding: 1 }), N.relu, new N.MaxPool2d(2), new N.Conv2d(32, 64, 3, { padding: 1 }), N.relu, new N.MaxPool2d(2), N.flatten, new N.Linear(3136, 128), N.relu, new N.Linear(128, 10));
  const opt = new O.Adam(model.parameters(), { lr: 1e-3 });
  const step = compile((x: any, y: any) => { const loss = N.crossEntropy(model.forward(x), y); opt.step(gradients(loss, model)); return loss; });
  const y = tensor(new Int32Array(64).map((_, i) => i % 10), { shape: [64] });
  await bench("cnn", step, [randn([64, 1, 28, 28]), y]);
}, 60000);
