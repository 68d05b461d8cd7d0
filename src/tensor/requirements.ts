// What arguments must be, and what is said of those that are not: who was called, the argument, what it
// may be and what it was. Constructors ask here before they make anything.

import { ArgumentError, ShapeError } from "../ir/errors.ts";
import { normalizeAxis } from "../ir/shape.ts";
import type { Spatial } from "./convolution.ts";

/** A whole number of at least `least`, or throws with the names of layer and argument. */
export function wholeNumber(layer: string, argument: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ShapeError(
    `${layer}: ${argument} must be a whole number ≥ ${least}, not ${String(value)}`,
  );
}

/** Sizes by the names of their arguments: whole numbers of at least `least`. */
export function requireSizes(
  layer: string,
  sizes: Readonly<Record<string, number | readonly number[]>>,
  least = 1,
): void {
  for (const [argument, value] of Object.entries(sizes)) {
    for (const one of typeof value === "number" ? [value] : value) {
      wholeNumber(layer, argument, one, least);
    }
  }
}

/** A width that can be shared among heads. */
export function requireHeads(layer: string, width: number, heads: number): void {
  if (width % heads === 0) return;
  throw new ShapeError(
    `${layer}: width ${width} cannot be shared among ${heads} heads; it must be a multiple of their number`,
  );
}

/** A list of something, of at least one. */
export function requireSome(
  layer: string,
  lists: Readonly<Record<string, readonly unknown[]>>,
): void {
  for (const [argument, list] of Object.entries(lists)) {
    if (list.length === 0) throw new ArgumentError(`${layer}: ${argument} must not be empty`);
  }
}

/** Layers by the names of their arguments: functions, or modules with a forward. */
export function requireLayers(layer: string, steps: Readonly<Record<string, unknown>>): void {
  for (const [argument, value] of Object.entries(steps)) {
    if (typeof value === "function") continue;
    if (typeof (value as { forward?: unknown } | undefined)?.forward === "function") continue;
    throw new ArgumentError(
      `${layer}: ${argument} must be a function or a module with a forward, not ${String(value)}`,
    );
  }
}

/** The axis among the options of an operation on x. `usual`: which it is by default */
export function axisAmong(
  operation: string,
  { shape }: { readonly shape: readonly number[] },
  options: { readonly axis?: number },
  usual: number,
  names: readonly string[] = ["axis"],
): number {
  const { axis = usual } = requireOptions(operation, options, names as readonly "axis"[]);
  return normalizeAxis(axis, shape.length, operation);
}

/** Where a number must lie; ends belong to it unless they are said to be open. */
export interface Range {
  /** Default −∞. */
  from?: number;
  /** Default ∞. */
  to?: number;
  open?: "from" | "to" | "both";
}

/** Numbers by the names of their arguments: all in one range, and none of them NaN. */
export function requireWithin(
  layer: string,
  values: Readonly<Record<string, number>>,
  { from = -Infinity, to = Infinity, open }: Range = {},
): void {
  const [openFrom, openTo] = [open === "from" || open === "both", open === "to" || open === "both"];
  for (const [argument, value] of Object.entries(values)) {
    const above = openFrom ? value > from : value >= from;
    const below = openTo ? value < to : value <= to;
    if (typeof value === "number" && above && below) continue;
    const range =
      from === -Infinity && to === Infinity
        ? "be a number"
        : to === Infinity
          ? `be ${openFrom ? "more than" : "at least"} ${from}`
          : from === -Infinity
            ? `be ${openTo ? "less than" : "at most"} ${to}`
            : `lie in ${openFrom ? "(" : "["}${from}, ${to}${openTo ? ")" : "]"}`;
    throw new ArgumentError(`${layer}: ${argument} must ${range}, not ${String(value)}`);
  }
}

/** Whole numbers that are no sizes (axes, places, counts) by the names of their arguments. */
export function requireWhole(
  layer: string,
  values: Readonly<Record<string, number>>,
  range: Range = {},
): void {
  requireWithin(layer, values, range);
  for (const [argument, value] of Object.entries(values)) {
    if (Number.isInteger(value)) continue;
    throw new ArgumentError(`${layer}: ${argument} must be a whole number, not ${value}`);
  }
}

/** A seed: a whole number that two words of 32 bits hold exactly. */
export function requireSeed(seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new ArgumentError(`seed: a seed must be a whole number from 0 to 2^53 - 1, not ${seed}`);
}

/** Ids of tokens by the names of their arguments: whole numbers from 0 to below the vocabulary. */
export function requireTokens(
  layer: string,
  tokens: Readonly<Record<string, number>>,
  vocabulary: number,
): void {
  requireSizes(layer, tokens, 0);
  requireWithin(layer, tokens, { to: vocabulary - 1 });
}

/**
 * Options as they came, if they are a record of these names: in a program without types a number in
 * their place, or another library's word for one, would go unseen.
 */
export function requireOptions<O extends object>(
  operation: string,
  options: O,
  names: readonly (keyof O & string)[],
): O {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError(
      `${operation}: options are a record like { ${names[0]}: 0 }, not ${String(options)}`,
    );
  }
  for (const name in options) {
    if (names.includes(name as keyof O & string)) continue;
    throw new ArgumentError(
      `${operation}: there is no option "${name}"; there are ${names.join(", ")}`,
    );
  }
  return options;
}

/** A probability: in [0, 1]. */
export const requireProbability = (layer: string, values: Readonly<Record<string, number>>): void =>
  requireWithin(layer, values, { from: 0, to: 1 });

/** Words by the names of their arguments: each one of those listed. */
export function requireOneOf(
  layer: string,
  values: Readonly<Record<string, unknown>>,
  allowed: readonly unknown[],
): void {
  for (const [argument, value] of Object.entries(values)) {
    if (allowed.includes(value)) continue;
    const list = allowed.map((one) => JSON.stringify(one)).join(", ");
    throw new ArgumentError(
      `${layer}: ${argument} must be one of ${list}, not ${JSON.stringify(value) ?? String(value)}`,
    );
  }
}

/** The value for each of the axes. */
export function eachAxis(
  layer: string,
  argument: string,
  value: Spatial,
  rank: number,
  least = 1,
): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
  if (list.length !== rank) {
    throw new ShapeError(
      `${layer}: ${argument} must be one number or ${rank}, one an axis, not ${list.length}`,
    );
  }
  for (const one of list) wholeNumber(layer, argument, one, least);
  return list;
}
