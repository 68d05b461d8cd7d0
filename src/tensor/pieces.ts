// Putting pieces together, on nodes. There is no copying op: a concatenation is the sum of its
// pieces, each padded to the whole with −0 (x + (−0) is x to the bit), so that it is a view to the
// compiler, its gradient is a slice, and it fuses with what follows.

import * as ir from "../ir/build.ts";
import { isFloat, promote } from "../ir/dtype.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { normalizeAxis, requireList, type Shape, showShape } from "../ir/shape.ts";

/** The neutral element of joining. */
export const blank = (x: Node): number => (isFloat(x.dtype) ? -0 : 0);

/** Laid over each other; where one is blank the other shows. */
export const overlay = (a: Node, b: Node): Node =>
  a.dtype === "bool" ? ir.or(a, b) : ir.add(a, b);

/** With counts of blank elements before and after along one axis. */
export function padAxis(
  x: Node,
  axis: number,
  before: number,
  after: number,
  value: number = blank(x),
): Node {
  const at = (n: number): number[] => x.shape.map((_, i) => (i === axis ? n : 0));
  return ir.pad(x, at(before), at(after), { value });
}

/** A fused join reads every piece for every element, so many pieces are joined in groups first. */
const group = 8;

/** One after the other along an axis; the other sizes must be equal. */
export function concatNodes(operation: string, pieces: readonly Node[], axis: number): Node {
  const first = pieces[0];
  if (first === undefined) throw new ShapeError(`${operation}: needs at least one tensor`);
  const at = normalizeAxis(axis, first.shape.length, operation);
  const dtype = pieces.reduce((type, x) => promote(type, x.dtype), first.dtype);
  for (const x of pieces) {
    if (
      x.shape.length !== first.shape.length ||
      x.shape.some((d, i) => i !== at && d !== first.shape[i])
    ) {
      throw new ShapeError(
        `${operation}: sizes differ beside axis ${at}: ${showShape(first.shape)} and ${showShape(x.shape)}; only the joined axis may differ`,
      );
    }
  }
  // One type in storage too: pieces that all hold f16 stay f16.
  const same = pieces.every((x) => x.dtype === first.dtype) ? first.dtype : dtype;
  const joined = join(
    pieces.map((x) => ir.cast(x, dtype)),
    at,
  );
  return ir.cast(joined, same);
}

function join(pieces: readonly Node[], axis: number): Node {
  if (pieces.length > group) {
    const size = Math.max(group, Math.ceil(pieces.length / group));
    const groups: Node[] = [];
    for (let i = 0; i < pieces.length; i += size)
      groups.push(ir.keep(join(pieces.slice(i, i + size), axis)));
    return join(groups, axis);
  }
  const lengths = pieces.map((x) => x.shape[axis] as number);
  const total = lengths.reduce((sum, n) => sum + n, 0);
  let before = 0;
  let whole: Node | undefined;
  pieces.forEach((x, i) => {
    const length = lengths[i] as number;
    if (length > 0) {
      const placed = padAxis(x, axis, before, total - before - length);
      whole = whole === undefined ? placed : overlay(whole, placed);
    }
    before += length;
  });
  return whole ?? (pieces[0] as Node);
}

/** The sizes of a reshape with at most one −1, which takes what is left. */
export function inferSizes(operation: string, from: Shape, sizes: Shape, total: number): number[] {
  requireList(operation, sizes);
  const open = sizes.filter((d) => d === -1).length;
  const known = sizes.reduce((n, d) => (d === -1 ? n : n * d), 1);
  const bad = sizes.some((d) => !Number.isInteger(d) || d < -1);
  if (bad || open > 1) {
    throw new ShapeError(
      `${operation}: ${showShape(sizes)} must hold sizes ≥ 0 and at most one -1`,
    );
  }
  const rest = open === 1 && known > 0 ? total / known : 0;
  if (open === 1 ? !(known > 0 && Number.isInteger(rest)) : known !== total) {
    throw new ShapeError(
      `${operation}: ${showShape(from)} has ${total} elements, which do not fill ${showShape(sizes)}`,
    );
  }
  return sizes.map((d) => (d === -1 ? rest : d));
}
