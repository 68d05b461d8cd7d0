// Saying how a piece of a function is differentiated: not at all (stopGradient), by computing it again
// (checkpoint), or by a rule of one's own (customVjp).

import { call, input } from "../ir/build.ts";
import { CompileError, ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import type { CallRule } from "../ir/op.ts";
import { equalShapes, showShape } from "../ir/shape.ts";
import { CollectingScope, closeBody } from "./body.ts";
import { fromNode, type Tensor } from "./tensor.ts";
import { assignCell, checkNotPromise, within } from "./trace.ts";
import { flatten, mapTree } from "./tree.ts";

/**
 * The same values, through which no derivative flows.
 *
 * @param tree  a tensor, or a tree of them
 * @example
 * grad((x: Tensor) => x.mul(stopGradient(x)).sum())(tensor([3])); // [3]
 */
export function stopGradient<T>(tree: T): T {
  return mapTree(tree, (leaf) => (typeof leaf === "number" ? leaf : leaf.detach())) as T;
}

/** Traces a function of trees into a call node and gives its result over the parts of the call. */
function called(
  name: string,
  fn: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  kind: "checkpoint" | "custom",
  rule?: (results: (parts: readonly Node[]) => unknown, count: number) => CallRule,
): unknown {
  const src: Node[] = [];
  const placeholders: Node[] = [];
  const inside = mapTree(args, (leaf) => {
    if (typeof leaf === "number") return leaf;
    const node = leaf.node;
    const slot = input(src.length, node.shape, node.dtype);
    src.push(node);
    placeholders.push(slot);
    return fromNode(slot);
  }) as unknown[];
  const scope = new CollectingScope(name);
  const { leaves, rebuild } = within(scope, () => {
    const value = fn(...inside);
    checkNotPromise(name, value);
    const flat = flatten(value);
    return { leaves: flat.leaves.map((t) => t.node), rebuild: flat.rebuild };
  });
  const assigned = [...scope.assigned];
  const outputs = [...leaves, ...assigned.map(([, node]) => node)];
  const { body, captured } = closeBody(scope, placeholders, outputs);
  const tree = (parts: readonly Node[]): unknown =>
    rebuild(parts.slice(0, leaves.length).map(fromNode));
  const sources = [...src, ...captured];
  const parts =
    rule === undefined
      ? call({ body, kind }, sources)
      : call({ body, kind, rule: rule(tree, src.length) }, sources);
  for (const [i, [slot]] of assigned.entries()) assignCell(slot, parts[leaves.length + i] as Node);
  return tree(parts);
}

/**
 * The same function, computed again in the backward pass instead of remembered.
 *
 * Less memory for more time: only its arguments are kept. Random operations in it give the same bits
 * both times.
 *
 * @param fn  a function from trees to a tree
 * @cost    fn once more in the backward pass
 * @source  Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost, §4. arXiv:1604.06174
 * @example
 * grad((x: Tensor) => checkpoint((y: Tensor) => y.sin().exp())(x).sum())(tensor([1, 2]));
 */
export function checkpoint<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
): (...args: A) => R {
  return (...args) =>
    called(
      "checkpoint",
      fn as unknown as (...a: readonly unknown[]) => unknown,
      args,
      "checkpoint",
    ) as R;
}

/** A gradient an argument: a tree like it, or null where nothing flows. */
export type CustomGradients<A extends readonly unknown[]> = {
  [K in keyof A]: A[K] | Tensor | null;
};

/**
 * A function with a derivative of its own.
 *
 * @param fn    a function from trees to a tree
 * @param rule  (cotangent, result, ...args) ↦ one gradient an argument, null where nothing flows;
 *   the cotangent is like the result. Written in tensor operations, so it can be differentiated too
 * @returns     a function with the values of fn and the derivative of the rule
 * @example
 * const clipped = customVjp((x: Tensor) => x, (g: Tensor) => [g.clamp(-1, 1)]);
 */
export function customVjp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  rule: (cotangent: R, result: R, ...args: A) => CustomGradients<A>,
): (...args: A) => R {
  return (...args) => {
    const toRule =
      (tree: (parts: readonly Node[]) => unknown, count: number): CallRule =>
      (src, results, gradients) => {
        let next = 0;
        const inputs = mapTree(args, (leaf) =>
          typeof leaf === "number" ? leaf : fromNode(src[next++] as Node),
        ) as unknown as A;
        const answer = rule(
          tree(gradients) as R,
          tree(results) as R,
          ...inputs,
        ) as readonly unknown[];
        if (!Array.isArray(answer)) {
          throw new CompileError(
            "customVjp: the rule must return a list, one gradient an argument: [gradient]",
          );
        }
        const found = args.flatMap((arg, i) => matching(arg, answer[i], i));
        found.forEach((gradient, i) => {
          checkLike(gradient, src[i] as Node);
        });
        return [...found, ...new Array<null>(src.length - count).fill(null)];
      };
    return called(
      "customVjp",
      fn as unknown as (...a: readonly unknown[]) => unknown,
      args,
      "custom",
      toRule,
    ) as R;
  };
}

function checkLike(gradient: Node | null, { shape }: Node): void {
  if (gradient === null || equalShapes(gradient.shape, shape)) return;
  throw new ShapeError(
    `customVjp: the rule gave a gradient of shape ${showShape(gradient.shape)} for a tensor of ${showShape(shape)}; they must be equal`,
  );
}

/** The gradients of one argument's tensors. */
function matching(arg: unknown, gradient: unknown, at: number): (Node | null)[] {
  const isTensor: boolean[] = [];
  mapTree(arg, (leaf) => isTensor.push(typeof leaf !== "number"));
  const count = isTensor.filter((is) => is).length;
  if (gradient === null || gradient === undefined) return new Array<null>(count).fill(null);
  const { leaves } = flatten(gradient);
  if (leaves.length === count) return leaves.map((t) => t.node);
  if (leaves.length === isTensor.length)
    return leaves.filter((_, i) => isTensor[i]).map((t) => t.node);
  throw new CompileError(
    `customVjp: the rule gave ${leaves.length} gradients for argument ${at}, which has ${count} tensors; give a tree like the argument, or null`,
  );
}
