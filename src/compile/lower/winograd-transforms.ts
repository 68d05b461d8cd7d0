// The three linear maps of Winograd's minimal filtering F(2×2, 3×3): four results from sixteen products
// where the sum over windows takes 36.
//
//   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A      d [4, 4] of the image, g [3, 3] of the kernel, Y [2, 2]
//
// and, Y being linear in g, of what reaches g from the slope e [2, 2] of a loss by Y:
//
//   Gᵀ [(A e Aᵀ) ⊙ (Bᵀ d B)] G
//
// Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016. All factors are 1 or ½, so
// that a transform rounds no more than the sums that it is made of.

import type { Atom } from "../../ir/kernel.ts";
import type { Arithmetic } from "../math-arithmetic.ts";

/** Results, taps and elements of a tile along each axis, and its products. */
export const tileResults = 2;
export const tileTaps = 3;
export const tileExtent = 4;
export const tileProducts = tileExtent * tileExtent;

type Line = readonly Atom[];

/** One of the maps along one axis. */
type Map1d = (f: Arithmetic, line: Line) => Line;

const image: Map1d = (f, [a, b, c, d]: Line) => {
  const [p, q, r, s] = [a, b, c, d] as [Atom, Atom, Atom, Atom];
  return [f.sub(p, r), f.add(q, r), f.sub(r, q), f.sub(q, s)];
};

const kernel: Map1d = (f, line) => {
  const [a, b, c] = line as [Atom, Atom, Atom];
  const outer = f.add(a, c);
  return [a, f.mul(f.add(outer, b), 0.5), f.mul(f.sub(outer, b), 0.5), c];
};

const result: Map1d = (f, line) => {
  const [a, b, c, d] = line as [Atom, Atom, Atom, Atom];
  return [f.add(f.add(a, b), c), f.sub(f.sub(b, c), d)];
};

/** A, and the transpose of G: what the other two are for slopes. */
const slope: Map1d = (f, line) => {
  const [a, b] = line as [Atom, Atom];
  return [a, f.add(a, b), f.sub(a, b), f.neg(b)];
};

const kernelSlope: Map1d = (f, [a, b, c, d]: Line) => {
  const [p, q, r, s] = [a, b, c, d] as [Atom, Atom, Atom, Atom];
  const middle = f.mul(f.add(q, r), 0.5);
  return [f.add(p, middle), f.mul(f.sub(q, r), 0.5), f.add(middle, s)];
};

const turned = (square: readonly Line[]): Line[] =>
  (square[0] as Line).map((_, i) => square.map((line) => line[i] as Atom));

const alongBoth =
  (map: Map1d) =>
  (f: Arithmetic, square: readonly Line[]): Line[] => {
    const across = turned(square.map((line) => map(f, line)));
    return turned(across.map((line) => map(f, line)));
  };

/** Bᵀ d B */
export const transformImage = alongBoth(image);
/** G g Gᵀ */
export const transformKernel = alongBoth(kernel);
/** Aᵀ m A */
export const transformResult = alongBoth(result);
/** A e Aᵀ */
export const transformSlope = alongBoth(slope);
/** Gᵀ m G */
export const transformKernelSlope = alongBoth(kernelSlope);
