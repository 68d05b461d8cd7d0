// The discrete Fourier transform, by splitting: n = a·b values are a·b small transforms and a twist
// between (Cooley and Tukey), down to primes. Tensors are real, so a complex one is a pair. Seed 003
// §Convolution Operator: the operator with H(u, t) = e^(−2πiut).

import { ShapeError } from "../../ir/errors.ts";
import { arange, zerosLike } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/** A complex tensor: its real and its imaginary part, of one shape. */
export interface Complex {
  readonly re: Tensor;
  readonly im: Tensor;
}

const times = (a: Complex, b: Complex): Complex => ({
  re: a.re.mul(b.re).sub(a.im.mul(b.im)),
  im: a.re.mul(b.im).add(a.im.mul(b.re)),
});

/** e^(sign·2πi·j·k/n) for j < rows, k < columns. */
function roots(rows: number, columns: number, n: number, sign: number, like: Tensor): Complex {
  const dtype = like.dtype === "f64" ? "f64" : "f32";
  const product = arange(rows).unsqueeze(1).mul(arange(columns));
  // A whole number of turns is taken out first: angles stay small, and exact.
  const angle = product
    .mod(n)
    .cast(dtype)
    .mul((sign * 2 * Math.PI) / n);
  return { re: angle.cos(), im: angle.sin() };
}

/** Σ_k x[…, k]·e^(sign·2πi·jk/n). */
function transform(x: Complex, sign: number): Complex {
  const n = x.re.shape.at(-1) as number;
  const first = factorOf(n);
  if (first === n) {
    const w = roots(n, n, n, sign, x.re);
    return {
      re: x.re.matmul(w.re).sub(x.im.matmul(w.im)),
      im: x.re.matmul(w.im).add(x.im.matmul(w.re)),
    };
  }
  // x[i·b + j] is entry (i, j); transformed over i, twisted, transformed over j: entry (k, l) of
  // the result is X[k + a·l].
  const [a, b] = [first, n / first];
  const cut = (t: Tensor): Tensor => t.unflatten(-1, [a, b]).transpose(); // [..., b, a]
  const columns = transform({ re: cut(x.re), im: cut(x.im) }, sign); // over i: [..., j, k]
  const twisted = times(columns, roots(b, a, n, sign, x.re));
  const rows = transform({ re: twisted.re.transpose(), im: twisted.im.transpose() }, sign); // [..., k, l]
  const joined = (t: Tensor): Tensor => t.transpose().flatten(-2, -1); // l·a + k
  return { re: joined(rows.re), im: joined(rows.im) };
}

/** What to split off; n itself where the transform is done at once. */
function factorOf(n: number): number {
  // A product with a small matrix beats several passes.
  if (n <= 8) return n;
  for (const factor of [8, 4, 2]) if (n > factor && n % factor === 0) return factor;
  for (let factor = 3; factor * factor <= n; factor += 2) if (n % factor === 0) return factor;
  return n;
}

function complexOf(operation: string, x: Tensor | Complex): Complex {
  const { re, im } = "re" in x ? x : { re: x, im: zerosLike(x) };
  if (re.rank === 0 || re.shape.at(-1) === 0) {
    throw new ShapeError(
      `${operation}: the input needs an axis to go along, not ${showShape(re.shape)}`,
    );
  }
  return { re, im };
}

/**
 * X[u] = Σ_t x[t]·e^(−2πiut/n), along the last axis.
 *
 * @param x  [..., n], real or complex, of any n
 * @returns  [..., n]
 * @throws ShapeError  there is no axis to go along
 * @cost     about 5·n·log₂ n FLOP for powers of two; a prime factor p costs p·n
 * @source   Cooley and Tukey 1965; seed 003 §Convolution Operator
 * @example
 * fft(tensor([1, 0, 0, 0])).re; // [1, 1, 1, 1]
 */
export const fft = (x: Tensor | Complex): Complex => transform(complexOf("fft", x), -1);

/**
 * x[t] = (1/n)·Σ_u X[u]·e^(2πiut/n), along the last axis: what fft undoes.
 *
 * @param x  [..., n], real or complex, of any n
 * @returns  [..., n]
 * @throws ShapeError  there is no axis to go along
 * @source   Cooley and Tukey 1965; seed 003 §Convolution Operator
 * @example
 * ifft(fft(tensor([1, 2, 3, 4]))).re; // [1, 2, 3, 4]
 */
export function ifft(x: Tensor | Complex): Complex {
  const { re, im } = transform(complexOf("ifft", x), 1);
  const n = re.shape.at(-1) as number;
  return { re: re.div(n), im: im.div(n) };
}

/**
 * convolve(f, h) of two vectors by the convolution theorem: 𝓕(f ∗ h) = 𝓕f·𝓕h, both padded.
 *
 * @param f  [n]
 * @param h  [k]
 * @returns  [n + k − 1]; for long kernels in far fewer steps than by the sum
 * @throws ShapeError  they are no vectors
 * @source   seed 003 §Convolution Operator
 * @example
 * fftConvolve(tensor([1, 2, 3]), tensor([0, 1, 0.5])).shape; // [5]
 */
export function fftConvolve(f: Tensor, h: Tensor): Tensor {
  if (f.rank !== 1 || h.rank !== 1) {
    throw new ShapeError(
      `fftConvolve: takes two vectors, not ${showShape(f.shape)} and ${showShape(h.shape)}`,
    );
  }
  const size = f.size + h.size - 1;
  // The next power of two, where the transform is fastest.
  const n = 2 ** Math.ceil(Math.log2(size));
  const padded = (t: Tensor): Tensor => t.pad([[0, n - t.size]]);
  return ifft(times(fft(padded(f)), fft(padded(h)))).re.slice(0, size);
}
