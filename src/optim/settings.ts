// What settings of optimisers may be, by name, and what most methods do with a gradient first: turn
// it downhill and add the pull of the weight decay.

import { type Range, requireOneOf, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A number, or a function of the steps done so far. */
export type Scheduled = number | ((step: Tensor) => Tensor | number);

const finite: Range = { from: 0, open: "to" };
const share: Range = { from: 0, to: 1 };
const belowOne: Range = { from: 0, to: 1, open: "to" };

/** Ranges by name. */
const ranges: Readonly<Record<string, Range>> = {
  lr: finite,
  momentum: finite,
  dampening: share,
  weightDecay: finite,
  eps: finite,
  lrDecay: finite,
  initialAccumulator: finite,
  momentumDecay: { from: 0 },
  alpha: share,
  beta: belowOne,
  betas: belowOne,
  beta2Decay: { to: 0 },
  rho: share,
  d: { from: 1, open: "to" },
  radius: { from: 0 },
  lambd: finite,
  power: finite,
  from: { from: 0 },
  etas: finite,
  stepSizes: { from: 0 },
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
    // A list may leave one out.
    for (const number of [value].flat())
      if (number !== null) requireWithin(kind, { [name]: number }, range);
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
