// The expressions of one kernel: equal ones are one object, each with what it depends on and costs.

import type { DType } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import type { Elementwise } from "../ir/op.ts";
import { stridesOf } from "../ir/shape.ts";
import {
  type Axis,
  type Index,
  type IndexAtom,
  IndexSpace,
  keyOf,
  plus,
  quotient,
  rangeOf,
  times,
  zero,
} from "./affine.ts";
import {
  type Condition,
  conditionKey,
  type Expression,
  type Facts,
  indicesIn,
  partsOf,
  type Reduction,
} from "./expression.ts";
import { operationCost } from "./operation-cost.ts";

const none: ReadonlySet<never> = new Set();

export class ExpressionTable {
  readonly space: IndexSpace = new IndexSpace();
  #nextId = 0;
  readonly #known = new Map<string, Expression>();

  load(source: Node, at: readonly Index[]): Expression {
    const index = flatten(source.shape, at);
    const key = `l${source.id}@${keyOf(index)}`;
    return this.#intern({ kind: "load", source, index, dtype: source.dtype }, key);
  }

  number(value: number, dtype: DType): Expression {
    const key = `n${dtype}${Object.is(value, -0) ? "-0" : value}`;
    return this.#intern({ kind: "number", value, dtype }, key);
  }

  constant(node: Node): Expression {
    return this.#intern({ kind: "constant", node, dtype: node.dtype }, `c${node.id}`);
  }

  index(index: Index, dtype: DType): Expression {
    if (index.terms.length === 0) return this.number(index.constant, dtype);
    return this.#intern({ kind: "index", index, dtype }, `i${dtype}${keyOf(index)}`);
  }

  operation(op: Elementwise, dtype: DType, args: readonly Expression[]): Expression {
    const key = `o${op}${dtype}(${args.map((a) => a.id).join()})`;
    return this.#intern({ kind: "operation", op, args, dtype }, key);
  }

  guard(given: readonly Condition[], value: Expression, otherwise: Expression): Expression {
    const conditions = given.map(coarsest);
    const key = `g${conditions.map(conditionKey).join("&")}?${value.id}:${otherwise.id}`;
    return this.#intern({ kind: "guard", conditions, value, otherwise, dtype: value.dtype }, key);
  }

  reduced(reduction: Reduction): Expression {
    return this.#intern({ kind: "reduced", reduction, dtype: reduction.dtype }, `r${reduction.id}`);
  }

  given(node: Node, axes: readonly Axis[]): Expression {
    return this.#intern({ kind: "given", node, dtype: node.dtype }, `v${node.id}`, axes);
  }

  /** `value`, once `first` has been computed. */
  after(first: Expression, value: Expression): Expression {
    return this.#intern(
      { kind: "after", first, value, dtype: value.dtype },
      `a${first.id},${value.id}`,
    );
  }

  /** `value` brought into [0, extent); outside it, a report by whoever asked first. */
  checked(value: Expression, extent: number, operation: string): Expression {
    if (value.kind === "number" && value.value >= 0 && value.value < extent) return value;
    if (value.kind === "index") {
      const { low, high } = rangeOf(value.index);
      if (low >= 0 && high < extent) return value;
    }
    return this.#intern(
      { kind: "checked", value, extent, operation, dtype: "i32" },
      `k${value.id}<${extent}`,
    );
  }

  #intern(
    facts: Facts & { readonly dtype: DType },
    key: string,
    along: readonly Axis[] = [],
  ): Expression {
    const old = this.#known.get(key);
    if (old) return old;
    const axes = new Set<Axis>(along);
    const reductions = new Set<Reduction>();
    let cost = 1;
    const take = (e: Expression) => {
      for (const a of e.axes) axes.add(a);
      for (const r of e.reductions) reductions.add(r);
      cost += e.cost;
    };
    const takeIndex = (index: Index) => {
      for (const { atom } of index.terms) takeAtom(atom);
    };
    const takeAtom = (atom: IndexAtom) => {
      if (atom.kind === "axis") axes.add(atom);
      else if (atom.kind === "dynamic") take(atom.value);
      else takeIndex(atom.base);
    };
    indicesIn(facts).forEach(takeIndex);
    partsOf(facts).forEach(take);
    if (facts.kind === "operation") cost += operationCost[facts.op] - 1;
    if (facts.kind === "reduced") {
      reductions.add(facts.reduction);
      const inner = new Set(facts.reduction.inner);
      for (const a of facts.reduction.body.axes) if (!inner.has(a)) axes.add(a);
    }
    const made = {
      ...facts,
      id: this.#nextId++,
      axes: axes.size === 0 ? none : axes,
      reductions: reductions.size === 0 ? none : reductions,
      cost,
    } as Expression;
    this.#known.set(key, made);
    return made;
  }
}

/**
 * The same condition on as few axes as may be: 0 ≤ 32·i + j − 64 < 128 with j < 32 asks i alone, so
 * that a vector along j need not ask at all.
 */
function coarsest(condition: Condition): Condition {
  const { index, extent, multiple } = condition;
  if (multiple !== undefined) return condition;
  const factors = index.terms.map((t) => Math.abs(t.factor)).sort((a, b) => b - a);
  for (const by of factors) {
    if (by === 1 || extent % by !== 0) continue;
    const coarse = quotient(index, by);
    if (coarse) return { index: coarse, extent: extent / by };
  }
  return condition;
}

/** Where an element lies in its tensor's own memory, in elements. */
export function flatten(shape: readonly number[], at: readonly Index[]): Index {
  const strides = stridesOf(shape);
  let flat: Index = zero;
  at.forEach((x, i) => {
    if (shape[i] !== 1) flat = plus(flat, times(x, strides[i] as number));
  });
  return flat;
}
