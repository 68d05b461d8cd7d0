#!/usr/bin/env node
// The command `hebb`: importing this file runs it with the words of process.argv. Each command is a
// file of its own, loaded when it is asked for, so that a short one starts fast.
//
// Exit codes: 0 done, 1 failed, 2 called wrongly, 130 stopped by Ctrl-C (after saving).

import process from "node:process";
import { ArgumentError, HebbError } from "../index.ts";
import { commandHelp, help } from "./help.ts";
import { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";

type Command = (words: readonly string[], terminal: Terminal) => Promise<number> | number;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./start.ts")).startCommand,
  train: async () => (await import("./train.ts")).trainCommand,
  eval: async () => (await import("./eval.ts")).evalCommand,
  predict: async () => (await import("./predict.ts")).predictCommand,
  devices: async () => (await import("./devices.ts")).devicesCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  bench: async () => (await import("./bench.ts")).benchCommand,
  results: async () => (await import("./results.ts")).resultsCommand,
  cache: async () => (await import("./cache.ts")).cacheCommand,
};

async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  const terminal = new Terminal(process.stdout, { json: rest.includes("--json") });
  try {
    if (name === "--version" || name === "-v") {
      terminal.say((await import("./version.ts")).version());
      return 0;
    }
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      terminal.say(help(rest[0]));
      return name === undefined ? 2 : 0;
    }
    const open = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (open === undefined) {
      const known = Object.keys(commands);
      throw new UsageError(
        `there is no command "${name}"${nearest(name, known) || `; there are ${known.join(", ")}`}`,
      );
    }
    if (rest.includes("--help") || rest.includes("-h")) {
      terminal.say(commandHelp(name));
      return 0;
    }
    return await (await open())(rest, terminal);
  } catch (error) {
    return fail(error, terminal, name);
  }
}

function fail(error: unknown, terminal: Terminal, name: string | undefined): number {
  const isUsage = error instanceof UsageError;
  const { message = String(error), name: kind = "Error", stack } = error as Partial<Error>;
  terminal.tell({ type: "error", kind, message });
  process.stderr.write(`hebb: ${message}\n`);
  // What the library says on purpose needs no stack; anything else is a mistake in it.
  const isKnown = isUsage || error instanceof HebbError || error instanceof ArgumentError;
  if (stack !== undefined && (!isKnown || process.env.HEBB_DEBUG)) {
    process.stderr.write(`${stack.slice(stack.indexOf("\n") + 1)}\n`);
  }
  if (isUsage)
    process.stderr.write(
      `hebb: hebb help${name && Object.hasOwn(commands, name) ? ` ${name}` : ""} tells more\n`,
    );
  return isUsage ? 2 : 1;
}

// A reader that goes away (`hebb … | head`) ends the command without a word.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
