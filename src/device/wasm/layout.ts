// A program as the executor walks it: its steps in one list, with the tables of every job (buffer
// addresses, integers, floats) laid out in linear memory once. What a run changes there is noted:
// the words that hold an address in each slot, the words that a loop moves, the doubles that hold
// a constant of the call.

import {
  type Job,
  type Location,
  type Program,
  type Slot,
  type Step,
  stepsBeforeOverwriting,
  type Work,
} from "../../ir/program.ts";
import * as jobWords from "./job-words.ts";
import type { KernelFunction, LoadedKernel } from "./kernels.ts";
import * as launchWords from "./launch-words.ts";

export interface JobCode {
  readonly call: KernelFunction;
  readonly buffers: number;
  readonly ints: number;
  readonly floats: number;
  readonly units: number;
  /** Units that are done in one call. */
  readonly chunk: number;
}

export interface Launch {
  readonly kind: "launch";
  readonly jobs: readonly JobCode[];
  /** As the control page wants it; its scratch words are set before use. Null: not worth threads. */
  readonly words: Int32Array | null;
  /** Position in the list of steps, and which part of that step this is. */
  readonly step: number;
  readonly part: number;
}

/** Words that grow by so many bytes each iteration. */
interface Moves {
  readonly words: readonly number[];
  readonly bytes: readonly number[];
}

export type Instruction =
  | Launch
  | { readonly kind: "begin"; readonly depth: number; readonly count: number; readonly end: number }
  | {
      readonly kind: "end";
      readonly depth: number;
      readonly count: number;
      readonly begin: number;
      readonly moves: Moves;
    };

export interface Layout {
  readonly instructions: readonly Instruction[];
  readonly depth: number;
  /** The first instruction that may write over an input; their number where none does. */
  readonly overwritesFrom: number;
  readonly steps: readonly {
    readonly label: string;
    readonly work: Work;
    readonly kernels: readonly number[];
  }[];
  /** What the tables hold before the first run, to be copied to their place in memory. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly slots: ReadonlyMap<string, SlotWords>;
  /** By constant: the doubles that hold it, as indices into memory seen as f64. */
  readonly constants: ReadonlyMap<number, readonly number[]>;
}

/** Words that hold slot address + offset, as indices into memory seen as i32. */
export interface SlotWords {
  readonly words: number[];
  readonly offsets: number[];
}

export interface LayoutOptions {
  readonly kernels: readonly LoadedKernel[];
  readonly threads: number;
}

/** Below this much work (operations and bytes) a launch stays on the calling thread. */
const worthSharing = 250_000;
/** Work of one chunk: enough that handing it out costs little. */
const smallestChunk = 20_000;
/** Engines replace a function by a faster version only between calls, so no call is very long. */
const largestChunk = 20_000_000;

export const slotKey = (slot: Slot): string =>
  slot.kind === "arena" ? "arena" : `${slot.kind} ${slot.index}`;

/** Bytes that the tables of a program take. */
export function tableBytes(program: Program): number {
  let bytes = 0;
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === "loop") walk(step.steps);
      else for (const job of step.jobs) bytes += jobBytes(job);
    }
  };
  walk(program.steps);
  return bytes;
}

const jobBytes = (job: Job): number =>
  8 * job.floats.length + 8 * Math.ceil((job.buffers.length + job.ints.length) / 2);

/** @param table  address of `tableBytes` bytes, a multiple of 8 */
export function layOut(program: Program, table: number, options: LayoutOptions): Layout {
  const { kernels, threads } = options;
  const size = tableBytes(program);
  const words = new Int32Array(size / 4);
  const doubles = new Float64Array(words.buffer);
  const instructions: Instruction[] = [];
  const steps: { label: string; work: Work; kernels: number[] }[] = [];
  const slots = new Map<string, SlotWords>();
  const constants = new Map<number, number[]>();
  let next = 0;
  let deepest = 0;
  /** Words of the loops around, outermost first. */
  const moving: { words: number[]; bytes: number[] }[] = [];

  const locate = (location: Location, word: number): void => {
    const key = slotKey(location.slot);
    let slot = slots.get(key);
    if (!slot) {
      slot = { words: [], offsets: [] };
      slots.set(key, slot);
    }
    slot.words.push(table / 4 + word);
    slot.offsets.push(location.offset);
    moving.forEach((moves, level) => {
      const bytes = location.advance[level] ?? 0;
      if (bytes === 0) return;
      moves.words.push(table / 4 + word);
      moves.bytes.push(bytes);
    });
  };

  const place = (job: Job, chunk: number): JobCode => {
    const at = next;
    next += jobBytes(job);
    job.floats.forEach((value, i) => {
      if (typeof value === "number") doubles[at / 8 + i] = value;
      else {
        const list = constants.get(value.constant) ?? [];
        constants.set(value.constant, list);
        list.push((table + at) / 8 + i);
      }
    });
    const buffers = at / 4 + 2 * job.floats.length;
    job.buffers.forEach((location, i) => {
      locate(location, buffers + i);
    });
    const ints = buffers + job.buffers.length;
    words.set(job.ints, ints);
    const { call } = kernels[job.kernel] as LoadedKernel;
    return {
      call,
      buffers: table + 4 * buffers,
      ints: table + 4 * ints,
      floats: table + at,
      units: job.units,
      chunk,
    };
  };

  const launch = (step: Extract<Step, { kind: "launch" }>): void => {
    const cost = step.work.flops + step.work.bytes;
    const units = step.jobs.reduce((sum, job) => sum + job.units, 0);
    const wanted = Math.max(threads * 8, cost / largestChunk);
    const pieces = Math.max(1, Math.min(wanted, cost / smallestChunk));
    const chunk = Math.max(1, Math.ceil(units / pieces));
    for (let first = 0; first < step.jobs.length; first += jobWords.mostJobs) {
      const part = step.jobs.slice(first, first + jobWords.mostJobs);
      const jobs = part.map((job) => place(job, chunk));
      const shared = threads > 1 && cost >= worthSharing && units > chunk;
      const ids = part.map((job) => kernels[job.kernel] as LoadedKernel);
      const code = shared ? launchCode(jobs, ids) : null;
      const number = first / jobWords.mostJobs;
      instructions.push({ kind: "launch", jobs, words: code, step: steps.length, part: number });
    }
    const used = [...new Set(step.jobs.map((job) => job.kernel))];
    steps.push({ label: step.label, work: step.work, kernels: used });
  };

  const walk = (list: readonly Step[]): void => {
    for (const step of list) {
      if (step.kind === "launch") {
        launch(step);
        continue;
      }
      const { count } = step;
      const depth = moving.length;
      deepest = Math.max(deepest, depth + 1);
      const begin = instructions.length;
      const moves = { words: [], bytes: [] };
      moving.push(moves);
      instructions.push({ kind: "begin", depth, count, end: 0 });
      walk(step.steps);
      moving.pop();
      instructions[begin] = { kind: "begin", depth, count, end: instructions.length };
      instructions.push({ kind: "end", depth, count, begin, moves });
    }
  };
  const safe = stepsBeforeOverwriting(program);
  walk(program.steps.slice(0, safe));
  const overwritesFrom = instructions.length;
  walk(program.steps.slice(safe));
  return { instructions, depth: deepest, overwritesFrom, steps, words, doubles, slots, constants };
}

function launchCode(jobs: readonly JobCode[], kernels: readonly LoadedKernel[]): Int32Array {
  const code = new Int32Array(launchWords.size + jobs.length * jobWords.size);
  let chunks = 0;
  jobs.forEach((job, i) => {
    const at = launchWords.size + i * jobWords.size;
    code[at + jobWords.kernel] = (kernels[i] as LoadedKernel).id;
    code[at + jobWords.buffers] = job.buffers;
    code[at + jobWords.ints] = job.ints;
    code[at + jobWords.floats] = job.floats;
    code[at + jobWords.units] = job.units;
    code[at + jobWords.chunk] = job.chunk;
    code[at + jobWords.first] = chunks;
    chunks += Math.ceil(job.units / job.chunk);
  });
  code[launchWords.jobs] = jobs.length;
  code[launchWords.chunks] = chunks;
  code[launchWords.needs] = Math.max(0, ...kernels.map((kernel) => kernel.needs));
  return code;
}
