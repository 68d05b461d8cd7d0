// Graphs within graphs, and nodes that matter to derivatives and schedules alone.

import { ShapeError } from "../errors.ts";
import { type Body, makeNode, type Node, type Part } from "../node.ts";
import type { CallArgs, ScanArgs } from "../op.ts";
import { equalShapes, showShape } from "../shape.ts";
import { input } from "./leaves.ts";

/** The last carries, then the stacked outputs. */
export function scan(arg: ScanArgs, src: readonly Node[]): Node[] {
  const parts: Part[] = arg.body.outputs.map((o, i) => ({
    shape: i < arg.carries ? o.shape : [arg.length, ...o.shape],
    dtype: o.dtype,
  }));
  for (let i = 0; i < arg.carries; i++) {
    const [from, to] = [src[i] as Node, arg.body.outputs[i] as Node];
    if (from.dtype !== to.dtype || !equalShapes(from.shape, to.shape)) {
      throw new ShapeError(
        `scan: carry ${i} enters as ${from.dtype} ${showShape(from.shape)} and leaves the body as ${to.dtype} ${showShape(to.shape)}; they must be equal`,
      );
    }
  }
  const node = makeNode("scan", src, arg, [], "f32", parts);
  return parts.map((_, i) => part(node, i));
}

export function call(arg: CallArgs, src: readonly Node[]): Node[] {
  const parts: Part[] = arg.body.outputs.map((o) => ({ shape: o.shape, dtype: o.dtype }));
  const node = makeNode("call", src, arg, [], "f32", parts);
  return parts.map((_, i) => part(node, i));
}

export function part(node: Node, index: number): Node {
  const { shape, dtype } = (node.parts as readonly Part[])[index] as Part;
  return makeNode("part", [node], { index }, shape, dtype);
}

export const keep = (x: Node): Node => makeNode("keep", [x], null, x.shape, x.dtype);
export const detach = (x: Node): Node => makeNode("detach", [x], null, x.shape, x.dtype);
export const alias = (x: Node): Node => makeNode("alias", [x], null, x.shape, x.dtype);

/** A body from a function over placeholder nodes. */
export function body(
  shapes: readonly Part[],
  make: (inputs: readonly Node[]) => readonly Node[],
): Body {
  const inputs = shapes.map((p, slot) => input(slot, p.shape, p.dtype));
  return { inputs, outputs: make(inputs) };
}
