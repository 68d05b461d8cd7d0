// Adaptive pooling: as many results as asked for, whatever the input's size; window i of n reaches from
// ⌊i·length/n⌋ to ⌈(i + 1)·length/n⌉. One result is global pooling: each map becomes one number, and a
// classifier behind needs no size of its own (seed 000, GoogLeNet).

import { ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { tensor } from "../../tensor/create.ts";
import { concat } from "../../tensor/functions.ts";
import { eachAxis } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { PlaceLayer } from "../places.ts";
import { showShape } from "../shape.ts";
import { type Largest, largestOf, mapPlaces } from "./max-pool.ts";

/** From one part of an axis to one number, which keeps the axis. */
type Reduce = (x: Tensor, axis: number) => Tensor;

/** Where window i of `count` reaches along an axis. */
const windowOf = (i: number, length: number, count: number): [start: number, stop: number] => [
  Math.floor((i * length) / count),
  Math.ceil(((i + 1) * length) / count),
];

/** `count` results along an axis, each of what lies in its window. */
export function alongAxis(x: Tensor, axis: number, count: number, reduce: Reduce): Tensor {
  const length = x.shape[axis] as number;
  if (length === count) return x;
  if (length % count === 0) {
    return reduce(x.unflatten(axis, [count, length / count]), axis + 1).squeeze(axis + 1);
  }
  const parts = Array.from({ length: count }, (_, i) => {
    const [start, stop] = windowOf(i, length, count);
    return reduce(x.slice(start, stop, { axis }), axis);
  });
  return concat(parts, { axis });
}

/** All windows along an axis, which becomes [count, the widest]: a narrower one ends with its last again. */
function windowsAlong(x: Tensor, axis: number, count: number): Tensor {
  const length = x.shape[axis] as number;
  const windows = Array.from({ length: count }, (_, i) => windowOf(i, length, count));
  const width = Math.max(...windows.map(([start, stop]) => stop - start));
  const taps = windows.flatMap(([start, stop]) =>
    Array.from({ length: width }, (_, k) => Math.min(start + k, stop - 1)),
  );
  return x.take(tensor(Int32Array.from(taps)), { axis }).unflatten(axis, [count, width]);
}

/** A number of results for each axis. */
abstract class AdaptivePool extends PlaceLayer {
  readonly outputSize: readonly number[];

  /** @param outputSize  places of the result: one number, or one an axis */
  constructor(outputSize: Spatial) {
    super();
    this.outputSize = eachAxis(this.constructor.name, "outputSize", outputSize, this.axes());
  }

  protected abstract reduce(x: Tensor, axis: number): Tensor;

  /**
   * @param x  [batch, channels, ...places], or without batch
   * @returns  [batch, channels, ...outputSize]
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    const axes = this.axes();
    const { outputSize } = this;
    let y = x;
    // From the last axis, so that the gradient of a maximum goes to the first in row-major order.
    for (let i = axes - 1; i >= 0; i--) {
      y = alongAxis(y, x.rank - axes + i, outputSize[i] as number, this.reduce);
    }
    return y;
  }
}

/** What means of all ranks do. */
abstract class AdaptiveAvgPool extends AdaptivePool {
  protected override reduce(x: Tensor, axis: number): Tensor {
    return x.mean({ axis, keepDims: true });
  }
}

/** What maxima of all ranks do. */
abstract class AdaptiveMaxPool extends AdaptivePool {
  protected override reduce(x: Tensor, axis: number): Tensor {
    return x.max({ axis, keepDims: true });
  }

  /** As forward, with the places of the largest elements, of equals the first: what MaxUnpool takes. */
  withIndices(x: Tensor): Largest {
    this.requirePlaces(x);
    const axes = this.axes();
    let found: Largest = { values: x, indices: mapPlaces(x, axes) };
    for (let i = axes - 1; i >= 0; i--) {
      const axis = x.rank - axes + i;
      const windows = (t: Tensor): Tensor => windowsAlong(t, axis, this.outputSize[i] as number);
      const { values, indices } = found;
      found = largestOf({ values: windows(values), indices: windows(indices) }, axis + 1);
    }
    return found;
  }
}

/**
 * As AdaptiveAvgPool2d, along one axis.
 *
 * @example
 * new AdaptiveAvgPool1d(2).forward(tensor([[1, 3, 2]])); // [[2, 2.5]]
 */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  protected override axes(): number {
    return 1;
  }
}

/**
 * Means over as many windows as asked for, whatever the size of the input.
 *
 * @example
 * new AdaptiveAvgPool2d([1, 2]).forward(zeros([4, 3, 5, 7])).shape; // [4, 3, 1, 2]
 */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As AdaptiveAvgPool2d, along three axes.
 *
 * @example
 * new AdaptiveAvgPool3d(1).forward(zeros([4, 3, 5, 7, 2])).shape; // [4, 3, 1, 1, 1]
 */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  protected override axes(): number {
    return 3;
  }
}

/**
 * As AdaptiveMaxPool2d, along one axis.
 *
 * @example
 * new AdaptiveMaxPool1d(2).forward(tensor([[1, 3, 2]])); // [[3, 3]]
 */
export class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  protected override axes(): number {
    return 1;
  }
}

/**
 * The largest of as many windows as asked for; the gradient goes to the first of equals.
 *
 * @example
 * new AdaptiveMaxPool2d(2).forward(zeros([4, 3, 5, 7])).shape; // [4, 3, 2, 2]
 * new AdaptiveMaxPool2d(1).withIndices(tensor([[[1, 2], [4, 3]]])).indices; // [[[2]]]
 */
export class AdaptiveMaxPool2d extends AdaptiveMaxPool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As AdaptiveMaxPool2d, along three axes.
 *
 * @example
 * new AdaptiveMaxPool3d(1).forward(zeros([4, 3, 5, 7, 2])).shape; // [4, 3, 1, 1, 1]
 */
export class AdaptiveMaxPool3d extends AdaptiveMaxPool {
  protected override axes(): number {
    return 3;
  }
}

/**
 * The mean of each map: [batch, channels, ...places] → [batch, channels].
 *
 * @throws ShapeError  there are no places
 * @source  Lin, Chen and Yan 2013, Network In Network, §3.2. arXiv:1312.4400; seed 000 (GoogLeNet)
 * @example
 * globalAvgPool(tensor([[[[1, 2], [3, 6]]]])); // [[3]]
 */
export function globalAvgPool(x: Tensor): Tensor {
  if (x.rank < 3) {
    throw new ShapeError(
      `globalAvgPool: the input must be [batch, channels, ...places], not ${showShape(x.shape)}`,
    );
  }
  return x.mean({ axis: x.shape.map((_, i) => i).slice(2) });
}
