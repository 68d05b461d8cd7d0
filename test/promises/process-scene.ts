// Processes and worker threads that use the library while others do, end in the middle of a step, or
// are interrupted. Arguments: scene, device.

import { createHash } from "node:crypto";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { Linear, mseLoss, ReLU, sequential } from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { State } from "../../src/tensor/cell.ts";
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

function turns(x: Tensor, length: number): Tensor {
  const body = (c: Tensor): [Tensor, null] => [c.mul(1.0001).sin().add(0.1), null];
  return (scan(body, x, { length }) as readonly [Tensor, null])[0];
}

/** Some seconds in one program. */
const long = (): Tensor =>
  turns(tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64)), 40_000_000);

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
  "exit in a compiled step": async () => {
    setTimeout(() => process.exit(7), 50);
    await compile(long)().data();
    say("not reached");
  },
  "exit at once after a long call": () => {
    compile(long)();
    process.exit(9);
  },
  "a long call that nobody waits for": () => {
    const cell = new State(tensor(0));
    const step = compile((x: Tensor) => {
      cell.assign(turns(x, 3_000_000).sum());
    });
    step(tensor(new Float32Array(64)));
    process.once("exit", () => say(cell.itemSync() > 0));
  },
  "in a long call": () => {
    const step = compile(long);
    step();
    parentPort?.postMessage("started");
    // The worker stays for its result.
  },
  "worker ended in a long call": async () => {
    const inCall = (): { started: Promise<unknown>; worker: Worker } => {
      const worker = new Worker(process.argv[1] as string, {
        workerData: ["in a long call", device],
      });
      return { worker, started: new Promise((resolve) => worker.once("message", resolve)) };
    };
    const [a, b] = [inCall(), inCall()];
    await Promise.all([a.started, b.started]);
    const codes = await Promise.all([a.worker.terminate(), b.worker.terminate()]);
    say({ codes, after: train() });
  },
  "collected while it runs": async () => {
    const collect = (globalThis as { gc?: () => void }).gc as () => void;
    const step = compile((x: Tensor) => turns(x.mul(2), 500).add(x));
    const call = (): Promise<unknown> => {
      const x = tensor(new Float32Array(1 << 16).fill(3)).mul(1);
      return step(x).sum().item();
    };
    const answers: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      let ended = false;
      const answer = call().finally(() => {
        ended = true;
      });
      while (!ended) {
        collect();
        // Takes the place of what was collected.
        new Float32Array(1 << 16).fill(Number.NaN);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      answers.push(await answer);
    }
    say(answers);
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
