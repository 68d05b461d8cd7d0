// Shapes: sizes of axes, row-major strides, broadcasting, and reading a user's axis.

import { ShapeError } from "./errors.ts";

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] as number;
  }
  return strides;
}

export function equalShapes(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Throws where a program without types passes sizes one by one. */
export function requireList(operation: string, list: readonly number[]): void {
  if (Array.isArray(list)) return;
  throw new ShapeError(
    `${operation}: expected a list of whole numbers like [2, 3], not ${String(list)}`,
  );
}

/** A user's axis (negative counts from the end) as an index below `rank`. */
export function normalizeAxis(axis: number, rank: number, operation: string): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= rank) {
    throw new ShapeError(
      rank === 0
        ? `${operation}: a single number, of shape [], has no axis ${axis}; give it one with reshape([1])`
        : `${operation}: axis ${axis} does not exist in a tensor of ${rank} axes; use ${-rank} to ${rank - 1}`,
    );
  }
  return at;
}

/** A user's axes, normalised, distinct and ascending; undefined means all. */
export function normalizeAxes(
  axes: number | readonly number[] | undefined,
  rank: number,
  operation: string,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes === "number") return [normalizeAxis(axes, rank, operation)];
  const list: number[] = [];
  for (const axis of axes) list.push(normalizeAxis(axis, rank, operation));
  for (let i = 1; i < list.length; i++) {
    if (list.indexOf(list[i] as number) === i) continue;
    throw new ShapeError(`${operation}: an axis is named twice in ${showShape(list)}`);
  }
  return list.length > 1 ? list.sort((a, b) => a - b) : list;
}

/** Whether a shape becomes another by repeating axes of size 1 and adding axes in front. */
export function spreadsTo(shape: Shape, to: Shape): boolean {
  const added = to.length - shape.length;
  if (added < 0) return false;
  for (let i = 0; i < shape.length; i++) {
    const d = shape[i];
    if (d !== 1 && d !== to[added + i]) return false;
  }
  return true;
}

/** NumPy broadcasting: shapes aligned at their last axis, sizes equal or 1. */
export function broadcastShapes(operation: string, ...shapes: Shape[]): Shape {
  let longest: Shape = [];
  for (const shape of shapes) if (shape.length >= longest.length) longest = shape;
  // Mostly one operand has the shape of the result, which then needs none of its own.
  for (const shape of shapes) {
    if (shape.length < longest.length) continue;
    let all = true;
    for (const other of shapes) all = all && spreadsTo(other, shape);
    if (all) return shape;
  }
  const rank = longest.length;
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const d = shape[i] as number;
      if (d === out[at] || d === 1) continue;
      if (out[at] !== 1) {
        throw new ShapeError(
          `${operation}: shapes do not broadcast: ${shapes.map(showShape).join(" and ")} differ at axis ${at - rank} (${out[at]} and ${d}); sizes must be equal or 1`,
        );
      }
      out[at] = d;
    }
  }
  return out;
}

/** Output length of a window of `size` sliding over `length`. */
export function windowLength(
  length: number,
  size: number,
  stride: number,
  dilation: number,
): number {
  return Math.floor((length - dilation * (size - 1) - 1) / stride) + 1;
}
