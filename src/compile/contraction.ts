// What the labels of a contraction say: which of its axes are summed, and how long each label is.

import type { Node } from "../ir/node.ts";
import { ops } from "../ir/op.ts";

/** Labels of both operands that the result does not have. */
export const summedLabels = ({ arg }: Node<"contract">): number[] =>
  arg.a.filter((label) => !arg.out.includes(label));

/** How long the axis of a label is. */
export function sizeOfLabel({ arg, src }: Node<"contract">, label: number): number {
  const [a, b] = src as [Node, Node];
  const at = arg.a.indexOf(label);
  return (at >= 0 ? a.shape[at] : b.shape[arg.b.indexOf(label)]) as number;
}

/** Whether an operand slides windows over what it shows. */
export function seesWindow(operand: Node): boolean {
  let at = operand;
  while ((ops[at.op].family === "movement" || at.op === "cast") && at.op !== "window")
    at = at.src[0] as Node;
  return at.op === "window";
}
