// The configuration of a training run: one schema, from which defaults, checks and the table in
// docs/config.md come. An unknown key is an error that names the key meant.

import { nearest, UsageError } from "./usage-error.ts";

/** What a key may hold. */
export type Field =
  | {
      readonly kind: "integer" | "number";
      readonly min?: number;
      readonly max?: number;
      readonly standard: number | null;
      readonly about: string;
    }
  | {
      readonly kind: "string";
      readonly values?: readonly string[];
      readonly standard: string | null;
      readonly about: string;
    }
  | {
      readonly kind: "integers";
      readonly length: number;
      readonly min: number;
      readonly standard: readonly number[];
      readonly about: string;
    }
  | {
      readonly kind: "section";
      readonly fields: Readonly<Record<string, Field>>;
      readonly about: string;
    };

/** Every key that a configuration may have. `null` as a standard value: decided otherwise, as said. */
export const configSchema: Readonly<Record<string, Field>> = {
  preset: { kind: "string", values: ["digits"], standard: "digits", about: "what to start from" },
  module: {
    kind: "string",
    standard: null,
    about: "path of a module that exports model and data instead",
  },
  data: {
    kind: "section",
    about: "what to learn from",
    fields: {
      source: {
        kind: "string",
        values: ["mnist", "generated", "files"],
        standard: "mnist",
        about: "MNIST where it is found, else generated digits; generated digits; or files",
      },
      trainImages: {
        kind: "string",
        standard: null,
        about: "IDX or .npy file [count, 28, 28], for files",
      },
      trainLabels: { kind: "string", standard: null, about: "IDX or .npy file [count], for files" },
      testImages: { kind: "string", standard: null, about: "the same for testing" },
      testLabels: { kind: "string", standard: null, about: "the same for testing" },
      train: {
        kind: "integer",
        min: 1,
        standard: null,
        about: "use only so many examples. Standard: all",
      },
      test: {
        kind: "integer",
        min: 1,
        standard: null,
        about: "test with only so many. Standard: all",
      },
    },
  },
  model: {
    kind: "section",
    about: "the LeNet of hebb/models",
    fields: {
      maps: {
        kind: "integers",
        length: 2,
        min: 1,
        standard: [16, 32],
        about: "of the two convolutions",
      },
      hidden: { kind: "integer", min: 1, standard: 128, about: "width of the hidden layer" },
    },
  },
  optimizer: {
    kind: "section",
    about: "how weights change",
    fields: {
      name: {
        kind: "string",
        values: ["adam", "adamw", "sgd"],
        standard: "adam",
        about: "the method",
      },
      lr: { kind: "number", min: 0, standard: 0.003, about: "learning rate, before the schedule" },
      weightDecay: { kind: "number", min: 0, standard: 0, about: "as the method defines it" },
      momentum: { kind: "number", min: 0, max: 1, standard: 0.9, about: "of sgd" },
    },
  },
  schedule: {
    kind: "section",
    about: "the learning rate over the run",
    fields: {
      name: {
        kind: "string",
        values: ["cosine", "constant"],
        standard: "cosine",
        about: "down to 0 along a cosine, or level",
      },
      warmUp: {
        kind: "number",
        min: 0,
        max: 0.9,
        standard: 0.1,
        about: "share of the steps in which it rises",
      },
    },
  },
  batchSize: { kind: "integer", min: 1, standard: 128, about: "examples a step" },
  epochs: {
    kind: "integer",
    min: 0,
    standard: null,
    about: "times through the data. Standard: 5 for 60,000 examples, more for fewer",
  },
  clipNorm: {
    kind: "number",
    min: 0,
    standard: null,
    about: "longest gradient of all weights together. Standard: any",
  },
  seed: { kind: "integer", min: 0, standard: 0, about: "of weights, order and generated data" },
  checkpointEvery: {
    kind: "integer",
    min: 1,
    standard: 200,
    about: "steps between checkpoints within an epoch",
  },
  device: {
    kind: "string",
    values: ["auto", "native", "wasm", "webgpu", "reference"],
    standard: "auto",
    about: "where to compute",
  },
  threads: { kind: "integer", min: 1, standard: null, about: "Standard: HEBB_THREADS, else all" },
};

/** A configuration with every key in place. */
export interface TrainConfig {
  readonly preset: "digits";
  readonly module: string | null;
  readonly data: {
    readonly source: "mnist" | "generated" | "files";
    readonly trainImages: string | null;
    readonly trainLabels: string | null;
    readonly testImages: string | null;
    readonly testLabels: string | null;
    readonly train: number | null;
    readonly test: number | null;
  };
  readonly model: { readonly maps: readonly [number, number]; readonly hidden: number };
  readonly optimizer: {
    readonly name: "adam" | "adamw" | "sgd";
    readonly lr: number;
    readonly weightDecay: number;
    readonly momentum: number;
  };
  readonly schedule: { readonly name: "cosine" | "constant"; readonly warmUp: number };
  readonly batchSize: number;
  readonly epochs: number | null;
  readonly clipNorm: number | null;
  readonly seed: number;
  readonly checkpointEvery: number;
  readonly device: string;
  readonly threads: number | null;
}

/**
 * A whole configuration from one that says only what differs from the standard.
 *
 * @param source  for messages: the file's name
 * @throws UsageError  a key is unknown or a value does not fit; the message names the key
 */
export function completeConfig(given: unknown, source: string): TrainConfig {
  return section(given, configSchema, source, "") as unknown as TrainConfig;
}

/** The same from a file's text. */
export function parseConfig(text: string, source: string): TrainConfig {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${source} is not JSON: ${(error as Error).message}`);
  }
  return completeConfig(given, source);
}

function section(
  given: unknown,
  fields: Readonly<Record<string, Field>>,
  source: string,
  path: string,
): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const where = path === "" ? "" : `"${path}" `;
    throw new UsageError(
      `${source}: ${where}must be an object such as { "${Object.keys(fields)[0]}": … }`,
    );
  }
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const known = Object.keys(fields);
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const elsewhere = path === "" ? sectionOf(key) : undefined;
    const hint =
      elsewhere === undefined ? nearest(key, known) : `; did you mean "${elsewhere}.${key}"?`;
    throw new UsageError(
      `${source}: unknown key "${below(key)}"${hint || `; the keys here are ${known.join(", ")}`}`,
    );
  }
  const values = given as Record<string, unknown>;
  const complete: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const name = below(key);
    if (field.kind === "section") {
      complete[key] = section(values[key] ?? {}, field.fields, source, name);
      continue;
    }
    const value = values[key];
    complete[key] =
      value === undefined || value === null ? field.standard : checked(value, field, source, name);
    if (value === null && field.standard !== null) {
      throw new UsageError(`${source}: "${name}" is null; leave it out for the standard value`);
    }
  }
  return complete;
}

/** The section that has a key of this name. */
function sectionOf(key: string): string | undefined {
  return Object.entries(configSchema).find(
    ([, field]) => field.kind === "section" && Object.hasOwn(field.fields, key),
  )?.[0];
}

function checked(
  value: unknown,
  field: Exclude<Field, { kind: "section" }>,
  source: string,
  name: string,
): unknown {
  const fail = (expected: string): UsageError =>
    new UsageError(`${source}: "${name}" must be ${expected}, not ${JSON.stringify(value)}`);
  if (field.kind === "string") {
    if (typeof value !== "string") throw fail("text");
    if (field.values && !field.values.includes(value)) {
      throw new UsageError(
        `${source}: "${name}" must be ${field.values.join(" or ")}, not "${value}"${nearest(value, field.values)}`,
      );
    }
    return value;
  }
  if (field.kind === "integers") {
    const isList = Array.isArray(value) && value.length === field.length;
    if (isList && value.every((v) => Number.isSafeInteger(v) && v >= field.min)) return value;
    throw fail(`${field.length} whole numbers from ${field.min}`);
  }
  const { kind, min = -Infinity, max = Infinity } = field;
  const what = kind === "integer" ? "a whole number" : "a number";
  const range = `${min > -Infinity ? ` from ${min}` : ""}${max < Infinity ? ` to ${max}` : ""}`;
  const fits = kind === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!fits || (value as number) < min || (value as number) > max) throw fail(`${what}${range}`);
  return value;
}
