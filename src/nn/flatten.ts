// Flatten: several axes as one.

import { requireWhole } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

export interface FlattenOptions {
  /** The first axis of those that become one. Default 1: the batch stays. */
  start?: number;
  /** The last. Default −1. */
  end?: number;
}

/**
 * x with axes start … end as one; by default all but the batch.
 *
 * @example
 * flatten(zeros([2, 3, 4])).shape; // [2, 12]
 */
export const flatten = (x: Tensor, { start = 1, end = -1 }: FlattenOptions = {}): Tensor =>
  x.flatten(start, end);

/** flatten as a module. */
export class Flatten extends Module {
  readonly start: number;
  readonly end: number;

  constructor({ start = 1, end = -1 }: FlattenOptions = {}) {
    super();
    requireWhole("Flatten", { start, end });
    this.start = start;
    this.end = end;
  }

  forward(x: Tensor): Tensor {
    return x.flatten(this.start, this.end);
  }
}
