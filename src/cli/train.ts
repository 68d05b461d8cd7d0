// hebb train: a run from a preset, a configuration or a module, in a folder of its own, that can be
// stopped and gone on with at any moment.

import { existsSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import process from "node:process";
import { save } from "../io/index.ts";
import { fit, type History, logMetrics, saveCheckpoints } from "../train/index.ts";
import { type Arguments, integer, type Options, readArguments, text } from "./arguments.ts";
import { completeConfig, configSchema, parseConfig, type TrainConfig } from "./config.ts";
import { buildExperiment, type Experiment } from "./experiment.ts";
import { interruptible } from "./interrupt.ts";
import { measures, Progress } from "./progress.ts";
import { renderReport } from "./report.ts";
import {
  type Answers,
  answer,
  filtersOf,
  historyOf,
  kernelsOf,
  parametersOf,
  sizeOfModel,
} from "./report-fill.ts";
import { findRun, newRunFolder, runFiles, writeRunFile } from "./run-folder.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import { grouped, type Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

export const trainOptions: Options = {
  ...deviceOptions,
  seed: { type: "string" },
  epochs: { type: "string" },
  resume: { type: "string" },
  out: { type: "string" },
};

/** What a run left behind. */
export interface Trained {
  readonly folder: string;
  readonly report: string | undefined;
  readonly answers: Answers | undefined;
  /** The exit code that it deserves. */
  readonly code: number;
}

/** hebb train [preset | config.json | model.mjs] */
export async function trainCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(words, trainOptions, 1);
  return (await train(args, terminal)).code;
}

export async function train(args: Arguments, terminal: Terminal): Promise<Trained> {
  const { config, folder: resumed } = configOf(args);
  const device = await setUpDevice(config.device, config.threads);
  const experiment = await buildExperiment(config);
  const folder = resumed ?? newRunFolder(experiment.name, { out: text(args, "out") });
  const complete = { ...config, epochs: experiment.epochs };
  writeRunFile(folder, runFiles.config, `${JSON.stringify(complete, null, 2)}\n`);
  terminal.say(`device ${device}`);
  terminal.say(
    `${experiment.name}: ${experiment.origin} · ${grouped(sizeOfModel(experiment.model))} weights · ${folder}`,
  );
  terminal.tell({ type: "start", device, origin: experiment.origin, folder, config: complete });
  const began = performance.now();
  const { history, kernels, signal } = await runTraining(experiment, complete, {
    folder,
    resume: resumed !== undefined,
    terminal,
  });
  const seconds = (performance.now() - began) / 1000;
  await save(join(folder, runFiles.model), experiment.model);
  if (signal !== undefined) {
    terminal.say(
      `stopped and saved after ${history.steps} steps · go on with: hebb train --resume ${folder}`,
    );
    terminal.tell({ type: "stopped", steps: history.steps, folder });
    return { folder, report: undefined, answers: undefined, code: signal === "SIGINT" ? 130 : 143 };
  }
  if (history.reason !== undefined) terminal.say(`stopped: ${history.reason}`);
  const answers = await answer(experiment);
  const report = join(folder, runFiles.report);
  writeRunFile(
    folder,
    runFiles.report,
    renderReport({
      title: experiment.name,
      device,
      dataset: experiment.origin,
      date: new Date().toISOString(),
      seconds,
      config: settings(complete),
      parameters: parametersOf(experiment.model),
      history: historyOf(readFileSync(join(folder, runFiles.metrics), "utf8")),
      ...present(
        "test",
        answers && { accuracy: answers.accuracy, loss: answers.loss, examples: answers.examples },
      ),
      ...present("confusion", answers?.confusion),
      ...present("firstLayer", await filtersOf(experiment.model)),
      ...present("mistakes", answers?.mistakes),
      ...present("kernels", kernels),
      versions: [
        { name: "hebb", value: version() },
        { name: "node", value: process.version },
      ],
    }),
  );
  const last = history.epochs.at(-1);
  const outcome =
    answers !== undefined
      ? `test accuracy ${answers.accuracy.toFixed(4)}`
      : last === undefined
        ? "no epoch was trained"
        : measures(last.validation ?? { loss: last.loss, ...last.metrics });
  terminal.say(`${outcome} · ${seconds.toFixed(1)} s · report ${report}`);
  terminal.tell({
    type: "result",
    accuracy: answers?.accuracy,
    loss: answers?.loss ?? last?.loss,
    steps: history.steps,
    seconds,
    folder,
    report,
    model: join(folder, runFiles.model),
  });
  return { folder, report, answers, code: 0 };
}

async function runTraining(
  experiment: Experiment,
  { checkpointEvery }: TrainConfig,
  { folder, resume, terminal }: { folder: string; resume: boolean; terminal: Terminal },
): Promise<{
  history: History;
  kernels: ReturnType<typeof kernelsOf>;
  signal: NodeJS.Signals | undefined;
}> {
  const { model, train: data, test, example, loss, metrics, optimizer, clip, epochs } = experiment;
  return interruptible(terminal, async (abort, heard) => {
    const run = fit(model, {
      data,
      ...present("validation", test),
      ...present("example", example),
      ...present("clip", clip),
      loss,
      metrics,
      optimizer,
      epochs,
      callbacks: [logMetrics(folder), saveCheckpoints(folder, { every: checkpointEvery, resume })],
      signal: abort,
    });
    const progress = new Progress(terminal, { epochs, count: data.count, unit: experiment.unit });
    for await (const event of run) progress.show(event);
    return { history: await run.finished(), kernels: kernelsOf(run.explain()), signal: heard() };
  });
}

/** The configuration that the words ask for; with --resume also the run's folder. */
function configOf(args: Arguments): { config: TrainConfig; folder: string | undefined } {
  const resume = text(args, "resume");
  const given = {
    device: text(args, "device"),
    threads: integer(args, "threads", { min: 1 }),
    seed: integer(args, "seed"),
    epochs: integer(args, "epochs"),
  };
  const changes = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  const [target] = args.positionals;
  if (resume !== undefined) {
    if (target !== undefined || given.seed !== undefined || text(args, "out") !== undefined) {
      throw new UsageError(
        "--resume goes on with a run as it was: no preset, --seed or --out with it",
      );
    }
    const { folder, config } = findRun(resume);
    return { folder, config: completeConfig({ ...config, ...changes }, folder) };
  }
  return {
    folder: undefined,
    config: completeConfig({ ...targetConfig(target ?? "digits"), ...changes }, target ?? "digits"),
  };
}

/** The configuration that a preset's name, a JSON file or a module stands for. */
export function targetConfig(target: string): TrainConfig {
  const presets = configSchema.preset?.kind === "string" ? (configSchema.preset.values ?? []) : [];
  if (presets.includes(target)) return completeConfig({ preset: target }, target);
  const kind = extname(target);
  if (kind === ".json") {
    if (!existsSync(target)) throw new UsageError(`there is no file ${target}`);
    return parseConfig(readFileSync(target, "utf8"), target);
  }
  if ([".mjs", ".js", ".ts", ".mts"].includes(kind)) {
    return completeConfig({ module: resolve(target) }, target);
  }
  throw new UsageError(
    `"${target}" is neither a preset nor a .json or .mjs file${nearest(target, presets) || `; there is the preset ${presets.join(", ")}`}`,
  );
}

/** The settings as flat lines. */
function settings(config: TrainConfig): { name: string; value: string }[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (value === null) return [];
    if (typeof value !== "object") return [{ name, value: String(value) }];
    return Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([key, v]) => ({ name: `${name}.${key}`, value: String(v) }));
  });
}

/** A record with the key only where there is a value. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
