// The shape of a rule: how many operands an op has, as a type, and the few nodes that many rules build.

import { constant, expand, reshape } from "../ir/build.ts";
import { type DType, dtypes } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import type { Op, ops } from "../ir/op.ts";

/** One `T` for each source of `O`. */
export type Operands<O extends Op, T> = {
  0: [];
  1: [T];
  2: [T, T];
  3: [T, T, T];
  4: [T, T, T, T];
  [-1]: T[];
}[(typeof ops)[O]["arity"]];

/** Ops with several results, whose rules are in scan.ts and call.ts. */
export type Structured = "scan" | "call" | "part";

export type Primitive = Exclude<Op, Structured>;

/** The type of derivatives of a node: storage types have derivatives of the type they compute in. */
export const derivativeType = (dtype: DType): DType => dtypes[dtype].compute;

export const zeros = ({ dtype, shape }: Pick<Node, "dtype" | "shape">): Node =>
  constant(0, derivativeType(dtype), shape);

/** A reduced tensor spread over the axes that were reduced. */
export function spread(reduced: Node, axes: readonly number[], shape: readonly number[]): Node {
  return expand(
    reshape(
      reduced,
      shape.map((d, i) => (axes.includes(i) ? 1 : d)),
    ),
    shape,
  );
}

/** The sum of what there is; null where there is nothing. */
export function sum(add: (a: Node, b: Node) => Node, terms: readonly (Node | null)[]): Node | null {
  return terms.reduce((a, b) => (a && b ? add(a, b) : (a ?? b)), null);
}
