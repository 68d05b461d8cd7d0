// Exponentials, logarithms, angles and the error function, element by element. Integers give f32.

import * as ir from "../ir/build.ts";
import type { Operand } from "./base.ts";
import { Comparison } from "./comparison.ts";
import { floating, floatingPair, number, pair } from "./operand.ts";
import * as special from "./special.ts";
import type { Tensor } from "./tensor.ts";

export abstract class Transcendental extends Comparison {
  /** eˣ. */
  exp(): Tensor {
    return this.wrap(ir.exp(this.node));
  }

  /** 2ˣ. */
  exp2(): Tensor {
    const x = floating(this.node);
    return this.wrap(ir.exp(ir.mul(x, number(Math.LN2, x))));
  }

  /** eˣ − 1, accurate near 0. */
  expm1(): Tensor {
    return this.wrap(ir.expm1(this.node));
  }

  /** ln x; −∞ at 0, NaN below. */
  log(): Tensor {
    return this.wrap(ir.log(this.node));
  }

  /** ln(1 + x), accurate near 0. */
  log1p(): Tensor {
    return this.wrap(ir.log1p(this.node));
  }

  /** The logarithm to base 2. */
  log2(): Tensor {
    const y = ir.log(this.node);
    return this.wrap(ir.mul(y, number(Math.LOG2E, y)));
  }

  /** The logarithm to base 10. */
  log10(): Tensor {
    const y = ir.log(this.node);
    return this.wrap(ir.mul(y, number(Math.LOG10E, y)));
  }

  /** The sine of an angle in radians. */
  sin(): Tensor {
    return this.wrap(ir.sin(this.node));
  }

  /** The cosine of an angle in radians. */
  cos(): Tensor {
    return this.wrap(ir.cos(this.node));
  }

  /** sin x / cos x. */
  tan(): Tensor {
    return this.wrap(ir.div(ir.sin(this.node), ir.cos(this.node)));
  }

  /** The angle in [−π/2, π/2] whose sine is x; NaN outside [−1, 1]. */
  asin(): Tensor {
    return this.wrap(special.asin(this.node));
  }

  /** The angle in [0, π] whose cosine is x; NaN outside [−1, 1]. */
  acos(): Tensor {
    return this.wrap(special.acos(this.node));
  }

  /** The angle in (−π/2, π/2) whose tangent is x. */
  atan(): Tensor {
    return this.wrap(special.atan(this.node));
  }

  /**
   * The angle in [−π, π] of the point (x, y), where this tensor holds y.
   *
   * @param x  the other coordinate. At the origin the angle and its gradient are 0; −0 counts as 0
   */
  atan2(x: Operand): Tensor {
    return this.wrap(special.atan2(...floatingPair(...pair("atan2", this, x))));
  }

  /** (eˣ − e⁻ˣ) / 2. */
  sinh(): Tensor {
    return this.wrap(special.sinh(this.node));
  }

  /** (eˣ + e⁻ˣ) / 2. */
  cosh(): Tensor {
    return this.wrap(special.cosh(this.node));
  }

  /** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), in (−1, 1). */
  tanh(): Tensor {
    return this.wrap(ir.tanh(this.node));
  }

  /** The inverse of sinh. */
  asinh(): Tensor {
    return this.wrap(special.asinh(this.node));
  }

  /** The inverse of cosh, for x ≥ 1. */
  acosh(): Tensor {
    return this.wrap(special.acosh(this.node));
  }

  /** The inverse of tanh, for −1 < x < 1. */
  atanh(): Tensor {
    return this.wrap(special.atanh(this.node));
  }

  /** The error function, 2/√π · ∫₀ˣ e^(−t²) dt. */
  erf(): Tensor {
    return this.wrap(ir.erf(this.node));
  }

  /** 1 − erf(x), accurate for large x. */
  erfc(): Tensor {
    return this.wrap(special.erfc(this.node));
  }

  /** The inverse of erf, for −1 < x < 1; ±∞ at the ends. */
  erfinv(): Tensor {
    return this.wrap(special.erfinv(this.node));
  }
}
