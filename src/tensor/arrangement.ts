// Arrangement: putting tensors together, taking them apart, and repeating them.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { requireList, showShape } from "../ir/shape.ts";
import { Movement } from "./movement.ts";
import { concatNodes, padAxis } from "./pieces.ts";
import {
  axisAmong,
  requireOneOf,
  requireOptions,
  requireSizes,
  requireWhole,
  wholeNumber,
} from "./requirements.ts";
import type { Tensor } from "./tensor.ts";

/** How many elements to put before and after an axis; one number for both. Negative ones cut. */
export type PadWidth = number | readonly [before: number, after: number];

/** What is put around the edges. */
export type PadMode = (typeof padModes)[number];
const padModes = ["constant", "reflect", "replicate", "circular"] as const;

export abstract class Arrangement extends Movement {
  /**
   * This tensor and others, one after the other along an axis.
   *
   * @throws ShapeError  another axis differs in size
   */
  concat(others: Tensor | readonly Tensor[], options: { axis?: number } = {}): Tensor {
    const { axis = 0 } = requireOptions("concat", options, ["axis"]);
    const nodes = [this.node, ...[others].flat().map((t) => t.node)];
    return this.wrap(concatNodes("concat", nodes, axis));
  }

  /**
   * Elements added around the edges.
   *
   * @param widths  one number for every axis, or a list of `n` or `[before, after]` an axis. A list
   *   shorter than the tensor's axes applies to the last ones. Negative widths cut
   * @param options  mode: "constant" (default, with `value`, default 0), "reflect" (mirrored at the
   *   edge, which is not repeated), "replicate" (the edge repeated) or "circular" (the other end)
   * @example
   * tensor([1, 2, 3]).pad([[1, 2]], { mode: "reflect" }); // [2, 1, 2, 3, 2, 1]
   */
  pad(
    widths: number | readonly PadWidth[],
    { mode = "constant", value = 0 }: { mode?: PadMode; value?: number } = {},
  ): Tensor {
    requireOneOf("pad", { mode }, padModes);
    let x = this.node;
    const rank = x.shape.length;
    const list = typeof widths === "number" ? new Array<PadWidth>(rank).fill(widths) : widths;
    if (list.length > rank) {
      throw new ShapeError(
        `pad: ${list.length} widths for the ${rank} axes of ${showShape(x.shape)}`,
      );
    }
    list.forEach((width, i) => {
      const [before, after] = typeof width === "number" ? [width, width] : width;
      for (const widths of [before, after]) requireWhole("pad", { widths });
      const axis = rank - list.length + i;
      x = padded(
        cut(x, axis, Math.max(0, -before), Math.max(0, -after)),
        axis,
        Math.max(0, before),
        Math.max(0, after),
        mode,
        value,
      );
    });
    return this.wrap(x);
  }

  /**
   * Cut into parts along an axis.
   *
   * @param sizes  the size of every part (the last may be smaller), or a list of sizes
   */
  split(sizes: number | readonly number[], options: { axis?: number } = {}): Tensor[] {
    const x = this.node;
    const a = axisAmong("split", x, options, 0);
    const length = x.shape[a] as number;
    requireSizes("split", { part: sizes }, typeof sizes === "number" ? 1 : 0);
    const list =
      typeof sizes === "number"
        ? Array.from({ length: Math.max(1, Math.ceil(length / sizes)) }, (_, i) =>
            Math.min(sizes, length - i * sizes),
          )
        : sizes;
    const total = list.reduce((sum, n) => sum + n, 0);
    if (total !== length) {
      throw new ShapeError(
        `split: ${showShape(list)} adds up to ${total}, not to the ${length} elements of axis ${a} of ${showShape(x.shape)}`,
      );
    }
    let start = 0;
    return list.map((n) => {
      start += n;
      return this.wrap(ir.sliceAxis(x, a, start - n, start));
    });
  }

  /** Cut into `count` equal parts along an axis; where it does not divide, the last are smaller or missing. */
  chunk(count: number, options: { axis?: number } = {}): Tensor[] {
    const axis = axisAmong("chunk", this.node, options, 0);
    requireSizes("chunk", { count });
    const length = this.node.shape[axis] as number;
    return this.split(Math.max(1, Math.ceil(length / count)), { axis });
  }

  /** The slices along an axis, without it. */
  unstack(options: { axis?: number } = {}): Tensor[] {
    const axis = axisAmong("unstack", this.node, options, 0);
    return Array.from({ length: this.node.shape[axis] as number }, (_, i) =>
      this.slice(i, i + 1, { axis }).squeeze(axis),
    );
  }

  /**
   * The whole tensor repeated along each axis.
   *
   * @param counts  one an axis, aligned at the last; more counts than axes add axes in front
   * @example
   * tensor([1, 2]).tile([2]); // [1, 2, 1, 2]
   */
  tile(counts: readonly number[]): Tensor {
    requireList("tile", counts);
    const { shape } = this.node;
    const rank = Math.max(shape.length, counts.length);
    const sizes = [...new Array<number>(rank - shape.length).fill(1), ...shape];
    const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
    requireSizes("tile", { counts }, 0);
    return this.reshape(sizes.flatMap((d) => [1, d]))
      .broadcastTo(sizes.flatMap((d, i) => [times[i] as number, d]))
      .reshape(sizes.map((d, i) => d * (times[i] as number)));
  }

  /** The same as tile: PyTorch's name. */
  repeat(counts: readonly number[]): Tensor {
    return this.tile(counts);
  }

  /** Each element along an axis repeated in place. */
  repeatInterleave(count: number, options: { axis?: number } = {}): Tensor {
    const { shape } = this.node;
    const a = axisAmong("repeatInterleave", this.node, options, 0);
    requireSizes("repeatInterleave", { count }, 0);
    const wide = [...shape.slice(0, a + 1), count, ...shape.slice(a + 1)];
    return this.unsqueeze(a + 1)
      .broadcastTo(wide)
      .flatten(a, a + 1);
  }

  /** Moved along an axis; what falls off the end comes back at the start. */
  roll(shift: number, options: { axis?: number } = {}): Tensor {
    const x = this.node;
    const a = axisAmong("roll", x, options, 0);
    requireWhole("roll", { shift });
    const length = x.shape[a] as number;
    const by = length === 0 ? 0 : ((shift % length) + length) % length;
    if (by === 0) return this.wrap(x);
    const last = this.slice(length - by, length, { axis: a });
    return last.concat(this.slice(0, length - by, { axis: a }), { axis: a });
  }

  /**
   * Labels as rows of zeros with a 1 at the label.
   *
   * A label outside 0 … classes − 1 gives a row of zeros.
   *
   * @returns  [.., classes]
   */
  oneHot(
    classes: number,
    { dtype = "f32" }: { dtype?: "f32" | "f64" | "i32" | "u32" | "u8" | "bool" } = {},
  ): Tensor {
    wholeNumber("oneHot", "classes", classes, 0);
    return this.unsqueeze(-1)
      .equal(this.wrap(ir.iota([classes], 0)))
      .cast(dtype);
  }
}

const cut = (x: Node, axis: number, before: number, after: number): Node =>
  ir.sliceAxis(x, axis, before, (x.shape[axis] as number) - after);

function padded(
  x: Node,
  axis: number,
  before: number,
  after: number,
  mode: PadMode,
  value: number,
): Node {
  if (before === 0 && after === 0) return x;
  if (mode === "constant") return padAxis(x, axis, before, after, value);
  const n = x.shape[axis] as number;
  const limit = mode === "reflect" ? n - 1 : mode === "circular" ? n : n > 0 ? Infinity : -1;
  if (before > limit || after > limit) {
    throw new ShapeError(
      `pad: ${mode} of ${before} and ${after} needs more than the ${n} elements of axis ${axis} of ${showShape(x.shape)}`,
    );
  }
  const part = (start: number, stop: number): Node => ir.sliceAxis(x, axis, start, stop);
  const wide = (y: Node, count: number): Node =>
    ir.expand(
      y,
      y.shape.map((d, i) => (i === axis ? count : d)),
    );
  const sides: { [M in Exclude<PadMode, "constant">]: () => readonly [Node, Node] } = {
    reflect: () => [
      ir.flip(part(1, before + 1), [axis]),
      ir.flip(part(n - after - 1, n - 1), [axis]),
    ],
    replicate: () => [wide(part(0, 1), before), wide(part(n - 1, n), after)],
    circular: () => [part(n - before, n), part(0, after)],
  };
  const [head, tail] = sides[mode]();
  return concatNodes("pad", [head, x, tail], axis);
}
