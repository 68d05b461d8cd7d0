// Recurrent layers over whole sequences: stacked, in both directions, over sequences of several lengths.
// Each layer and direction is one scan; the product with the inputs does not depend on the state and is
// taken for all times at once, before it. Layouts, gate orders and state dict are PyTorch's.

import { DTypeError, ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { arange, zeros } from "../../tensor/create.ts";
import { concat, stack } from "../../tensor/functions.ts";
import { requireProbability, requireSizes, requireWithin } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dropout } from "../dropout.ts";
import { type FloatType, symmetric } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import type { FieldNames } from "../state-keys.ts";
import type { StateWeights } from "./steps.ts";

/** Options of RNN, LSTM and GRU. */
export interface RecurrentOptions {
  /** How many on top of each other: each takes the states of the one below. Default 1. */
  layers?: number;
  /** Whether others run from the end to the start, and each output is both. Default false. */
  bidirectional?: boolean;
  /** Whether something is added to the products. Default true. */
  bias?: boolean;
  /** Inputs and outputs are [batch, time, …] instead of [time, batch, …]. Default false. */
  batchFirst?: boolean;
  /** The share of what goes from layer to layer that is dropped while training. Default 0. */
  dropout?: number;
  /** Default f32. */
  dtype?: FloatType;
}

/** What a pass over sequences may be told. */
export interface SequenceOptions {
  /**
   * How long each sequence is, i32 [batch]; longer inputs are padding. Results beyond the end are 0, and
   * the last state is that at the end: as of PyTorch's packed sequences. Default: all are whole.
   */
  lengths?: Tensor;
}

/** Several tensors that go from step to step together, [batch, hidden] each. */
export type Carry = readonly Tensor[];

/** One step: the input's part of the pre-activations, the carry, the state's weights. */
export type RecurrentStep = (inputs: Tensor, carry: Carry, weights: StateWeights) => Carry;

/** What recurrent layers of all kinds do. */
export abstract class Recurrent extends Module {
  /** weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l0_reverse, … */
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly inFeatures: number;
  readonly hidden: number;
  /** Width of the first tensor of the state: hidden, or less where it is projected. */
  readonly width: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;

  constructor(
    gates: number,
    inFeatures: number,
    hidden: number,
    options: RecurrentOptions & { readonly projection?: number },
  ) {
    super();
    const name = this.constructor.name;
    const { layers = 1, bidirectional = false, bias = true, dtype = "f32" } = options;
    requireSizes(name, { inFeatures, hidden, layers });
    requireProbability(name, { dropout: options.dropout ?? 0 });
    const { projection } = options;
    if (projection !== undefined) {
      requireSizes(name, { projection });
      requireWithin(name, { projection }, { to: hidden - 1 });
    }
    const width = projection ?? hidden;
    this.width = width;
    this.inFeatures = inFeatures;
    this.hidden = hidden;
    this.layers = layers;
    this.bidirectional = bidirectional;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = options.dropout ?? 0;
    const bound = 1 / Math.sqrt(hidden);
    const draw = (...shape: number[]): Parameter =>
      new Parameter(symmetric(shape, bound, { dtype }));
    const weights: Record<string, Parameter> = {};
    for (let layer = 0; layer < layers; layer++) {
      const inputs = layer === 0 ? inFeatures : width * (bidirectional ? 2 : 1);
      for (const end of bidirectional ? ["", "_reverse"] : [""]) {
        weights[`weight_ih_l${layer}${end}`] = draw(gates * hidden, inputs);
        weights[`weight_hh_l${layer}${end}`] = draw(gates * hidden, width);
        if (bias) {
          weights[`bias_ih_l${layer}${end}`] = draw(gates * hidden);
          weights[`bias_hh_l${layer}${end}`] = draw(gates * hidden);
        }
        if (projection !== undefined) weights[`weight_hr_l${layer}${end}`] = draw(width, hidden);
      }
    }
    this.weights = weights;
  }

  override get fieldNames(): FieldNames {
    return { weights: "" };
  }

  /**
   * Runs all layers and directions.
   *
   * @param x        [time, batch, in], with batchFirst [batch, time, in], or without batch [time, in]
   * @param initial  for each tensor of the carry [layers·directions, batch, hidden]
   * @param count    how many tensors the carry has
   * @returns        the states of the last layer, shaped as x, and the last carries
   */
  protected run(
    x: Tensor,
    initial: readonly Tensor[] | undefined,
    count: number,
    step: RecurrentStep,
    { lengths }: SequenceOptions,
  ): { readonly output: Tensor; readonly last: readonly Tensor[] } {
    const name = this.constructor.name;
    if ((x.rank !== 3 && x.rank !== 2) || x.shape.at(-1) !== this.inFeatures) {
      const layout = this.batchFirst ? "[batch, time" : "[time, batch";
      throw new ShapeError(
        `${name}: the input must be ${layout}, ${this.inFeatures}] or [time, ${this.inFeatures}], not ${showShape(x.shape)}`,
      );
    }
    const batched = x.rank === 3;
    const swapped = batched && this.batchFirst;
    let y = swapped ? x.transpose(0, 1) : batched ? x : x.unsqueeze(1); // [time, batch, in]
    const [time, batch] = y.shape as [number, number, number];
    const directions = this.bidirectional ? 2 : 1;
    const start = this.starts(initial, count, batch, batched, x);
    const inside = lengths === undefined ? undefined : this.inside(lengths, time, batch);
    const last: Tensor[][] = Array.from({ length: count }, () => []);
    for (let layer = 0; layer < this.layers; layer++) {
      if (layer > 0) y = dropout(y, this.dropout, { training: this.training });
      const outputs: Tensor[] = [];
      for (let direction = 0; direction < directions; direction++) {
        const at = layer * directions + direction;
        const from = start.map((all) => all.at(at));
        const found = this.runOne(y, from, at, step, inside);
        outputs.push(found.states);
        for (const [i, value] of found.carry.entries()) last[i]?.push(value);
      }
      y = outputs.length === 1 ? (outputs[0] as Tensor) : concat(outputs, { axis: 2 });
    }
    const ends = last.map((values) => stack(values)); // [layers·directions, batch, hidden]
    return {
      output: swapped ? y.transpose(0, 1) : batched ? y : y.squeeze(1),
      last: batched ? ends : ends.map((end) => end.squeeze(1)),
    };
  }

  /** One layer in one direction. */
  private runOne(
    x: Tensor,
    start: Carry,
    at: number,
    step: RecurrentStep,
    inside: Tensor | undefined,
  ): { readonly states: Tensor; readonly carry: Carry } {
    const directions = this.bidirectional ? 2 : 1;
    const reverse = at % directions === 1;
    const end = `l${Math.floor(at / directions)}${reverse ? "_reverse" : ""}`;
    const weight = this.weights[`weight_ih_${end}`] as Tensor;
    const bias = this.weights[`bias_ih_${end}`];
    const product = x.matmul(weight.T); // [time, batch, gates·hidden]
    const inputs = bias === undefined ? product : product.add(bias);
    const state: StateWeights = {
      weight: this.weights[`weight_hh_${end}`] as Tensor,
      bias: this.weights[`bias_hh_${end}`],
      projection: this.weights[`weight_hr_${end}`],
    };
    if (inside === undefined) {
      const [carry, states] = scan(
        (before: Carry, z: Tensor) => {
          const next = step(z, before, state);
          return [next, next[0] as Tensor] as const;
        },
        start,
        inputs,
        { reverse },
      );
      return { states, carry };
    }
    const [carry, states] = scan(
      (before: Carry, { z, within }: { z: Tensor; within: Tensor }) => {
        const next = step(z, before, state).map((value, i) =>
          value.where(within, before[i] as Tensor),
        );
        return [next, (next[0] as Tensor).where(within, 0)] as const;
      },
      start,
      { z: inputs, within: inside },
      { reverse },
    );
    return { states, carry };
  }

  /** The first carries: given, or zeros; [layers·directions, batch, hidden] each, the first of width. */
  private starts(
    initial: readonly Tensor[] | undefined,
    count: number,
    batch: number,
    batched: boolean,
    x: Tensor,
  ): Tensor[] {
    const rows = this.layers * (this.bidirectional ? 2 : 1);
    const shapeOf = (i: number): number[] => [rows, batch, i === 0 ? this.width : this.hidden];
    if (initial === undefined) {
      return Array.from({ length: count }, (_, i) => zeros(shapeOf(i), { dtype: x.dtype }));
    }
    return initial.map((given, i) => {
      const shape = shapeOf(i);
      const whole = batched ? given : given.unsqueeze(1);
      if (showShape(whole.shape) === showShape(shape)) return whole;
      const wanted = batched ? shape : [rows, shape[2] as number];
      throw new ShapeError(
        `${this.constructor.name}: the first state must be ${showShape(wanted)}, not ${showShape(given.shape)}`,
      );
    });
  }

  /** bool [time, batch, 1]: whether a place is before its sequence's end. */
  private inside(lengths: Tensor, time: number, batch: number): Tensor {
    const name = this.constructor.name;
    if (lengths.rank !== 1 || lengths.shape[0] !== batch) {
      throw new ShapeError(`${name}: lengths must be [${batch}], not ${showShape(lengths.shape)}`);
    }
    if (lengths.dtype !== "i32" && lengths.dtype !== "u32" && lengths.dtype !== "u8") {
      throw new DTypeError(`${name}: lengths are integers, not ${lengths.dtype}`);
    }
    return arange(time).unsqueeze(1).less(lengths.cast("i32")).unsqueeze(2);
  }
}
