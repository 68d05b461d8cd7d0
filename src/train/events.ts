// What a run tells while it goes on, and what is left of it at the end. Plain data, so that it can be
// written as JSON and read back.

/** Means by name: of the loss and of every metric. */
export type Measures = { readonly [name: string]: number };

/** One step of training is done. */
export interface BatchEvent {
  readonly type: "batch";
  /** From 0. */
  readonly epoch: number;
  /** Place in the epoch, from 0. */
  readonly batch: number;
  /** Batches of an epoch, where the data says. */
  readonly batches: number | undefined;
  /** Steps made so far, this one counted. */
  readonly step: number;
  /** Examples in the batch. */
  readonly examples: number;
  readonly loss: number;
  /** Of this batch. */
  readonly metrics: Measures;
  /** Means over the epoch so far, "loss" among them. */
  readonly means: Measures;
  /** Norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** Learning rate of this step, where the optimiser tells. */
  readonly lr: number | undefined;
}

/** An epoch is done and validated. */
export interface EpochEvent {
  readonly type: "epoch";
  /** From 0. */
  readonly epoch: number;
  /** Epochs that the run shall have. */
  readonly epochs: number;
  /** Steps made so far. */
  readonly step: number;
  readonly loss: number;
  readonly metrics: Measures;
  /** "loss" and every metric on the validation data. */
  readonly validation: Measures | undefined;
  readonly lr: number | undefined;
  /** Seconds of the epoch, validation counted. */
  readonly seconds: number;
  /** Examples trained on. */
  readonly examples: number;
}

/** What a training run tells: after each batch, and after each epoch. */
export type FitEvent = BatchEvent | EpochEvent;

/** Why a run ended: all epochs done, a callback said so, its signal aborted, the loop was left. */
export type Ending = "completed" | "stopped" | "aborted" | "left";

/** A run looked back upon. */
export interface History {
  readonly epochs: readonly EpochEvent[];
  /** Steps made in all, those before a resumption counted. */
  readonly steps: number;
  readonly ending: Ending;
  /** What a callback gave as its reason for stopping. */
  readonly reason: string | undefined;
}
