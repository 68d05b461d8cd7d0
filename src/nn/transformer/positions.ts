// Where a token stands, as a vector that is added to what it is: waves of many lengths, fixed
// (sinusoidal), or a table that is trained (learned). Attention alone does not see order.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { arange } from "../../tensor/create.ts";
import { normal } from "../../tensor/random.ts";
import { requireOneOf, requireSizes, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/** Whether neighbours 2i, 2i + 1 share a frequency, or each feature has its own. */
export type Frequencies = "pairs" | "own";

/** Options of sinusoidalPositions. */
export interface SinusoidalOptions {
  /** C: the longest wave is 2π·C places. Default 10000. */
  base?: number;
  /** ω_k = C^(−2⌊k/2⌋/n) for "pairs" (default), C^(−k/n) for "own". */
  frequencies?: Frequencies;
  /** The first place: a number, or a tensor [] known at run time. Default 0. */
  position?: number | Tensor;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * p_tk = sin(t·ω_k) for even k, cos(t·ω_k) for odd k.
 *
 * With frequencies in pairs p_t·p_s depends only on t − s.
 *
 * @param length   places
 * @param width    n: features
 * @param options  base, frequencies, position
 * @returns        [length, width]
 * @source  Vaswani et al. 2017, Attention Is All You Need, §3.5 ("pairs"); seed 003 §Transformers 2
 *   ("own", with the sign of the exponent put right)
 * @example
 * sinusoidalPositions(1, 4); // [[0, 1, 0, 1]]
 */
export function sinusoidalPositions(
  length: number,
  width: number,
  { base = 10_000, frequencies = "pairs", position = 0, dtype = "f32" }: SinusoidalOptions = {},
): Tensor {
  requireSizes("sinusoidalPositions", { length }, 0);
  requireSizes("sinusoidalPositions", { width });
  requireWithin("sinusoidalPositions", { base }, { from: 0, open: "from" });
  requireOneOf("sinusoidalPositions", { frequencies }, ["pairs", "own"]);
  const feature = arange(width); // [width]
  const odd = feature.mod(2).equal(1);
  const order = frequencies === "pairs" ? feature.sub(feature.mod(2)) : feature;
  const omega = order
    .cast(dtype)
    .mul(-Math.log(base) / width)
    .exp();
  const time = arange(length).add(position).cast(dtype).unsqueeze(1); // [length, 1]
  const angle = time.mul(omega); // [length, width]
  return angle.cos().where(odd, angle.sin());
}

/** Where the first row stands. */
export interface PositionOptions {
  /** The place of the first row: a number, or i32 [] known at run time. Default 0. */
  position?: number | Tensor;
}

/**
 * x + sinusoidalPositions.
 *
 * @source  Vaswani et al. 2017, Attention Is All You Need, §3.5
 * @example
 * new SinusoidalPositions(4).forward(zeros([2, 3, 4])).shape; // [2, 3, 4]
 */
export class SinusoidalPositions extends Module {
  readonly width: number;
  readonly options: Omit<SinusoidalOptions, "position" | "dtype">;

  constructor(width: number, options: Omit<SinusoidalOptions, "position" | "dtype"> = {}) {
    super();
    requireSizes("SinusoidalPositions", { width });
    this.width = width;
    this.options = options;
  }

  /** @param x  [..., length, width] */
  forward(x: Tensor, { position }: PositionOptions = {}): Tensor {
    requirePlaces("SinusoidalPositions", x, this.width);
    const dtype = x.dtype === "f64" ? "f64" : "f32";
    const length = x.shape.at(-2) as number;
    return x.add(sinusoidalPositions(length, this.width, { ...this.options, position, dtype }));
  }
}

/**
 * x + W[position …]: a row of a table for each place.
 *
 * The table starts normal, of standard deviation 0.02.
 *
 * @source  Radford et al. 2018, Improving Language Understanding by Generative Pre-Training, §3
 * @example
 * new LearnedPositions(16, 4).forward(zeros([2, 3, 4])).shape; // [2, 3, 4]
 */
export class LearnedPositions extends Module {
  /** [places, width] */
  readonly weight: Parameter;

  constructor(places: number, width: number, { dtype = "f32" }: { dtype?: FloatType } = {}) {
    super();
    requireSizes("LearnedPositions", { places, width });
    this.weight = new Parameter(normal([places, width], { std: 0.02, dtype }));
  }

  /**
   * @param x  [..., length, width], of at most as many places as there are rows
   * @throws ShapeError  it is longer
   */
  forward(x: Tensor, { position = 0 }: PositionOptions = {}): Tensor {
    const [places, width] = this.weight.shape as [number, number];
    requirePlaces("LearnedPositions", x, width);
    const length = x.shape.at(-2) as number;
    const end = length + (typeof position === "number" ? position : 0);
    if (end > places) {
      throw new ShapeError(
        `LearnedPositions: there are ${places} places, and the input goes to ${end}; cut it to the last ${places}`,
      );
    }
    if (typeof position === "number") return x.add(this.weight.at(`${position}:${end}`));
    return x.add(this.weight.take(arange(length).add(position)));
  }
}

function requirePlaces(operation: string, x: Tensor, width: number): void {
  if (x.rank >= 2 && x.shape.at(-1) === width) return;
  throw new ShapeError(
    `${operation}: the input must be [..., length, ${width}], not ${showShape(x.shape)}`,
  );
}
