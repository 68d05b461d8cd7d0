// How a peer in JavaScript speaks: a line that says who it is, then one answer a line to each request.
// What protocol.py is for those in Python; requests and answers are described in ../README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** A package of this workspace; ends the peer with a reason where it is not installed. */
export async function load(name) {
  try {
    return await import(name);
  } catch (error) {
    say({ missing: `${name} is not installed: npm ci --prefix bench (${error.code ?? error})` });
    process.exit(0);
  }
}

/** The version of a package that is installed here. */
export function versionOf(name) {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

/**
 * Answers requests for the time of a workload until there are no more, then ends the process.
 *
 * @param ready   who this is: peer, version, threads, and the kinds of workload it can do
 * @param makers  by kind: from the sizes of a task to a step, which may return a promise
 */
export async function serve(ready, makers) {
  say({ ...ready, kinds: Object.keys(makers) });
  let made = { key: "", step: undefined };
  for await (const line of createInterface({ input: process.stdin })) {
    const { definition, seconds } = JSON.parse(line);
    const key = JSON.stringify(definition.task);
    try {
      if (made.key !== key) {
        made = { key, step: await makers[definition.task.kind](definition.task) };
      }
      say({ ms: await medianTime(made.step, seconds) });
    } catch (error) {
      made = { key: "", step: undefined };
      say({ error: String(error.message ?? error).slice(0, 200) });
    }
  }
  process.exit(0);
}

/** Two of warm-up, then at least five within the time; a step that takes seconds is counted as it is. */
async function medianTime(step, seconds) {
  const timed = async () => {
    const start = performance.now();
    await step();
    return performance.now() - start;
  };
  await timed();
  const second = await timed();
  if (second > 2000) return second;
  const times = [];
  const begun = performance.now();
  while (times.length < 5 || performance.now() - begun < 1000 * seconds) times.push(await timed());
  return times.sort((a, b) => a - b)[times.length >> 1];
}
