// Fractional max pooling: windows that begin at random places, so that an axis can shrink by a factor
// between 1 and 2. The windows of a map follow from one number an axis, drawn anew each time.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { arange } from "../../tensor/create.ts";
import { concat } from "../../tensor/functions.ts";
import type { Generator } from "../../tensor/generator.ts";
import { rand } from "../../tensor/random.ts";
import { eachAxis, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { PlaceLayer } from "../places.ts";
import { equalShapes, showShape } from "../shape.ts";
import { type Largest, largestOf, mapPlaces } from "./max-pool.ts";

/** Options of FractionalMaxPool2d and FractionalMaxPool3d. */
export interface FractionalMaxPoolOptions {
  /** Places of the result; or give outputRatio. */
  outputSize?: Spatial;
  /** Places of the result as a share of the input's, in (0, 1). */
  outputRatio?: Spatial;
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

/** What all ranks do. */
abstract class FractionalMaxPool extends PlaceLayer {
  /** One number an axis, as the following. */
  readonly kernelSize: readonly number[];
  readonly outputSize: readonly number[] | undefined;
  readonly outputRatio: readonly number[] | undefined;
  readonly generator: Generator | undefined;

  /** @param options  outputSize or outputRatio, one of the two; generator */
  constructor(kernelSize: Spatial, options: FractionalMaxPoolOptions) {
    super();
    const { outputSize, outputRatio, generator } = options;
    const [name, rank] = [this.constructor.name, this.axes()];
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    if ((outputSize === undefined) === (outputRatio === undefined)) {
      throw new ArgumentError(`${name}: needs either outputSize or outputRatio`);
    }
    if (outputSize !== undefined) {
      this.outputSize = eachAxis(name, "outputSize", outputSize, rank);
    } else this.outputRatio = ratios(name, outputRatio as Spatial, rank);
    this.generator = generator;
  }

  /**
   * @param x        [batch, channels, ...places], or without batch
   * @param samples  in [0, 1), [batch, channels, axes]: where windows begin, axis by axis (of an image,
   *   as in PyTorch, the last axis first). Default: drawn
   * @returns        [batch, channels, ...outputSize]
   * @throws ShapeError  windows do not fit, or the shapes differ
   */
  forward(x: Tensor, samples?: Tensor): Tensor {
    return this.withIndices(x, samples).values;
  }

  /** As forward, with the places of the largest elements, of equals the first: what MaxUnpool takes. */
  withIndices(x: Tensor, samples?: Tensor): Largest {
    this.requirePlaces(x);
    const axes = this.axes();
    if (x.rank === axes + 1) {
      const { values, indices } = this.withIndices(x.unsqueeze(0), samples?.unsqueeze(0));
      return { values: values.squeeze(0), indices: indices.squeeze(0) };
    }
    const shape = [...x.shape.slice(0, 2), axes];
    const dtype = x.dtype === "f64" ? "f64" : "f32";
    const drawn = samples ?? rand(shape, { dtype, generator: this.generator });
    if (!equalShapes(drawn.shape, shape)) {
      throw new ShapeError(
        `${this.constructor.name}: samples must be ${showShape(shape)}, not ${showShape(drawn.shape)}`,
      );
    }
    let found: Largest = { values: x, indices: mapPlaces(x, axes) };
    // From the last axis, so that the first of equals is that in row-major order.
    for (let i = axes - 1; i >= 0; i--) {
      const sample = drawn.at(":", ":", axes === 2 ? 1 - i : i);
      const windows = (t: Tensor): Tensor => this.windows(t, i, sample);
      const { values, indices } = found;
      found = largestOf({ values: windows(values), indices: windows(indices) }, 3 + i);
    }
    return found;
  }

  /** The windows along one axis, which becomes [count, size]; sample: [batch, channels]. */
  private windows(x: Tensor, i: number, sample: Tensor): Tensor {
    const axis = 2 + i;
    const [length, size] = [x.shape[axis] as number, this.kernelSize[i] as number];
    const ratio = this.outputRatio?.[i] as number;
    const count = this.outputSize?.[i] ?? Math.floor(length * ratio);
    if (count < 1 || count + size - 1 > length) {
      throw new ShapeError(
        `${this.constructor.name}: ${count} windows of ${size} do not fit in axis ${axis} of ${showShape(x.shape)}`,
      );
    }
    const starts = startsOf(sample.unsqueeze(-1), count, length - size); // [batch, channels, count]
    const taps = starts.unsqueeze(-1).add(arange(0, size, { dtype: "i32" }));
    const places = taps
      .flatten(2)
      .reshape(
        [x.shape[0] as number, x.shape[1] as number].concat(
          x.shape.slice(2).map((_, a) => (a === i ? count * size : 1)),
        ),
      );
    const index = places.broadcastTo(x.shape.map((n, a) => (a === axis ? count * size : n)));
    return x.gather(index, { axis }).unflatten(axis, [count, size]);
  }
}

/** ⌊(i + s)·α⌋ − ⌊s·α⌋ with α = room/(count − 1), and the last at the end: i32 [..., count]. */
function startsOf(sample: Tensor, count: number, room: number): Tensor {
  const shape = sample.shape.slice(0, -1);
  const last = arange(room, room + 1, { dtype: "i32" }).broadcastTo([...shape, 1]);
  if (count === 1) return last;
  const alpha = room / (count - 1);
  const i = arange(0, count - 1, { dtype: sample.dtype });
  const starts = sample.add(i).mul(alpha).floor().sub(sample.mul(alpha).floor());
  return concat([starts.cast("i32"), last], { axis: -1 });
}

function ratios(layer: string, outputRatio: Spatial, rank: number): readonly number[] {
  const list =
    typeof outputRatio === "number" ? new Array<number>(rank).fill(outputRatio) : outputRatio;
  if (list.length !== rank) {
    throw new ShapeError(`${layer}: outputRatio must be one number or ${rank}, not ${list.length}`);
  }
  for (const one of list) {
    requireWithin(layer, { outputRatio: one }, { from: 0, to: 1, open: "both" });
  }
  return list;
}

/**
 * The largest of windows that begin at ⌊(i + s)·α⌋ − ⌊s·α⌋, s uniform in [0, 1) for each map and axis.
 *
 * @source  Graham 2014, Fractional Max-Pooling, §2 (pseudorandom, overlapping). arXiv:1412.6071
 * @example
 * new FractionalMaxPool2d(2, { outputRatio: 0.7 }).forward(ones([1, 3, 10, 10])).shape; // [1, 3, 7, 7]
 */
export class FractionalMaxPool2d extends FractionalMaxPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As FractionalMaxPool2d, along three axes.
 *
 * @example
 * new FractionalMaxPool3d(2, { outputSize: 3 }).forward(ones([1, 5, 5, 5])).shape; // [1, 3, 3, 3]
 */
export class FractionalMaxPool3d extends FractionalMaxPool {
  protected override axes(): number {
    return 3;
  }
}
