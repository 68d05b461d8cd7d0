// Batches of a data set, epoch after epoch: shuffled by a seed, grouped, mapped, made ahead.
//
// The order of an epoch is a function of the seed and the epoch's number, so a place in it is three
// numbers (seed, epoch, batch) that can be saved and gone back to.

import { DataError } from "../ir/errors.ts";
import { defaultGenerator } from "../tensor/generator.ts";
import { requireWhole } from "../tensor/requirements.ts";
import { Tensor } from "../tensor/tensor.ts";
import { isRecord } from "../tensor/tree.ts";
import {
  type BatchOf,
  type Columns,
  collate,
  columnsDataset,
  type Example,
  type Indexed,
  listDataset,
} from "./dataset.ts";
import { batch, prefetch, type Source, shuffle } from "./iterate.ts";
import { shuffledOrder } from "./permutation.ts";

/** Where a loader stands. */
export interface LoaderState {
  readonly seed: number;
  readonly epoch: number;
  /** Batches of the epoch that were given. */
  readonly batch: number;
}

/** Options of loader. */
export interface LoaderOptions<B, M = B> {
  /** Examples a batch. Default 32 */
  batchSize?: number;
  /** Another order each epoch; of a stream, through a buffer of so many examples (true: 4096). Default false */
  shuffle?: boolean | { readonly buffer: number };
  /** What the order depends on. Default: the seed of seed() when the loader is made */
  seed?: number;
  /** What becomes of examples that do not fill the last batch. Default "keep" */
  lastBatch?: "keep" | "drop";
  /** Changes each batch; may be asynchronous. */
  map?: (batch: B, place: { readonly epoch: number; readonly batch: number }) => M | Promise<M>;
  /** Batches made ahead while one is used. Default 0 */
  prefetch?: number;
}

/** Batches, epoch after epoch: each `for await` over it is the next epoch. */
export interface Loader<B> extends AsyncIterable<B> {
  readonly batchSize: number;
  /** Examples an epoch; undefined for a stream. */
  readonly count: number | undefined;
  /** Batches an epoch; undefined for a stream. */
  readonly length: number | undefined;
  /** After the batch given last. Setting it makes the next `for await` go on from there. */
  state: LoaderState;
}

/** A source that can be gone through again: an iterable, or a function that gives one an epoch. */
export type Stream<E> = Source<E> | ((place: { readonly epoch: number }) => Source<E>);

/**
 * Batches of a data set.
 *
 * @param source   a record of tensors or arrays that share their first axis, a list of examples, an
 *   iterable or async iterable of examples, or a function that gives one for each epoch. An example
 *   is a record of tensors, numbers or arrays
 * @param options  batchSize, shuffle, seed, lastBatch, map, prefetch
 * @returns        records of tensors, [batch, …] each
 * @throws ShapeError  the arrays have different numbers of examples
 * @throws DataError   there are no examples
 * @example
 * const data = loader({ x: new Float32Array(5), y: new Uint8Array(5) }, { batchSize: 2 });
 * for await (const { x } of data) x.shape; // [2], [2], [1]
 */
export function loader<S extends Columns, M = BatchOf<S>>(
  source: S,
  options?: LoaderOptions<BatchOf<S>, M>,
): Loader<M>;
export function loader<E extends Example, M = BatchOf<E>>(
  source: Stream<E>,
  options?: LoaderOptions<BatchOf<E>, M>,
): Loader<M>;
export function loader(
  source: Columns | Stream<Example>,
  options: LoaderOptions<never, unknown> = {},
): Loader<unknown> {
  return new EpochLoader(source, options as LoaderOptions<unknown, unknown>);
}

class EpochLoader implements Loader<unknown> {
  readonly batchSize: number;
  readonly #indexed: Indexed<unknown> | undefined;
  readonly #stream: Stream<Example> | undefined;
  readonly #options: LoaderOptions<unknown, unknown>;
  #state: LoaderState;
  /** Where the next epoch begins. */
  #next: { epoch: number; batch: number } = { epoch: 0, batch: 0 };

  constructor(source: unknown, options: LoaderOptions<unknown, unknown>) {
    const { batchSize = 32, seed = defaultGenerator().state.seed } = options;
    requireWhole("loader", { batchSize }, { from: 1 });
    this.batchSize = batchSize;
    this.#options = options;
    this.#state = { seed, epoch: 0, batch: 0 };
    if (source instanceof Tensor) {
      throw new DataError("loader: give tensors names, as in loader({ images, labels })");
    }
    if (Array.isArray(source)) this.#indexed = listDataset(source as Example[]);
    else if (isRecord(source) && !isIterable(source)) {
      this.#indexed = columnsDataset(source as Columns);
    } else this.#stream = source as Stream<Example>;
    if (this.#indexed?.count === 0) throw new DataError("loader: the data set has no examples");
    if (this.length === 0) {
      throw new DataError(
        `loader: ${this.count} examples do not fill one batch of ${batchSize}; use lastBatch: "keep"`,
      );
    }
  }

  get count(): number | undefined {
    return this.#indexed?.count;
  }

  get length(): number | undefined {
    if (this.count === undefined) return undefined;
    const batches = this.count / this.batchSize;
    return this.#options.lastBatch === "drop" ? Math.floor(batches) : Math.ceil(batches);
  }

  get state(): LoaderState {
    return this.#state;
  }

  set state({ seed, epoch, batch }: LoaderState) {
    this.#state = { seed, epoch, batch };
    this.#next = { epoch, batch };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, void> {
    const { epoch, batch: start } = this.#next;
    this.#next = { epoch: epoch + 1, batch: 0 };
    const made = this.#indexed
      ? this.#indexedBatches(this.#indexed, epoch, start)
      : this.#streamBatches(epoch, start);
    const ahead = this.#options.prefetch ?? 0;
    let at = start;
    for await (const item of ahead > 0 ? prefetch(made, ahead) : made) {
      this.#state = { ...this.#state, epoch, batch: ++at };
      yield item;
    }
    if (at === 0) {
      throw new DataError(
        `loader: the stream gave nothing in epoch ${epoch}; if it can be read only once, pass a function that makes it anew`,
      );
    }
  }

  async *#indexedBatches(
    data: Indexed<unknown>,
    epoch: number,
    start: number,
  ): AsyncGenerator<unknown, void, void> {
    const { seed } = this.#state;
    const { count } = data;
    const order = this.#options.shuffle
      ? shuffledOrder(count, { seed, epoch })
      : Uint32Array.from({ length: count }, (_, i) => i);
    for (let at = start; at < (this.length as number); at++) {
      const places = order.subarray(at * this.batchSize, (at + 1) * this.batchSize);
      yield await this.#mapped(await data.at(places), epoch, at);
    }
  }

  async *#streamBatches(epoch: number, start: number): AsyncGenerator<unknown, void, void> {
    const { shuffle: wish, lastBatch = "keep" } = this.#options;
    const source = this.#stream;
    let examples = (typeof source === "function" ? source({ epoch }) : source) as Source<Example>;
    if (!isIterable(examples)) {
      throw new DataError(
        "loader: the source must be a record of arrays, or an iterable of examples",
      );
    }
    if (wish) {
      const { seed } = this.#state;
      examples = shuffle(examples, { seed, epoch, ...(wish === true ? {} : wish) });
    }
    let at = 0;
    for await (const group of batch(examples, this.batchSize, { lastBatch })) {
      if (at >= start) yield await this.#mapped(await collate(group), epoch, at);
      at++;
    }
  }

  async #mapped(made: unknown, epoch: number, at: number): Promise<unknown> {
    const { map } = this.#options;
    return map ? await map(made, { epoch, batch: at }) : made;
  }
}

function isIterable(value: unknown): value is Source<Example> {
  return (
    typeof value === "object" &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}
