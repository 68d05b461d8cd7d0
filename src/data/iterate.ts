// Streams of examples: shuffle, group, map and fetch ahead over anything that can be iterated, with
// or without waiting. Each is a generator, so what is not asked for is not made, and leaving a loop
// closes the source.

import { requireWhole } from "../tensor/requirements.ts";
import { EpochWords } from "./permutation.ts";

/** What can be iterated with `for await`. */
export type Source<T> = Iterable<T> | AsyncIterable<T>;

/** Applies a function, which may be asynchronous, to every item in turn. */
export async function* map<T, U>(
  source: Source<T>,
  f: (item: T, index: number) => U | Promise<U>,
): AsyncGenerator<U, void, void> {
  let index = 0;
  for await (const item of source) yield await f(item, index++);
}

/**
 * Groups of `size` items.
 *
 * @param options  lastBatch: "keep" (default) gives what is left over at the end, "drop" does not
 */
export async function* batch<T>(
  source: Source<T>,
  size: number,
  { lastBatch = "keep" }: { lastBatch?: "keep" | "drop" } = {},
): AsyncGenerator<T[], void, void> {
  requireWhole("batch", { size }, { from: 1 });
  let group: T[] = [];
  for await (const item of source) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0 && lastBatch === "keep") yield group;
}

/**
 * The items in an order that a seed decides, through a buffer: each time, one of the buffer's items
 * is given at random and the next of the source takes its place.
 *
 * An item comes at most `buffer` places early; a buffer as large as the source gives any order.
 *
 * @param options  seed; epoch (default 0); buffer, in items (default 4096)
 */
export async function* shuffle<T>(
  source: Source<T>,
  { seed, epoch = 0, buffer = 4096 }: { seed: number; epoch?: number; buffer?: number },
): AsyncGenerator<T, void, void> {
  requireWhole("shuffle", { buffer }, { from: 1 });
  const words = new EpochWords(seed, epoch);
  const held: T[] = [];
  for await (const item of source) {
    if (held.length < buffer) {
      held.push(item);
      continue;
    }
    const at = words.below(held.length);
    const chosen = held[at] as T;
    held[at] = item;
    yield chosen;
  }
  while (held.length > 0) {
    const at = words.below(held.length);
    const chosen = held[at] as T;
    const last = held.pop() as T;
    if (at < held.length) held[at] = last;
    yield chosen;
  }
}

/**
 * The same items, of which up to `count` are made ahead while the consumer works.
 *
 * It helps where making an item waits for something: a disk, a network, another thread.
 */
export async function* prefetch<T>(
  source: Source<T>,
  count: number,
): AsyncGenerator<T, void, void> {
  requireWhole("prefetch", { count }, { from: 0 });
  const iterator = iteratorOf(source);
  const waiting: Promise<IteratorResult<T, unknown>>[] = [];
  let finished = false;
  const ask = (): void => {
    // One after another: generators answer in the order they are asked.
    const answer = Promise.resolve(iterator.next());
    answer.catch(() => {}); // reported when its turn comes
    waiting.push(answer);
  };
  try {
    while (true) {
      while (waiting.length < Math.max(1, count)) ask();
      const { done, value } = await (waiting.shift() as Promise<IteratorResult<T, unknown>>);
      if (done) {
        finished = true;
        return;
      }
      if (count > 0) ask();
      yield value as T;
    }
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    if (!finished) await iterator.return?.();
  }
}

function iteratorOf<T>(source: Source<T>): AsyncIterator<T> | Iterator<T> {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  return source[Symbol.iterator]();
}
