// fit: the training loop. A run is a stream of events that is made as it is consumed, so a slow
// consumer slows it down and leaving the loop ends it after the step in progress.

import { now } from "../device/host.ts";
import { DataError, NumericError } from "../ir/errors.ts";
import type { ExplainedProgram } from "../tensor/engine.ts";
import { defaultGenerator } from "../tensor/generator.ts";
import type { Callback, Json, Moment, RunContext } from "./callback.ts";
import { encodeCheckpoint, type Progress, restoreCheckpoint } from "./checkpoint.ts";
import { diagnose } from "./diagnose.ts";
import { type EvaluationStep, evaluateWith } from "./evaluate.ts";
import type { BatchEvent, Ending, EpochEvent, FitEvent, History, Measures } from "./events.ts";
import { type Metric, RunningMeans } from "./metrics.ts";
import {
  type CompiledStep,
  type ExampleOf,
  evaluationStep,
  type Loss,
  type Model,
  type StepResult,
  type Task,
  trainingStep,
  type Updater,
  usualExample,
  wasMade,
} from "./step.ts";

/** Batches that can be gone through once an epoch. */
export type Batches<B> = Iterable<B> | AsyncIterable<B>;

/** Options of fit. */
export interface FitOptions<B> {
  /** A loader, or anything that gives an epoch of batches each time it is iterated. */
  readonly data: Batches<B>;
  /** Looked at after each epoch. */
  readonly validation?: Batches<B>;
  /** Input and target of a batch, traced with the step. Default: its two tensors, in order */
  readonly example?: ExampleOf<B>;
  /** [] from output and target. */
  readonly loss: Loss;
  readonly optimizer: Updater;
  readonly metrics?: { readonly [name: string]: Metric };
  /** Default 1 */
  readonly epochs?: number;
  readonly callbacks?: readonly Callback[];
  /** Changes gradients before the update, such as (g) => clipByNorm(g, 1). */
  // biome-ignore lint/suspicious/noExplicitAny: gradients have the type of the model's tree
  readonly clip?: (gradients: any) => any;
  /** Ends the run: the step in progress is given up, unless it already writes its update. */
  readonly signal?: AbortSignal;
}

/** Training in progress: events to iterate over, or a history to wait for. */
export interface Run extends AsyncIterable<FitEvent> {
  /** Trains to the end, if nobody else iterates, and gives what is left of it. */
  finished(): Promise<History>;
  /** The program of the last training step, as data. */
  explain(): ExplainedProgram | undefined;
}

/**
 * Trains a model.
 *
 * The run starts when it is first iterated or waited for. Leaving the loop and a callback's stop end
 * it after the step in progress, an aborted signal within some milliseconds, where the cells are as
 * before that step. Then all is saved.
 *
 * Gradients are taken where the optimiser looks ahead, as Nesterov does; so is the loss of a step.
 *
 * @param model    changed in place
 * @param options  data, loss, optimizer, epochs, …
 * @returns        a run: `for await (const event of run)`, or `await run.finished()`
 * @throws NumericError  loss or gradients are no longer finite; the message names the first operation
 *   that made it so, and all cells are as before that step
 * @example
 * const history = await fit(model, { data: loader(train), loss: nn.crossEntropy, optimizer }).finished();
 */
export function fit<B>(model: Model, options: FitOptions<B>): Run {
  return new Training(model, options);
}

/** Data with a place that can be gone back to. */
interface Placed {
  state: { readonly seed: number; readonly epoch: number; readonly batch: number };
  readonly length?: number | undefined;
}

interface Settle {
  resolve: (history: History) => void;
  reject: (error: unknown) => void;
}

class Training<B> implements Run {
  readonly #model: Model;
  readonly #options: FitOptions<B>;
  readonly #callbacks: readonly Callback[];
  readonly #step: CompiledStep<B, StepResult>;
  readonly #evaluation: EvaluationStep<B>;
  readonly #task: Task<B>;
  readonly #context: RunContext;
  #events: AsyncGenerator<FitEvent, void, void> | undefined;
  readonly #history: Promise<History>;
  readonly #settle: Settle = { resolve: () => {}, reject: () => {} };

  // Where the run stands.
  #epoch = 0;
  #batch = 0;
  #steps = 0;
  #means = new RunningMeans();
  #epochs: EpochEvent[] = [];
  #lr: number | undefined;
  #resumed = false;
  #stopReason: string | undefined;

  constructor(model: Model, options: FitOptions<B>) {
    const { epochs = 1, callbacks = [], metrics = {}, example = usualExample, loss } = options;
    if (!Number.isInteger(epochs) || epochs < 0) {
      throw new DataError(`fit: epochs must be a whole number from 0, not ${epochs}`);
    }
    const names = callbacks.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new DataError(`fit: the callback ${twice} is there twice`);
    if ("loss" in metrics) throw new DataError('fit: a metric cannot be called "loss"');
    this.#model = model;
    this.#options = options;
    this.#callbacks = callbacks;
    this.#task = { model, example, loss, metrics };
    this.#step = trainingStep(this.#task, options.optimizer, options.clip ?? ((g) => g));
    this.#evaluation = evaluationStep(this.#task);
    this.#context = this.#makeContext();
    this.#history = new Promise((resolve, reject) => {
      this.#settle.resolve = resolve;
      this.#settle.reject = reject;
    });
    this.#history.catch(() => {}); // whoever iterates gets the error too
  }

  [Symbol.asyncIterator](): AsyncGenerator<FitEvent, void, void> {
    this.#events ??= this.#run();
    return this.#events;
  }

  async finished(): Promise<History> {
    if (this.#events === undefined) for await (const _ of this);
    return this.#history;
  }

  explain(): ExplainedProgram | undefined {
    return this.#step.explain();
  }

  async *#run(): AsyncGenerator<FitEvent, void, void> {
    let ending: Ending = "left";
    let failed = false;
    try {
      await this.#start();
      const { epochs = 1 } = this.#options;
      while (this.#epoch < epochs && !this.#ended()) {
        const begun = now();
        yield* this.#trainEpoch();
        if (this.#ended() !== undefined) break;
        const event = await this.#finishEpoch(begun);
        if (event !== undefined) yield event;
      }
      ending = this.#ended() ?? "completed";
    } catch (error) {
      failed = true;
      this.#settle.reject(error);
      throw error;
    } finally {
      // Reached by return() too, when the consumer leaves its loop.
      if (!failed) await this.#end(ending);
    }
  }

  #ended(): Ending | undefined {
    if (this.#stopReason !== undefined) return "stopped";
    return this.#options.signal?.aborted ? "aborted" : undefined;
  }

  async #start(): Promise<void> {
    for (const callback of this.#callbacks) {
      const bytes = await callback.resumeFrom?.();
      if (bytes === undefined) continue;
      await this.#restore(bytes);
      this.#resumed = true;
      break;
    }
    for (const callback of this.#callbacks) await callback.onStart?.(this.#context);
  }

  async *#trainEpoch(): AsyncGenerator<BatchEvent, void, void> {
    const { data } = this.#options;
    const place = placeOf(data);
    if (place) {
      place.state = { seed: place.state.seed, epoch: this.#epoch, batch: this.#batch };
    }
    let toSkip = place ? 0 : this.#batch;
    this.#model.train?.();
    for await (const batch of data) {
      if (toSkip-- > 0) continue;
      // A signal may have come while the batch was made.
      if (this.#ended() !== undefined) return;
      const event = await this.#trainBatch(batch, place?.length);
      if (event === undefined) return;
      for (const callback of this.#callbacks) await callback.onBatch?.(event, this.#context);
      await this.#save("batch");
      yield event;
      if (this.#ended() !== undefined) return;
    }
    if (this.#means.examples === 0) throw new DataError("fit: the data gave no batch");
  }

  /** A step; undefined if it was given up. */
  async #trainBatch(batch: B, batches: number | undefined): Promise<BatchEvent | undefined> {
    const generator = defaultGenerator();
    const random = generator.state;
    const result = this.#step(batch);
    if (!(await wasMade(result, this.#options.signal))) return undefined;
    const loss = await result.loss.item();
    const gradientNorm = await result.gradientNorm.item();
    if (!(await result.finite.item())) {
      const reached = generator.state;
      generator.state = random; // the same dropout masks once more
      const found = await diagnose(this.#task, batch);
      generator.state = reached;
      throw new NumericError(
        `fit: in step ${this.#steps + 1} (epoch ${this.#epoch + 1}, batch ${this.#batch + 1}) the loss is ${loss}, ` +
          `the norm of the gradients ${gradientNorm}: ${found}. The update was not made`,
      );
    }
    this.#lr = await result.lr?.item();
    const metrics: Record<string, number> = {};
    for (const [name, value] of Object.entries(result.metrics)) metrics[name] = await value.item();
    this.#means.add({ loss, ...metrics }, result.examples);
    const at = this.#batch++;
    this.#steps++;
    return {
      type: "batch",
      epoch: this.#epoch,
      batch: at,
      batches,
      step: this.#steps,
      examples: result.examples,
      loss,
      metrics,
      means: this.#means.means,
      gradientNorm,
      lr: this.#lr,
    };
  }

  /** Validation and the hooks of an epoch; undefined if the run was aborted meanwhile. */
  async #finishEpoch(begun: number): Promise<EpochEvent | undefined> {
    const { signal, epochs = 1 } = this.#options;
    let measures: Measures | undefined;
    try {
      measures = await this.#validate();
    } catch (error) {
      if (signal?.aborted) return undefined;
      throw error;
    }
    const { loss = NaN, ...metrics } = this.#means.means;
    const event: EpochEvent = {
      type: "epoch",
      epoch: this.#epoch,
      epochs,
      step: this.#steps,
      loss,
      metrics,
      validation: measures,
      lr: this.#lr,
      seconds: (now() - begun) / 1000,
      examples: this.#means.examples,
    };
    this.#epochs.push(event);
    this.#epoch++;
    this.#batch = 0;
    this.#means = new RunningMeans();
    for (const callback of this.#callbacks) await callback.onEpoch?.(event, this.#context);
    await this.#save("epoch");
    return event;
  }

  async #validate(): Promise<Measures | undefined> {
    const { validation, signal } = this.#options;
    if (validation === undefined) return undefined;
    const place = placeOf(validation);
    if (place) place.state = { ...place.state, epoch: 0, batch: 0 };
    return evaluateWith(this.#evaluation, this.#model, validation, signal);
  }

  async #save(moment: Moment): Promise<void> {
    for (const callback of this.#callbacks) await callback.save?.(moment, this.#context);
  }

  async #end(ending: Ending): Promise<void> {
    const history: History = {
      epochs: [...this.#epochs],
      steps: this.#steps,
      ending,
      reason: this.#stopReason,
    };
    try {
      await this.#save("end");
      for (const callback of this.#callbacks) await callback.onEnd?.(history, this.#context);
      this.#settle.resolve(history);
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    }
  }

  #makeContext(): RunContext {
    const at = (): { epoch: number; step: number; resumed: boolean } => ({
      epoch: this.#epoch,
      step: this.#steps,
      resumed: this.#resumed,
    });
    return {
      model: this.#model,
      optimizer: this.#options.optimizer,
      get step() {
        return at().step;
      },
      get epoch() {
        return at().epoch;
      },
      get resumed() {
        return at().resumed;
      },
      stop: (reason) => {
        this.#stopReason ??= reason;
      },
      validate: () =>
        this.#validate().catch((error: unknown) => {
          if (!this.#options.signal?.aborted) throw error;
          return undefined;
        }),
      capture: () => this.#capture(),
      rewind: (bytes) => this.#restore(bytes),
    };
  }

  async #capture(): Promise<Uint8Array> {
    const callbacks: Record<string, Json> = {};
    for (const { name, state } of this.#callbacks) {
      if (state !== undefined) callbacks[name] = await state();
    }
    const progress: Progress = {
      epoch: this.#epoch,
      batch: this.#batch,
      step: this.#steps,
      dataSeed: placeOf(this.#options.data)?.state.seed ?? null,
      generator: defaultGenerator().state,
      lr: this.#lr ?? null,
      sums: this.#means.state,
      epochs: this.#epochs,
      callbacks,
    };
    return encodeCheckpoint({ model: this.#model, optimizer: this.#options.optimizer }, progress);
  }

  async #restore(bytes: Uint8Array): Promise<void> {
    const parts = { model: this.#model, optimizer: this.#options.optimizer };
    const progress = restoreCheckpoint(bytes, parts);
    this.#epoch = progress.epoch;
    this.#batch = progress.batch;
    this.#steps = progress.step;
    this.#means.state = progress.sums;
    this.#epochs = [...progress.epochs];
    this.#lr = progress.lr ?? undefined;
    defaultGenerator().state = progress.generator;
    const place = placeOf(this.#options.data);
    if (place && progress.dataSeed !== null) {
      place.state = { seed: progress.dataSeed, epoch: progress.epoch, batch: progress.batch };
    }
    for (const callback of this.#callbacks) {
      const saved = progress.callbacks[callback.name];
      if (saved !== undefined) await callback.restore?.(saved);
    }
  }
}

function placeOf(data: unknown): Placed | undefined {
  const { state } = data as Partial<Placed>;
  return typeof state?.epoch === "number" && typeof state.batch === "number"
    ? (data as Placed)
    : undefined;
}
