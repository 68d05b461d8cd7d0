// Universal approximation by towers: the difference of two steep sigmoids is 1 on an interval and 0
// elsewhere, and a sum of scaled towers comes as near to any continuous function as one likes, the
// nearer the more and the thinner they are. Constructed, not trained.
// Seeds 000 §Representation power of MLP, 001 §1.2 and §3.4; Nielsen 2015, Neural Networks and Deep
// Learning, chapter 4.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { arange, tensor } from "../tensor/create.ts";
import { requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** An interval [a, b]. */
export type Interval = readonly [from: number, to: number];

/**
 * σ(w·(x − a)) − σ(w·(x − b)): about 1 between a and b, about 0 outside.
 *
 * @param x          any shape
 * @param interval   [a, b]
 * @param steepness  w, in 1/units of x: the edges are some 4/w wide
 * @returns          the shape of x
 * @source  seed 000 §Representation power; 001 §3.4
 * @example
 * tower(tensor([0, 0.5, 1], { dtype: "f64" }), [0.25, 0.75], 1000); // [0, 1, 0]
 */
export function tower(x: Tensor, [a, b]: Interval, steepness: number): Tensor {
  requireWithin("tower", { steepness }, { from: 0 });
  return x.sub(a).mul(steepness).sigmoid().sub(x.sub(b).mul(steepness).sigmoid());
}

/**
 * σ(w·(t₁(x) + t₂(y) − 3/2)) of an x-tower t₁ and a y-tower t₂: about 1 where both are, in the box,
 * and about 0 outside. A network with two hidden layers, of four sigmoids and of one.
 *
 * @param points     [..., 2]
 * @param box        an interval a coordinate
 * @param steepness  w of both layers
 * @returns          [...]
 * @throws ShapeError  points do not have two coordinates
 * @source  seed 000 §Representation power
 * @example
 * tower2d(tensor([[0.5, 0.5], [0.5, 2]], { dtype: "f64" }), [[0, 1], [0, 1]], 1000); // [1, 0]
 */
export function tower2d(
  points: Tensor,
  box: readonly [Interval, Interval],
  steepness: number,
): Tensor {
  if (points.shape.at(-1) !== 2) {
    throw new ShapeError(`tower2d: points must be [..., 2], not [${points.shape.join(", ")}]`);
  }
  requireWithin("tower2d", { steepness }, { from: 0 });
  const [first, second] = box.map((interval, axis) =>
    tower(points.at("...", axis), interval, steepness),
  ) as [Tensor, Tensor];
  return first.add(second).sub(1.5).mul(steepness).sigmoid();
}

/** Options of towerNetwork. */
export interface TowerNetworkOptions {
  /** How many of the same width fill the interval. */
  readonly towers: number;
  /** w. Default 100 a width of a tower, so that edges are narrow beside it */
  readonly steepness?: number;
}

/**
 * Σᵢ f(mᵢ)·towerᵢ(x), with mᵢ the middle of the i-th of N equal intervals. For a function with slope
 * at most L on an interval of length l the error between edges is at most L·l/(2N).
 *
 * @param f         on numbers
 * @param interval  where it is approximated
 * @param options   towers; steepness
 * @returns         a network of 2N sigmoids and a linear read-out: [...] to [...]
 * @throws ArgumentError  there is no tower
 * @source  seed 000 §Representation power; 001 §3.4
 * @example
 * towerNetwork((x) => 2 * x, [0, 1], { towers: 2 })(tensor([0.25, 0.75], { dtype: "f64" })); // [0.5, 1.5]
 */
export function towerNetwork(
  f: (x: number) => number,
  [from, to]: Interval,
  { towers, steepness }: TowerNetworkOptions,
): (x: Tensor) => Tensor {
  checkTowers("towerNetwork", towers);
  const width = (to - from) / towers;
  const w = steepness ?? 100 / width;
  const heights = tensor(
    Array.from({ length: towers }, (_, i) => f(from + (i + 0.5) * width)),
    { dtype: "f64" },
  );
  return (x) => {
    // The outer edges stand back by half a width, so that towers cover the ends.
    const lefts = arange(towers).cast("f64").mul(width).add(from); // [towers]
    const outer = arange(towers).cast("f64");
    const a = lefts.sub(
      outer
        .equal(0)
        .cast("f64")
        .mul(width / 2),
    );
    const b = lefts.add(width).add(
      outer
        .equal(towers - 1)
        .cast("f64")
        .mul(width / 2),
    );
    const at = x.cast("f64").unsqueeze(-1); // [..., 1]
    const rises = at.sub(a).mul(w).sigmoid().sub(at.sub(b).mul(w).sigmoid()); // [..., towers]
    return rises.mul(heights).sum({ axis: -1 }).cast(x.dtype);
  };
}

/**
 * Σᵢⱼ f(mᵢ, mⱼ)·tower2dᵢⱼ(x, y) over a square grid of boxes.
 *
 * @param f        on two numbers
 * @param box      where it is approximated
 * @param options  towers along each axis; steepness
 * @returns        a function from [..., 2] to [...]
 * @throws ArgumentError  there is no tower
 * @cost    five sigmoids a box and point
 * @source  seed 000 §Representation power
 * @example
 * const network = towerNetwork2d((x, y) => x + y, [[0, 1], [0, 1]], { towers: 1 });
 * network(tensor([[0.5, 0.5]], { dtype: "f64" })); // [1]
 */
export function towerNetwork2d(
  f: (x: number, y: number) => number,
  box: readonly [Interval, Interval],
  { towers, steepness }: TowerNetworkOptions,
): (points: Tensor) => Tensor {
  checkTowers("towerNetwork2d", towers);
  const widths = box.map(([from, to]) => (to - from) / towers) as [number, number];
  const w = steepness ?? 100 / Math.min(...widths);
  const part = (axis: 0 | 1, i: number): Interval => {
    const [from] = box[axis];
    return [from + i * widths[axis], from + (i + 1) * widths[axis]];
  };
  return (points) => {
    let sum = points.at("...", 0).mul(0);
    for (let i = 0; i < towers; i++) {
      for (let j = 0; j < towers; j++) {
        const [x, y] = [part(0, i), part(1, j)];
        const height = f((x[0] + x[1]) / 2, (y[0] + y[1]) / 2);
        sum = sum.add(tower2d(points, [x, y], w).mul(height));
      }
    }
    return sum;
  };
}

function checkTowers(operation: string, towers: number): void {
  if (Number.isInteger(towers) && towers >= 1) return;
  throw new ArgumentError(`${operation}: towers must be a whole number from 1, not ${towers}`);
}
