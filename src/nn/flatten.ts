// Flatten, several axes as one; and Unflatten, one axis as several.

import { requireSome, requireWhole } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Options of Flatten. */
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

/**
 * flatten as a module.
 *
 * @example
 * new Flatten().forward(zeros([2, 3, 4])).shape; // [2, 12]
 */
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

/**
 * One axis as several: Flatten undone.
 *
 * @example
 * new Unflatten(1, [3, -1]).forward(zeros([2, 12])).shape; // [2, 3, 4]
 */
export class Unflatten extends Module {
  readonly axis: number;
  readonly sizes: readonly number[];

  /** @param axis  which; negative counts from the end @param sizes  of the new axes; one may be −1 */
  constructor(axis: number, sizes: readonly number[]) {
    super();
    requireWhole("Unflatten", { axis });
    requireSome("Unflatten", { sizes });
    for (const one of sizes) requireWhole("Unflatten", { sizes: one }, { from: -1 });
    this.axis = axis;
    this.sizes = sizes;
  }

  /** @throws ShapeError  the axis does not have as many elements as the sizes say */
  forward(x: Tensor): Tensor {
    return x.unflatten(this.axis, this.sizes);
  }
}
