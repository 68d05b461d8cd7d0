// Processes and worker threads that use the library while others do, end in the middle of a step, or
// are interrupted. Arguments: scene, device.

import { createHash } from "node:crypto";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { Linear, mseLoss, ReLU, sequential } from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { withCancellation } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const [scene, device] = (isMainThread ? process.argv.slice(2) : workerData) as [string, string];
setDefaultDevice(device);

const say = (value: unknown): void => console.log(JSON.stringify(value));

function trainer(): { step: () => Tensor; digest: () => string } {
  seed(9);
  const model = sequential(new Linear(64, 128), new ReLU(), new Linear(128, 8));
  const optimizer = new Adam(model, { lr: 1e-3 });
  const x = randn([256, 64]).mul(1);
  const y = randn([256, 8]).mul(1);
  const compiled = compile((input: Tensor, target: Tensor) => {
    const loss = mseLoss(model.forward(input), target);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  const digest = (): string => {
    const hash = createHash("sha256");
    for (const value of Object.values(model.stateDict())) {
      hash.update(new Uint8Array((value as Tensor).dataSync().buffer as ArrayBuffer));
    }
    return hash.digest("hex");
  };
  return { step: () => compiled(x, y), digest };
}

function train(): string {
  const { step, digest } = trainer();
  for (let i = 0; i < 60; i++) step().itemSync();
  return digest();
}

/** Some seconds in one program. */
function long(): Tensor {
  const start = tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64));
  const body = (c: Tensor): [Tensor, null] => [c.mul(1.0001).sin().add(0.1), null];
  return (scan(body, start, { length: 40_000_000 }) as readonly [Tensor, null])[0];
}

const startWorker = (): { ended: Promise<unknown>; worker: Worker } => {
  const worker = new Worker(process.argv[1] as string, { workerData: ["worker", device] });
  const ended = new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { ended, worker };
};

const scenes: Record<string, () => void | Promise<void>> = {
  worker: () => parentPort?.postMessage(train()),
  "at once": async () => {
    const workers = [startWorker(), startWorker()];
    const mine = train();
    const theirs = await Promise.all(workers.map(({ ended }) => ended));
    // A worker that is ended in the middle leaves the others working.
    const third = startWorker();
    third.ended.catch(() => {});
    await new Promise((resolve) => third.worker.once("online", resolve));
    await third.worker.terminate();
    say({ mine, theirs, after: train() });
  },
  "exit in a step": async () => {
    setTimeout(() => process.exit(7), 50);
    await long().data();
    say("not reached");
  },
  "exit between steps": () => {
    const { step } = trainer();
    for (let i = 0; i < 20; i++) step();
    process.exit(8);
  },
  "ends by itself": () => {
    const { step } = trainer();
    for (let i = 0; i < 20; i++) step();
  },
  "interrupt a program": async () => {
    const control = new AbortController();
    let heard = 0;
    process.once("SIGINT", () => {
      heard = performance.now();
      control.abort(new Error("interrupted"));
    });
    // What makes the parent send the signal: the program is under way and the event loop turns.
    setTimeout(() => say("ready"), 100);
    try {
      await withCancellation(control.signal, () => long().data());
      say({ stopped: "not" });
    } catch (error) {
      const ms = performance.now() - heard;
      say({ stopped: (error as Error).message, ms, after: train() });
    }
  },
  "interrupt a loop": async () => {
    const { step } = trainer();
    let interrupted = false;
    process.once("SIGINT", () => {
      interrupted = true;
    });
    await step().item();
    say("ready");
    let steps = 0;
    while (!interrupted && steps < 1e6) {
      await step().item();
      steps++;
    }
    say({ interrupted });
  },
  "killed by default": async () => {
    setTimeout(() => say("ready"), 100);
    await long().data();
  },
};

await scenes[scene]?.();
