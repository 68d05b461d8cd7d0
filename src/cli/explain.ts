// hebb explain: the kernels of a program, what each costs on paper, and how long it took.

import { type ExplainedProgram, type ExplainedStep, roofline, rooflineLines } from "../index.ts";
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

/** Steps to run while the time is taken, and before. */
const steps = 20;
const warmUp = 5;

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
  const held = args.values.roofline === true ? roofline(program) : undefined;
  for (const line of held ? rooflineLines(held) : tableOf(program)) terminal.say(line);
  terminal.say(summaryOf(program));
  terminal.tell({ type: "program", ...dataOf(program), ...(held && { roofline: held }) });
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
  for (let i = 0; i < warmUp; i++) await workload.step();
  const cold = workload.explain();
  for (let i = 0; i < steps; i++) await workload.step();
  const program = workload.explain();
  return program && cold && since(cold, program);
}

/** A program with the times of its later runs only. */
function since(before: ExplainedProgram, program: ExplainedProgram): ExplainedProgram {
  const steps = program.steps.map((step, i): ExplainedStep => {
    const old = before.steps[i]?.time;
    const { time } = step;
    if (time === undefined || old === undefined) return step;
    return { ...step, time: { ms: time.ms - old.ms, runs: time.runs - old.runs } };
  });
  return { ...program, steps };
}

/** Milliseconds of all times in a run; undefined where they are not measured. */
const msOf = ({ time, times }: ExplainedStep): number | undefined =>
  time && time.runs > 0 ? (times * time.ms) / time.runs : undefined;

const sumOver = ({ steps }: ExplainedProgram, value: (step: ExplainedStep) => number): number =>
  steps.reduce((sum, step) => sum + value(step), 0);

function tableOf(program: ExplainedProgram): string[] {
  const total = sumOver(program, (step) => msOf(step) ?? 0);
  const rows = program.steps.map((step) => {
    const { label, work, times } = step;
    const ms = msOf(step);
    return [
      label,
      ((times * work.flops) / 1e6).toFixed(2),
      ((times * work.bytes) / 1e6).toFixed(2),
      ms === undefined ? "–" : ms.toFixed(3),
      ms === undefined ? "–" : `${((100 * ms) / total).toFixed(1)} %`,
    ];
  });
  return textTable([["kernel", "MFLOP", "MB", "ms", "time"], ...rows]);
}

function summaryOf(program: ExplainedProgram): string {
  const flops = sumOver(program, ({ work, times }) => times * work.flops);
  const bytes = sumOver(program, ({ work, times }) => times * work.bytes);
  const ms = sumOver(program, (step) => msOf(step) ?? 0);
  return (
    `${program.kernelCount} kernels in ${program.steps.length} steps · ${(flops / 1e6).toFixed(1)} MFLOP · ` +
    `${(bytes / 1e6).toFixed(1)} MB · ${ms.toFixed(2)} ms · compiled in ${program.compileMs.toFixed(0)} ms`
  );
}

/** The program without the sources of its kernels. */
const dataOf = ({ device, kernelCount, compileMs, steps }: ExplainedProgram): object => ({
  device,
  kernels: kernelCount,
  compileMs,
  steps: steps.map(({ label, work, times, time }) => ({
    label,
    times,
    ...work,
    ms: time?.ms,
    runs: time?.runs,
  })),
});
