// A program under way while JavaScript goes on. There is one at most: the programs of a device share
// its arena and keep their order, so whoever wants to run another waits for the one before, without
// the event loop if it was not awaited.
//
// What it computes has its place at once, and says that its value is still to come; whoever looks at
// that waits too. If it fails, finds an index out of range or is cancelled, everything that was told of
// its results is taken back: no input has been overwritten by then, so what was before is there.

import type { Fault, Running } from "../device/device.ts";
import { type CancelReason, onCancel } from "./cancel.ts";
import type { Placed } from "./memory.ts";

let current: Job | undefined;
/** A job that has failed, of which nobody has heard yet. */
let unheard: Job | undefined;

/** The job under way. */
export const jobUnderWay = (): Job | undefined => current;

export interface JobOptions {
  readonly running: Running;
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
  /** After it has ended, unless it failed. What this throws is thrown where the job is waited for. */
  readonly finish: (fault: Fault | undefined, ms: number) => void;
}

export class Job {
  readonly #running: Running;
  readonly #inputs: Placed[];
  readonly #outputs: Placed[];
  readonly #finish: JobOptions["finish"];
  readonly #stopListening: () => void;
  #cancelled: CancelReason | undefined;
  #over = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #undo: (() => void)[] = [];
  readonly #done: (() => void)[] = [];
  readonly #after: (() => void)[] = [];
  /** Fulfilled when it is over, well or not. */
  readonly over: Promise<void>;

  constructor({ running, inputs, outputs, finish }: JobOptions) {
    this.#running = running;
    this.#inputs = [...inputs];
    this.#outputs = [...outputs];
    this.#finish = finish;
    for (const output of outputs) output.job = this;
    this.#stopListening = onCancel((reason) => {
      this.#cancelled ??= reason;
      running.cancel();
    });
    current = this;
    this.over = running.ended.then(() => this.settle());
  }

  /** What takes back a change that rests on its results, if there are none; the last comes first. */
  ifUndone(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** What follows from its results, once they are there. */
  ifDone(work: () => void): void {
    this.#done.push(work);
  }

  /** What must not happen while it uses a storage; now, if it does not. */
  whenFree(storage: Placed, work: () => void): void {
    if (this.#inputs.includes(storage) || this.#outputs.includes(storage)) this.#after.push(work);
    else work();
  }

  /** Waits without the event loop. @throws what became of it, if it failed */
  wait(): void {
    this.settle();
    if (this.#failure === undefined) return;
    if (unheard === this) unheard = undefined;
    throw this.#failure.error;
  }

  /** The same, whatever became of it. */
  settle(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    if (current === this) current = undefined;
    let ended: ReturnType<Running["finish"]> | undefined;
    try {
      ended = this.#running.finish();
    } catch (error) {
      this.#fail(this.#cancelled ?? { error });
    }
    if (ended === undefined || ended.fault !== undefined) {
      while (this.#undo.length > 0) (this.#undo.pop() as () => void)();
    } else for (const work of this.#done) work();
    if (ended !== undefined) this.#conclude(ended.fault, ended.ms);
    for (const work of this.#after) work();
    // Who still holds it (a result that failed does) holds nothing else.
    for (const list of [this.#inputs, this.#outputs, this.#undo, this.#done, this.#after]) {
      list.length = 0;
    }
  }

  /** Its results are there, or say which index was out of range. */
  #conclude(fault: Fault | undefined, ms: number): void {
    for (const output of this.#outputs) {
      // Not a cell's old memory, which has been taken back.
      if (output.job === this) output.fault = fault;
      output.job = undefined;
    }
    try {
      this.#finish(fault, ms);
    } catch (error) {
      this.#fail({ error });
    }
  }

  #fail(failure: { readonly error: unknown }): void {
    this.#failure = failure;
    // Who cancelled it knows.
    if (failure !== this.#cancelled) unheard = this;
  }
}

/** Before a program runs: the one before is over. @throws its failure, if nobody has heard of it */
export function waitForJob(): void {
  current?.settle();
  unheard?.wait();
}
