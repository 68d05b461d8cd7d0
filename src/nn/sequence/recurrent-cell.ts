// One step of a recurrence, as encoders and decoders of sequences take it: a state of one tensor or
// more, the first of which is the output. Two cells for them: gated (GRU) and with a memory (LSTM),
// with PyTorch's parameters and equations.

import { Parameter } from "../../tensor/cell.ts";
import { zeros } from "../../tensor/create.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FloatType, symmetric } from "../init.ts";
import { Module } from "../module.ts";
import { type FieldNames, stateKeys } from "../state-keys.ts";

/** Tensors [batch, hidden]; the first is the output. */
export type RecurrentState = readonly Tensor[];

export interface RecurrentStep extends Module {
  readonly hiddenSize: number;
  /** How many tensors the state has. */
  readonly stateCount: number;
  /** @param x  [batch, in] */
  step(x: Tensor, state: RecurrentState): RecurrentState;
}

abstract class Gated extends Module {
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly biasIh: Parameter;
  readonly biasHh: Parameter;
  readonly hiddenSize: number;

  constructor(inputSize: number, hiddenSize: number, gates: number, dtype: FloatType) {
    super();
    const bound = hiddenSize ** -0.5;
    const weight = (...shape: number[]): Parameter =>
      new Parameter(symmetric(shape, bound, { dtype }));
    this.hiddenSize = hiddenSize;
    this.weightIh = weight(gates * hiddenSize, inputSize);
    this.weightHh = weight(gates * hiddenSize, hiddenSize);
    this.biasIh = weight(gates * hiddenSize);
    this.biasHh = weight(gates * hiddenSize);
  }

  override get fieldNames(): FieldNames {
    return stateKeys.recurrentCell;
  }
}

/** h' = (1 − z)·n + z·h with n = tanh(W·x + r·(U·h)). @source Cho et al. 2014, in PyTorch's form */
export class GatedStep extends Gated implements RecurrentStep {
  readonly stateCount = 1;

  constructor(
    inputSize: number,
    hiddenSize: number,
    { dtype = "f32" }: { dtype?: FloatType } = {},
  ) {
    super(inputSize, hiddenSize, 3, dtype);
  }

  step(x: Tensor, [h]: RecurrentState): RecurrentState {
    const old = h as Tensor;
    const input = x.matmul(this.weightIh.T).add(this.biasIh).chunk(3, { axis: 1 });
    const hidden = old.matmul(this.weightHh.T).add(this.biasHh).chunk(3, { axis: 1 });
    const [r, z, n] = input as [Tensor, Tensor, Tensor];
    const [fromR, fromZ, fromN] = hidden as [Tensor, Tensor, Tensor];
    const update = z.add(fromZ).sigmoid();
    const fresh = n.add(r.add(fromR).sigmoid().mul(fromN)).tanh();
    return [fresh.add(update.mul(old.sub(fresh)))];
  }
}

/** c' = f·c + i·tanh(g), h' = o·tanh(c'). @source Hochreiter and Schmidhuber 1997, with forget gates */
export class MemoryStep extends Gated implements RecurrentStep {
  readonly stateCount = 2;

  constructor(
    inputSize: number,
    hiddenSize: number,
    { dtype = "f32" }: { dtype?: FloatType } = {},
  ) {
    super(inputSize, hiddenSize, 4, dtype);
  }

  step(x: Tensor, [h, c]: RecurrentState): RecurrentState {
    const fromInput = x.matmul(this.weightIh.T).add(this.biasIh);
    const fromHidden = (h as Tensor).matmul(this.weightHh.T).add(this.biasHh);
    const gates = fromInput.add(fromHidden).chunk(4, { axis: 1 });
    const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor];
    const memory = f
      .sigmoid()
      .mul(c as Tensor)
      .add(i.sigmoid().mul(g.tanh()));
    return [o.sigmoid().mul(memory.tanh()), memory];
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
  const shape = [x.shape[0] as number, cell.hiddenSize];
  return Array.from({ length: cell.stateCount }, () => zeros(shape, { dtype: x.dtype }));
}
