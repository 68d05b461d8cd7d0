// vmap: a function of one example becomes a function of many, without a loop.

import { batch } from "../grad/batching.ts";
import { input, iota } from "../ir/build.ts";
import { CompileError, ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { normalizeAxis, showShape } from "../ir/shape.ts";
import { fromFront, toFront } from "./derivatives.ts";
import { fromNode, Tensor } from "./tensor.ts";
import { checkNotPromise, type Scope, within } from "./trace.ts";
import { flatten, mapTree } from "./tree.ts";

/** Options of vmap. */
export interface VmapOptions {
  /** The axis of each argument's tensors that counts examples; null: the same for all. Default: 0 */
  readonly axes?: number | null | readonly (number | null)[];
  /** Where that axis stands in the results. Default: 0 */
  readonly outAxes?: number;
}

/**
 * The function of a batch: out[b] = f(x[b]) for every b at once.
 *
 * Random operations in it draw independently for every example. Numbers, modules and whatever it
 * captures are the same for all.
 *
 * @param fn       a function of one example, from trees to a tree
 * @param options  axes: which axis counts examples, one for all or one an argument; outAxes
 * @returns        the function of a batch
 * @throws ShapeError  the arguments have different numbers of examples
 * @example
 * vmap((x: Tensor, y: Tensor) => x.mul(y).sum())(ones([8, 3]), ones([8, 3])); // [8]
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  { axes = 0, outAxes = 0 }: VmapOptions = {},
): (...args: A) => R {
  return (...args) => {
    let size: number | undefined;
    const inputs: Node[] = [];
    const standIns: Node[] = [];
    const take = (leaf: Tensor | number, axis: number): unknown => {
      if (typeof leaf === "number") return leaf;
      const node = leaf.node;
      const at = normalizeAxis(axis, node.shape.length, "vmap");
      const here = node.shape[at] as number;
      size ??= here;
      if (here !== size) {
        throw new ShapeError(
          `vmap: ${size} examples in one tensor, ${here} along axis ${at} of another of shape ${showShape(node.shape)}; they must be equal, or null in axes`,
        );
      }
      const front = toFront(node, at);
      const one = input(inputs.length, front.shape.slice(1), node.dtype);
      inputs.push(one);
      standIns.push(front);
      return fromNode(one);
    };
    const inside = args.map((arg, i) => {
      const axis = typeof axes === "number" || axes === null ? axes : (axes[i] ?? null);
      return axis === null ? arg : mapTree(arg, (leaf) => take(leaf, axis));
    });
    const count = size;
    if (count === undefined) {
      throw new CompileError(
        "vmap: no argument has a tensor to go over; pass one, with its axis in axes",
      );
    }
    let index: Node | undefined;
    const scope: Scope = {
      name: "vmap",
      blocksReads: true,
      assign: () => {
        throw new CompileError(
          "vmap: a cell was assigned inside; return the value and assign it outside",
        );
      },
      draws: {
        size: count,
        index: () => {
          if (index === undefined) {
            index = input(inputs.length, [], "u32");
            inputs.push(index);
            standIns.push(iota([count], 0, "u32"));
          }
          return index;
        },
      },
    };
    const result = within(scope, () => {
      const value = fn(...(inside as unknown as A));
      checkNotPromise("vmap", value);
      return flatten(value);
    });
    const outputs = batch(
      result.leaves.map((t) => t.node),
      inputs,
      standIns,
      count,
    );
    return result.rebuild(outputs.map((n) => new Tensor(fromFront(n, outAxes, "vmap")))) as R;
  };
}
