// One class and what it must refuse: arguments that its constructor takes, for each some that it does
// not, and inputs that do not fit. refusals.test.ts makes the calls.

import type { Tensor } from "../../../src/tensor/tensor.ts";

export interface Refusal {
  /** Arguments that do, by name and in order. */
  readonly takes?: Readonly<Record<string, unknown>>;
  /** Options that do. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** By the name of an argument or an option, values that do not: the message must have the name. */
  readonly refuses?: Readonly<Record<string, unknown>>;
  /** Lists of arguments that forward, of one made as above, does not take. */
  readonly inputs?: () => readonly (readonly (Tensor | object | undefined)[])[];
}

export type Refusals = Readonly<Record<string, Refusal>>;

/** Several values that do not do for one argument. */
export class Each {
  readonly values: readonly unknown[];

  constructor(...values: unknown[]) {
    this.values = values;
  }
}

export const each = (...values: unknown[]): Each => new Each(...values);
