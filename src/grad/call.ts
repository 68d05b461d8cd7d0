// The reverse rule of call: a sub-graph that says for itself how it is differentiated.
//
// `checkpoint` runs its body again in the backward pass, so that nothing inside has to be remembered.
// The copy starts from `keep` nodes of its own: to the compiler they are other values than the
// sources, so that it does not merge the copy with the original, which would undo the exchange.
// `custom` asks the rule that came with it.

import { expand, keep, part } from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import { inline, type Node } from "../ir/node.ts";
import type { CallRule } from "../ir/op.ts";
import { equalShapes, showShape } from "../ir/shape.ts";
import type { Backward } from "./backward.ts";
import { zeros } from "./operands.ts";

/**
 * Gradients of the sources of a call.
 *
 * @param node       the call
 * @param gradients  of its parts; null for a part nobody differentiates
 * @param wanted     which sources need a gradient
 * @param backward   the walk to use on the body
 * @returns          one a source, null where nothing flows
 */
export function callBackward(
  node: Node<"call">,
  gradients: readonly (Node | null)[],
  wanted: readonly boolean[],
  backward: Backward,
): (Node | null)[] {
  const { body, kind } = node.arg;
  if (kind === "custom") {
    const results = body.outputs.map((_, i) => part(node, i));
    const given = results.map((r, i) => gradients[i] ?? zeros(r));
    return applyRule(node, node.src, results, given);
  }
  const sources = node.src.map((s) => (s.op === "const" ? s : keep(s)));
  const copy = inline(body, sources);
  const from = [...copy.keys()].filter((i) => gradients[i]);
  const to = [...sources.keys()].filter((i) => wanted[i]);
  const slopes = backward(
    from.map((i) => copy[i] as Node),
    from.map((i) => gradients[i] as Node),
    to.map((i) => sources[i] as Node),
  );
  return sources.map((_, i) => slopes[to.indexOf(i)] ?? null);
}

/** What a custom rule answers, checked: one gradient a source, of a shape that broadcasts to it. */
export function applyRule(
  node: Node<"call">,
  src: readonly Node[],
  results: readonly Node[],
  gradients: readonly Node[],
): (Node | null)[] {
  const answer = (node.arg.rule as CallRule)(src, results, gradients);
  if (answer.length > src.length) {
    throw new ShapeError(
      `custom gradient: the rule gave ${answer.length} gradients for ${src.length} arguments`,
    );
  }
  return src.map((s, i) => {
    const gradient = answer[i] ?? null;
    if (!gradient || equalShapes(gradient.shape, s.shape)) return gradient;
    if (gradient.shape.length === 0) return expand(gradient, s.shape);
    throw new ShapeError(
      `custom gradient: argument ${i} has shape ${showShape(s.shape)} and its gradient ${showShape(gradient.shape)}; they must be equal`,
    );
  });
}
