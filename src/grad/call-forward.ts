// The forward rule of call. A checkpoint stays one: its tangents are a call of their own, which runs
// the body again. A custom rule says only how gradients go backwards; that is a linear map, and the
// transpose of a linear map is found by differentiating it once more.

import { alias, call, constant, input, part } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { backward } from "./backward.ts";
import { bodyFrom } from "./bodies.ts";
import { applyRule } from "./call.ts";
import type { Forward } from "./forward.ts";
import { derivativeType } from "./operands.ts";

/**
 * Tangents of the parts of a call.
 *
 * @param node      the call
 * @param tangents  of its sources; null is zero
 * @param jvp       the walk to use on the body
 * @returns         one a part, null where nothing flows
 */
export function callForward(
  node: Node<"call">,
  tangents: readonly (Node | null)[],
  jvp: Forward,
): (Node | null)[] {
  const { body, kind } = node.arg;
  if (kind === "custom") return transposedRule(node, tangents);
  const moved = [...tangents.keys()].filter((i) => tangents[i]);
  const seeds = body.inputs.map((x, i) =>
    tangents[i] ? input(i, x.shape, derivativeType(x.dtype)) : null,
  );
  const results = jvp(body.outputs, body.inputs, seeds);
  const found = [...results.keys()].filter((i) => results[i]);
  const inner = bodyFrom(
    [...body.inputs, ...moved.map((i) => seeds[i] as Node)],
    found.map((i) => results[i] as Node),
  );
  const parts = call({ body: inner.body, kind }, [
    ...node.src,
    ...moved.map((i) => tangents[i] as Node),
    ...inner.captured,
  ]);
  return results.map((_, i) => parts[found.indexOf(i)] ?? null);
}

/** J·t from a rule that gives Jᵀ·u: the gradient of ⟨Jᵀ·u, t⟩ by u, at any u. */
function transposedRule(node: Node<"call">, tangents: readonly (Node | null)[]): (Node | null)[] {
  const results = node.arg.body.outputs.map((_, i) => part(node, i));
  const u = results.map((r) => alias(constant(0, derivativeType(r.dtype), r.shape)));
  const slopes = applyRule(node, node.src, results, u);
  const moved = [...tangents.keys()].filter((i) => tangents[i] && slopes[i]);
  return backward(
    moved.map((i) => slopes[i] as Node),
    moved.map((i) => tangents[i] as Node),
    u,
  );
}
