// Trees: what transforms take and return. A tree is a tensor, a number, an array or plain record of
// trees, or an object that gives its named cells through the tree protocol (a Module). Anything else
// in it is passed on as it is.

import { constant } from "../ir/build.ts";
import { CompileError } from "../ir/errors.ts";
import { Cell } from "./cell.ts";
import { fromNode, Tensor } from "./tensor.ts";

/** An object with a method under this key is a tree of the cells that it names. */
export const treeSymbol: unique symbol = Symbol.for("hebb.tree") as never;

/** The tree protocol: cells by name, keyed like a state dict. */
export interface CellTree {
  [treeSymbol](): Iterable<readonly [name: string, cell: Cell]>;
}

/** Whether an object follows the tree protocol. */
export function isCellTree(value: unknown): value is CellTree {
  return typeof (value as Partial<CellTree> | null | undefined)?.[treeSymbol] === "function";
}

/** A plain record, as opposed to an object of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The tree with every tensor and number replaced; objects of the tree protocol by `cells`. */
export function mapTree(
  tree: unknown,
  leaf: (value: Tensor | number, path: string) => unknown,
  cells: (value: CellTree, path: string) => unknown = (value) => value,
  path = "",
): unknown {
  if (tree instanceof Tensor || typeof tree === "number") return leaf(tree, path);
  const below = (key: string | number): string => (path === "" ? `${key}` : `${path}.${key}`);
  if (Array.isArray(tree)) return tree.map((t, i) => mapTree(t, leaf, cells, below(i)));
  if (isCellTree(tree)) return cells(tree, path);
  if (isRecord(tree)) {
    const mapped: Record<string, unknown> = {};
    for (const key of Object.keys(tree)) mapped[key] = mapTree(tree[key], leaf, cells, below(key));
    return mapped;
  }
  return tree;
}

/** A tree taken apart: its tensors, and how to put others in their places. */
export interface Flat {
  readonly leaves: readonly Tensor[];
  readonly paths: readonly string[];
  rebuild(leaves: readonly unknown[]): unknown;
}

/**
 * Takes a tree apart. Numbers become 0-d f32 tensors. An object of the tree protocol counts as a
 * record of its cells.
 */
export function flatten(tree: unknown): Flat {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const note = (value: Tensor | number, path: string): Place => {
    leaves.push(typeof value === "number" ? fromNode(constant(value, "f32")) : value);
    paths.push(path);
    return new Place(leaves.length - 1);
  };
  const template = mapTree(tree, note, (module, path) => {
    const named: Record<string, Place> = {};
    for (const [name, cell] of module[treeSymbol]()) {
      named[name] = note(cell, path === "" ? name : `${path}.${name}`);
    }
    return named;
  });
  return { leaves, paths, rebuild: (values) => fill(template, values) };
}

/** Where a leaf was. */
class Place {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

function fill(template: unknown, values: readonly unknown[]): unknown {
  if (template instanceof Place) return values[template.index];
  if (Array.isArray(template)) return template.map((t) => fill(t, values));
  if (isRecord(template)) {
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(template)) out[key] = fill(template[key], values);
    return out;
  }
  return template;
}

/** The tensors of a tree, in order. */
export const treeLeaves = (tree: unknown): readonly Tensor[] => flatten(tree).leaves;

/** The tree with every tensor replaced. */
export function treeMap<T>(tree: T, f: (leaf: Tensor, path: string) => Tensor): T {
  const { leaves, paths, rebuild } = flatten(tree);
  return rebuild(leaves.map((t, i) => f(t, paths[i] as string))) as T;
}

/** The one tensor that a function returned; throws if it returned something else. */
export function singleTensor(name: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new CompileError(
    `${name}: the function must return one tensor, not ${value === null ? "null" : Array.isArray(value) ? "an array" : typeof value}`,
  );
}

export { Cell };
