// One step of a recurrence, as encoders and decoders of sequences take it: a state of one tensor or
// more, the first of which is the output.

import { zeros } from "../../tensor/create.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Module } from "../module.ts";
import { GRUCell, LSTMCell } from "../recurrent/cells.ts";

/** Tensors [batch, hidden]; the first is the output. */
export type RecurrentState = readonly Tensor[];

/** A recurrent cell as a decoder takes it: one step at a time. */
export interface RecurrentStep extends Module {
  readonly hidden: number;
  /** How many tensors the state has. */
  readonly stateCount: number;
  /** @param x  [batch, in] */
  step(x: Tensor, state: RecurrentState): RecurrentState;
}

/** A GRU cell as a step. */
export class GatedStep extends GRUCell implements RecurrentStep {
  readonly stateCount = 1;

  step(x: Tensor, [h]: RecurrentState): RecurrentState {
    return [this.forward(x, h)];
  }
}

/** An LSTM cell as a step: the output, then the memory. */
export class MemoryStep extends LSTMCell implements RecurrentStep {
  readonly stateCount = 2;

  step(x: Tensor, state: RecurrentState): RecurrentState {
    return this.forward(x, state as readonly [h: Tensor, c: Tensor]);
  }
}

export interface RunOptions {
  /** bool [batch, time]: where a step counts; elsewhere the state stays. Default: everywhere */
  mask?: Tensor;
  /** From the last step to the first. Default false */
  reverse?: boolean;
}

/**
 * A recurrence along the time axis, from a state of zeros.
 *
 * @param x  [batch, time, in]
 * @returns  outputs [batch, time, hidden], and the state after the last step that counts
 */
export function runRecurrence(
  cell: RecurrentStep,
  x: Tensor,
  { mask, reverse = false }: RunOptions = {},
): { readonly outputs: Tensor; readonly state: RecurrentState } {
  const start = startOf(cell, x);
  const counts = mask?.unsqueeze(2); // [batch, time, 1]
  const body = (state: RecurrentState, now: { x: Tensor; counts?: Tensor }) => {
    const next = cell.step(now.x, state);
    const { counts: count } = now;
    const kept =
      count === undefined ? next : next.map((t, i) => t.where(count, state[i] as Tensor));
    return [kept, kept[0] as Tensor] as const;
  };
  const xs = counts === undefined ? { x } : { x, counts };
  const [state, outputs] = scan(body, start, xs, { axis: 1, reverse });
  return { outputs, state };
}

/** A state of zeros for a batch. @param x  [batch, ...], of the type of the state */
export function startOf(cell: RecurrentStep, x: Tensor): RecurrentState {
  const shape = [x.shape[0] as number, cell.hidden];
  return Array.from({ length: cell.stateCount }, () => zeros(shape, { dtype: x.dtype }));
}
