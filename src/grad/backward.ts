// Reverse mode: one walk from outputs to what they are differentiated by, graph in and graph out.
// The walk is iterative, so a chain of any length is safe. Nodes that do not depend on a target are
// skipped; a target is a leaf of the walk, whatever lies below it.

import { add, cast } from "../ir/build.ts";
import { CompileError } from "../ir/errors.ts";
import { is, type Node } from "../ir/node.ts";
import type { ScanRule } from "../ir/op.ts";
import { equalShapes, showShape } from "../ir/shape.ts";
import { callBackward } from "./call.ts";
import { numberNodes, placeIn, reaching, sortAbove } from "./flow.ts";
import { derivativeType, type Primitive } from "./operands.ts";
import { rules } from "./rules.ts";

export type Backward = typeof backward;

/**
 * The vector–Jacobian product: Σ over outputs of cotangentᵀ · ∂output/∂target, a target each.
 *
 * Every node gets the sum of what its users pass down; then its rules give each source its share.
 *
 * @param outputs     what is differentiated; an output that is no float passes nothing on
 * @param cotangents  one an output, of its shape
 * @param wrt         the targets, usually `alias` nodes
 * @returns           one a target, of its shape and the dtype it computes in; null where the outputs
 *   do not depend on it
 * @cost    a small multiple of the forward graph in nodes; linear time to build
 */
export function backward(
  outputs: readonly Node[],
  cotangents: readonly Node[],
  wrt: readonly Node[],
): (Node | null)[] {
  const targets = new Set(wrt);
  const order = sortAbove(outputs, targets);
  const flows = reaching(order, targets);
  /** ∂L/∂node by the node's place; of a scan or call, of each part. */
  const gradients = new Array<Node | null>(order.length).fill(null);
  const ofParts = new Map<Node, (Node | null)[]>();

  const wants = (node: Node): boolean => flows[placeIn(order, node)] === true;
  const accumulate = (node: Node, gradient: Node | null): void => {
    if (!gradient || !wants(node)) return;
    if (!equalShapes(gradient.shape, node.shape)) {
      throw new CompileError(
        `backward: the gradient of ${node.op} has shape ${showShape(gradient.shape)}, the node ${showShape(node.shape)}; they must be equal`,
      );
    }
    const typed = cast(gradient, derivativeType(node.dtype));
    const known = gradients[node.position];
    gradients[node.position] = known ? add(known, typed) : typed;
  };
  const structure = (node: Node<"scan" | "call">, parts: readonly (Node | null)[]): void => {
    const wanted = node.src.map(wants);
    const found = is(node, "scan")
      ? ruleOf(node)(node, parts, wanted, backward)
      : callBackward(node as Node<"call">, parts, wanted, backward);
    // The walks of bodies may have passed nodes of this one.
    numberNodes(order);
    node.src.forEach((s, k) => {
      accumulate(s, found[k] ?? null);
    });
  };

  outputs.forEach((output, i) => {
    accumulate(output, cotangents[i] as Node);
  });
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    if (!flows[i] || targets.has(node)) continue;
    if (is(node, "scan") || is(node, "call")) {
      const parts = ofParts.get(node);
      if (parts) structure(node, parts);
      continue;
    }
    const gradient = gradients[i];
    if (!gradient) continue;
    gradients[i] = null;
    if (is(node, "part")) {
      const owner = node.src[0] as Node;
      const parts =
        ofParts.get(owner) ?? new Array<Node | null>(owner.parts?.length ?? 0).fill(null);
      const known = parts[node.arg.index] ?? null;
      parts[node.arg.index] = known ? add(known, gradient) : gradient;
      ofParts.set(owner, parts);
      continue;
    }
    const ofSources = rules[node.op as Primitive] as readonly (AnyRule | null)[];
    for (let k = 0; k < node.src.length; k++) {
      const source = node.src[k] as Node;
      const rule = ofSources[k];
      if (rule && wants(source)) accumulate(source, rule(gradient, node, ...node.src));
    }
  }
  return wrt.map((target) => gradients[placeIn(order, target)] ?? null);
}

function ruleOf({ arg }: Node<"scan">): ScanRule {
  if (arg.rule) return arg.rule;
  throw new CompileError("backward: this scan was made without a reverse rule (grad/scan.ts)");
}

type AnyRule = (g: Node, y: Node, ...src: readonly Node[]) => Node;
