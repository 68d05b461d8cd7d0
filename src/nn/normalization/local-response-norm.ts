// Local response normalisation: a unit is damped by the activity of neighbouring channels at its place,
// after lateral inhibition among neurons. AlexNet's form is the default; PyTorch's layer of the same
// name divides α by the size and starts from k = 1.

import { ShapeError } from "../../ir/errors.ts";
import { requireSizes, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/** Options of LocalResponseNorm. */
export interface LocalResponseNormOptions {
  /** Factor of the sum of squares. Default 1e-4. */
  alpha?: number;
  /** Exponent. Default 0.75. */
  beta?: number;
  /** What is there without any activity. Default 2. */
  k?: number;
  /** Whether α multiplies the mean of the squares, as in PyTorch, not the sum. Default false. */
  mean?: boolean;
}

/**
 * bᶜ = aᶜ / (k + α·Σⱼ (aʲ)²)^β, j from c − ⌊size/2⌋ to c + ⌊(size − 1)/2⌋, as far as there are channels.
 *
 * For an odd size, and the paper's is 5, the channels are as many on either side.
 *
 * @param x     [batch, channels, ...places]
 * @param size  n: how many channels a unit is compared with, itself among them
 * @param options  alpha, beta, k; mean: true with k = 1 is PyTorch's layer
 * @throws ShapeError  there is no axis of channels
 * @source  Krizhevsky, Sutskever and Hinton 2012, ImageNet Classification with Deep Convolutional
 *   Neural Networks, §3.3; seed 002 eq. (81)
 * @example
 * localResponseNorm(ones([1, 1, 1]), 5, { alpha: 2, beta: 0.5 }); // [[[0.5]]]
 */
export function localResponseNorm(
  x: Tensor,
  size = 5,
  { alpha = 1e-4, beta = 0.75, k = 2, mean = false }: LocalResponseNormOptions = {},
): Tensor {
  requireOptions("localResponseNorm", size, { alpha, beta, k });
  if (x.rank < 2) {
    throw new ShapeError(
      `localResponseNorm: the input must be [batch, channels, …], not ${showShape(x.shape)}`,
    );
  }
  const before = Math.floor(size / 2);
  const widths = x.shape.map((_, i) => (i === 1 ? ([before, size - 1 - before] as const) : 0));
  const sums = x.square().pad(widths).unfold(1, size).sum({ axis: -1 });
  const factor = mean ? alpha / size : alpha;
  return x.div(sums.mul(factor).add(k).pow(beta));
}

/**
 * localResponseNorm as a module.
 *
 * @example
 * new LocalResponseNorm(5).forward(ones([2, 8, 3, 3])).shape; // [2, 8, 3, 3]
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly options: LocalResponseNormOptions;

  constructor(size = 5, options: LocalResponseNormOptions = {}) {
    super();
    requireOptions("LocalResponseNorm", size, options);
    this.size = size;
    this.options = options;
  }

  /** @param x  [batch, channels, ...places] */
  forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.options);
  }
}

function requireOptions(
  operation: string,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 2 }: LocalResponseNormOptions,
): void {
  requireSizes(operation, { size });
  requireWithin(operation, { alpha, beta, k });
}
