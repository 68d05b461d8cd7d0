// SignSGD: a step of one length in each coordinate, of which only the direction is told. What has to
// be sent from machine to machine is one bit a coordinate.

import { ShapeError } from "../ir/errors.ts";
import { arange } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { downhill, type Scheduled, settingAt, withDefaults } from "./settings.ts";

interface Settings {
  readonly momentum: Scheduled;
  readonly weightDecay: number;
  readonly maximize: boolean;
}

/** Options of SignSGD. */
export interface SignSGDOptions extends Partial<Settings> {
  /** η: the length of a step in each coordinate. Default 1e-3. */
  lr?: Rate;
  /** β: the sign is that of m ← β·m + (1 − β)·g; or a function of the step. Default 0. */
  momentum?: Scheduled;
  /** λ: added to the gradient as λ·p. Default 0. */
  weightDecay?: number;
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<SignSGDOptions>[];
}

/**
 * p ← p − η·sign(g).
 *
 * State of a parameter, with momentum: `momentum`, [shape of p], units of g.
 *
 * @source Bernstein et al. 2018, signSGD: Compressed Optimisation for Non-Convex Problems, alg. 1.
 *   arXiv:1802.04434; seed 003 §Compressed stochastic gradients
 * @example
 * const w = new Parameter(tensor([1, -2]));
 * const optimizer = new SignSGD([w], { lr: 0.5 });
 * optimizer.step(gradients(w.square().sum(), [w])); // w is [0.5, -1.5]
 */
export class SignSGD extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: SignSGDOptions = {}) {
    const standard: Settings = { momentum: 0, weightDecay: 0, maximize: false };
    super(parameters, { lr, groups, settings: withDefaults(standard, options) });
  }

  protected override slotNames({ momentum }: Settings): readonly string[] {
    return momentum === 0 ? [] : ["momentum"];
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    { step, lr, options }: UpdateContext<Settings>,
  ): Updated {
    const d = downhill(p, g, options);
    if (options.momentum === 0) return { p: p.sub(d.sign().mul(lr)), state };
    const m = (state.momentum as Tensor).lerp(d, oneMinus(settingAt(options.momentum, step)));
    return { p: p.sub(m.sign().mul(lr)), state: { momentum: m } };
  }
}

const oneMinus = (x: number | Tensor): number | Tensor =>
  typeof x === "number" ? 1 - x : x.neg().add(1);

/**
 * The signs of a gradient, one bit a coordinate: 1 where it is at least 0.
 *
 * @param g  [...]
 * @returns  u8 [⌈size / 8⌉]; the first coordinate is the lowest bit of the first byte
 * @source   seed 003 §Compressed stochastic gradients
 * @example
 * packSigns(tensor([1, -1, 2])); // u8 [5]
 */
export function packSigns(g: Tensor): Tensor {
  const bytes = Math.ceil(g.size / 8);
  const bits = g
    .greaterEqual(0)
    .cast("i32")
    .reshape([-1])
    .pad([[0, bytes * 8 - g.size]]);
  const places = arange(8, undefined, { dtype: "i32" });
  return bits.reshape([bytes, 8]).shiftLeft(places).sum({ axis: 1 }).cast("u8");
}

/**
 * What packSigns packed, as +1 and −1.
 *
 * @param packed  u8 [⌈size / 8⌉]
 * @param shape   of the gradient
 * @throws ShapeError  the bytes are not those of such a gradient
 * @example
 * unpackSigns(tensor([5], { dtype: "u8" }), [3]); // [1, -1, 1]
 */
export function unpackSigns(packed: Tensor, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  if (packed.rank !== 1 || packed.shape[0] !== Math.ceil(size / 8)) {
    throw new ShapeError(
      `unpackSigns: [${packed.shape.join(", ")}] bytes do not hold the ${size} signs of shape [${shape.join(", ")}]; there must be ${Math.ceil(size / 8)}`,
    );
  }
  const places = arange(8, undefined, { dtype: "i32" });
  const bits = packed.cast("i32").unsqueeze(1).shiftRight(places).bitwiseAnd(1);
  return bits.reshape([-1]).at(`:${size}`).reshape(shape).cast("f32").mul(2).sub(1);
}
