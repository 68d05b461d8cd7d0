// Bad input: every constructor, every forward and every function of the libraries says at once, with a
// ShapeError or a RangeError (or where it is one, a DTypeError or an IndexError), whose argument it is
// and which. The classes and functions are those that the doors export, so that a new one is missing
// here until it has a row. An option that is undefined is one that is not given.

import { beforeAll, describe, expect, test } from "vitest";
import * as data from "../../src/data/index.ts";
import * as hebb from "../../src/index.ts";
import { DTypeError, IndexError, ShapeError } from "../../src/ir/errors.ts";
import * as linalg from "../../src/linalg/index.ts";
import * as models from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import * as text from "../../src/text/index.ts";
import * as theory from "../../src/theory/index.ts";
import * as train from "../../src/train/index.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { activations, takeAnything } from "./refusals/activations.ts";
import { dataFunctions, dataStreams, ofFiles } from "./refusals/function-data.ts";
import {
  anything,
  initFunctions,
  optimFunctions,
  textFunctions,
} from "./refusals/function-doors.ts";
import {
  linalgFunctions,
  modelFunctions,
  others,
  theoryFunctions,
  trainFunctions,
} from "./refusals/function-subjects.ts";
import { takesAnything, tensorFunctions } from "./refusals/function-tensor.ts";
import {
  activationFunctions,
  type Calls,
  layerFunctions,
  lossFunctions,
} from "./refusals/functions.ts";
import { layers } from "./refusals/layers.ts";
import { losses } from "./refusals/losses.ts";
import { models as ofModels } from "./refusals/models.ts";
import { optimizers } from "./refusals/optimizers.ts";
import { Each, type Refusal, type Refusals } from "./refusals/refusal.ts";
import { text as ofText } from "./refusals/text.ts";

type Class = new (...args: unknown[]) => object;

const classesOf = (door: object): [string, Class][] =>
  Object.entries(door).filter(
    ([, value]) => typeof value === "function" && /^class\b/.test(String(value)),
  );
const doors: readonly (readonly [door: object, rows: Refusals])[] = [
  [nn, { ...layers, ...activations, ...losses }],
  [models, ofModels],
  [optim, optimizers],
  [text, ofText],
];
/** To be extended, never made. */
const abstract = ["Module", "Optimizer"];
const classes = doors.flatMap(([door, rows]) =>
  classesOf(door)
    .filter(([name]) => !abstract.includes(name))
    .map(([name, made]) => [name, made, rows[name] ?? {}] as const),
);

/** Whether a class is made with arguments: the first constructor up the chain says so. */
function takesArguments(made: Class): boolean {
  for (let of: unknown = made; typeof of === "function"; of = Object.getPrototypeOf(of)) {
    const written = /\bconstructor\s*\(([^)]*)/.exec(String(of));
    if (written !== null) return (written[1] as string).trim() !== "";
  }
  return false;
}

function make(made: Class, { takes = {}, options = {} }: Refusal, changed = {}): object {
  const values = { ...takes, ...changed };
  const positions = Object.keys(takes).map((name) => values[name as keyof typeof values]);
  const others = Object.entries({ ...options, ...changed }).filter(([name]) => !(name in takes));
  return new made(...positions, ...(others.length > 0 ? [Object.fromEntries(others)] : []));
}

/** Fields that say how something was made: words, numbers, and options of these. */
function settingsOf(made: object): unknown {
  const { groups } = made as { groups?: readonly { options: unknown }[] };
  const fields = Object.entries(made).filter(
    ([name, value]) =>
      name === "options" || (typeof value !== "object" && typeof value !== "function"),
  );
  return [Object.fromEntries(fields), Array.isArray(groups) && groups[0].options];
}

const kinds = [ShapeError, RangeError, DTypeError, IndexError];

/** The message with which a call is refused; it must be, on purpose. */
function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("nothing was refused");
}

function messageOf(error: unknown): string {
  if (kinds.some((kind) => error instanceof kind)) return (error as Error).message;
  throw error;
}

test("every row is of a class that a door exports", () => {
  for (const [door, rows] of doors) {
    expect(Object.keys(rows).filter((name) => !(name in door))).toEqual([]);
  }
  expect(takeAnything.filter((name) => !(name in nn))).toEqual([]);
});

describe.each(classes)("%s", (name, made, row) => {
  beforeAll(() => setDefaultDevice("reference"));

  test("has rows for its arguments, and for inputs", () => {
    expect(takesArguments(made)).toBe(row.refuses !== undefined);
    const hasForward = "forward" in made.prototype && !takeAnything.includes(name);
    expect(hasForward).toBe(row.inputs !== undefined);
    expect(() => make(made, row)).not.toThrow();
  });

  const { refuses = {}, inputs } = row;
  const optional = Object.keys(refuses).filter(
    (argument) => !(argument in (row.takes ?? {}) || argument in (row.options ?? {})),
  );
  if (optional.length > 0) {
    test("takes undefined for what is left out", () => {
      const nothing = Object.fromEntries(optional.map((argument) => [argument, undefined]));
      expect(settingsOf(make(made, row, nothing))).toEqual(settingsOf(make(made, row)));
    });
  }

  test.each(Object.entries(refuses))("refuses %s", (argument, values) => {
    for (const value of values instanceof Each ? values.values : [values]) {
      const message = refusalOf(() => make(made, row, { [argument]: value }));
      expect(message).toMatch(new RegExp(`^${name}\\b.*\\b${argument}\\b`));
    }
  });

  if (inputs !== undefined) {
    test("refuses inputs that do not fit", () => {
      const layer = make(made, row) as { forward(...args: unknown[]): unknown };
      for (const args of inputs()) {
        expect(refusalOf(() => layer.forward(...args))).toMatch(/^\w+.*: /);
      }
    });
  }
});

type Function = (...args: unknown[]) => unknown;

const functionsOf = (door: object): [string, Function][] =>
  Object.entries(door).filter(
    ([, value]) => typeof value === "function" && !/^class\b/.test(String(value)),
  );
const free = [...anything, ...others, ...takesAnything, ...ofFiles];
const functions = [
  ["the tensor door", hebb, tensorFunctions],
  ["data", data, dataFunctions],
  ["nn", nn, { ...lossFunctions, ...activationFunctions, ...layerFunctions }],
  ["nn.init", nn.init, initFunctions],
  ["optim", optim, optimFunctions],
  ["text", text, textFunctions],
  ["models", models, modelFunctions],
  ["theory", theory, theoryFunctions],
  ["linalg", linalg, linalgFunctions],
  ["train", train, trainFunctions],
] as const;

describe.each(functions)("functions of %s", (_, door, rows: Calls) => {
  beforeAll(() => setDefaultDevice("reference"));

  test("every one has a row, and every row is of one", () => {
    const names = functionsOf(door).map(([name]) => name);
    expect(names.filter((name) => !(name in rows || free.includes(name)))).toEqual([]);
    expect(Object.keys(rows).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(functionsOf(door).filter(([name]) => name in rows))("%s", async (name, made) => {
    for (const [word, ...args] of rows[name]!()) {
      let message = "";
      try {
        const answer = await made(...args);
        if (dataStreams.includes(name)) await (answer as AsyncIterator<unknown>).next();
      } catch (error) {
        message = messageOf(error);
      }
      expect(message, `${word} was not refused`).toMatch(new RegExp(`^[\\w.]+: .*\\b${word}\\b`));
    }
  });
});
