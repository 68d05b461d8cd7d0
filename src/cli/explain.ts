// hebb explain: the kernels of a program, what each costs on paper, and how long it took.

import { compile, type ExplainedProgram, randn } from "../index.ts";
import { fit } from "../train/index.ts";
import { integer, readArguments, text } from "./arguments.ts";
import type { Definition } from "./bench/definition.ts";
import { makeWorkload } from "./bench/steps.ts";
import { workloads } from "./bench/workloads.ts";
import { completeConfig } from "./config.ts";
import { buildExperiment } from "./experiment.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import { textTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";

/** Steps to run before and while the time is taken. */
const steps = 20;

export async function explainCommand(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const args = readArguments(words, { ...deviceOptions, roofline: { type: "boolean" } }, 1);
  const name = args.positionals[0] ?? "digits";
  const known = ["digits", ...workloads.keys()];
  if (!known.includes(name)) {
    throw new UsageError(
      `there is no program "${name}"${nearest(name, known) || `; there are ${known.join(", ")}`}`,
    );
  }
  const device = await setUpDevice(text(args, "device"), integer(args, "threads", { min: 1 }));
  terminal.say(`device ${device}`);
  const program = name === "digits" ? await trainingProgram() : await workloadProgram(name);
  if (program === undefined) throw new UsageError(`${name} is not one compiled program`);
  const limits = args.values.roofline === true ? await measureLimits() : undefined;
  show(program, limits, terminal);
  return 0;
}

async function trainingProgram(): Promise<ExplainedProgram | undefined> {
  const config = completeConfig(
    { data: { source: "generated", train: 128 * steps, test: 1 }, epochs: 1 },
    "explain",
  );
  const { model, train: data, example, loss, metrics, optimizer } = await buildExperiment(config);
  const run = fit(model, {
    data,
    ...(example && { example }),
    loss,
    metrics,
    optimizer,
    epochs: 1,
  });
  await run.finished();
  return run.explain();
}

async function workloadProgram(name: string): Promise<ExplainedProgram | undefined> {
  const workload = makeWorkload(workloads.get(name) as Definition);
  for (let i = 0; i < steps; i++) await workload.step();
  return workload.explain();
}

interface Limits {
  /** Operations and bytes a millisecond. */
  readonly flops: number;
  readonly bytes: number;
}

/** What the machine can do at best: a large matrix product, and reading more than fits in a cache. */
async function measureLimits(): Promise<Limits> {
  const [a, b] = [randn([1024, 1024]), randn([1024, 1024])];
  const product = compile((x: typeof a, y: typeof a) => x.matmul(y));
  const large = randn([1 << 24]);
  const total = compile((x: typeof a) => x.sum());
  return {
    flops: (2 * 1024 ** 3) / (await fastest(() => product(a, b).at(0, 0).item())),
    bytes: (4 * 2 ** 24) / (await fastest(() => total(large).item())),
  };
}

async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function show(program: ExplainedProgram, limits: Limits | undefined, terminal: Terminal): void {
  const times = program.steps.map(({ time }) =>
    time && time.runs > 0 ? time.ms / time.runs : undefined,
  );
  const total = times.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const head = ["kernel", "MFLOP", "MB", "ms", "time", ...(limits ? ["of limit"] : [])];
  const rows = program.steps.map(({ label, work }, i) => {
    const ms = times[i];
    const least = limits && Math.max(work.flops / limits.flops, work.bytes / limits.bytes);
    return [
      label,
      (work.flops / 1e6).toFixed(2),
      (work.bytes / 1e6).toFixed(2),
      ms === undefined ? "–" : ms.toFixed(3),
      ms === undefined ? "–" : `${((100 * ms) / total).toFixed(1)} %`,
      ...(limits ? [ms && least ? `${Math.round((100 * least) / ms)} %` : "–"] : []),
    ];
  });
  const flops = program.steps.reduce((sum, { work }) => sum + work.flops, 0);
  const bytes = program.steps.reduce((sum, { work }) => sum + work.bytes, 0);
  for (const line of textTable([head, ...rows])) terminal.say(line);
  terminal.say(
    `${program.kernelCount} kernels in ${program.steps.length} steps · ${(flops / 1e6).toFixed(1)} MFLOP · ` +
      `${(bytes / 1e6).toFixed(1)} MB · ${total.toFixed(2)} ms · compiled in ${program.compileMs.toFixed(0)} ms`,
  );
  if (limits) {
    terminal.say(
      `limits measured here: ${(limits.flops / 1e6).toFixed(0)} GFLOP/s, ${(limits.bytes / 1e6).toFixed(1)} GB/s from memory; more than 100 % is out of a cache`,
    );
  }
  terminal.tell({
    type: "program",
    device: program.device,
    kernels: program.kernelCount,
    compileMs: program.compileMs,
    ...(limits && { limits: { gflops: limits.flops / 1e6, gigabytes: limits.bytes / 1e6 } }),
    steps: program.steps.map(({ label, work, time }) => ({
      label,
      ...work,
      ms: time?.ms,
      runs: time?.runs,
    })),
  });
}
