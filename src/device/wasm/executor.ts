// Runs a program: binds its slots to addresses, rewrites only what changed since the last run, and
// calls the kernels step by step. A run can pause, in the middle of a launch too, and go on later:
// so one that was started takes turns with the event loop, while the workers go on with the launch
// at hand; whoever needs the device meanwhile finishes it first.

import { DeviceError } from "../../ir/errors.ts";
import type { Storage } from "../../ir/node.ts";
import { launchCounts, launchesBeforeOverwriting, type Program } from "../../ir/program.ts";
import { printWasm } from "../../render/wasm.ts";
import type { Executable, Fault, Running, StepInfo } from "../device.ts";
import { now, yieldToEventLoop } from "../host.ts";
import type { LoadedKernel } from "./kernels.ts";
import { alone, type Position, takePart } from "./launch.ts";
import * as launchWords from "./launch-words.ts";
import { type Instruction, type Launch, type Layout, layOut, tableBytes } from "./layout.ts";
import { finishPending, grow, type Machine, type Pending } from "./machine.ts";
import { copyIn, copyTo, smallBytes, type WasmStorage } from "./storage.ts";
import * as own from "./thread-words.ts";

/** Milliseconds that a run works before the event loop turns. */
const turn = 10;

/** A run under way. */
class Run implements Pending {
  readonly #executable: WasmExecutable;
  readonly #inputs: readonly WasmStorage[];
  readonly #outputs: readonly WasmStorage[];
  /** The instruction from which it must come to its end, since it writes over its inputs. */
  readonly #overwrites: number;
  readonly counters: number[];
  at = 0;
  /** How far it is in the launch at hand; undefined between launches. */
  position: Position | undefined;
  fault: Fault | undefined;
  ended = false;
  error: unknown;
  ms = 0;

  constructor(
    executable: WasmExecutable,
    inputs: readonly WasmStorage[],
    outputs: readonly WasmStorage[],
  ) {
    this.#executable = executable;
    this.#inputs = inputs;
    this.#outputs = outputs;
    const { layout } = executable;
    this.#overwrites = outputs.some((output) => inputs.includes(output))
      ? layout.overwritesFrom
      : layout.instructions.length;
    this.counters = new Array<number>(layout.depth).fill(0);
  }

  uses(storage: WasmStorage): boolean {
    return !this.ended && (this.#inputs.includes(storage) || this.#outputs.includes(storage));
  }

  advance(deadline: number): boolean {
    if (this.ended) return true;
    const start = now();
    try {
      if (!this.#executable.walk(this, deadline)) return false;
      if (this.fault) this.#executable.forget(this);
      this.#executable.finish(this.#inputs, this.#outputs, this.fault === undefined);
      this.ended = true;
    } catch (error) {
      this.#giveUp(error);
    } finally {
      this.ms += now() - start;
    }
    return true;
  }

  cancel(): void {
    if (this.ended || this.at >= this.#overwrites) return;
    this.#giveUp(new DeviceError("the run was cancelled; its outputs are undefined"));
  }

  /** Ends it without results. */
  #giveUp(error: unknown): void {
    this.error = error;
    this.ended = true;
    this.#executable.forget(this);
    this.#executable.finish(this.#inputs, this.#outputs, false);
  }
}

export class WasmExecutable implements Executable {
  readonly kernelCount: number;
  readonly inPlace: readonly boolean[];
  readonly overwritesFrom: number;
  readonly steps: readonly StepInfo[];
  readonly layout: Layout;
  readonly #program: Program;
  readonly #machine: Machine;
  readonly #kernels: readonly LoadedKernel[];
  readonly #table: number;
  readonly #tableBytes: number;
  readonly #bound = new Map<string, number>();
  readonly #constants: number[] = [];
  /** Places for small inputs and outputs, by slot. */
  readonly #staged = new Map<string, { address: number; bytes: number }>();
  readonly #times: { ms: number; runs: number }[];
  #disposed = false;

  constructor(program: Program, machine: Machine) {
    this.#program = program;
    this.#machine = machine;
    this.kernelCount = program.kernelCount;
    this.inPlace = program.inPlace;
    this.overwritesFrom = launchesBeforeOverwriting(program);
    const { memory, cache, threads } = machine;
    this.#kernels = machine.kernels.load(program.kernels);
    this.#tableBytes = tableBytes(program);
    this.#table = cache.place(this.#tableBytes);
    this.layout = layOut(program, this.#table, { kernels: this.#kernels, threads });
    memory.words.set(this.layout.words, this.#table / 4);
    const shared = this.layout.instructions.some((i) => i.kind === "launch" && i.words);
    if (shared) machine.workers?.start();
    this.#times = this.layout.steps.map(() => ({ ms: 0, runs: 0 }));
    const counts = launchCounts(program.steps);
    this.steps = this.layout.steps.map(({ label, work, kernels }, i) => ({
      label,
      work,
      times: counts[i] as number,
      source: () =>
        kernels
          .map((k) => printWasm(program.kernels[k] as Program["kernels"][number]))
          .join("\n\n"),
    }));
  }

  run(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Fault | undefined {
    const run = this.#start(inputs, outputs, constants);
    run.advance(Infinity);
    if (run.error) throw run.error;
    return run.fault;
  }

  start(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Running {
    const machine = this.#machine;
    const run = this.#start(inputs, outputs, constants);
    machine.pending = run;
    const takeTurns = async (): Promise<void> => {
      do await yieldToEventLoop();
      while (!run.advance(now() + turn));
      if (machine.pending === run) machine.pending = null;
    };
    return {
      ended: takeTurns(),
      finish: () => {
        run.advance(Infinity);
        if (machine.pending === run) machine.pending = null;
        if (run.error) throw run.error;
        return { ms: run.ms, fault: run.fault };
      },
      cancel: () => run.cancel(),
    };
  }

  profile(): readonly { readonly ms: number; readonly runs: number }[] {
    return this.#machine.profiling ? this.#times : [];
  }

  dispose(): void {
    if (this.#disposed) return;
    finishPending(this.#machine);
    this.#disposed = true;
    const { memory, kernels } = this.#machine;
    memory.free(this.#table, this.#tableBytes);
    for (const { address, bytes } of this.#staged.values()) memory.free(address, bytes);
    kernels.release(this.#kernels);
  }

  #start(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): Run {
    if (this.#disposed) throw new DeviceError("run: this executable was disposed");
    const machine = this.#machine;
    const { memory, cache, arena, scratch, threads } = machine;
    finishPending(machine);
    const from = inputs.map((storage) => cache.check(storage, "run"));
    const to = outputs.map((storage) => cache.check(storage, "run"));
    const program = this.#program;
    grow(machine, arena, program.arenaBytes);
    grow(machine, scratch, Math.ceil(program.scratchBytes / 64) * 64 * threads);
    const pinned: WasmStorage[] = [];
    try {
      from.forEach((storage, i) => {
        this.#bind(`input ${i}`, this.#bringIn(`input ${i}`, storage, pinned));
      });
      to.forEach((storage, i) => {
        const key = `output ${i}`;
        if (storage.bytes <= smallBytes) this.#bind(key, this.#stage(key, storage.bytes));
        else {
          this.#bind(key, cache.pinOutput(storage));
          pinned.push(storage);
        }
      });
    } catch (error) {
      for (const storage of pinned) cache.unpin(storage);
      throw error;
    }
    this.#bind("arena", arena.address);
    for (const [constant, places] of this.layout.constants) {
      const value = constants[constant] as number;
      if (Object.is(this.#constants[constant], value)) continue;
      this.#constants[constant] = value;
      for (const place of places) memory.doubles[place] = value;
    }
    if (program.reports.length > 0) this.#clearReports();
    return new Run(this, from, to);
  }

  #bringIn(key: string, storage: WasmStorage, pinned: WasmStorage[]): number {
    const { memory, cache } = this.#machine;
    if (storage.bytes > smallBytes) {
      const address = cache.pinInput(storage);
      pinned.push(storage);
      return address;
    }
    const address = this.#stage(key, storage.bytes);
    const { host } = storage.residency;
    if (host) copyIn(memory.bytes, host, address);
    else memory.bytes.fill(0, address, address + storage.bytes);
    return address;
  }

  /** The program's own place for a small input or output. */
  #stage(key: string, bytes: number): number {
    const { memory, cache } = this.#machine;
    let place = this.#staged.get(key);
    if (!place || place.bytes < bytes) {
      if (place) memory.free(place.address, place.bytes);
      place = { address: cache.place(bytes), bytes };
      this.#staged.set(key, place);
    }
    return place.address;
  }

  #bind(key: string, address: number): void {
    if (this.#bound.get(key) === address) return;
    this.#bound.set(key, address);
    const slot = this.layout.slots.get(key);
    if (!slot) return;
    const { words, offsets } = slot;
    const memory = this.#machine.memory.words;
    for (let i = 0; i < words.length; i++) {
      memory[words[i] as number] = address + (offsets[i] as number);
    }
  }

  /** Steps from where the run stands, up to a fault; false if time ran out before the end. */
  walk(run: Run, deadline: number): boolean {
    const { instructions } = this.layout;
    const { profiling } = this.#machine;
    const { words } = this.#machine.memory;
    const timed = deadline < Infinity;
    while (run.at < instructions.length) {
      const instruction = instructions[run.at] as Instruction;
      if (instruction.kind === "launch") {
        const start = profiling ? now() : 0;
        const done = this.#launch(instruction, run, deadline);
        if (run.fault) return true;
        if (profiling) {
          const time = this.#times[instruction.step] as { ms: number; runs: number };
          time.ms += now() - start;
          if (done && instruction.part === 0) time.runs++;
        }
        if (!done) return false;
        run.at++;
        if (timed && run.at < instructions.length && now() > deadline) return false;
      } else if (instruction.kind === "begin") {
        run.counters[instruction.depth] = 0;
        run.at = instruction.count > 0 ? run.at + 1 : instruction.end + 1;
      } else {
        const { depth, moves, count } = instruction;
        const done = (run.counters[depth] as number) + 1;
        run.counters[depth] = done;
        const again = done < count;
        // After the last iteration, back to where the first one began.
        for (let i = 0; i < moves.words.length; i++) {
          const bytes = moves.bytes[i] as number;
          const word = moves.words[i] as number;
          words[word] = (words[word] as number) + (again ? bytes : bytes * (1 - count));
        }
        run.at = again ? instruction.begin + 1 : run.at + 1;
      }
    }
    return true;
  }

  /** After a run that did not come to its end. */
  forget(run: Run): void {
    // The next run writes every address: loops have moved some.
    this.#bound.clear();
    if (run.position?.shared) this.#machine.workers?.abandon();
    run.position = undefined;
  }

  /** After the last step: small results move out, what was pinned is idle again. */
  finish(inputs: readonly WasmStorage[], outputs: readonly WasmStorage[], whole: boolean): void {
    const { memory, cache } = this.#machine;
    outputs.forEach((storage, i) => {
      if (storage.bytes > smallBytes) cache.unpin(storage);
      else if (whole) {
        const { residency } = storage;
        const { address } = this.#staged.get(`output ${i}`) as { address: number };
        residency.host ??= new Uint8Array(storage.bytes);
        copyTo(memory.bytes, address, residency.host);
      }
    });
    for (const storage of inputs) if (storage.bytes > smallBytes) cache.unpin(storage);
    cache.trim();
  }

  /** Opens the launch, or goes on with it; whether it is done. */
  #launch(launch: Launch, run: Run, deadline: number): boolean {
    const { memory, workers, scratch, threads } = this.#machine;
    const { words } = launch;
    try {
      if (run.position === undefined) {
        const shared =
          words !== null &&
          workers !== null &&
          workers.ready(words[launchWords.needs] as number) > 0;
        run.position = { shared, job: 0, unit: 0 };
        if (shared) {
          words[launchWords.scratch] = scratch.address;
          words[launchWords.stride] = scratch.bytes / threads;
          workers.open(words);
        }
      }
      const { position } = run;
      const done = position.shared
        ? takePart(memory, launch, scratch.address, deadline)
        : alone(launch.jobs, scratch.address, position, deadline);
      if (!done) return false;
      run.position = undefined;
      if (position.shared) workers?.close();
    } catch (cause) {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      const { label } = this.layout.steps[launch.step] as { label: string };
      throw new DeviceError(`wasm: ${label} trapped: ${cause.message}`, { cause });
    }
    if (this.#program.reports.length > 0) run.fault = this.#report();
    return true;
  }

  #clearReports(): void {
    const { memory, threads } = this.#machine;
    for (let thread = 0; thread < threads; thread++) {
      memory.words[own.threadWord(thread) + own.status] = 0;
      memory.words[own.threadWord(thread) + own.chunk] = -1;
    }
  }

  /** What the first chunk with something to report reported: the same at any number of threads. */
  #report(): Fault | undefined {
    const { memory, threads } = this.#machine;
    let first = Infinity;
    let fault: Fault | undefined;
    for (let thread = 0; thread < threads; thread++) {
      const word = own.threadWord(thread);
      const code = memory.words[word + own.status] as number;
      if (code === 0) continue;
      const chunk = memory.words[word + own.chunk] as number;
      if (chunk >= first) continue;
      first = chunk;
      fault = {
        operation: this.#program.reports[code - 1] ?? `operation ${code}`,
        value: memory.doubles[(word + own.status) / 2 + 1] as number,
      };
    }
    return fault;
  }
}
