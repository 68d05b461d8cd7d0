// The keys and values that a decoder has already seen, in cells of a fixed size: a step computes
// those of the new places only, and writes them at a position that may be known at run time only. So
// one compiled program serves every step.

import { State } from "../../tensor/cell.ts";
import { arange, zeros } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";

/** What attention looks things up in. */
export interface KeysAndValues {
  /** [batch, heads, keys, n] */
  readonly keys: Tensor;
  /** [batch, heads, keys, n] */
  readonly values: Tensor;
}

/** How large a cache is. */
export interface KeyValueCacheSize {
  batch: number;
  heads: number;
  /** Places there are. */
  size: number;
  /** Width of a head. */
  width: number;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * Room for the keys and values of `size` places.
 *
 * @cost    2·batch·heads·size·width numbers; a step writes its own places alone
 * @source  Shazeer 2019, Fast Transformer Decoding: One Write-Head is All You Need, §2.4.
 *   arXiv:1911.02150
 * @example
 * new KeyValueCache({ batch: 1, heads: 2, size: 8, width: 4 }).keys.shape; // [1, 2, 8, 4]
 */
export class KeyValueCache implements KeysAndValues {
  readonly keys: State;
  readonly values: State;
  readonly size: number;

  constructor({ batch, heads, size, width, dtype = "f32" }: KeyValueCacheSize) {
    requireSizes("KeyValueCache", { batch, heads, size, width });
    this.size = size;
    this.keys = new State(zeros([batch, heads, size, width], { dtype }));
    this.values = new State(zeros([batch, heads, size, width], { dtype }));
  }

  /**
   * Puts keys and values in their places.
   *
   * @param fresh     of places position, position + 1, …
   * @param position  of the first: a number, or i32 [] known at run time
   * @throws IndexError  on reading, if they do not fit
   */
  write(fresh: KeysAndValues, position: number | Tensor): void {
    const places = arange(fresh.keys.shape[2] as number).add(position);
    this.keys.assign(this.keys.set([":", ":", places], fresh.keys));
    this.values.assign(this.values.set([":", ":", places], fresh.values));
  }
}
