// The launcher: the one native part there is. A Node add-on in plain C, with no kernel in it, that
// the machine's compiler builds once; it opens kernel objects, holds plans and runs them on a pool
// of threads. One call runs a whole program.

import { apiText } from "./launcher-api.ts";
import { buildText } from "./launcher-build.ts";
import { memoryText } from "./launcher-memory.ts";
import { nodeText } from "./launcher-node.ts";
import { planText } from "./launcher-plan.ts";
import { poolText } from "./launcher-pool.ts";
import { runnerText } from "./launcher-runner.ts";

/** The add-on's source, one translation unit. */
export const launcherText: string = [
  "#define _GNU_SOURCE",
  poolText,
  planText,
  nodeText,
  memoryText,
  runnerText,
  buildText,
  apiText,
].join("\n");

declare const kind: unique symbol;
/** An opened kernel object. */
export type KernelObject = { readonly [kind]: "object" };
/** A program, unpacked. */
export type PlanHandle = { readonly [kind]: "plan" };

/** What an index operation reported: the status code and the value beside it. */
export type StatusPair = readonly [code: number, value: number];

/** The add-on's exports. All throw plain Errors; "memory" and "cancelled" are messages of their own. */
export interface Launcher {
  open(path: string): KernelObject;
  symbol(object: KernelObject, name: string): bigint;
  close(object: KernelObject): void;
  plan(tape: Float64Array, kernels: BigUint64Array): PlanHandle;
  run(
    plan: PlanHandle,
    inputs: readonly ArrayBuffer[],
    outputs: readonly ArrayBuffer[],
    constants: Float64Array,
  ): StatusPair | undefined;
  /** Has the event loop call a function some time after a run that was started has ended. Once. */
  listen(heard: () => void): void;
  /**
   * Runs on another thread; one run at a time. `overwrites`: whether an output is also an input.
   */
  start(
    plan: PlanHandle,
    inputs: readonly ArrayBuffer[],
    outputs: readonly ArrayBuffer[],
    constants: Float64Array,
    overwrites: boolean,
  ): void;
  /** Whether the run that was started goes on. */
  busy(): boolean;
  /** Waits for the run that was started; code 0 says that there is nothing to report. */
  finish(): readonly [code: number, value: number, nanoseconds: number];
  /** Makes the run that was started end soon, unless it has begun to write over its inputs. */
  cancel(): void;
  dispose(plan: PlanHandle): void;
  profile(plan: PlanHandle, on: boolean): void;
  /** Writes nanoseconds and runs of each launch. */
  times(plan: PlanHandle, into: Float64Array): void;
  /** Bytes of arena and scratch of this environment. */
  reserved(): number;
  /** Makes runs end soon, here or in every thread of JavaScript, for good; waits for the one here. */
  stop(everywhere: boolean): void;
  /** At which byte of its ArrayBuffer the content of a storage begins. */
  offset(buffer: ArrayBuffer): number;
  /** Gives an ArrayBuffer's memory back at once, leaving it detached. */
  free(buffer: ArrayBuffer): void;
  /** Starts a command whose output goes to the file `log`; its number, 0 where it could not start. */
  spawn(command: readonly string[], log: string): number;
  /** The exit status of a command that was started; undefined if it takes longer. Once. */
  wait(command: number, seconds: number): number | undefined;
  /** Ends a command and its children. */
  kill(command: number): void;
}
