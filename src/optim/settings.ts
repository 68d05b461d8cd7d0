// What settings of optimisers may be, by name, and what most methods do with a gradient first: turn
// it downhill and add the pull of the weight decay.

import { ArgumentError } from "../ir/errors.ts";
import { requireOneOf } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A number, or a function of the steps done so far. */
export type Scheduled = number | ((step: Tensor) => Tensor | number);

/** Ranges by name: from, to, and whether the end belongs to it. */
const ranges: Readonly<Record<string, readonly [from: number, to: number, closed: boolean]>> = {
  lr: [0, Number.POSITIVE_INFINITY, false],
  momentum: [0, Number.POSITIVE_INFINITY, false],
  dampening: [0, 1, true],
  weightDecay: [0, Number.POSITIVE_INFINITY, false],
  eps: [0, Number.POSITIVE_INFINITY, false],
  lrDecay: [0, Number.POSITIVE_INFINITY, false],
  initialAccumulator: [0, Number.POSITIVE_INFINITY, false],
  momentumDecay: [0, Number.POSITIVE_INFINITY, true],
  alpha: [0, 1, true],
  beta: [0, 1, false],
  betas: [0, 1, false],
  beta2Decay: [Number.NEGATIVE_INFINITY, 0, true],
  rho: [0, 1, true],
  d: [1, Number.POSITIVE_INFINITY, false],
  radius: [0, Number.POSITIVE_INFINITY, true],
  lambd: [0, Number.POSITIVE_INFINITY, false],
  power: [0, Number.POSITIVE_INFINITY, false],
  from: [0, Number.POSITIVE_INFINITY, true],
  etas: [0, Number.POSITIVE_INFINITY, false],
  stepSizes: [0, Number.POSITIVE_INFINITY, true],
};

/** Words by name. */
const words: Readonly<Record<string, readonly string[]>> = {
  epsPlacement: ["outside", "inside"],
};

/** Checks every setting that has a range. @throws ArgumentError  the message names the setting */
export function checkSettings(kind: string, settings: object): void {
  for (const [name, value] of Object.entries(settings)) {
    if (name in words && value !== undefined)
      requireOneOf(kind, { [name]: value }, words[name] ?? []);
    const range = ranges[name];
    if (range === undefined || (typeof value !== "number" && !Array.isArray(value))) continue;
    const [from, to, closed] = range;
    for (const number of [value].flat()) {
      if (number >= from && (number < to || (closed && number === to))) continue;
      const shown =
        to === Number.POSITIVE_INFINITY
          ? `at least ${from}`
          : from === Number.NEGATIVE_INFINITY
            ? `at most ${to}`
            : `in [${from}, ${to}${closed ? "]" : ")"}`;
      throw new ArgumentError(`${kind}: ${name} must be ${shown}, not ${number}`);
    }
  }
}

/** The settings with the options that are given; an option that is undefined is not. */
export function withDefaults<S>(standard: Readonly<S>, options: Partial<S>): S {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...standard, ...(Object.fromEntries(given) as Partial<S>) };
}

/** The value of a setting that may be a schedule. @param step  steps with this one, 0-d */
export function settingAt(value: Scheduled, step: Tensor): number | Tensor {
  return typeof value === "function" ? value(step.sub(1)) : value;
}

/** ±g + λ·p. */
export function downhill(
  p: Tensor,
  g: Tensor,
  { maximize, weightDecay }: { readonly maximize: boolean; readonly weightDecay: number },
): Tensor {
  const d = maximize ? g.neg() : g;
  return weightDecay === 0 ? d : d.add(p.mul(weightDecay));
}

/** Where the ε of a root stands: √v + ε, or √(v + ε). */
export type EpsPlacement = "outside" | "inside";

/** √v with its ε. */
export const rootOf = (v: Tensor, eps: number, placement: EpsPlacement): Tensor =>
  placement === "inside" ? v.add(eps).sqrt() : v.sqrt().add(eps);

/** 1 − βᵗ, accurate where βᵗ is near 1. */
export const unbiased = (beta: number, step: Tensor): Tensor =>
  beta === 0 ? step.mul(0).add(1) : step.mul(Math.log(beta)).expm1().neg();
