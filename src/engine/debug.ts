// The debug dial: HEBB_DEBUG=1..4 or setDebugLevel(n). 1 tells of each program, how its kernels did
// (run-log.ts), and warns of work done twice; 2 adds the schedule before it runs, 3 the time of every
// run, 4 the source of the kernels.

import type { Executable } from "../device/device.ts";
import { environment } from "../device/host.ts";

let level: number | undefined;

/** The level in force: what setDebugLevel said, else HEBB_DEBUG, else 0. */
export function debugLevel(): number {
  if (level === undefined) {
    const wish = Number(environment("HEBB_DEBUG") ?? 0);
    level = Number.isFinite(wish) ? wish : 0;
  }
  return level;
}

/**
 * Sets how much the engine prints about its work, on stderr.
 *
 * @param wish  0 nothing; 1 programs, what their kernels reach, warnings; 2 schedules; 3 the time of
 *   every run; 4 sources
 */
export function setDebugLevel(wish: number): void {
  level = wish;
}

export function debugPrint(text: string): void {
  console.error(`hebb: ${text}`);
}

/** Prints a program that was just compiled, as far as the level asks. */
export function printProgram(
  device: string,
  executable: Executable,
  nodes: number,
  ms: number,
): void {
  const { kernelCount, steps } = executable;
  debugPrint(
    `${device}: ${nodes} nodes in ${kernelCount} kernels, compiled in ${ms.toFixed(1)} ms`,
  );
  if (debugLevel() < 2) return;
  for (const { label, work, source } of steps) {
    debugPrint(`  ${label} · ${show(work.flops)}FLOP · ${show(work.bytes)}B`);
    if (debugLevel() >= 4 && source) debugPrint(source());
  }
}

function show(n: number): string {
  const units = ["", "k", "M", "G", "T"];
  let at = 0;
  let rest = n;
  for (; rest >= 1000 && at < units.length - 1; at++) rest /= 1000;
  return `${rest < 10 ? rest.toFixed(1) : rest.toFixed(0)} ${units[at]}`;
}

/**
 * Where the lines of a stack trace that lie in this library begin: the path of its folder, of which
 * this file is in engine/ and, as published, in chunks/. In another's bundle, the path of that.
 */
export const libraryPath = (): string =>
  import.meta.url.replace(/(engine|chunks)\/[^/]*$/, "").replace(/^file:\/\//, "");

/** The first line of the stack outside this library: where the user wrote the call. */
export function userLine(): string | undefined {
  const here = libraryPath();
  for (const line of (new Error().stack ?? "").split("\n").slice(1)) {
    if (line.includes(here) || line.includes("node:internal")) continue;
    const place = /\(?((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?\s*$/.exec(line);
    if (place) return place[1];
  }
  return undefined;
}
