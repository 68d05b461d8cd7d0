// hebb bench: the reference workloads of bench/WORKLOADS.md, one line of JSON each, in the form that
// the peers print. The figure is the median of whole steps, the result read back, after two of
// warm-up and over at least two seconds.

import { listDevices } from "../index.ts";
import { integer, readArguments, text } from "./arguments.ts";
import { type Workload, workloads } from "./bench-workloads.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import type { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";

/** Fewest steps that are counted, however long they take. */
const fewest = 5;

export async function benchCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(
    words,
    { ...deviceOptions, seconds: { type: "string" } },
    Number.POSITIVE_INFINITY,
  );
  const known = Object.keys(workloads);
  const names = args.positionals.length > 0 ? args.positionals : known;
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UsageError(
      `there is no workload "${name}"${nearest(name, known) || `; there are ${known.join(", ")}`}`,
    );
  }
  const seconds = integer(args, "seconds") ?? 2;
  const threads = integer(args, "threads", { min: 1 });
  const description = await setUpDevice(text(args, "device"), threads);
  const device = text(args, "device") ?? listDevices().find((d) => d.isDefault)?.name ?? "auto";
  const used = Number(/(\d+) threads?/.exec(description)?.[1] ?? 1);
  for (const name of names) {
    const workload = (workloads[name] as () => Workload)();
    const ms = await medianTime(workload, seconds);
    const line = {
      peer: `hebb-${device}`,
      threads: used,
      workload: name,
      ms: Number(ms.toPrecision(4)),
    };
    // JSON is the only form here: peers are compared line by line.
    if (terminal.json) terminal.tell(line);
    else terminal.say(JSON.stringify(line));
  }
  return 0;
}

async function medianTime({ step }: Workload, seconds: number): Promise<number> {
  for (let i = 0; i < 2; i++) await step();
  const times: number[] = [];
  const begun = performance.now();
  while (times.length < fewest || performance.now() - begun < 1000 * seconds) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  const [low, high] = [times[times.length % 2 === 1 ? middle : middle - 1], times[middle]];
  return ((low as number) + (high as number)) / 2;
}
