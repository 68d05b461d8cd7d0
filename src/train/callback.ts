// Callbacks: what can be hung onto a run. Each hook may be asynchronous and is waited for.

import type { BatchEvent, EpochEvent, History, Measures } from "./events.ts";

/** Values that JSON gives back as they were. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a callback can see and do. */
export interface RunContext {
  readonly model: object;
  readonly optimizer: object;
  /** Steps made so far. */
  readonly step: number;
  /** Epochs finished so far. */
  readonly epoch: number;
  /** Whether the run went on from a checkpoint. */
  readonly resumed: boolean;
  /** Ends the run after this hook. */
  stop(reason: string): void;
  /**
   * Loss and metrics of the validation data, as the model is now. Undefined where there are no such data,
   * or the run was aborted meanwhile.
   */
  validate(): Promise<Measures | undefined>;
  /** Everything needed to go on from here, as the bytes of a file. */
  capture(): Promise<Uint8Array>;
  /**
   * Puts the run back to where it was when these bytes were captured: model, optimiser, data, random
   * numbers, history, callbacks. What comes next goes on from there.
   */
  rewind(bytes: Uint8Array): Promise<void>;
}

/** The moments at which saving is asked for. */
export type Moment = "batch" | "epoch" | "end";

/** What a training run calls on its way. */
export interface Callback {
  /** Under which its state is kept in checkpoints; one of each name a run. */
  readonly name: string;
  /** The bytes of a checkpoint to go on from; asked before all else. */
  resumeFrom?(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /** Before the first step; its state is already restored. */
  onStart?(context: RunContext): Promise<void> | void;
  onBatch?(event: BatchEvent, context: RunContext): Promise<void> | void;
  onEpoch?(event: EpochEvent, context: RunContext): Promise<void> | void;
  /** After the other hooks of every callback: the place for writing things down. */
  save?(moment: Moment, context: RunContext): Promise<void> | void;
  /** When a run has ended in any way but an error. */
  onEnd?(history: History, context: RunContext): Promise<void> | void;
  /** What it must remember to go on; kept in checkpoints. */
  state?(): Promise<Json> | Json;
  restore?(state: Json): Promise<void> | void;
}
