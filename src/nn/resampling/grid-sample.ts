// Images and volumes read at given places, between pixels too: what a spatial transformer does. Along
// each axis a place reads a few neighbours (taps), each with its share; taps of all axes are multiplied.

import { ShapeError } from "../../ir/errors.ts";
import { linspace, meshgrid } from "../../tensor/create.ts";
import { stack } from "../../tensor/functions.ts";
import { requireOneOf } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape, sizeOf } from "../shape.ts";

/** Options of gridSample. */
export interface GridSampleOptions {
  /** Default "linear". */
  mode?: "nearest" | "linear" | "cubic";
  /** What lies outside: 0, the edge, or what is inside reflected. Default "zeros". */
  paddingMode?: "zeros" | "border" | "reflection";
  /** Whether ±1 are the middles of the outermost pixels, and not their outer edges. Default false. */
  alignCorners?: boolean;
}

/** Which neighbour along an axis, as whole numbers, and its share; both [batch, ...out places]. */
interface Tap {
  readonly place: Tensor;
  readonly share: Tensor;
}

type Settings = Required<GridSampleOptions>;

/** Places outside an axis of `length` as places inside, unless they are to read 0. */
function inside(place: Tensor, length: number, { paddingMode, alignCorners }: Settings): Tensor {
  if (paddingMode === "zeros") return place;
  if (paddingMode === "border") return place.clamp(0, length - 1);
  const [low, span] = alignCorners ? [0, length - 1] : [-0.5, length];
  if (span === 0) return place.mul(0);
  const away = place.sub(low).abs();
  const flips = away.div(span).floor();
  const rest = away.sub(flips.mul(span));
  const isOdd = flips.mod(2).equal(1);
  return rest
    .neg()
    .add(span)
    .where(isOdd, rest)
    .add(low)
    .clamp(0, length - 1);
}

/** The share of a neighbour at distance d in [0, 1] and beyond: Keys' cubic with a = −3/4. */
const near = (d: Tensor): Tensor => d.mul(1.25).sub(2.25).mul(d).mul(d).add(1);
const far = (d: Tensor): Tensor => d.mul(-0.75).add(3.75).mul(d).sub(6).mul(d).add(3);

function tapsOf(place: Tensor, length: number, settings: Settings): Tap[] {
  const { mode } = settings;
  const one = place.mul(0).add(1);
  if (mode === "nearest") return [{ place: inside(place, length, settings).round(), share: one }];
  if (mode === "linear") {
    const at = inside(place, length, settings);
    const from = at.floor().detach();
    const rest = at.sub(from);
    return [
      { place: from, share: one.sub(rest) },
      { place: from.add(1), share: rest },
    ];
  }
  const from = place.floor().detach();
  const rest = place.sub(from);
  const left = one.sub(rest);
  const shares = [far(rest.add(1)), near(rest), near(left), far(left.add(1))];
  return shares.map((share, i) => ({
    place: inside(from.add(i - 1), length, settings).detach(),
    share,
  }));
}

/** Every choice of one tap an axis. */
const choices = (axes: readonly (readonly Tap[])[]): Tap[][] =>
  axes.reduce<Tap[][]>(
    (found, taps) => found.flatMap((before) => taps.map((tap) => [...before, tap])),
    [[]],
  );

/**
 * y[b, c, i, j] = x[b, c] at the place grid[b, i, j] = (right, down), −1 and 1 the edges.
 *
 * @param x        [batch, channels, height, width], or with a depth before the height
 * @param grid     [batch, ...out places, 2 or 3]: places, the last axis of x first
 * @param options  mode, paddingMode, alignCorners
 * @returns        [batch, channels, ...out places]; differentiable by both
 * @throws ShapeError  the shapes do not fit
 * @cost    a result: 1 (nearest), 2 (linear) or 4 (cubic) readings, to the power of the axes
 * @source  Jaderberg et al. 2015, Spatial Transformer Networks, eq. (3) to (5). arXiv:1506.02025
 * @example
 * gridSample(tensor([[[[1, 3]]]]), tensor([[[[0, 0]]]])); // [[[[2]]]]
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = "linear", paddingMode = "zeros", alignCorners = false } = options;
  requireOneOf("gridSample", { mode }, ["nearest", "linear", "cubic"]);
  requireOneOf("gridSample", { paddingMode }, ["zeros", "border", "reflection"]);
  const axes = x.rank - 2;
  const [batch, channels] = x.shape as [number, number];
  const fits = axes === 2 || axes === 3;
  if (!fits || grid.rank !== x.rank || grid.shape[0] !== batch || grid.shape.at(-1) !== axes) {
    throw new ShapeError(
      `gridSample: the input must be [batch, channels, height, width] or with a depth, the grid [batch, ...places, ${fits ? axes : 2}], not ${showShape(x.shape)} and ${showShape(grid.shape)}`,
    );
  }
  const settings: Settings = { mode, paddingMode, alignCorners };
  const sizes = x.shape.slice(2);
  const places = grid.shape.slice(1, -1);
  const taps = sizes.map((length, i) => {
    const from = grid.at("...", axes - 1 - i).add(1);
    const place = alignCorners ? from.mul((length - 1) / 2) : from.mul(length).sub(1).div(2);
    return tapsOf(place, length, settings);
  });
  const flat = x.reshape([batch, channels, sizeOf(sizes)]);
  const terms = choices(taps).map((chosen) => {
    const lengths = chosen.map(({ place }, i) => [place, sizes[i] as number] as const);
    const index = lengths
      .map(([place, length]) => [place.clamp(0, length - 1).cast("i32"), length] as const)
      .reduce(([sum], [place, length]) => [sum.mul(length).add(place), length] as const)[0];
    const isInside = lengths
      .map(([place, length]) => place.greaterEqual(0).logicalAnd(place.less(length)))
      .reduce((all, one) => all.logicalAnd(one));
    const share = chosen.map((tap) => tap.share).reduce((product, one) => product.mul(one));
    const each = index.reshape([batch, 1, sizeOf(places)]);
    const read = flat
      .gather(each.expand([batch, channels, sizeOf(places)]), { axis: 2 })
      .reshape([batch, channels, ...places]);
    return read.mul(share.where(isInside, 0).unsqueeze(1));
  });
  return terms.reduce((sum, term) => sum.add(term));
}

/**
 * The places A·(right, down, 1)ᵀ of every pixel of an image: what gridSample reads.
 *
 * @param theta    A: [batch, 2, 3], or of volumes [batch, 3, 4]
 * @param places   height and width of the result, or with a depth before
 * @param options  alignCorners: whether ±1 are the middles of the outermost pixels. Default false
 * @returns        [batch, ...places, 2 or 3]
 * @throws ShapeError  theta does not fit the places
 * @source  Jaderberg et al. 2015, Spatial Transformer Networks, eq. (1). arXiv:1506.02025
 * @example
 * affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 2]); // [[[[-0.5, 0], [0.5, 0]]]]
 */
export function affineGrid(
  theta: Tensor,
  places: readonly number[],
  { alignCorners = false }: { alignCorners?: boolean } = {},
): Tensor {
  const axes = places.length;
  const fits = (axes === 2 || axes === 3) && theta.rank === 3;
  if (!fits || theta.shape[1] !== axes || theta.shape[2] !== axes + 1) {
    throw new ShapeError(
      `affineGrid: ${axes} places take a theta [batch, ${axes}, ${axes + 1}], not ${showShape(theta.shape)}`,
    );
  }
  const dtype = theta.dtype === "f64" ? "f64" : "f32";
  const along = places.map((count) => {
    const end = count === 1 ? 0 : alignCorners ? 1 : 1 - 1 / count;
    return linspace(-end, end, { count, dtype });
  });
  const middles = meshgrid(along).reverse();
  const base = stack([...middles, (middles[0] as Tensor).mul(0).add(1)], { axis: -1 });
  const moved = base.reshape([1, sizeOf(places), axes + 1]).matmul(theta.mT);
  return moved.reshape([theta.shape[0] as number, ...places, axes]);
}
