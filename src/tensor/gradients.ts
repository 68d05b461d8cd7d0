// gradients(loss, tree): the derivative of a value already written down, by the tensors and cells
// that it was written with.

import type { Placed } from "../engine/memory.ts";
import { backward } from "../grad/backward.ts";
import { constant } from "../ir/build.ts";
import { CompileError } from "../ir/errors.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import { Cell, noteLoss } from "./cell.ts";
import { type Gradients, trainedTree } from "./derivative-argument.ts";
import { checkScalar } from "./derivatives.ts";
import { endOf, type Slot, slotOf } from "./slot.ts";
import { fromNode, type Tensor } from "./tensor.ts";
import { isCurrentVersion } from "./trace.ts";
import { flatten } from "./tree.ts";

/**
 * The gradients of a loss by the tensors of a tree: ∂loss/∂t for each t.
 *
 * @param loss  one number, computed from the tree
 * @param tree  a module (its trained parameters), or tensors in arrays and records
 * @returns     a tree like it; of a module, a record keyed like its state dict. Zero for a tensor
 *   that the loss does not depend on
 * @throws CompileError  the loss depends on none of them, or a cell was assigned since
 * @example
 * const w = new Parameter(tensor([1, 2]));
 * gradients(w.square().sum(), [w]); // [[2, 4]]
 */
export function gradients<T>(loss: Tensor, tree: T): Gradients<T> {
  checkScalar("gradients", loss);
  const { leaves, rebuild } = flatten(trainedTree(tree));
  const targets = leaves.map((leaf) => leaf.node);
  const node = loss.node;
  const by = new Set<Slot>();
  for (const leaf of leaves) if (leaf instanceof Cell) by.add(leaf.slot);
  const past = checkFresh(node, by, targets);
  const found = backward([node], [constant(1, node.dtype, node.shape)], targets);
  if (found.length > 0 && found.every((g) => g === null)) {
    if (past === "forgotten") failForgotten();
    throw new CompileError(
      "gradients: the loss depends on none of these tensors; it must be computed from them, not by a compiled function, detach() or a copy of their data",
    );
  }
  noteLoss(node, by);
  return rebuild(
    found.map((g, i) => {
      const { dtype, shape } = targets[i] as Node;
      return fromNode(g ?? constant(0, dtype, shape));
    }),
  ) as Gradients<T>;
}

/**
 * Throws if the expression of the loss is not what it was when the loss was written; tells whether
 * some of its past was given up.
 */
function checkFresh(
  loss: Node,
  wanted: ReadonlySet<Slot>,
  targets: readonly Node[],
): "whole" | "forgotten" {
  let past: "whole" | "forgotten" = "whole";
  let oldest = Infinity;
  for (const target of targets) oldest = Math.min(oldest, target.id);
  /** Nodes above a version of a cell that is no longer its value, with the last such version. */
  const stale = new Map<Node, Node>();
  // No derivative passes a detached value, nor the value that a cell has now.
  const stop = (node: Node): boolean => {
    const slot = slotOf(node);
    return node.op === "detach" || (slot !== undefined && isCurrentVersion(slot, node));
  };
  for (const node of sortNodes([loss], stop)) {
    if (node.forgotten) {
      past = "forgotten";
      if (oldest < node.id) failForgotten();
    }
    const slot = slotOf(node);
    if (slot !== undefined) {
      if (isCurrentVersion(slot, node)) continue;
      if (wanted.has(slot)) fail(slot);
      stale.set(node, node);
      continue;
    }
    if (stale.size === 0) continue;
    for (const s of node.src) {
      const old = stale.get(s);
      if (old === undefined) continue;
      // Computed while the cell still had that value, and the cell assigned later.
      const { storage } = node;
      if (storage !== undefined && (storage as Placed).clock < endOf(old))
        fail(slotOf(old) as Slot);
      const known = stale.get(node);
      if (known === undefined || endOf(known) < endOf(old)) stale.set(node, old);
    }
  }
  return past;
}

function failForgotten(): never {
  throw new CompileError(
    "gradients: how the loss was computed is no longer remembered, because its cells were assigned since or because it hangs on a thousand values read one after another; take the gradients before the step, or compute the loss again",
  );
}

function fail(slot: Slot): never {
  throw new CompileError(
    `gradients: ${slot.label} was assigned after the loss had used it; take the gradients before the assignment, or compute the loss again`,
  );
}
