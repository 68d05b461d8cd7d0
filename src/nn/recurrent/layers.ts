// The recurrent layers: simple (RNN), with memory (LSTM), gated (GRU). Seeds 002 §2.5, 003 §Simple
// RNNs, §Bi-directional, §Deep recurrent network, §Memory Units, §GRU; 001 §1.6.

import { requireOneOf } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Recurrent, type RecurrentOptions, type SequenceOptions } from "./recurrent.ts";
import {
  fromState,
  type GRUForm,
  gruStep,
  lstmStep,
  type Nonlinearity,
  nonlinearities,
} from "./steps.ts";

/**
 * hᵗ = tanh(W_ih·xᵗ + b_ih + W_hh·hᵗ⁻¹ + b_hh): Elman's recurrence.
 *
 * @source  Elman 1990; seed 003 §Simple RNNs; seed 002 (10.8), (10.9)
 * @example
 * new RNN(3, 4).forward(zeros([5, 2, 3]))[0].shape; // [5, 2, 4]
 */
export class RNN extends Recurrent {
  readonly nonlinearity: Nonlinearity;

  /** @param options  layers, bidirectional, bias, batchFirst, dropout; nonlinearity, default tanh */
  constructor(
    inFeatures: number,
    hidden: number,
    options: RecurrentOptions & { nonlinearity?: Nonlinearity } = {},
  ) {
    super(1, inFeatures, hidden, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
    requireOneOf("RNN", { nonlinearity: this.nonlinearity }, ["tanh", "relu", "sigmoid"]);
  }

  /**
   * @param x  [time, batch, in], with batchFirst [batch, time, in]; or without batch
   * @param h  the first states: [layers·directions, batch, hidden]; default zeros
   * @param options  lengths
   * @returns  [all states of the last layer, hidden·directions wide; the last states, like h]
   */
  forward(x: Tensor, h?: Tensor, options: SequenceOptions = {}): readonly [Tensor, Tensor] {
    const activation = nonlinearities[this.nonlinearity];
    const { output, last } = this.run(
      x,
      h === undefined ? undefined : [h],
      1,
      (z, [before], weights) => [activation(z.add(fromState(before as Tensor, weights)))],
      options,
    );
    return [output, last[0] as Tensor];
  }
}

/** h and c of an LSTM, [layers·directions, batch, hidden] each; a projected h is narrower. */
export type LSTMState = readonly [h: Tensor, c: Tensor];

/**
 * cᵗ = f·cᵗ⁻¹ + i·g, hᵗ = o·tanh(cᵗ): a memory that is written, kept and read by gates (i, f, g, o).
 *
 * @source  Hochreiter and Schmidhuber 1997; seed 003 §Memory Units; seed 002 §2.5.4; the projection: Sak,
 *   Senior and Beaufays 2014, arXiv:1402.1128, eq. (6)
 * @example
 * new LSTM(3, 4, { layers: 2 }).forward(zeros([5, 2, 3]))[0].shape; // [5, 2, 4]
 */
export class LSTM extends Recurrent {
  readonly candidate: "tanh" | "sigmoid";

  /**
   * @param options  layers, bidirectional, bias, batchFirst, dropout; candidate: what g goes through,
   *   tanh (default), or sigmoid as in the textbook of seed 002; projection: the width that every h is
   *   brought to by one more matrix, less than hidden (PyTorch's proj_size). Default: it stays
   */
  constructor(
    inFeatures: number,
    hidden: number,
    options: RecurrentOptions & { candidate?: "tanh" | "sigmoid"; projection?: number } = {},
  ) {
    super(4, inFeatures, hidden, options);
    this.candidate = options.candidate ?? "tanh";
    requireOneOf("LSTM", { candidate: this.candidate }, ["tanh", "sigmoid"]);
  }

  /**
   * @param x      [time, batch, in], with batchFirst [batch, time, in]; or without batch
   * @param state  the first h and c; default zeros
   * @param options  lengths
   * @returns      [all h of the last layer, hidden·directions wide; the last h and c]
   */
  forward(
    x: Tensor,
    state?: LSTMState,
    options: SequenceOptions = {},
  ): readonly [Tensor, LSTMState] {
    const { output, last } = this.run(
      x,
      state,
      2,
      (z, [h, c], weights) => {
        const gates = z.add(fromState(h as Tensor, weights));
        const next = lstmStep(gates, c as Tensor, this.candidate);
        const { projection } = weights;
        return [projection === undefined ? next.h : next.h.matmul(projection.T), next.c];
      },
      options,
    );
    return [output, [last[0] as Tensor, last[1] as Tensor]];
  }
}

/**
 * hᵗ between hᵗ⁻¹ and a candidate, mixed by a gate z; a gate r says how much of hᵗ⁻¹ the candidate sees.
 *
 * @source  Cho et al. 2014, arXiv:1406.1078, eq. (5)–(8); seed 003 §GRU
 * @example
 * new GRU(3, 4, { bidirectional: true }).forward(zeros([5, 2, 3]))[0].shape; // [5, 2, 8]
 */
export class GRU extends Recurrent {
  readonly form: GRUForm;

  /**
   * @param options  layers, bidirectional, bias, batchFirst, dropout; form: "pytorch" (default), or
   *   "cho" as in seed 003, where z takes the new and r stands before the product
   */
  constructor(
    inFeatures: number,
    hidden: number,
    options: RecurrentOptions & { form?: GRUForm } = {},
  ) {
    super(3, inFeatures, hidden, options);
    this.form = options.form ?? "pytorch";
    requireOneOf("GRU", { form: this.form }, ["pytorch", "cho"]);
  }

  /**
   * @param x  [time, batch, in], with batchFirst [batch, time, in]; or without batch
   * @param h  the first states: [layers·directions, batch, hidden]; default zeros
   * @param options  lengths
   * @returns  [all states of the last layer, hidden·directions wide; the last states, like h]
   */
  forward(x: Tensor, h?: Tensor, options: SequenceOptions = {}): readonly [Tensor, Tensor] {
    const { output, last } = this.run(
      x,
      h === undefined ? undefined : [h],
      1,
      (z, [before], weights) => [gruStep(z, before as Tensor, weights, this.form)],
      options,
    );
    return [output, last[0] as Tensor];
  }
}
