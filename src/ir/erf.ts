// The error function for the interpreter, which Math lacks: right to about three units in the last
// place of a double, slow, and by other means than the kernels (src/compile/math.ts), so that the
// one checks the other. A series of positive terms near 0 and a continued fraction beyond.

/**
 * erf x = 2/√π · ∫₀ˣ e^(−t²) dt
 *
 * The probability that a normal variable of variance ½ lies within x of its mean.
 *
 * @param x  any number
 * @returns  between −1 and 1; odd; NaN for NaN
 * @cost     up to 250 divisions
 * @source   Abramowitz and Stegun 1964, 7.1.6 and 7.1.14
 * @example
 * erf(1) // 0.8427007929497149
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return series(x);
  return Math.sign(x) * (1 - (a < 6 ? complement(a) : 0));
}

/** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)) */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 2 ** -56; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 1 − erf x = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …))))) */
function complement(x: number): number {
  let fraction = x;
  // After n terms the error is about e^(−2x·√(2n)): here 10⁻¹⁹.
  for (let n = Math.ceil(250 / (x * x)); n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
