// What a function is differentiated by: the tensors of one argument under names of their own. Tensors
// of the tree are replaced; cells stay where they are and a scope gives their stand-ins to whoever
// reads them, so that a captured use of a parameter counts as well.

import { alias, constant } from "../ir/build.ts";
import { isFloat } from "../ir/dtype.ts";
import { CompileError, DTypeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { Cell, Parameter } from "./cell.ts";
import type { Slot } from "./slot.ts";
import { fromNode, type Tensor } from "./tensor.ts";
import { type Scope, within } from "./trace.ts";
import { type CellTree, flatten, mapTree, treeSymbol } from "./tree.ts";

/** The gradients of a tree: tensors where it has tensors or numbers; of a module, a record by name. */
export type Gradients<T> = T extends CellTree
  ? Record<string, Tensor>
  : T extends Tensor | number
    ? Tensor
    : T extends readonly unknown[] | Record<string, unknown>
      ? { [K in keyof T]: Gradients<T[K]> }
      : T;

/** The cells of a module that are trained, by name. */
export function trained(module: CellTree): Record<string, Parameter> {
  const found: Record<string, Parameter> = {};
  for (const [name, cell] of module[treeSymbol]()) {
    if (cell instanceof Parameter && cell.requiresGrad) found[name] = cell;
  }
  return found;
}

/** A tree with modules as records of what is trained in them. */
export const trainedTree = (tree: unknown): unknown => mapTree(tree, (leaf) => leaf, trained);

export interface Wanted {
  /** By what is differentiated. */
  readonly nodes: readonly Node[];
  /** Calls a function with the argument in its new names. */
  call(fn: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): unknown;
  /** Puts one tensor for each of `nodes` in the places of the tree. */
  rebuild(tensors: readonly (Tensor | undefined)[]): unknown;
}

/** Takes argument `at` of a call as what to differentiate by. */
export function wantedOf(name: string, args: readonly unknown[], at: number): Wanted {
  if (at >= args.length) {
    throw new CompileError(`${name}: there is no argument ${at}; the function got ${args.length}`);
  }
  return renamed(name, args[at], (tree) => args.map((a, i) => (i === at ? tree : a)));
}

/** Takes a whole tree; `place` makes the arguments of a call from it. */
export function renamed(
  name: string,
  tree: unknown,
  place: (tree: unknown) => readonly unknown[],
): Wanted {
  const { leaves, paths, rebuild } = flatten(trainedTree(tree));
  const cells = new Map<Slot, Node>();
  const nodes = leaves.map((leaf, i) => {
    checkFloat(name, leaf, paths[i] as string);
    const node = alias(leaf.node);
    if (leaf instanceof Cell) cells.set(leaf.slot, node);
    return node;
  });
  let next = 0;
  const inside = mapTree(
    tree,
    (leaf) => {
      const node = nodes[next++] as Node;
      return leaf instanceof Cell ? leaf : fromNode(node);
    },
    (module) => {
      next += Object.keys(trained(module)).length;
      return module;
    },
  );
  const scope: Scope = {
    name,
    blocksReads: false,
    read: (slot) => cells.get(slot),
    assign: (slot) => {
      cells.delete(slot);
      return false;
    },
  };
  return {
    nodes,
    call: (fn) => within(scope, () => fn(...place(inside))),
    rebuild: (tensors) =>
      rebuild(nodes.map((node, i) => tensors[i] ?? fromNode(constant(0, node.dtype, node.shape)))),
  };
}

function checkFloat(name: string, leaf: Tensor, path: string): void {
  if (isFloat(leaf.dtype)) return;
  const where = path === "" ? "the argument" : `"${path}"`;
  throw new DTypeError(
    `${name}: ${where} holds ${leaf.dtype}, by which nothing can be differentiated; cast it with .cast("f32"), or choose another with { argument }`,
  );
}
