// What the labels of a contraction say: which of its axes are summed, and how long each label is.

import { is, type Node } from "../ir/node.ts";
import { ops, type ProductForm } from "../ir/op.ts";

/** Labels of both operands that the result does not have. */
export const summedLabels = ({ arg }: Node<"contract">): number[] =>
  arg.a.filter((label) => !arg.out.includes(label));

/** How long the axis of a label is. */
export function sizeOfLabel({ arg, src }: Node<"contract">, label: number): number {
  const [a, b] = src as [Node, Node];
  const at = arg.a.indexOf(label);
  return (at >= 0 ? a.shape[at] : b.shape[arg.b.indexOf(label)]) as number;
}

/** The form of the products of an operand that shows windows; undefined where it has none of its own. */
export function formOf(operand: Node): ProductForm | undefined {
  let at = operand;
  while ((ops[at.op].family === "movement" || at.op === "cast") && at.op !== "window")
    at = at.src[0] as Node;
  return is(at, "window") ? at.arg.form : undefined;
}
