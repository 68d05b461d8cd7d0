// What one element of a fused kernel's result is: a small expression over loads at known indices.
// `ExpressionTable` makes them, `Reader` makes them from graph nodes.

import type { DType } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import type { Elementwise, ReduceKind } from "../ir/op.ts";
import { type Axis, type Index, keyOf } from "./affine.ts";

interface Common {
  readonly id: number;
  readonly dtype: DType;
  /** The axes it changes along. */
  readonly axes: ReadonlySet<Axis>;
  /** The reductions whose results it uses. */
  readonly reductions: ReadonlySet<Reduction>;
  /** Instructions to make it, were nothing of it made for another: a rough count. */
  readonly cost: number;
}

/** What an expression is; `Common` follows from it. */
export type Facts =
  | { readonly kind: "load"; readonly source: Node; readonly index: Index }
  | { readonly kind: "number"; readonly value: number }
  /** The value of a constant that comes with each call. */
  | { readonly kind: "constant"; readonly node: Node }
  | { readonly kind: "index"; readonly index: Index }
  | { readonly kind: "operation"; readonly op: Elementwise; readonly args: readonly Expression[] }
  /** `value` where every condition holds (it is not touched elsewhere), else `otherwise`. */
  | {
      readonly kind: "guard";
      readonly conditions: readonly Condition[];
      readonly value: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "reduced"; readonly reduction: Reduction }
  /** A number left by the code around: the accumulator of a contraction. */
  | { readonly kind: "given"; readonly node: Node }
  /** `value` clamped to [0, extent), with a report of what lay outside. */
  | {
      readonly kind: "checked";
      readonly value: Expression;
      readonly extent: number;
      readonly operation: string;
    }
  /** `value`, once `first` has been computed for what it reports. */
  | { readonly kind: "after"; readonly first: Expression; readonly value: Expression };

export type Expression = Common & Facts;

/** 0 ≤ index < extent; or, with `multiple`, index divisible by it. */
export interface Condition {
  readonly index: Index;
  readonly extent: number;
  readonly multiple?: number;
}

export const conditionKey = (c: Condition): string =>
  `${keyOf(c.index)}<${c.extent}%${c.multiple ?? 1}`;

/** `kind` over all values of `body` along a kernel's inner axes. */
export interface Reduction {
  readonly id: number;
  readonly kind: ReduceKind;
  readonly dtype: DType;
  readonly body: Expression;
  readonly inner: readonly Axis[];
}

/** The expressions that one is made from, those within indices and reductions aside. */
export function partsOf(e: Facts): readonly Expression[] {
  if (e.kind === "operation") return e.args;
  if (e.kind === "guard") return [e.value, e.otherwise];
  if (e.kind === "after") return [e.first, e.value];
  return e.kind === "checked" ? [e.value] : [];
}

/** The indices that stand in one. */
export function indicesIn(e: Facts): readonly Index[] {
  if (e.kind === "load" || e.kind === "index") return [e.index];
  return e.kind === "guard" ? e.conditions.map((c) => c.index) : [];
}
