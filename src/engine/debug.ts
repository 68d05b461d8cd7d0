// The debug dial: HEBB_DEBUG=1..4 or setDebugLevel(n). 1 tells of each program, how its kernels did
// (run-log.ts), and warns of work done twice; 2 adds the schedule before it runs, 3 the time of every
// run, 4 the source of the kernels.

import type { Executable } from "../device/device.ts";
import type { Node } from "../ir/node.ts";
import { debugPrint } from "./debug-print.ts";
import type { Observer } from "./observer.ts";
import { printRun } from "./run-log.ts";
import { userLine } from "./user-line.ts";

/** Prints as much as the level asks; nobody at level 0. */
export function debugObserver(level: number): Observer | undefined {
  if (!(level >= 1)) return undefined;
  return {
    planned: warnTwice,
    compiled: (device, executable, nodes, ms) => {
      debugPrint(
        `${device.name}: ${nodes} nodes in ${executable.kernelCount} kernels, compiled in ${ms.toFixed(1)} ms`,
      );
      if (level >= 2) printSteps(executable, level >= 4);
    },
    ran: (device, executable, ms) => {
      if (level >= 3) {
        debugPrint(`${device.name}: ran ${executable.kernelCount} kernels in ${ms.toFixed(3)} ms`);
      }
      printRun(device, executable);
    },
  };
}

function printSteps({ steps }: Executable, sources: boolean): void {
  for (const { label, work, source } of steps) {
    debugPrint(`  ${label} · ${show(work.flops)}FLOP · ${show(work.bytes)}B`);
    if (sources && source) debugPrint(source());
  }
}

function show(n: number): string {
  const units = ["", "k", "M", "G", "T"];
  let at = 0;
  let rest = n;
  for (; rest >= 1000 && at < units.length - 1; at++) rest /= 1000;
  return `${rest < 10 ? rest.toFixed(1) : rest.toFixed(0)} ${units[at]}`;
}

const seen = new WeakSet<Node>();

/** Costly nodes that are computed a second time. */
function warnTwice(order: readonly Node[]): void {
  for (const node of order) {
    if (node.storage !== undefined) continue;
    if (node.op !== "contract" && node.op !== "reduce" && node.op !== "scan") continue;
    if (seen.has(node)) {
      debugPrint(
        `${node.op} [${node.shape.join(", ")}] is computed again, at ${userLine() ?? "an unknown line"}; read both results with realize(a, b), or keep() the shared part`,
      );
    }
    seen.add(node);
  }
}
