// A process or worker thread of its own around the launcher, for tests of what several of them do to
// each other. The first argument names the scene; results go to the parent or to standard output.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import {
  affineKernel,
  arena,
  floatsIn,
  input,
  job,
  launch,
  nativeBench,
  output,
  program,
  storageOf,
} from "./native-program.ts";

const scene: string = isMainThread ? (process.argv[2] as string) : workerData;
const say = (value: unknown): void => {
  if (parentPort) parentPort.postMessage(value);
  else console.log(JSON.stringify(value));
};
const bench = nativeBench();
if ("reason" in bench) throw new Error(bench.reason);
const { launcher, load } = bench;
process.once("exit", () => launcher.stop(isMainThread));

/** Many launches over an array long enough for the pool; x → 2x + 1, in turns between two places. */
function busy(rounds: number): { run(): number[]; later(): Promise<unknown> } {
  const n = 1 << 14;
  const block = { ints: [256], floats: [0.5, 1], units: n / 256 };
  const work = { flops: 2 * n, bytes: 8 * n };
  const p = program(
    [affineKernel()],
    [
      launch([job(0, [input(0), arena()], block)], work),
      {
        kind: "loop",
        count: rounds,
        steps: [
          launch([job(0, [arena(), output(0)], block)], work),
          launch([job(0, [output(0), arena()], block)], work),
        ],
      },
      launch([job(0, [arena(), output(0)], block)], work),
    ],
    { arenaBytes: 4 * n },
  );
  const e = load(p, { inputs: [4 * n], outputs: [4 * n], constants: 0 }, { threads: 3 });
  const x = storageOf(Float32Array.from({ length: n }, (_, i) => i));
  const y = storageOf(new Float32Array(n));
  return {
    run: () => {
      e.run([x], [y], []);
      return [...floatsIn(y).subarray(0, 5)];
    },
    later: async () => {
      await e.start?.([x], [y], []).ended;
      return [...floatsIn(y).subarray(0, 5)];
    },
  };
}

if (scene === "many") {
  const { run } = busy(20);
  const first = run();
  let same = true;
  for (let i = 0; i < 200; i++) if (String(run()) !== String(first)) same = false;
  say({ first, same });
} else if (scene === "exit while running") {
  void busy(1e9).later();
  setTimeout(() => {
    say("leaving");
    process.exit(7);
  }, 100);
} else if (scene === "worker is busy") {
  say("started");
  busy(1e9).run();
} else if (scene === "load") {
  say(busy(2).run());
} else if (scene === "exit while a worker is busy") {
  const worker = new Worker(process.argv[1] as string, { workerData: "worker is busy" });
  worker.once("message", () => setTimeout(() => process.exit(5), 100));
}
