// Activations made of straight pieces: cheap stand-ins for smooth ones, and the shrinkers, which take
// small numbers to 0. Where pieces meet the derivative is that of PyTorch, here in each function.

import { ArgumentError } from "../../ir/errors.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";

/** Options of Hardtanh. */
export interface HardtanhOptions {
  /** Default −1. */
  minVal?: number;
  /** Default 1. */
  maxVal?: number;
}

/**
 * min(max(z, minVal), maxVal); the derivative at both ends is 0 (as of clamp it would be 1).
 *
 * @param z
 * @param options  minVal, maxVal
 * @throws ArgumentError  minVal is not less than maxVal
 * @example
 * hardtanh(tensor([-3, 0.5, 2])); // [-1, 0.5, 1]
 */
export function hardtanh(z: Tensor, { minVal = -1, maxVal = 1 }: HardtanhOptions = {}): Tensor {
  requireEnds("hardtanh", minVal, maxVal);
  const inside = z.greater(minVal).logicalAnd(z.less(maxVal));
  return z.where(inside, z.clamp(minVal, maxVal).detach());
}

/**
 * min(max(z, 0), 6); the derivative at 0 and 6 is 0.
 *
 * @source  Howard et al. 2017, MobileNets. arXiv:1704.04861
 * @example
 * relu6(tensor([-1, 3, 9])); // [0, 3, 6]
 */
export function relu6(z: Tensor): Tensor {
  return hardtanh(z, { minVal: 0, maxVal: 6 });
}

/**
 * z·min(max(z + 3, 0), 6)/6: SiLU with straight pieces.
 *
 * @source  Howard et al. 2019, Searching for MobileNetV3, §5.2. arXiv:1905.02244
 * @example
 * hardswish(tensor([-4, 0, 4])); // [0, 0, 4]
 */
export function hardswish(z: Tensor): Tensor {
  return z.mul(z.add(3).clamp(0, 6)).div(6);
}

/** Options of the shrinkers. */
export interface ShrinkOptions {
  /** λ ≥ 0, in the units of z. Default 0.5. */
  lambda?: number;
}

/**
 * z where |z| > λ, else 0.
 *
 * @example
 * hardshrink(tensor([-2, 0.5, 1])); // [-2, 0, 1]
 */
export function hardshrink(z: Tensor, { lambda = 0.5 }: ShrinkOptions = {}): Tensor {
  requireWithin("hardshrink", { lambda }, { from: 0 });
  return z.where(z.abs().lessEqual(lambda).logicalNot(), 0);
}

/**
 * z moved towards 0 by λ, and 0 where it would pass it: what descent on λ·|z| does in one step.
 *
 * @throws ArgumentError  lambda is negative
 * @example
 * softshrink(tensor([-2, 0.5, 1])); // [-1.5, 0, 0.5]
 */
export function softshrink(z: Tensor, { lambda = 0.5 }: ShrinkOptions = {}): Tensor {
  requireWithin("softshrink", { lambda }, { from: 0 });
  return z.sub(z.clamp(-lambda, lambda));
}

/**
 * z − tanh z: nearly z³/3 around 0.
 *
 * @example
 * tanhshrink(tensor([0])); // [0]
 */
export const tanhshrink = (z: Tensor): Tensor => z.sub(z.tanh());

/**
 * hardtanh as a module.
 *
 * @example
 * new Hardtanh().forward(tensor([-3, 0.5])); // [-1, 0.5]
 */
export class Hardtanh extends Module {
  readonly options: Readonly<HardtanhOptions>;

  constructor(options: HardtanhOptions = {}) {
    super();
    requireEnds("Hardtanh", options.minVal ?? -1, options.maxVal ?? 1);
    this.options = options;
  }

  forward(z: Tensor): Tensor {
    return hardtanh(z, this.options);
  }
}

/**
 * relu6 as a module.
 *
 * @example
 * new ReLU6().forward(tensor([-1, 7])); // [0, 6]
 */
export class ReLU6 extends Module {
  forward(z: Tensor): Tensor {
    return relu6(z);
  }
}

/**
 * min(max(z/6 + ½, 0), 1): a straight line through the sigmoid.
 *
 * @example
 * new Hardsigmoid().forward(tensor([-4, 0, 1.5])); // [0, 0.5, 0.75]
 */
export class Hardsigmoid extends Module {
  forward(z: Tensor): Tensor {
    return z.hardsigmoid();
  }
}

/**
 * hardswish as a module.
 *
 * @example
 * new Hardswish().forward(tensor([-4, 0, 3])); // [0, 0, 3]
 */
export class Hardswish extends Module {
  forward(z: Tensor): Tensor {
    return hardswish(z);
  }
}

/**
 * hardshrink as a module.
 *
 * @example
 * new Hardshrink().forward(tensor([0.25, -2])); // [0, -2]
 */
export class Hardshrink extends Module {
  readonly lambda: number;

  /** @param options  lambda. Default 0.5 */
  constructor({ lambda = 0.5 }: ShrinkOptions = {}) {
    super();
    requireWithin("Hardshrink", { lambda }, { from: 0 });
    this.lambda = lambda;
  }

  forward(z: Tensor): Tensor {
    return hardshrink(z, { lambda: this.lambda });
  }
}

/**
 * softshrink as a module.
 *
 * @example
 * new Softshrink().forward(tensor([0.25, -2])); // [0, -1.5]
 */
export class Softshrink extends Module {
  readonly lambda: number;

  /** @param options  lambda. Default 0.5 */
  constructor({ lambda = 0.5 }: ShrinkOptions = {}) {
    super();
    requireWithin("Softshrink", { lambda }, { from: 0 });
    this.lambda = lambda;
  }

  forward(z: Tensor): Tensor {
    return softshrink(z, { lambda: this.lambda });
  }
}

/**
 * tanhshrink as a module.
 *
 * @example
 * new Tanhshrink().forward(tensor([0])); // [0]
 */
export class Tanhshrink extends Module {
  forward(z: Tensor): Tensor {
    return tanhshrink(z);
  }
}

function requireEnds(operation: string, minVal: number, maxVal: number): void {
  if (minVal < maxVal) return;
  throw new ArgumentError(
    `${operation}: minVal must be less than maxVal, not ${minVal} and ${maxVal}`,
  );
}
