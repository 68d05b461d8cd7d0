// Index arithmetic: where in memory an element of a view lies, as a sum of loop axes times strides.
// Movement ops are substitutions on these sums. What is no sum (an axis cut where memory is not)
// becomes an atom: a quotient, a remainder, or a number found in another tensor.
//
// An axis that a reshape cuts evenly is split and the substitution begun again, so that quotients
// are rare: see `SplitAxis`.

import type { Expression } from "./expression.ts";

/** A loop over [0, extent). Axes are compared by identity. */
export interface Axis {
  readonly kind: "axis";
  readonly id: number;
  readonly extent: number;
  /** Walked in order by its kernel: never split. */
  readonly whole: boolean;
}

export type IndexAtom =
  | Axis
  /** floor(base / by), base ≥ 0. */
  | {
      readonly kind: "quotient";
      readonly id: number;
      readonly base: Index;
      readonly by: number;
      readonly extent: number;
    }
  /** base mod by, base ≥ 0. */
  | {
      readonly kind: "remainder";
      readonly id: number;
      readonly base: Index;
      readonly by: number;
      readonly extent: number;
    }
  /** A value of a tensor, already brought into [0, extent). */
  | {
      readonly kind: "dynamic";
      readonly id: number;
      readonly value: Expression;
      readonly extent: number;
    };

export interface Term {
  readonly atom: IndexAtom;
  readonly factor: number;
}

/** constant + Σ factor · atom, terms by ascending atom id, no zero factor. */
export interface Index {
  readonly terms: readonly Term[];
  readonly constant: number;
}

/** Not a failure. Thrown to say: cut this axis so that its inner part has this extent, and begin again. */
export class SplitAxis extends Error {
  readonly axis: Axis;
  readonly inner: number;
  constructor(axis: Axis, inner: number) {
    super("split");
    this.axis = axis;
    this.inner = inner;
  }
}

export const zero: Index = { terms: [], constant: 0 };

export const constantIndex = (constant: number): Index => ({ terms: [], constant });

export const indexOf = (atom: IndexAtom): Index =>
  atom.extent === 1 ? zero : { terms: [{ atom, factor: 1 }], constant: 0 };

/** The part that moves. */
export const withoutConstant = (a: Index): Index =>
  a.constant === 0 ? a : { terms: a.terms, constant: 0 };

export function plus(a: Index, b: Index): Index {
  if (b.terms.length === 0)
    return b.constant === 0 ? a : { terms: a.terms, constant: a.constant + b.constant };
  if (a.terms.length === 0) return plus(b, a);
  const terms: Term[] = [];
  let i = 0;
  let j = 0;
  while (i < a.terms.length || j < b.terms.length) {
    const x = a.terms[i];
    const y = b.terms[j];
    if (y === undefined || (x !== undefined && x.atom.id < y.atom.id)) {
      terms.push(x as Term);
      i++;
    } else if (x === undefined || y.atom.id < x.atom.id) {
      terms.push(y);
      j++;
    } else {
      const factor = x.factor + y.factor;
      if (factor !== 0) terms.push({ atom: x.atom, factor });
      i++;
      j++;
    }
  }
  return { terms, constant: a.constant + b.constant };
}

export function times(a: Index, factor: number): Index {
  if (factor === 1) return a;
  if (factor === 0) return zero;
  return {
    terms: a.terms.map((t) => ({ atom: t.atom, factor: t.factor * factor })),
    constant: a.constant * factor,
  };
}

/** The least and the largest value. */
export function rangeOf(a: Index): { low: number; high: number } {
  let low = a.constant;
  let high = a.constant;
  for (const { atom, factor } of a.terms) {
    if (factor > 0) high += factor * (atom.extent - 1);
    else low += factor * (atom.extent - 1);
  }
  return { low, high };
}

export const keyOf = (a: Index): string =>
  `${a.constant}${a.terms.map((t) => `+${t.factor}*${t.atom.id}`).join("")}`;

export const sameIndex = (a: Index, b: Index): boolean =>
  a.constant === b.constant &&
  a.terms.length === b.terms.length &&
  a.terms.every((t, i) => t.atom === b.terms[i]?.atom && t.factor === b.terms[i]?.factor);

/** How far a step along the axis moves the index. */
export const factorOf = (a: Index, axis: Axis): number =>
  a.terms.find((t) => t.atom === axis)?.factor ?? 0;

export function atomDependsOn(atom: IndexAtom, axis: Axis): boolean {
  if (atom.kind === "quotient" || atom.kind === "remainder") return dependsOn(atom.base, axis);
  return atom.kind === "dynamic" ? atom.value.axes.has(axis) : atom === axis;
}

/** Whether the index changes along the axis, looked at through atoms. */
export const dependsOn = (a: Index, axis: Axis): boolean =>
  a.terms.some((t) => atomDependsOn(t.atom, axis));

/** Whether the index moves evenly along the axis, through that axis alone. */
export const isLinear = (a: Index, axis: Axis): boolean =>
  a.terms.every((t) => t.atom === axis || !atomDependsOn(t.atom, axis));

/** What of an index is a whole multiple of `by`, divided by it, and the rest. */
function divided(a: Index, by: number): { quotient: Index; rest: Index } {
  const isWhole = ({ factor }: Term): boolean => factor % by === 0;
  const multiples = Math.floor(a.constant / by);
  return {
    quotient: {
      terms: a.terms.filter(isWhole).map(({ atom, factor }) => ({ atom, factor: factor / by })),
      constant: multiples,
    },
    rest: { terms: a.terms.filter((t) => !isWhole(t)), constant: a.constant - multiples * by },
  };
}

/** floor(a / by) as a sum; undefined where it is none. */
export function quotient(a: Index, by: number): Index | undefined {
  const { quotient: whole, rest } = divided(a, by);
  return isWithin(rest, by) ? whole : undefined;
}

/** a mod by as a sum; undefined where it is none. */
export function remainder(a: Index, by: number): Index | undefined {
  const { rest } = divided(a, by);
  return isWithin(rest, by) ? rest : undefined;
}

function isWithin(a: Index, extent: number): boolean {
  const { low, high } = rangeOf(a);
  return low >= 0 && high < extent;
}

/** Mixed-radix sum of axes, the last running fastest: where loops cut from one axis stand in it. */
export function combine(parts: readonly Axis[]): Index {
  const terms: Term[] = [];
  let factor = 1;
  for (const axis of parts.toReversed()) {
    if (axis.extent !== 1) terms.push({ atom: axis, factor });
    factor *= axis.extent;
  }
  return { terms: terms.sort((a, b) => a.atom.id - b.atom.id), constant: 0 };
}

/** Makes atoms with ids of one kernel, equal atoms once. */
export class IndexSpace {
  #nextId = 0;
  readonly #known = new Map<string, IndexAtom>();

  axis(extent: number, { whole = false }: { whole?: boolean } = {}): Axis {
    return { kind: "axis", id: this.#nextId++, extent, whole };
  }

  dynamic(value: Expression, extent: number): IndexAtom {
    return this.#atom(`d${value.id}:${extent}`, (id) => ({ kind: "dynamic", id, value, extent }));
  }

  /** floor(a / by) and a mod by, for a ≥ 0. */
  divide(a: Index, by: number): { quotient: Index; remainder: Index } {
    if (by === 1) return { quotient: a, remainder: zero };
    let { quotient, rest } = divided(a, by);
    const { low, high } = rangeOf(rest);
    if (low >= 0 && high < by) return { quotient, remainder: rest };
    for (const { atom, factor } of rest.terms) {
      if (atom.kind !== "axis" || atom.whole || factor <= 0 || by % factor !== 0) continue;
      const inner = by / factor;
      if (inner > 1 && inner < atom.extent && atom.extent % inner === 0)
        throw new SplitAxis(atom, inner);
    }
    if (low < 0) {
      // Bring the sum above zero: floor((a + k·by) / by) = floor(a / by) + k.
      const shift = Math.ceil(-low / by);
      rest = plus(rest, constantIndex(shift * by));
      quotient = plus(quotient, constantIndex(-shift));
    }
    const extent = Math.floor(rangeOf(rest).high / by) + 1;
    const key = keyOf(rest);
    const base = rest;
    const q = this.#atom(`q${key}/${by}`, (id) => ({ kind: "quotient", id, base, by, extent }));
    const r = this.#atom(`r${key}%${by}`, (id) => ({
      kind: "remainder",
      id,
      base,
      by,
      extent: by,
    }));
    return { quotient: plus(quotient, indexOf(q)), remainder: indexOf(r) };
  }

  #atom(key: string, make: (id: number) => IndexAtom): IndexAtom {
    const old = this.#known.get(key);
    if (old) return old;
    const fresh = make(this.#nextId++);
    this.#known.set(key, fresh);
    return fresh;
  }
}
