// Dropout: while training, each element is 0 with probability p and divided by 1 − p otherwise, so
// that its mean stays. In the classic form it is not divided, but multiplied by 1 − p in evaluation.
// The mask is a function of seed, draw and place: it costs no memory, every replayed step draws anew,
// and a backward pass sees the same mask.

import { zeros } from "../tensor/create.ts";
import type { Generator } from "../tensor/generator.ts";
import { bernoulli } from "../tensor/random.ts";
import { requireOneOf, requireProbability } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Options of Dropout. */
export interface DropoutOptions {
  /** Whether to drop at all. Default true. */
  training?: boolean;
  /**
   * Where the mean is kept: "inverted" divides by 1 − p while training, "classic" multiplies by 1 − p in
   * evaluation, as the paper and the notes do. Default "inverted".
   */
  scaling?: "inverted" | "classic";
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

/**
 * x·m / (1 − p) with m 0 with probability p and else 1; classic, x·m while training and x·(1 − p) after.
 *
 * @param p  the probability of a 0, in [0, 1]; or a tensor that broadcasts to x: of each unit its own.
 *   (The notes write p for the probability to be kept.)
 * @source   Srivastava et al. 2014, Dropout, §4; scaled while training instead of after; seeds 000 vii)
 *   and 003 §Dropout
 * @example
 * dropout(tensor([1, 2]), 0.5, { training: false }); // [1, 2]
 */
export function dropout(
  x: Tensor,
  p: number | Tensor = 0.5,
  { training = true, scaling = "inverted", generator }: DropoutOptions = {},
): Tensor {
  requireOneOf("dropout", { scaling }, ["inverted", "classic"]);
  const classic = scaling === "classic";
  if (typeof p !== "number") return dropUnits(x, p, { training, classic, generator });
  requireProbability("dropout", { p });
  if (p === 0) return x;
  if (!training) return classic ? x.mul(1 - p) : x;
  if (p === 1) return x.where(zeros([], { dtype: "bool" }), 0);
  const kept = bernoulli(1 - p, { shape: x.shape, dtype: "bool", generator });
  return classic ? x.where(kept, 0) : x.mul(1 / (1 - p)).where(kept, 0);
}

/** With a probability for each unit. */
function dropUnits(
  x: Tensor,
  p: Tensor,
  { training, classic, generator }: { training: boolean; classic: boolean; generator?: Generator },
): Tensor {
  const keep = p.neg().add(1).cast(x.dtype);
  if (!training) return classic ? x.mul(keep) : x;
  const kept = bernoulli(keep.broadcastTo(x.shape), { dtype: "bool", generator });
  return (classic ? x : x.div(keep)).where(kept, 0);
}

/**
 * dropout while training, and nothing in evaluation.
 *
 * @example
 * new Dropout(0.3).eval().forward(tensor([1, 2])); // [1, 2]
 */
export class Dropout extends Module {
  readonly p: number;
  readonly scaling: "inverted" | "classic";
  readonly generator: Generator | undefined;

  constructor(
    p = 0.5,
    { scaling = "inverted", generator }: Pick<DropoutOptions, "scaling" | "generator"> = {},
  ) {
    super();
    requireOneOf("Dropout", { scaling }, ["inverted", "classic"]);
    requireProbability("Dropout", { p });
    this.p = p;
    this.scaling = scaling;
    this.generator = generator;
  }

  forward(x: Tensor): Tensor {
    const { training, scaling, generator } = this;
    return dropout(x, this.p, { training, scaling, generator });
  }
}
