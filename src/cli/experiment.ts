// What a configuration stands for: a model, its data and how it learns, ready to train or to test.

import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type DigitTensors,
  digitTensors,
  generateDigits,
  type Loader,
  loader,
  mnist,
  readIdx,
  readNpy,
} from "../data/index.ts";
import { seed, type Tensor } from "../index.ts";
import { LeNet } from "../models/index.ts";
import * as nn from "../nn/index.ts";
import { Adam, AdamW, clipByNorm, cosineAnnealing, SGD } from "../optim/index.ts";
import {
  accuracy,
  type ExampleOf,
  type Loss,
  type Metric,
  type Model,
  type Updater,
} from "../train/index.ts";
import type { TrainConfig } from "./config.ts";
import { UsageError } from "./usage-error.ts";

// biome-ignore lint/suspicious/noExplicitAny: a module of the user's may have batches of any form
export type AnyBatch = any;

export interface Experiment {
  /** For folders and titles: "digits". */
  readonly name: string;
  readonly model: Model;
  readonly train: Loader<AnyBatch>;
  readonly test: Loader<AnyBatch> | undefined;
  /** Undefined: the two tensors of a batch, in order. */
  readonly example: ExampleOf<AnyBatch> | undefined;
  readonly loss: Loss;
  readonly metrics: { readonly [name: string]: Metric };
  readonly optimizer: Updater;
  readonly clip: ((gradients: AnyBatch) => AnyBatch) | undefined;
  readonly epochs: number;
  /** Where the data came from. */
  readonly origin: string;
  /** What examples are called in the plural. */
  readonly unit: string;
  readonly classes: readonly string[] | undefined;
  /** Pictures of the test examples, u8 [count, height, width]. */
  readonly pictures: Tensor | undefined;
}

/** Digits as bytes to what the network takes: [batch, 1, 28, 28] in 0…1. */
export const digitExample = ({ images, labels }: DigitTensors): readonly [Tensor, Tensor] => [
  images.cast("f32").div(255).unsqueeze(1),
  labels,
];

/** Builds everything that a configuration names. The seed is set first. */
export async function buildExperiment(config: TrainConfig): Promise<Experiment> {
  seed(config.seed);
  return config.module === null ? digits(config) : fromModule(config, config.module);
}

/** The model of a configuration alone. */
export function digitModel({ model: { maps, hidden } }: Pick<TrainConfig, "model">): LeNet {
  return new LeNet({ maps, hidden });
}

async function digits(config: TrainConfig): Promise<Experiment> {
  const { train, test, origin } = await digitData(config);
  const data = loader(train, {
    batchSize: config.batchSize,
    shuffle: true,
    seed: config.seed,
  });
  const model = digitModel(config);
  const epochs = config.epochs ?? usualEpochs(data.count as number);
  return {
    name: config.preset,
    model,
    train: data,
    test: loader(test, { batchSize: 1000 }),
    example: digitExample,
    loss: nn.crossEntropy,
    metrics: { accuracy },
    optimizer: optimizerOf(config, model, epochs * (data.length as number)),
    clip: clipOf(config),
    epochs,
    origin,
    unit: "images",
    classes: Array.from({ length: 10 }, (_, digit) => `${digit}`),
    pictures: test.images,
  };
}

/** Five times through MNIST; through less, more often. */
function usualEpochs(count: number): number {
  return Math.min(60, Math.max(5, Math.round(150_000 / count)));
}

async function digitData(
  config: TrainConfig,
): Promise<{ train: DigitTensors; test: DigitTensors; origin: string }> {
  const { source, train: most, test: mostTest } = config.data;
  const first = (digits: DigitTensors, count: number | null): DigitTensors => {
    if (count === null || count >= (digits.labels.shape[0] as number)) return digits;
    return { images: digits.images.at(`:${count}`), labels: digits.labels.at(`:${count}`) };
  };
  if (source === "files") {
    const { train, test } = await digitFiles(config);
    return { train: first(train, most), test: first(test, mostTest), origin: "files" };
  }
  if (source === "generated") {
    const [trainCount, testCount] = [most ?? 12_000, mostTest ?? 2_000];
    const from = { seed: config.seed };
    return {
      train: digitTensors(generateDigits({ count: trainCount, ...from })),
      test: digitTensors(generateDigits({ count: testCount, first: 2_000_000_000, ...from })),
      origin: "generated digits",
    };
  }
  const { train, test, origin } = await mnist();
  return { train: first(train, most), test: first(test, mostTest), origin };
}

async function digitFiles({
  data,
}: TrainConfig): Promise<{ train: DigitTensors; test: DigitTensors }> {
  const read = async (key: "trainImages" | "trainLabels" | "testImages" | "testLabels") => {
    const path = data[key];
    if (path === null) throw new UsageError(`data.source is "files", but data.${key} is missing`);
    return extname(path) === ".npy" ? readNpy(path) : readIdx(path);
  };
  return {
    train: { images: await read("trainImages"), labels: await read("trainLabels") },
    test: { images: await read("testImages"), labels: await read("testLabels") },
  };
}

function optimizerOf(config: TrainConfig, model: nn.Module, steps: number): Updater {
  const { name, lr: rate, weightDecay, momentum } = config.optimizer;
  const { name: shape, warmUp } = config.schedule;
  const isLevel = shape === "constant" || steps < 2;
  const lr = isLevel
    ? rate
    : cosineAnnealing(rate, { steps, warmUp: Math.min(steps - 1, Math.floor(warmUp * steps)) });
  const parameters = model.parameters();
  if (name === "sgd") return new SGD(parameters, { lr, weightDecay, momentum });
  if (name === "adamw") return new AdamW(parameters, { lr, weightDecay });
  return new Adam(parameters, { lr, weightDecay });
}

const clipOf = ({ clipNorm }: TrainConfig): Experiment["clip"] =>
  clipNorm === null ? undefined : (gradients) => clipByNorm(gradients, clipNorm);

/** What a module of the user's may export. */
interface UserModule {
  readonly model?: unknown;
  readonly data?: unknown;
  readonly loss?: Loss;
  readonly metrics?: { readonly [name: string]: Metric };
  readonly example?: ExampleOf<AnyBatch>;
  readonly optimizer?: unknown;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly classes?: readonly string[];
  readonly name?: string;
}

/** Exports that are functions are called: the seed and the device are set by then. */
async function fromModule(config: TrainConfig, path: string): Promise<Experiment> {
  if (!existsSync(path)) throw new UsageError(`there is no module ${path}`);
  const found = (await import(pathToFileURL(resolve(path)).href)) as UserModule & {
    default?: UserModule;
  };
  const user: UserModule = { ...found.default, ...found };
  for (const name of ["model", "data"] as const) {
    if (user[name] === undefined) throw new UsageError(`${path} does not export "${name}"`);
  }
  const model = (await called(user.model)) as nn.Module & Model;
  if (typeof model?.forward !== "function") {
    throw new UsageError(
      `${path}: "model" must be a module with a forward, or a function that makes one`,
    );
  }
  const data = (await called(user.data)) as Record<string, unknown>;
  const batchSize = user.batchSize ?? config.batchSize;
  const isSplit = !isLoader(data) && "train" in data;
  const asLoader = (part: unknown, shuffle: boolean): Loader<AnyBatch> =>
    isLoader(part)
      ? part
      : loader(part as never, shuffle ? { batchSize, shuffle, seed: config.seed } : { batchSize });
  const train = asLoader(isSplit ? data.train : data, true);
  const test = isSplit && data.test !== undefined ? asLoader(data.test, false) : undefined;
  const epochs = config.epochs ?? user.epochs ?? 10;
  const classifies = user.loss === undefined || user.classes !== undefined;
  return {
    name: user.name ?? (path.split(/[\\/]/).at(-1) as string).replace(/\.\w+$/, ""),
    model,
    train,
    test,
    example: user.example,
    loss: user.loss ?? nn.crossEntropy,
    metrics: user.metrics ?? (classifies ? { accuracy } : {}),
    optimizer:
      user.optimizer === undefined
        ? optimizerOf(config, model, epochs * (train.length ?? 1000))
        : ((await called(user.optimizer, model)) as Updater),
    clip: clipOf(config),
    epochs,
    origin: path,
    unit: "examples",
    classes: user.classes,
    pictures: undefined,
  };
}

const isLoader = (value: unknown): value is Loader<AnyBatch> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** A value, or what a function gives; classes of modules are not functions to call. */
async function called(value: unknown, ...args: readonly unknown[]): Promise<unknown> {
  const isFunction = typeof value === "function";
  if (isFunction && /^class\b/.test(Function.prototype.toString.call(value))) {
    return new (value as new () => unknown)();
  }
  return isFunction ? (value as (...args: readonly unknown[]) => unknown)(...args) : value;
}
