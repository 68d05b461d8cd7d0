// How fast descent converges, as theorems say it: bounds to hold against measured runs. All take plain
// numbers and are functions of the number of steps.

import { ArgumentError } from "../ir/errors.ts";
import { requireWithin } from "../tensor/requirements.ts";

/** An L-smooth and μ-strongly convex function: μ·I ⪯ ∇²f ⪯ L·I. */
export interface Curvature {
  /** L */
  readonly smoothness: number;
  /** μ */
  readonly convexity: number;
}

function check(name: string, { smoothness, convexity }: Curvature): void {
  if (convexity > 0 && convexity <= smoothness) return;
  throw new ArgumentError(
    `${name}: 0 < μ ≤ L must hold, not μ = ${convexity} and L = ${smoothness} (convexity, smoothness)`,
  );
}

/**
 * 2/L: gradient descent on a quadratic converges if and only if its rate is less.
 *
 * @source seed 003 §Gradient Descent and Optimization Theory; Nesterov 2004, Introductory Lectures on
 *   Convex Optimization, §2.1.5
 * @example
 * largestStableRate(10); // 0.2
 */
export function largestStableRate(smoothness: number): number {
  requireWithin("largestStableRate", { smoothness }, { from: 0, open: "from" });
  return 2 / smoothness;
}

/** κ = L/μ. */
export function conditionNumber(curvature: Curvature): number {
  check("conditionNumber", curvature);
  return curvature.smoothness / curvature.convexity;
}

/**
 * (√κ − 1)/(√κ + 1): the momentum for which Nesterov's rate holds, with η = 1/L.
 *
 * @source seed 003 §Nesterov's Acceleration Method, with κ = L/μ where the scan has L/π
 * @example
 * nesterovMomentum({ smoothness: 9, convexity: 1 }); // 0.5
 */
export function nesterovMomentum(curvature: Curvature): number {
  const root = Math.sqrt(conditionNumber(curvature));
  return (root - 1) / (root + 1);
}

/**
 * L·((√κ − 1)/√κ)ᵏ·‖x₀ − x*‖²: f(xₖ) − f* is no more by Nesterov's method, with η = 1/L and its
 * momentum.
 *
 * @param curvature  L and μ
 * @param distance   ‖x₀ − x*‖
 * @returns          from steps to the bound
 * @source seed 003 §Nesterov's Acceleration Method; Nesterov 2004, th. 2.2.3
 * @example
 * nesterovBound({ smoothness: 4, convexity: 1 }, 1)(2); // 1
 */
export function nesterovBound(curvature: Curvature, distance: number): (steps: number) => number {
  requireWithin("nesterovBound", { distance }, { from: 0 });
  check("nesterovBound", curvature);
  const root = Math.sqrt(conditionNumber(curvature));
  return (steps) => curvature.smoothness * ((root - 1) / root) ** steps * distance ** 2;
}

/**
 * L/2·(1 − 1/κ)ᵏ·‖x₀ − x*‖²: f(xₖ) − f* is no more by gradient descent with η = 1/L.
 *
 * @param curvature  L and μ
 * @param distance   ‖x₀ − x*‖
 * @returns          from steps to the bound
 * @source Nesterov 2004, th. 2.1.15, through the PL condition
 * @example
 * gradientDescentBound({ smoothness: 4, convexity: 1 }, 1)(1); // 1.5
 */
export function gradientDescentBound(
  curvature: Curvature,
  distance: number,
): (steps: number) => number {
  requireWithin("gradientDescentBound", { distance }, { from: 0 });
  check("gradientDescentBound", curvature);
  const share = 1 - 1 / conditionNumber(curvature);
  return (steps) => (curvature.smoothness / 2) * share ** steps * distance ** 2;
}

/** What the theorem on SGD says of a constant rate. */
export interface SGDConvergence {
  /** A: what is left of the square distance after each step. */
  readonly factor: number;
  /** B: the plateau. */
  readonly plateau: number;
  /** Aᵏ·‖x₀ − x*‖² + B ≥ E‖xₖ − x*‖². */
  bound(steps: number): number;
}

/**
 * E‖xₖ − x*‖² ≤ Aᵏ·‖x₀ − x*‖² + B for SGD with a constant rate η < 1/L, with A = 1 − 2ημ(1 − ηL) and
 * B = ησ² / (μ(1 − ηL)).
 *
 * @param curvature  L of each fᵢ, and μ of their mean
 * @param options    rate η; noise σ² = (1/n)·Σ‖∇fᵢ(x*)‖²; distance ‖x₀ − x*‖
 * @throws ArgumentError  η is not in (0, 1/L)
 * @source seed 003 §SGD, theorem, put right; Needell, Srebro and Ward 2014, Stochastic Gradient Descent,
 *   Weighted Sampling, and the Randomized Kaczmarz Algorithm, th. 2.1. arXiv:1310.5715
 * @example
 * sgdConvergence({ smoothness: 2, convexity: 1 }, { rate: 0.25, noise: 1, distance: 3 }).plateau; // 0.5
 */
export function sgdConvergence(
  curvature: Curvature,
  { rate, noise, distance }: { rate: number; noise: number; distance: number },
): SGDConvergence {
  requireWithin("sgdConvergence", { noise, distance }, { from: 0 });
  check("sgdConvergence", curvature);
  const { smoothness, convexity } = curvature;
  if (!(rate > 0 && rate < 1 / smoothness)) {
    throw new ArgumentError(
      `sgdConvergence: rate must be in (0, 1/L = ${1 / smoothness}), not ${rate}`,
    );
  }
  const room = 1 - rate * smoothness;
  const factor = 1 - 2 * rate * convexity * room;
  const plateau = (rate * noise) / (convexity * room);
  return { factor, plateau, bound: (steps) => factor ** steps * distance ** 2 + plateau };
}
