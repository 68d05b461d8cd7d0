// Smooth rectifiers: like ReLU far from 0, without its corner.

import { ArgumentError } from "../../ir/errors.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";

/** Options of ELU and CELU. */
export interface AlphaOptions {
  /** α: how far below 0 it goes, in the units of z. Default 1. */
  alpha?: number;
}

/**
 * max(0, z) + min(0, α(e^(z/α) − 1)): an ELU whose derivative at 0 is 1 for every α.
 *
 * @param z
 * @param options  alpha
 * @throws ArgumentError  alpha is 0
 * @source  Barron 2017, Continuously Differentiable Exponential Linear Units, eq. (2). arXiv:1704.07483
 * @example
 * celu(tensor([-100, 2]), { alpha: 3 }); // [-3, 2]
 */
export function celu(z: Tensor, { alpha = 1 }: AlphaOptions = {}): Tensor {
  requireNotZero("celu", alpha);
  return z.div(alpha).elu().mul(alpha);
}

/**
 * z above 0 and α(eᶻ − 1) below: tends to −α.
 *
 * @source  Clevert, Unterthiner and Hochreiter 2016, Fast and Accurate Deep Network Learning by Exponential
 *   Linear Units, eq. (15). arXiv:1511.07289; seed 003 §Smooth ReLU approximations
 * @example
 * new ELU({ alpha: 2 }).forward(tensor([-100, 1])); // [-2, 1]
 */
export class ELU extends Module {
  readonly alpha: number;

  /** @param options  alpha. Default 1 */
  constructor({ alpha = 1 }: AlphaOptions = {}) {
    super();
    requireWithin("ELU", { alpha });
    this.alpha = alpha;
  }

  forward(z: Tensor): Tensor {
    return z.elu({ alpha: this.alpha });
  }
}

/**
 * celu as a module.
 *
 * @example
 * new CELU({ alpha: 2 }).forward(tensor([-100, 1])); // [-2, 1]
 */
export class CELU extends Module {
  readonly alpha: number;

  /** @param options  alpha. Default 1 */
  constructor({ alpha = 1 }: AlphaOptions = {}) {
    super();
    requireNotZero("CELU", alpha);
    this.alpha = alpha;
  }

  forward(z: Tensor): Tensor {
    return celu(z, { alpha: this.alpha });
  }
}

/**
 * λ·elu(z, α) with λ and α that keep mean 0 and variance 1, if weights are normal with variance
 * 1/fan in.
 *
 * @source  Klambauer et al. 2017, Self-Normalizing Neural Networks, eq. (2). arXiv:1706.02515; seed 000
 *   §Activation Functions, whose α is a misprint
 * @example
 * new SELU().forward(tensor([0])); // [0]
 */
export class SELU extends Module {
  forward(z: Tensor): Tensor {
    return z.selu();
  }
}

/**
 * log(1 + e^(β·z)) / β, whose derivative is σ(β·z); the larger β, the nearer to ReLU.
 *
 * Nothing overflows and no digit is lost, so there is no threshold above which it is taken to be z.
 *
 * @source  seed 003 §Smooth ReLU approximations
 * @example
 * new Softplus().forward(tensor([-800, 800])); // [0, 800]
 */
export class Softplus extends Module {
  readonly beta: number;

  /** @param options  beta. Default 1 */
  constructor({ beta = 1 }: { beta?: number } = {}) {
    super();
    requireWithin("Softplus", { beta }, { from: 0, open: "from" });
    this.beta = beta;
  }

  forward(z: Tensor): Tensor {
    return z.softplus({ beta: this.beta });
  }
}

function requireNotZero(operation: string, alpha: number): void {
  if (Math.abs(alpha) > 0) return;
  throw new ArgumentError(`${operation}: alpha must be a number other than 0, not ${alpha}`);
}
