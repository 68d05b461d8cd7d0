// hebb bench: workloads of bench/README.md, one line of JSON each, in the form that every peer is
// compared by; with --compare the peers themselves, in turn with us.

import { availableParallelism } from "node:os";
import { listDevices } from "../index.ts";
import { type Arguments, decimal, integer, readArguments, text } from "./arguments.ts";
import { runComparison, setNames, studies } from "./bench/comparison.ts";
import type { Definition } from "./bench/definition.ts";
import { serve } from "./bench/serve.ts";
import { makeWorkload } from "./bench/steps.ts";
import { medianTime } from "./bench/stopwatch.ts";
import { workloadSets, workloads } from "./bench/workloads.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import type { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";

const options = {
  ...deviceOptions,
  seconds: { type: "string" },
  set: { type: "string" },
  compare: { type: "boolean" },
  rounds: { type: "string" },
  write: { type: "string" },
  list: { type: "boolean" },
  serve: { type: "boolean" },
} as const;

export async function benchCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const imported = process.memoryUsage.rss();
  const args = readArguments(words, options, Infinity);
  const chosen = args.positionals.map(definitionOf);
  const sets = setsOf(args);
  if (args.values.compare !== true) {
    for (const name of ["rounds", "write"]) {
      if (args.values[name] !== undefined) throw new UsageError(`--${name} needs --compare`);
    }
  }
  if (args.values.list === true) {
    for (const [set, definitions] of Object.entries(workloadSets)) {
      terminal.say(`${set}: ${definitions.map(({ name }) => name).join(" ")}`);
      terminal.tell({ type: "set", set, workloads: definitions });
    }
    return 0;
  }
  const seconds = decimal(args, "seconds");
  const threads = integer(args, "threads", { min: 1 });
  const description = await setUpDevice(text(args, "device"), threads);
  const wished = text(args, "device") ?? "auto";
  const device =
    (wished === "auto" ? listDevices().find((d) => d.isDefault)?.name : wished) ?? wished;
  const used = Number(/(\d+) threads?/.exec(description)?.[1] ?? 1);
  if (args.values.serve === true) {
    await serve(device, used, imported);
    return 0;
  }
  if (args.values.compare === true) {
    await runComparison(
      {
        ...{ device, threads: threads ?? availableParallelism(), chosen, sets, description },
        rounds: integer(args, "rounds", { min: 1 }) ?? 5,
        seconds: seconds ?? 0.5,
        write: text(args, "write"),
        command: `npm run bench -- ${words.join(" ")}`,
      },
      terminal,
    );
    return 0;
  }
  const list = chosen.length > 0 ? chosen : sets.flatMap((set) => workloadSets[set] ?? []);
  for (const definition of list) {
    const ms = await medianTime(makeWorkload(definition).step, seconds ?? 2);
    const line = {
      peer: `hebb-${device}`,
      threads: used,
      workload: definition.name,
      ms: Number(ms.toPrecision(4)),
    };
    // JSON is the only form here: peers are compared line by line.
    if (terminal.json) terminal.tell(line);
    else terminal.say(JSON.stringify(line));
  }
  return 0;
}

function definitionOf(name: string): Definition {
  const known = [...workloads.keys()];
  const definition = workloads.get(name);
  if (definition) return definition;
  const base = (workloadSets.base ?? []).map((one) => one.name).join(", ");
  throw new UsageError(
    `there is no workload "${name}"${nearest(name, known) || `; there are ${base}, and those of hebb bench --list`}`,
  );
}

/** The sets asked for: none beside chosen workloads, else the reference ones. */
function setsOf(args: Arguments): string[] {
  const wish = text(args, "set");
  if (wish === undefined) return args.positionals.length > 0 ? [] : ["base"];
  const sets = wish.split(",").flatMap((name) => {
    if (!setNames.includes(name)) {
      const hint = nearest(name, setNames) || `; there are ${setNames.join(", ")}`;
      throw new UsageError(`there is no set "${name}"${hint}`);
    }
    return name === "all" ? setNames.filter((one) => one !== "all") : [name];
  });
  const study = sets.find((name) => studies.includes(name as never));
  if (study !== undefined && args.values.compare !== true) {
    throw new UsageError(`the set ${study} needs --compare`);
  }
  return [...new Set(sets)];
}
