// Self-gated activations: z·φ(z), an input let through as far as it says itself. As a mask m that is
// 1 with probability φ(z), stochasticGate is dropout for φ = p, and its mean is GELU for φ = Φ and
// SiLU for φ = σ.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { full } from "../../tensor/create.ts";
import type { Generator } from "../../tensor/generator.ts";
import { rand } from "../../tensor/random.ts";
import {
  requireOneOf,
  requireProbability,
  requireWhole,
  requireWithin,
} from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/**
 * z·σ(β·z). β = 0 is z/2, β = 1 SiLU, β = 1.702 about GELU, and β → ∞ ReLU.
 *
 * @param z
 * @param options  beta: a number, or a tensor that broadcasts. Default 1
 * @source  Ramachandran, Zoph and Le 2017, Searching for Activation Functions, §4. arXiv:1710.05941;
 *   seed 000 §Activation Functions
 * @example
 * swish(tensor([3]), { beta: 0 }); // 1.5
 */
export function swish(z: Tensor, { beta = 1 }: { beta?: number | Tensor } = {}): Tensor {
  if (typeof beta === "number") requireWithin("swish", { beta });
  return z.mul(z.mul(beta).sigmoid());
}

/**
 * a·σ(b), where a and b are the halves of z.
 *
 * @param z        its axis has an even length
 * @param options  axis. Default the last
 * @returns        z with half of that axis
 * @throws ShapeError  the length is odd
 * @source  Dauphin et al. 2017, Language Modeling with Gated Convolutional Networks, §2
 * @example
 * glu(tensor([6, 0])); // 3
 */
export function glu(z: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor {
  const length = z.shape.at(axis) ?? 1;
  if (length % 2 !== 0) {
    throw new ShapeError(
      `glu: axis ${axis} of ${showShape(z.shape)} has no halves; its length must be even`,
    );
  }
  const [a, b] = z.chunk(2, { axis }) as [Tensor, Tensor];
  return a.mul(b.sigmoid());
}

/**
 * m·z with m 1 with probability φ(z), else 0: its mean is z·φ(z).
 *
 * @param z
 * @param phi      from z to probabilities: a number for dropout without rescaling, sigmoid for SiLU,
 *   Φ for GELU
 * @param options  generator. Default the stream that seed() sets
 * @source  Hendrycks and Gimpel 2016, Gaussian Error Linear Units, §2; seed 000, Revisiting Dropout
 * @example
 * stochasticGate(tensor([1, 2]), 1); // [1, 2]
 */
export function stochasticGate(
  z: Tensor,
  phi: number | ((z: Tensor) => Tensor),
  { generator }: { generator?: Generator } = {},
): Tensor {
  if (typeof phi === "number") requireProbability("stochasticGate", { phi });
  const dtype = z.dtype === "f64" ? "f64" : "f32";
  const open = rand(z.shape, { dtype, generator }).less(typeof phi === "number" ? phi : phi(z));
  return z.where(open, 0);
}

/** How GELU's Φ is computed: by erf ("none"), or approximately by tanh or by σ(1.702·z). */
export type GeluApproximation = "none" | "tanh" | "sigmoid";

/**
 * z·Φ(z), with Φ the distribution function of the standard normal.
 *
 * @source  Hendrycks and Gimpel 2016, Gaussian Error Linear Units, §2. arXiv:1606.08415; seed 000,
 *   Revisiting Dropout, whose z·σ(1.702·z) is `approximate: "sigmoid"`
 * @example
 * new GELU().forward(tensor([0, 20])); // [0, 20]
 */
export class GELU extends Module {
  readonly approximate: GeluApproximation;

  /** @param options  approximate: "tanh" or "sigmoid" for a cheaper formula. Default "none" */
  constructor({ approximate = "none" }: { approximate?: GeluApproximation } = {}) {
    super();
    requireOneOf("GELU", { approximate }, ["none", "tanh", "sigmoid"]);
    this.approximate = approximate;
  }

  forward(z: Tensor): Tensor {
    return z.gelu({ approximate: this.approximate });
  }
}

/**
 * z·σ(z).
 *
 * @example
 * new SiLU().forward(tensor([0, 40])); // [0, 40]
 */
export class SiLU extends Module {
  forward(z: Tensor): Tensor {
    return z.silu();
  }
}

/**
 * z·σ(β·z) with a β that is learnt.
 *
 * @example
 * new Swish().forward(tensor([0, 40])); // [0, 40]
 */
export class Swish extends Module {
  /** [] */
  readonly beta: Parameter;

  /** @param options  beta at first, default 1; dtype, default f32 */
  constructor({ beta = 1, dtype = "f32" }: { beta?: number; dtype?: FloatType } = {}) {
    super();
    requireWithin("Swish", { beta });
    this.beta = new Parameter(full([], beta, { dtype }));
  }

  forward(z: Tensor): Tensor {
    return swish(z, { beta: this.beta });
  }
}

/**
 * z·tanh(log(1 + eᶻ)).
 *
 * @source  Misra 2019, Mish, eq. (1). arXiv:1908.08681
 * @example
 * new Mish().forward(tensor([0, 40])); // [0, 40]
 */
export class Mish extends Module {
  forward(z: Tensor): Tensor {
    return z.mish();
  }
}

/**
 * glu as a module.
 *
 * @example
 * new GLU().forward(tensor([[3, 0]])); // [[1.5]]
 */
export class GLU extends Module {
  readonly axis: number;

  /** @param options  axis. Default the last */
  constructor({ axis = -1 }: { axis?: number } = {}) {
    super();
    requireWhole("GLU", { axis });
    this.axis = axis;
  }

  forward(z: Tensor): Tensor {
    return glu(z, { axis: this.axis });
  }
}
