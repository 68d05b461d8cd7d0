// A loaded program: kernels rendered and built, the plan unpacked in the launcher. A run hands over
// the buffers' ArrayBuffers and comes back with what the status word says; nothing of a buffer is
// kept between runs, so the collector stays free to take it.

import { DeviceError } from "../../ir/errors.ts";
import type { Storage } from "../../ir/node.ts";
import { launchCounts, launchesBeforeOverwriting, type Program } from "../../ir/program.ts";
import type { Executable, Fault, Running, StepInfo } from "../device.ts";
import { now } from "../host.ts";
import type { KernelCache } from "./cache.ts";
import { type KernelText, sourceOf } from "./kernel-text.ts";
import type { RenderedProgram } from "./known-programs.ts";
import type { Launcher, PlanHandle, StatusPair } from "./launcher.ts";
import { launchesOf, packPlan, type Signature } from "./plan.ts";
import type { Later, Runner } from "./runner.ts";
import { bufferOf } from "./storage.ts";

export interface LoadOptions {
  readonly launcher: Launcher;
  readonly runner: Runner;
  readonly cache: KernelCache;
  readonly threads: number;
  readonly profile: boolean;
  /** Bytes of storages alive, for the message when memory is out. */
  readonly live: () => number;
}

export function loadProgram(
  { program, texts, keep }: RenderedProgram,
  signature: Signature,
  options: LoadOptions,
): Executable {
  const { launcher, cache, threads, profile } = options;
  const tape = packPlan(program, signature, threads);
  const makePlan = (): PlanHandle => {
    const plan = launcher.plan(tape, cache.load(texts));
    if (profile) launcher.profile(plan, true);
    keep?.();
    return plan;
  };
  const launches = launchesOf(program.steps);
  const counts = launchCounts(program.steps);
  const steps: StepInfo[] = launches.map(({ label, work, jobs }, i) => ({
    label,
    work,
    times: counts[i] as number,
    source: () =>
      [...new Set(jobs.map((job) => sourceOf(texts[job.kernel] as KernelText)))].join("\n"),
  }));
  return new LoadedProgram(program, signature, options, makePlan, steps);
}

function fill(buffers: ArrayBuffer[], storages: readonly Storage[], what: string): void {
  if (storages.length !== buffers.length) {
    throw new DeviceError(
      `run: the program takes ${buffers.length} ${what} and is given ${storages.length}`,
    );
  }
  for (let i = 0; i < storages.length; i++) buffers[i] = bufferOf(storages[i] as Storage);
}

class LoadedProgram implements Executable {
  readonly kernelCount: number;
  readonly inPlace: readonly boolean[];
  readonly overwritesFrom: number;
  readonly steps: readonly StepInfo[];
  complete: (() => void) | undefined;
  readonly #program: Program;
  readonly #options: LoadOptions;
  #plan: PlanHandle | undefined;
  readonly #constants: Float64Array;
  // Filled again at each run, and empty in between.
  readonly #from: ArrayBuffer[];
  readonly #to: ArrayBuffer[];

  constructor(
    program: Program,
    signature: Signature,
    options: LoadOptions,
    makePlan: () => PlanHandle,
    steps: readonly StepInfo[],
  ) {
    this.kernelCount = program.kernelCount;
    this.inPlace = program.inPlace;
    this.overwritesFrom = launchesBeforeOverwriting(program);
    this.steps = steps;
    this.#program = program;
    this.#options = options;
    this.complete = () => {
      this.#plan = makePlan();
      this.complete = undefined;
    };
    this.#constants = new Float64Array(signature.constants);
    this.#from = new Array(signature.inputs.length);
    this.#to = new Array(signature.outputs.length);
  }

  run(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Fault | undefined {
    this.#setConstants(constants);
    const plan = this.#built();
    try {
      fill(this.#from, inputs, "inputs");
      fill(this.#to, outputs, "outputs");
      return this.#fault(this.#options.launcher.run(plan, this.#from, this.#to, this.#constants));
    } catch (error) {
      throw this.#explained(error);
    } finally {
      this.#from.fill(undefined as never);
      this.#to.fill(undefined as never);
    }
  }

  start(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Running {
    const { runner } = this.#options;
    if (this.complete !== undefined) return this.#whenComplete(inputs, outputs, constants);
    this.#setConstants(constants);
    const plan = this.#built();
    const from = inputs.map(bufferOf);
    let later: Later;
    try {
      later = runner.start(plan, from, outputs.map(bufferOf), this.#constants);
    } catch (error) {
      throw this.#explained(error);
    }
    return {
      ended: later.ended,
      finish: () => {
        try {
          const [code, value, nanoseconds] = later.finish();
          return {
            ms: nanoseconds / 1e6,
            fault: this.#fault(code === 0 ? undefined : [code, value]),
          };
        } catch (error) {
          throw this.#explained(error);
        }
      },
      cancel: () => runner.cancel(later),
    };
  }

  profile(): readonly { readonly ms: number; readonly runs: number }[] {
    if (!this.#options.profile || this.#plan === undefined) return [];
    const times = new Float64Array(2 * this.steps.length);
    this.#options.launcher.times(this.#plan, times);
    return this.steps.map((_, i) => ({
      ms: (times[2 * i] as number) / 1e6,
      runs: times[2 * i + 1] as number,
    }));
  }

  dispose(): void {
    if (this.#plan !== undefined) this.#options.launcher.dispose(this.#plan);
    else {
      this.complete = () => {
        throw new DeviceError("the plan is disposed");
      };
    }
  }

  /** A run that waits for the build; before JavaScript turns to anything that could cancel it. */
  #whenComplete(...args: Parameters<Executable["run"]>): Running {
    return {
      ended: Promise.resolve(),
      finish: () => {
        this.complete?.();
        const start = now();
        const fault = this.run(...args);
        return { ms: now() - start, fault };
      },
      cancel: () => {},
    };
  }

  #built(): PlanHandle {
    this.complete?.();
    return this.#plan as PlanHandle;
  }

  #setConstants(values: readonly number[]): void {
    if (values.length !== this.#constants.length) {
      throw new DeviceError(
        `run: the program takes ${this.#constants.length} constants and is given ${values.length}`,
      );
    }
    this.#constants.set(values);
  }

  #fault(status: StatusPair | undefined): Fault | undefined {
    if (!status) return undefined;
    const [code, value] = status;
    return { operation: this.#program.reports[code - 1] ?? `operation ${code}`, value };
  }

  #explained(error: unknown): Error {
    if (error instanceof DeviceError || !(error instanceof Error)) throw error;
    if (error.message === "cancelled") {
      return new DeviceError("the run was cancelled; its outputs are undefined");
    }
    if (error.message === "memory") {
      const { arenaBytes, scratchBytes } = this.#program;
      return new DeviceError(
        `native: no memory for ${arenaBytes} bytes of intermediate values and ${scratchBytes} bytes of scratch ` +
          `on each of ${this.#options.threads} threads; tensors of ${this.#options.live()} bytes are alive`,
      );
    }
    return new DeviceError(error.message, { cause: error });
  }
}
