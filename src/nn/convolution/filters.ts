// Kernels made by hand, and pictures through them: what stood before classifiers before kernels were
// learnt. Seed 000 §Convolutional Neural Networks.

import { ShapeError } from "../../ir/errors.ts";
import { conv2d } from "../../tensor/convolution.ts";
import { arange, tensor } from "../../tensor/create.ts";
import { requireOneOf } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { showShape } from "../shape.ts";

interface KernelOptions {
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * Sobel's kernel: the slope along one axis, smoothed along the other. [3, 3]
 *
 * @param options  axis: 1, default, rises to the right and finds vertical edges; 0 rises downwards; dtype
 * @source  Sobel and Feldman 1968; seed 000 §Convolutional Neural Networks
 * @example
 * sobelKernel(); // [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
 */
export function sobelKernel({
  axis = 1,
  dtype = "f32",
}: KernelOptions & { axis?: 0 | 1 } = {}): Tensor {
  requireOneOf("sobelKernel", { axis }, [0, 1]);
  const rising = tensor([-1, 0, 1], { dtype });
  const smooth = tensor([1, 2, 1], { dtype });
  return axis === 1 ? smooth.outer(rising) : rising.outer(smooth);
}

/**
 * Laplace's kernel: how far a value lies from its four neighbours. [3, 3]
 *
 * @source  seed 000 §Convolutional Neural Networks
 * @example
 * laplaceKernel(); // [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
 */
export const laplaceKernel = ({ dtype = "f32" }: KernelOptions = {}): Tensor =>
  tensor(
    [
      [0, 1, 0],
      [1, -4, 1],
      [0, 1, 0],
    ],
    { dtype },
  );

/**
 * A bell that sums to 1: blurs.
 *
 * @param size   an odd number
 * @param sigma  standard deviation, in pixels. Default size/6, which leaves little outside
 * @returns      [size, size]
 * @throws ShapeError  the size is even, or sigma not above 0
 * @source  seed 000 §Convolutional Neural Networks
 * @example
 * gaussianKernel(3).shape; // [3, 3]
 */
export function gaussianKernel(
  size: number,
  { sigma = size / 6, dtype = "f32" }: KernelOptions & { sigma?: number } = {},
): Tensor {
  if (!(Number.isInteger(size) && size % 2 === 1 && size > 0 && sigma > 0)) {
    throw new ShapeError(
      `gaussianKernel: takes an odd size and sigma > 0, not ${size} and ${sigma}`,
    );
  }
  const at = arange(0, size, { dtype }).sub((size - 1) / 2);
  const bell = at
    .square()
    .div(-2 * sigma * sigma)
    .exp();
  return bell.outer(bell).div(bell.sum().square());
}

/**
 * Every channel of pictures through one kernel, as many pixels as before.
 *
 * @param x       [..., height, width]
 * @param kernel  [k, l], odd; not flipped
 * @param options  padding: the border repeated ("replicate", default, so that it is no edge) or 0
 * @throws ShapeError  the kernel is no odd matrix
 * @source  seed 000 §Convolutional Neural Networks
 * @example
 * filterImages(zeros([2, 3, 8, 8]), sobelKernel()).shape; // [2, 3, 8, 8]
 */
export function filterImages(
  x: Tensor,
  kernel: Tensor,
  { padding = "replicate" }: { padding?: "replicate" | "zeros" } = {},
): Tensor {
  const [height, width] = kernel.shape;
  if (
    kernel.rank !== 2 ||
    height === undefined ||
    width === undefined ||
    !odd(height) ||
    !odd(width)
  ) {
    throw new ShapeError(
      `filterImages: the kernel must be a matrix with odd sides, not ${showShape(kernel.shape)}`,
    );
  }
  if (x.rank < 2) {
    throw new ShapeError(
      `filterImages: images must be [..., height, width], not ${showShape(x.shape)}`,
    );
  }
  requireOneOf("filterImages", { padding }, ["replicate", "zeros"]);
  const widths = [(height - 1) / 2, (width - 1) / 2];
  const padded = x.pad(widths, { mode: padding === "zeros" ? "constant" : "replicate" });
  const planes = padded.reshape([-1, 1, ...padded.shape.slice(-2)]);
  return conv2d(planes, kernel.reshape([1, 1, height, width])).reshape(x.shape);
}

const odd = (n: number): boolean => n % 2 === 1;
