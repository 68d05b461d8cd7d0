// Interpolation: images, sequences and volumes at other sizes. Every mode is separable: along one axis a
// result is a sum of a few inputs (taps), each at its place and with its share, and the axes follow one
// another. Places are those of PyTorch: a pixel is a square, and alignCorners puts the middles of the
// outermost ones on each other instead of their edges.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { tensor } from "../../tensor/create.ts";
import { eachAxis, requireOneOf, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { alongAxis } from "../pooling/adaptive-pool.ts";
import { showShape } from "../shape.ts";

/**
 * How values between pixels are found: the pixel at ⌊place⌋ ("nearest") or the nearest one
 * ("nearestExact"), a straight line between two (bilinear of images, trilinear of volumes), a cubic
 * through four (bicubic), or the mean over the area ("area").
 */
export type InterpolationMode = "nearest" | "nearestExact" | "linear" | "cubic" | "area";

/** Options of interpolate. */
export interface InterpolateOptions {
  /** Places of the result; or give scaleFactor. */
  size?: Spatial;
  /** Places of the result as a multiple of the input's, rounded down. */
  scaleFactor?: Spatial;
  /** Default "nearest". */
  mode?: InterpolationMode;
  /** Of "linear" and "cubic": whether the corners of input and result meet. Default false. */
  alignCorners?: boolean;
  /** Of "linear" and "cubic": whether a result of fewer places is made of all inputs that lie in it,
   * so that fine stripes become grey instead of coarse ones. Default false. */
  antialias?: boolean;
}

/** One of the inputs that make a result along an axis: for each result its place, and its share. */
interface Tap {
  readonly place: Int32Array;
  readonly share: Float64Array;
}

/** Where each result lies along an axis, in inputs, by the mode. */
type Places = (i: number) => number;

/** The share of a neighbour at distance d, in inputs: Keys' cubic. */
function cubic(d: number, a = -0.75): number {
  const t = Math.abs(d);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

function tapsOf(mode: "linear" | "cubic", length: number, count: number, at: Places): Tap[] {
  const offsets = mode === "linear" ? [0, 1] : [-1, 0, 1, 2];
  const taps = offsets.map(() => ({
    place: new Int32Array(count),
    share: new Float64Array(count),
  }));
  for (let i = 0; i < count; i++) {
    // A line does not go on beyond the first pixel; a cubic does.
    const place = mode === "linear" ? Math.max(0, at(i)) : at(i);
    const from = Math.floor(place);
    for (const [k, offset] of offsets.entries()) {
      const { place: places, share } = taps[k] as Tap;
      const away = place - from - offset;
      places[i] = Math.min(length - 1, Math.max(0, from + offset));
      share[i] = mode === "linear" ? 1 - Math.abs(away) : cubic(away);
    }
  }
  return taps;
}

/** x at given places along an axis, times their shares, which broadcast from that axis on. */
function weighed(x: Tensor, axis: number, { place, share }: Tap): Tensor {
  const shape = [share.length, ...x.shape.slice(axis + 1).map(() => 1)];
  return x.take(tensor(place), { axis }).mul(tensor(share).cast(x.dtype).reshape(shape));
}

/**
 * x along one axis at `count` places, each a mean of all inputs near it: the line or the cubic (here
 * Keys' own, with a = −1/2) is as wide as the place of a result, where that is wider than an input.
 */
function averaged(
  x: Tensor,
  axis: number,
  count: number,
  step: number,
  mode: "linear" | "cubic",
): Tensor {
  const length = x.shape[axis] as number;
  const stretch = Math.max(1, step);
  const reach = (mode === "linear" ? 1 : 2) * stretch;
  const width = Math.min(length, Math.ceil(2 * reach) + 1);
  const place = new Int32Array(count * width);
  const share = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const middle = step * (i + 0.5);
    const start = Math.max(0, Math.floor(middle - reach + 0.5));
    const stop = Math.min(length, Math.floor(middle + reach + 0.5));
    let total = 0;
    for (let k = 0; start + k < stop; k++) {
      const away = (start + k + 0.5 - middle) / stretch;
      const one = mode === "linear" ? Math.max(0, 1 - Math.abs(away)) : cubic(away, -0.5);
      place[i * width + k] = start + k;
      share[i * width + k] = one;
      total += one;
    }
    for (let k = 0; k < width; k++) share[i * width + k] = (share[i * width + k] as number) / total;
  }
  return weighed(x, axis, { place, share })
    .unflatten(axis, [count, width])
    .sum({ axis: axis + 1 });
}

interface Resampling {
  readonly mode: Exclude<InterpolationMode, "area">;
  readonly alignCorners: boolean;
  readonly antialias: boolean;
}

/** x along one axis at `count` places; `step` inputs lie between two of them. */
function resampled(
  x: Tensor,
  axis: number,
  count: number,
  step: number,
  { mode, alignCorners, antialias }: Resampling,
): Tensor {
  const length = x.shape[axis] as number;
  if (mode === "nearest" || mode === "nearestExact") {
    if (count % length === 0 && step === length / count) {
      return count === length ? x : x.repeatInterleave(count / length, { axis });
    }
    const half = mode === "nearest" ? 0 : 0.5;
    const place = Int32Array.from({ length: count }, (_, i) =>
      Math.min(length - 1, Math.floor((i + half) * step)),
    );
    return x.take(tensor(place), { axis });
  }
  if (count === length && step === 1) return x;
  const between = count > 1 ? (length - 1) / (count - 1) : 0;
  if (antialias) return averaged(x, axis, count, alignCorners ? between : step, mode);
  const at: Places = alignCorners ? (i) => i * between : (i) => (i + 0.5) * step - 0.5;
  return tapsOf(mode, length, count, at)
    .map((tap) => weighed(x, axis, tap))
    .reduce((sum, term) => sum.add(term));
}

/** Throws unless the options make sense for so many axes. */
export function requireInterpolation(
  operation: string,
  options: InterpolateOptions,
  axes?: number,
): void {
  const { size, scaleFactor, mode = "nearest" } = options;
  requireOneOf(operation, { mode }, ["nearest", "nearestExact", "linear", "cubic", "area"]);
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new ArgumentError(`${operation}: needs either size or scaleFactor`);
  }
  for (const name of ["alignCorners", "antialias"] as const) {
    if (!options[name] || mode === "linear" || mode === "cubic") continue;
    throw new ArgumentError(`${operation}: ${name} is for mode "linear" and "cubic"`);
  }
  const rank = (value: Spatial): number => axes ?? (typeof value === "number" ? 1 : value.length);
  if (size !== undefined) eachAxis(operation, "size", size, rank(size));
  if (scaleFactor === undefined) return;
  for (const one of typeof scaleFactor === "number" ? [scaleFactor] : scaleFactor) {
    requireWithin(operation, { scaleFactor: one }, { from: 0, open: "from" });
  }
  if (typeof scaleFactor !== "number" && scaleFactor.length !== rank(scaleFactor)) {
    throw new ShapeError(
      `${operation}: scaleFactor must be one number or ${axes}, one an axis, not ${scaleFactor.length}`,
    );
  }
}

/**
 * x at another size.
 *
 * @param x        [batch, channels, ...places]
 * @param options  size, or scaleFactor; mode; alignCorners; antialias
 * @returns        [batch, channels, ...size]
 * @throws ShapeError  x has no places, or the numbers of size are not those of its places
 * @cost    an axis: 1 (nearest), 2 (linear) or 4 (cubic) inputs for each result; with antialias so many
 *   times as its place is wider than an input
 * @source  Keys 1981, Cubic Convolution Interpolation for Digital Image Processing, eq. (15), with
 *   a = −3/4 as PyTorch has it (−1/2 with antialias)
 * @example
 * interpolate(tensor([[[0, 2]]]), { size: 4, mode: "linear" }); // [[[0, 0.5, 1.5, 2]]]
 * interpolate(tensor([[[0, 2]]]), { size: 3, mode: "linear", alignCorners: true }); // [[[0, 1, 2]]]
 * interpolate(tensor([[[0, 2, 0, 2]]]), { size: 1, mode: "linear", antialias: true }); // [[[1]]]
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const axes = x.rank - 2;
  if (axes < 1) {
    throw new ShapeError(
      `interpolate: the input must be [batch, channels, ...places], not ${showShape(x.shape)}`,
    );
  }
  requireInterpolation("interpolate", options, axes);
  const { size, scaleFactor, mode = "nearest" } = options;
  const { alignCorners = false, antialias = false } = options;
  let y = x;
  for (let i = 0; i < axes; i++) {
    const length = x.shape[2 + i] as number;
    const scale = typeof scaleFactor === "object" ? scaleFactor[i] : scaleFactor;
    const given = typeof size === "object" ? size[i] : size;
    const count = given ?? Math.floor(length * (scale as number));
    if (count < 1) {
      throw new ShapeError(
        `interpolate: nothing is left of axis ${2 + i} of ${showShape(x.shape)} by scaleFactor ${scale}`,
      );
    }
    const step = scale === undefined ? length / count : 1 / scale;
    y =
      mode === "area"
        ? alongAxis(y, 2 + i, count, (part, axis) => part.mean({ axis, keepDims: true }))
        : resampled(y, 2 + i, count, step, { mode, alignCorners, antialias });
  }
  return y;
}
