// What the arguments of `at` and `set` mean, on nodes. Integers and slices are views; index tensors
// then gather from the view. Writing lays the value over the same view, padded back to the whole, or
// scatters it to the positions that reading would visit.

import * as ir from "../ir/build.ts";
import { isFloat, promote } from "../ir/dtype.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { broadcastShapes, type Shape, showShape, sizeOf } from "../ir/shape.ts";
import { Base } from "./base.ts";
import { sliceRange } from "./movement.ts";
import { requireIntegers } from "./operand.ts";
import { overlay } from "./pieces.ts";
import type { Tensor } from "./tensor.ts";

/** An integer, a slice "start:stop:step", "...", "new", or a tensor of integers. */
export type Index = number | string | Tensor;

/** The arguments of one call, resolved against a shape. */
interface Selection {
  /** Per axis of the source: the part that is viewed. Integers are ranges of one. */
  readonly ranges: readonly { start: number; stop: number; step: number; reverse: boolean }[];
  /** Sizes after the view, with integer axes dropped and new ones added. */
  readonly sizes: readonly number[];
  /** Axes of `sizes` that index tensors select from. */
  readonly picks: readonly { readonly axis: number; readonly index: Node }[];
}

function resolve(operation: string, shape: Shape, indices: readonly Index[]): Selection {
  const consuming = indices.filter((i) => i !== "..." && i !== "new").length;
  const dots = indices.filter((i) => i === "...").length;
  if (dots > 1) throw new ShapeError(`${operation}: "..." may stand once, not ${dots} times`);
  if (consuming > shape.length) {
    throw new ShapeError(
      `${operation}: ${consuming} indices for the ${shape.length} axes of ${showShape(shape)}`,
    );
  }
  const missing = new Array<Index>(shape.length - consuming).fill(":");
  const all =
    dots === 1 ? indices.flatMap((i) => (i === "..." ? missing : [i])) : [...indices, ...missing];
  const ranges: Selection["ranges"][number][] = [];
  const sizes: number[] = [];
  const picks: { axis: number; index: Node }[] = [];
  for (const item of all) {
    if (item === "new") {
      sizes.push(1);
      continue;
    }
    const axis = ranges.length;
    const length = shape[axis] as number;
    if (typeof item === "number") {
      ranges.push(integerRange(operation, item, axis, shape));
    } else if (typeof item === "string") {
      const range = parseSlice(operation, item, length);
      ranges.push(range);
      sizes.push(Math.ceil((range.stop - range.start) / range.step));
    } else {
      requireIndex(operation, item);
      // A number that a compiled function received counts as a whole one.
      const index = item.weak === undefined ? item.node : ir.cast(item.weak("i32"), "i32");
      requireIntegers(operation, "an index", index);
      picks.push({ axis: sizes.length, index: wrapNegative(index, length) });
      ranges.push({ start: 0, stop: length, step: 1, reverse: false });
      sizes.push(length);
    }
  }
  return { ranges, sizes, picks };
}

/** Throws where a program without types passes something else. */
function requireIndex(operation: string, item: unknown): void {
  if (item instanceof Base) return;
  const way = Array.isArray(item) ? `; make it one: tensor(array, { dtype: "i32" })` : "";
  throw new ShapeError(
    `${operation}: an index is an integer, a slice "start:stop:step", "...", "new" or a tensor, not ${Array.isArray(item) ? "an array" : String(item)}${way}`,
  );
}

function integerRange(
  operation: string,
  i: number,
  axis: number,
  shape: Shape,
): Selection["ranges"][number] {
  const length = shape[axis] as number;
  const at = i < 0 ? i + length : i;
  if (!Number.isInteger(i) || at < 0 || at >= length) {
    throw new ShapeError(
      `${operation}: index ${i} lies outside axis ${axis} of ${showShape(shape)}; use ${-length} to ${length - 1}`,
    );
  }
  return { start: at, stop: at + 1, step: 1, reverse: false };
}

function parseSlice(operation: string, text: string, length: number): Selection["ranges"][number] {
  const match = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?$/.exec(text);
  if (!match) {
    throw new ShapeError(
      `${operation}: "${text}" is not a slice; write "start:stop:step", "...", "new", or a number`,
    );
  }
  const part = (i: number): number | undefined =>
    match[i] === undefined ? undefined : Number(match[i]);
  return sliceRange(operation, length, part(1), part(2), part(3));
}

/** Negative indices counted from the end of an axis; others, also those out of range, as they are. */
export function wrapNegative(index: Node, length: number): Node {
  if (index.dtype === "u8" || index.dtype === "u32") return index;
  const [zero, end] = [ir.constant(0, "i32"), ir.constant(length, "i32")];
  const inside = ir.and(ir.less(index, zero), ir.not(ir.less(index, ir.neg(end))));
  return ir.where(inside, ir.add(index, end), index);
}

/** The view that the ranges select, with the sizes of the selection. */
function view(x: Node, { ranges, sizes }: Selection): Node {
  const part = ir.slice(x, {
    start: ranges.map((r) => r.start),
    stop: ranges.map((r) => r.stop),
    step: ranges.map((r) => r.step),
  });
  return ir.reshape(ir.flip(part, reversedAxes(ranges)), sizes);
}

const reversedAxes = (ranges: Selection["ranges"]): number[] =>
  ranges.flatMap((r, axis) => (r.reverse ? [axis] : []));

export function readAt(x: Node, indices: readonly Index[]): Node {
  const selection = resolve("at", x.shape, indices);
  return pick("at", view(x, selection), selection.picks);
}

/** Gathers along the picked axes; several index tensors broadcast and select together. */
function pick(operation: "at" | "set", x: Node, picks: Selection["picks"]): Node {
  if (picks.length === 0) return x;
  const shape = broadcastShapes(operation, ...picks.map((p) => p.index.shape));
  const axes = picks.map((p) => p.axis);
  const adjacent = axes.every((a, i) => i === 0 || a === (axes[i - 1] as number) + 1);
  const first = adjacent ? (axes[0] as number) : 0;
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const ordered = ir.permute(x, [...rest.slice(0, first), ...axes, ...rest.slice(first)]);
  // The picked axes become one, and their indices one number.
  const lengths = axes.map((a) => x.shape[a] as number);
  const before = ordered.shape.slice(0, first);
  const after = ordered.shape.slice(first + axes.length);
  const merged = ir.reshape(ordered, [...before, sizeOf(lengths), ...after]);
  // Positions to write to are read here: what is wrong with them is reported as it would be there.
  const checks = operation === "set" ? "scatter" : undefined;
  const index = linear(
    picks.map((p) => ir.expand(p.index, shape)),
    lengths,
    checks,
  );
  const flat = ir.reshape(index, [...before.map(() => 1), sizeOf(shape), ...after.map(() => 1)]);
  const places = ir.expand(flat, [...before, sizeOf(shape), ...after]);
  const values = ir.gather(merged, places, first, checks);
  return ir.reshape(values, [...before, ...shape, ...after]);
}

/** Row-major numbers of positions; each index is checked against the axis it is for. */
function linear(indices: readonly Node[], lengths: readonly number[], checks?: "scatter"): Node {
  if (indices.length === 1) return indices[0] as Node;
  return indices.reduce(
    (sum: Node, index, i) => {
      const length = lengths[i] as number;
      const places = ir.reshape(index, [sizeOf(index.shape)]);
      const checked = ir.gather(ir.iota([length], 0), places, 0, checks);
      return ir.add(ir.mul(sum, ir.constant(length, "i32")), ir.reshape(checked, index.shape));
    },
    ir.constant(0, "i32"),
  );
}

/** x with `value` set or added at the selected places. */
export function writeAt(
  x: Node,
  indices: readonly Index[],
  value: Node,
  kind: "set" | "add",
): Node {
  const selection = resolve(kind === "set" ? "set" : "addAt", x.shape, indices);
  const dtype = x.dtype === value.dtype ? x.dtype : promote(x.dtype, value.dtype);
  const [target, y] = [ir.cast(x, dtype), ir.cast(value, dtype)];
  if (selection.picks.length === 0) return writeView(target, selection, y, kind);
  const whole = selection.ranges.every(
    (r, i) => r.stop - r.start === x.shape[i] && r.step === 1 && !r.reverse,
  );
  if (selection.picks.length === 1 && whole && selection.sizes.length === x.shape.length) {
    return scatterSlices(target, selection, y, kind);
  }
  // In general: number all elements, read the numbers, and scatter to them.
  const numbers = ir.reshape(ir.iota([sizeOf(x.shape)], 0), x.shape);
  const positions = pick("set", view(numbers, selection), selection.picks);
  const values = broadcast(y, positions.shape);
  const flat = (node: Node): Node => ir.reshape(node, [sizeOf(node.shape)]);
  return ir.reshape(ir.scatter(flat(target), flat(positions), flat(values), 0, kind), x.shape);
}

/** Whole slices along one axis, written at the numbers of one index tensor. */
function scatterSlices(x: Node, { picks }: Selection, value: Node, kind: "set" | "add"): Node {
  const { axis, index } = picks[0] as Selection["picks"][number];
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const values = broadcast(value, [...before, ...index.shape, ...after]);
  const sizes = [...before, sizeOf(index.shape), ...after];
  const flat = ir.reshape(index, [
    ...before.map(() => 1),
    sizeOf(index.shape),
    ...after.map(() => 1),
  ]);
  return ir.scatter(x, ir.expand(flat, sizes), ir.reshape(values, sizes), axis, kind);
}

function writeView(x: Node, selection: Selection, value: Node, kind: "set" | "add"): Node {
  const { ranges, sizes } = selection;
  const counts = ranges.map((r) => Math.ceil((r.stop - r.start) / r.step));
  const part = ir.flip(ir.reshape(broadcast(value, sizes), counts), reversedAxes(ranges));
  if (counts.includes(0)) return x;
  const before = ranges.map((r) => r.start);
  const between = ranges.map((r) => r.step - 1);
  const after = ranges.map(
    (r, i) => (x.shape[i] as number) - r.start - ((counts[i] as number) - 1) * r.step - 1,
  );
  const placed = (node: Node, blank: number): Node =>
    ir.pad(node, before, after, { between, value: blank });
  if (kind === "add") return overlay(x, placed(part, isFloat(x.dtype) ? -0 : 0));
  return ir.where(placed(ir.constant(1, "bool", counts), 0), placed(part, 0), x);
}

function broadcast(value: Node, shape: Shape): Node {
  // Leading axes of size 1 that the part lacks are dropped, as in an assignment of NumPy.
  let sizes = [...value.shape];
  while (sizes.length > shape.length && sizes[0] === 1) sizes = sizes.slice(1);
  const fits =
    sizes.length <= shape.length &&
    sizes.every((d, i) => d === 1 || d === shape[shape.length - sizes.length + i]);
  if (!fits) {
    throw new ShapeError(
      `set: a value of ${showShape(value.shape)} does not broadcast to the part ${showShape(shape)}`,
    );
  }
  return ir.expand(ir.reshape(value, sizes), shape);
}
