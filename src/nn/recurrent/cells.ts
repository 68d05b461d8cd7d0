// Cells: one step of a recurrent layer as a module, to be put into a scan of one's own. Layouts and
// gate orders are PyTorch's.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { zeros } from "../../tensor/create.ts";
import { requireOneOf, requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FloatType, symmetric } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import * as stateKeys from "../state-keys.ts";
import {
  fromState,
  type GRUForm,
  gruStep,
  lstmStep,
  type Nonlinearity,
  nonlinearities,
  type StateWeights,
} from "./steps.ts";

/** Options of RNNCell, LSTMCell and GRUCell. */
export interface CellOptions {
  /** Whether something is added to the products. Default true. */
  bias?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** What cells of all kinds have: the input's and the state's weights, for some gates. */
abstract class Cell extends Module {
  /** [gates·hidden, in] */
  readonly weightIh: Parameter;
  /** [gates·hidden, hidden] */
  readonly weightHh: Parameter;
  /** [gates·hidden] */
  readonly biasIh: Parameter | undefined;
  /** [gates·hidden] */
  readonly biasHh: Parameter | undefined;
  readonly inFeatures: number;
  readonly hidden: number;

  constructor(gates: number, inFeatures: number, hidden: number, options: CellOptions) {
    super();
    const { bias = true, dtype = "f32" } = options;
    requireSizes(this.constructor.name, { inFeatures, hidden });
    const bound = 1 / Math.sqrt(hidden);
    const draw = (...shape: number[]): Parameter =>
      new Parameter(symmetric(shape, bound, { dtype }));
    this.inFeatures = inFeatures;
    this.hidden = hidden;
    this.weightIh = draw(gates * hidden, inFeatures);
    this.weightHh = draw(gates * hidden, hidden);
    this.biasIh = bias ? draw(gates * hidden) : undefined;
    this.biasHh = bias ? draw(gates * hidden) : undefined;
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.recurrentCell;
  }

  /** The input's part of the pre-activations. */
  protected fromInput(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inFeatures || x.rank === 0) {
      throw new ShapeError(
        `${this.constructor.name}: the last axis of the input must be ${this.inFeatures}, not ${showShape(x.shape)}`,
      );
    }
    const z = x.matmul(this.weightIh.T);
    return this.biasIh === undefined ? z : z.add(this.biasIh);
  }

  /** The state's weights. */
  protected get state(): StateWeights {
    return { weight: this.weightHh, bias: this.biasHh };
  }

  /** A state of zeros beside an input. */
  protected zero(x: Tensor): Tensor {
    return zeros([...x.shape.slice(0, -1), this.hidden], { dtype: x.dtype });
  }
}

/**
 * h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh).
 *
 * @source  seed 003 §Simple RNNs; seed 002 (10.8)
 * @example
 * new RNNCell(3, 4).forward(zeros([2, 3])).shape; // [2, 4]
 */
export class RNNCell extends Cell {
  readonly nonlinearity: Nonlinearity;

  constructor(
    inFeatures: number,
    hidden: number,
    options: CellOptions & { nonlinearity?: Nonlinearity } = {},
  ) {
    super(1, inFeatures, hidden, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
    requireOneOf("RNNCell", { nonlinearity: this.nonlinearity }, ["tanh", "relu", "sigmoid"]);
  }

  /** @param x  [batch, in] @param h  [batch, hidden]; default zeros @returns [batch, hidden] */
  forward(x: Tensor, h: Tensor = this.zero(x)): Tensor {
    const z = this.fromInput(x).add(fromState(h, this.state));
    return nonlinearities[this.nonlinearity](z);
  }
}

/**
 * c′ = f·c + i·g, h′ = o·tanh(c′), gates in the order i, f, g, o.
 *
 * @source  Hochreiter and Schmidhuber 1997; Gers et al. 2000; seed 003 §Memory Units
 * @example
 * new LSTMCell(3, 4).forward(zeros([2, 3]))[0].shape; // [2, 4]
 */
export class LSTMCell extends Cell {
  readonly candidate: "tanh" | "sigmoid";

  /** @param options  bias; candidate: tanh (default), or sigmoid as in the textbook of seed 002 */
  constructor(
    inFeatures: number,
    hidden: number,
    options: CellOptions & { candidate?: "tanh" | "sigmoid" } = {},
  ) {
    super(4, inFeatures, hidden, options);
    this.candidate = options.candidate ?? "tanh";
    requireOneOf("LSTMCell", { candidate: this.candidate }, ["tanh", "sigmoid"]);
  }

  /** @param x  [batch, in] @param state  h and c, [batch, hidden] each; default zeros @returns h and c */
  forward(
    x: Tensor,
    [h, c]: readonly [h: Tensor, c: Tensor] = [this.zero(x), this.zero(x)],
  ): readonly [h: Tensor, c: Tensor] {
    const next = lstmStep(this.fromInput(x).add(fromState(h, this.state)), c, this.candidate);
    return [next.h, next.c];
  }
}

/**
 * A convex combination of the state and a candidate that sees as much of it as r lets through.
 *
 * @source  Cho et al. 2014, arXiv:1406.1078, eq. (5)–(8); seed 003 §GRU
 * @example
 * new GRUCell(3, 4).forward(zeros([2, 3])).shape; // [2, 4]
 */
export class GRUCell extends Cell {
  readonly form: GRUForm;

  /** @param options  bias; form: "pytorch" (default) or "cho"; see GRUForm */
  constructor(inFeatures: number, hidden: number, options: CellOptions & { form?: GRUForm } = {}) {
    super(3, inFeatures, hidden, options);
    this.form = options.form ?? "pytorch";
    requireOneOf("GRUCell", { form: this.form }, ["pytorch", "cho"]);
  }

  /** @param x  [batch, in] @param h  [batch, hidden]; default zeros @returns [batch, hidden] */
  forward(x: Tensor, h: Tensor = this.zero(x)): Tensor {
    return gruStep(this.fromInput(x), h, this.state, this.form);
  }
}
