// Parameter groups: parameters that share options, and the learning rate, which is a number in a
// cell or a function of the step.

import { ArgumentError } from "../ir/errors.ts";
import { State } from "../tensor/cell.ts";
import { full } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { guard } from "../tensor/trace.ts";

/** A learning rate: a number, a tensor, or a function of the steps done so far. */
export type Rate = number | Tensor | ((step: Tensor) => Tensor | number);

/** A group of parameters; its `lr` can be set at any time and nothing is traced again. */
export class ParameterGroup<O> {
  readonly options: Readonly<O>;
  /** The rate while it is not a function of the step. */
  readonly rate: State;
  private schedule: ((step: Tensor) => Tensor | number) | undefined;
  private readonly steps: State;
  private readonly readSchedule = (): unknown => this.schedule;

  constructor(options: Readonly<O>, lr: Rate, steps: State, dtype: "f32" | "f64") {
    this.options = options;
    this.steps = steps;
    this.rate = new State(full([], 0, { dtype }));
    this.lr = lr;
  }

  /** The learning rate of the next step. */
  get lr(): Tensor {
    return this.rateAt(this.steps.cast(this.rate.dtype));
  }

  set lr(value: Rate) {
    if (typeof value === "function") {
      this.schedule = value;
      return;
    }
    if (typeof value === "number" && !(value >= 0)) {
      throw new ArgumentError(`ParameterGroup: lr must be at least 0, not ${value}`);
    }
    this.schedule = undefined;
    this.rate.assign(typeof value === "number" ? value : value.cast(this.rate.dtype));
  }

  /** Whether the rate is a function of the step, which a checkpoint does not hold. */
  get isScheduled(): boolean {
    return this.schedule !== undefined;
  }

  /** The rate after so many steps. @param step  floating, 0-d */
  rateAt(step: Tensor): Tensor {
    guard(this.readSchedule);
    if (this.schedule === undefined) return this.rate.snapshot();
    const value = this.schedule(step);
    return typeof value === "number" ? full([], value, { dtype: this.rate.dtype as "f32" }) : value;
  }
}
