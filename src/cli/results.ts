// hebb results: trains models of the literature anew and prints what came out beside what was
// published, one line of JSON each.

import process from "node:process";
import { integer, readArguments, text } from "./arguments.ts";
import { isReached, type Reproduction } from "./results/reproduction.ts";
import { reproductions } from "./results/reproductions.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import type { Terminal } from "./terminal.ts";
import { nearest, UsageError } from "./usage-error.ts";

export async function resultsCommand(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const args = readArguments(words, { ...deviceOptions, list: { type: "boolean" } }, Infinity);
  const known = Object.keys(reproductions);
  for (const name of args.positionals) {
    if (known.includes(name)) continue;
    throw new UsageError(
      `there is no result "${name}"${nearest(name, known) || `; there are ${known.join(", ")}`}`,
    );
  }
  const names = args.positionals.length > 0 ? args.positionals : known;
  if (args.values.list === true) {
    for (const name of names) list(await load(name), terminal);
    return 0;
  }
  const device = await setUpDevice(text(args, "device"), integer(args, "threads", { min: 1 }));
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`device ${device}`);
  let missed = 0;
  for (const name of names) {
    const reproduction = await load(name);
    const { metric, published, source, bound, about, run } = reproduction;
    say(`${name}: ${about}`);
    const began = performance.now();
    const { ours, ...others } = await run((line) => say(`  ${line}`));
    const seconds = Math.round((performance.now() - began) / 1000);
    const line = { name, metric, ours, published, source, seconds, ...others };
    // JSON is the only form here: results are gathered line by line.
    if (terminal.json) terminal.tell(line);
    else terminal.say(JSON.stringify(line));
    const failed = Object.entries(others.holds ?? {}).filter(([, isSo]) => !isSo);
    for (const [claim] of failed) say(`${name}: it is not so: ${claim}`);
    const reached = isReached(ours, bound);
    if (!reached) say(`${name}: ${ours} misses its bound (${boundOf(reproduction)})`);
    if (!reached || failed.length > 0) missed++;
  }
  return missed === 0 ? 0 : 1;
}

async function load(name: string): Promise<Reproduction> {
  return (reproductions[name] as () => Promise<Reproduction>)();
}

const boundOf = ({ bound }: Reproduction): string =>
  "least" in bound ? `at least ${bound.least}` : `at most ${bound.most}`;

function list(reproduction: Reproduction, terminal: Terminal): void {
  const { run: _, ...facts } = reproduction;
  const { name, about, metric, published, source } = facts;
  terminal.say(`${name}: ${about}; ${metric} ${published} in ${source}; ${boundOf(reproduction)}`);
  terminal.tell({ type: "reproduction", ...facts });
}
