// Hebb's own side of a comparison: answers requests about its workloads, one a line.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { memory } from "../../index.ts";
import { version } from "../version.ts";
import type { Definition, Task } from "./definition.ts";
import type { Answer, Greeting, Request } from "./protocol.ts";
import { makeWorkload, type Workload } from "./steps.ts";
import { medianTime } from "./stopwatch.ts";

const kinds: readonly Task["kind"][] = [
  ...(["matmul", "conv", "softmax", "layernorm", "elementwise", "reduce"] as const),
  ...(["mlp", "cnn", "lstm", "gpt", "rbm"] as const),
];

/**
 * Answers until there are no more requests.
 *
 * @param imported  resident memory after the import, in bytes
 */
export async function serve(device: string, threads: number, imported: number): Promise<void> {
  const say = (line: unknown): unknown => process.stdout.write(`${JSON.stringify(line)}\n`);
  const greeting: Greeting = { peer: `Hebb (${device})`, version: version(), threads, kinds };
  say(greeting);
  const answer = answering(imported);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line) as Request));
    } catch (error) {
      say({ error: String((error as Error).message ?? error).slice(0, 200) });
    }
  }
}

/** Keeps the last workload made, so that alternations do not make it anew. */
function answering(imported: number): (request: Request) => Promise<Answer> {
  let made: { name: string; workload: Workload } | undefined;
  const workloadOf = (definition: Definition): Workload => {
    if (made?.name !== definition.name) {
      made = undefined;
      made = { name: definition.name, workload: makeWorkload(definition) };
    }
    return made.workload;
  };
  return async (request): Promise<Answer> => {
    if (request.ask === "ceiling") throw new Error("only OpenBLAS tells the ceiling");
    const { step } = workloadOf(request.definition);
    if (request.ask === "time") return { ms: await medianTime(step, request.seconds) };
    if (request.ask === "first") {
      const start = performance.now();
      await step();
      return { ms: performance.now() - start };
    }
    for (let i = 0; i < request.steps; i++) await step();
    return { bytes: peakMemory() - imported, tensors: memory().peak };
  };
}

/** Resident memory at most so far, in bytes. What Node tells may be that of the parent process. */
function peakMemory(): number {
  if (process.platform === "linux") {
    const status = readFileSync("/proc/self/status", "utf8");
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    if (peak !== undefined) return 1024 * Number(peak);
  }
  return 1024 * process.resourceUsage().maxRSS;
}
