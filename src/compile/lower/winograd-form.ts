// The forms of Winograd's minimal filtering F(m×m, r×r): so many results of r × r taps from (m + r − 1)²
// products, where the sum over windows takes m²·r² products.
//
//   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A      d of the image, g [r, r] of the kernel, Y [m, m]
//
// and, Y being linear in g, of what reaches g from the slope e [m, m] of a loss by Y:
//
//   Gᵀ [(A e Aᵀ) ⊙ (Bᵀ d B)] G
//
// Along one axis it is the transpose of how polynomials are multiplied: two of degrees m − 1 and r − 1
// are evaluated at n = m + r − 1 points, the last at infinity, where only the highest power counts; their
// values are multiplied, and Lagrange's polynomials interpolate. Points in pairs ±a share their sums.
//
// Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016. Which points round least:
// Barabasz, Anderson, Soodhalter and Gregg, Error Analysis and Improving the Accuracy of Winograd
// Convolution for Deep Neural Networks, 2020.

/** A rational number, the numerator first. */
export type Fraction = readonly [number, number];

const zero: Fraction = [0, 1];

export interface WinogradForm {
  readonly name: string;
  /** Results, taps and elements of a tile along each axis, and its products. */
  readonly results: number;
  readonly taps: number;
  readonly extent: number;
  readonly products: number;
  /** Aᵀ [result, product], G [product, tap] and Bᵀ [product, element], each along one axis. */
  readonly a: readonly (readonly Fraction[])[];
  readonly g: readonly (readonly Fraction[])[];
  readonly b: readonly (readonly Fraction[])[];
}

/** The form for as many finite points as results and taps, less two. */
export function winogradForm(
  results: number,
  taps: number,
  points: readonly Fraction[],
): WinogradForm {
  const extent = results + taps - 1;
  const powers = (count: number, of: Fraction | undefined): Fraction[] =>
    Array.from({ length: count }, (_, k): Fraction => {
      return of ? [of[0] ** k, of[1] ** k] : [k === count - 1 ? 1 : 0, 1];
    });
  const all = [...points, undefined];
  const b = all.map((point) => polynomial(points.filter((other) => other !== point)));
  const a = all.map((point) => powers(results, point));
  const g = all.map((point, i) => {
    const [top, bottom] = point ? valueAt(b[i] as Fraction[], point) : [1, 1];
    return powers(taps, point).map(([p, q]) => reduced([p * bottom, q * top]));
  });
  return {
    name: `F(${results},${taps})`,
    results,
    taps,
    extent,
    products: extent ** 2,
    a: Array.from({ length: results }, (_, j) => a.map((line) => line[j] as Fraction)),
    g,
    b: b.map((line) => [...line, ...Array(extent - line.length).fill(zero)]),
  };
}

/** The coefficients of the product of x − root, the constant first. */
function polynomial(roots: readonly Fraction[]): Fraction[] {
  let out: Fraction[] = [[1, 1]];
  for (const [p, q] of roots) {
    out = Array.from({ length: out.length + 1 }, (_, k): Fraction => {
      const [above, here] = [out[k - 1] ?? zero, out[k] ?? zero];
      return reduced([above[0] * here[1] * q - here[0] * p * above[1], above[1] * here[1] * q]);
    });
  }
  return out;
}

function valueAt(coefficients: readonly Fraction[], [p, q]: Fraction): Fraction {
  return coefficients.reduceRight<Fraction>(
    ([top, bottom], [t, u]) => reduced([top * p * u + t * bottom * q, bottom * q * u]),
    zero,
  );
}

function reduced([top, bottom]: Fraction): Fraction {
  let [divisor, rest] = [Math.abs(bottom), Math.abs(top)];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return [(Math.sign(bottom) * top) / divisor, Math.abs(bottom) / divisor];
}

// Two pairs of points, ±a and ±1/a: they round half as much as ±1 and ±2 do, which more often are taken.
const pairs: readonly Fraction[] = [
  [2, 3],
  [-2, 3],
  [3, 2],
  [-3, 2],
];

/**
 * Those that convolutions may take. More results at a time round too much: F(4×4, 5×5) and F(6×6, 3×3)
 * three to four times as much as the last two here.
 */
export const winogradForms: readonly WinogradForm[] = [
  winogradForm(2, 3, [
    [0, 1],
    [1, 1],
    [-1, 1],
  ]),
  winogradForm(4, 3, [[0, 1], ...pairs]),
  winogradForm(2, 5, [[0, 1], ...pairs]),
];
