// The way that an optimiser takes over a function of few numbers, as data: what is drawn over a map of
// its contours.

import { ArgumentError } from "../ir/errors.ts";
import { Parameter } from "../tensor/cell.ts";
import { compile } from "../tensor/compile.ts";
import { tensor } from "../tensor/create.ts";
import { gradients } from "../tensor/gradients.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** An optimiser, as far as it is needed here. */
export interface Descender {
  lookAhead(): Record<string, Tensor>;
  step(gradients: unknown): void;
}

/** Options of descentPath. */
export interface DescentPathOptions {
  /** Default 50. */
  steps?: number;
  /** Default f64. */
  dtype?: "f32" | "f64";
  /** Added to each gradient: noise, for instance. */
  gradient?: (g: Tensor, x: Tensor) => Tensor;
}

/** Where it has been. */
export interface DescentPath {
  /** [steps + 1][n]: the start, and after each step. */
  readonly points: readonly (readonly number[])[];
  /** f at each. */
  readonly values: readonly number[];
}

/**
 * Descends from a point.
 *
 * @param f         gives [] from a tensor [n]
 * @param start     [n]
 * @param optimizer makes the method for a parameter; gradients are taken where it looks ahead
 * @param options   steps, dtype; gradient: changes each gradient
 * @example
 * const path = await descentPath((x) => x.square().sum(), [1], (x) => new SGD([x], { lr: 0.25 }), { steps: 2 });
 * path.points; // [[1], [0.5], [0.25]]
 */
export async function descentPath(
  f: (x: Tensor) => Tensor,
  start: readonly number[],
  optimizer: (x: Parameter) => Descender,
  { steps = 50, dtype = "f64", gradient = (g) => g }: DescentPathOptions = {},
): Promise<DescentPath> {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ArgumentError(`descentPath: steps must be a whole number from 0, not ${steps}`);
  }
  const x = new Parameter(tensor(start, { dtype }));
  const method = optimizer(x);
  const step = compile(() => {
    const ahead = method.lookAhead();
    const [name, point] = Object.entries(ahead)[0] as [string, Tensor];
    const slopes = gradients(f(point), ahead);
    method.step({ [name]: gradient(slopes[name] as Tensor, point) });
    return { x: x.snapshot(), value: f(x) };
  });
  const points: (readonly number[])[] = [[...start]];
  const values: number[] = [await f(x).item()];
  for (let i = 0; i < steps; i++) {
    const made = step();
    points.push([...(await made.x.data())].map(Number));
    values.push(await made.value.item());
  }
  return { points, values };
}
