// The command line: which words a command takes, read with Node's own parser. A mistake is a
// UsageError that names the option meant.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest, UsageError } from "./usage-error.ts";

export type Options = NonNullable<ParseArgsConfig["options"]>;

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** Reads the words after the command's name. @throws UsageError  an option is unknown or incomplete */
export function readArguments(words: readonly string[], options: Options, most: number): Arguments {
  for (const word of words) {
    if (word === "--") break;
    const name = /^--(?:no-)?([^=]+)/.exec(word)?.[1];
    if (name === undefined || Object.hasOwn(options, name)) continue;
    const known = Object.keys(options);
    const hint = nearest(name, known) || `; there are ${known.map((k) => `--${k}`).join(", ")}`;
    throw new UsageError(`unknown option --${name}${hint.replace('"', '"--')}`);
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (parsed.positionals.length > most) {
    throw new UsageError(`"${parsed.positionals[most]}" is one word too many`);
  }
  return parsed as Arguments;
}

/** A whole number from an option. */
export function integer(
  { values }: Arguments,
  name: string,
  { min = 0 }: { min?: number } = {},
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (
    typeof text === "string" &&
    /^\d+$/.test(text) &&
    value >= min &&
    Number.isSafeInteger(value)
  ) {
    return value;
  }
  throw new UsageError(`--${name} must be a whole number from ${min}, not "${text}"`);
}

/** A number from an option, fractions allowed. */
export function decimal({ values }: Arguments, name: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a number from 0, not "${text}"`);
}

export function text({ values }: Arguments, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
