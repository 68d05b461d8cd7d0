// Orders and choices for data: words of the counter-based generator, as a function of a seed, an
// epoch and a position. Nothing is stored, so the order of any epoch can be had again at once: what
// lets a run go on in the middle of an epoch.

import { threefry2x32 } from "../ir/threefry.ts";
import { requireSeed, requireWhole } from "../tensor/requirements.ts";

/** Keeps these words apart from those of tensors with the same seed. */
const domain = 0x6461_7461; // "data"

/** A sequence of random words for one epoch of one seed. */
export class EpochWords {
  readonly #key0: number;
  readonly #key1: number;
  readonly #epoch: number;
  #count = 0;
  #spare: number | undefined;

  constructor(seed: number, epoch: number) {
    requireSeed(seed);
    this.#key0 = seed >>> 0;
    this.#key1 = (Math.floor(seed / 2 ** 32) ^ domain) >>> 0;
    this.#epoch = epoch;
  }

  /** The next word, 0 … 2³² − 1. */
  next(): number {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    const [first, second] = threefry2x32(this.#key0, this.#key1, this.#count++, this.#epoch);
    this.#spare = second;
    return first;
  }

  /** A whole number 0 … bound − 1, each as likely. @param bound  at most 2³² */
  below(bound: number): number {
    // Words past the last whole multiple of the bound would favour small numbers.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const word = this.next();
      if (word < limit) return word % bound;
    }
  }
}

/**
 * The numbers 0 … count − 1 in a random order.
 *
 * @param options  seed, and epoch (default 0): another epoch, another order
 * @returns        [count]; the same on every machine
 * @cost    one word a number
 * @source  Durstenfeld 1964, Algorithm 235: Random permutation
 * @example
 * shuffledOrder(3, { seed: 1 }).sort() // 0, 1, 2
 */
export function shuffledOrder(
  count: number,
  { seed, epoch = 0 }: { seed: number; epoch?: number },
): Uint32Array {
  requireWhole("shuffledOrder", { count }, { from: 0 });
  const words = new EpochWords(seed, epoch);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = words.below(last + 1);
    const value = order[last] as number;
    order[last] = order[other] as number;
    order[other] = value;
  }
  return order;
}
