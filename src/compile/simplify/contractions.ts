// Rules for contractions: what is cheaper as a loop, what is a contraction in disguise, and what is
// too long a sum for too few results.

import * as build from "../../ir/build.ts";
import { isFloat } from "../../ir/dtype.ts";
import { is, type Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { formOf, sizeOfLabel, summedLabels } from "../contraction.ts";
import { leadingAxis, longSum } from "../leading.ts";
import { divisorNear } from "./divisor.ts";
import type { Rule } from "./rewriter.ts";

/**
 * Products of vectors, and sums over nothing, are cheaper as loops; but not where windows slide over
 * single channels of an image, which has a kernel of its own.
 */
export const contractAsReduce: Rule = (node) =>
  is(node, "contract") && !slidesWindows(node) ? asReduce(node) : undefined;

/** The same for windows, where that kernel is not to be had. */
export const windowsAsReduce: Rule = (node) => (is(node, "contract") ? asReduce(node) : undefined);

/** Whether an operand shows windows with a form of their own and each place has a result. */
function slidesWindows({ src, arg, dtype }: Node<"contract">): boolean {
  const isImage = (x: Node, labels: readonly number[]): boolean =>
    formOf(x) !== undefined && arg.out.includes(labels[leadingAxis(x.shape)] as number);
  const [a, b] = src as [Node, Node];
  return isFloat(dtype) && (isImage(a, arg.a) || isImage(b, arg.b));
}

function asReduce(node: Node<"contract">): Node | undefined {
  const [a, b] = node.src as [Node, Node];
  const { a: la, b: lb, out } = node.arg;
  const size = (label: number): number => sizeOfLabel(node, label);
  const without = (own: readonly number[], other: readonly number[]): number =>
    sizeOf(own.filter((l) => !other.includes(l)).map(size));
  const summed = summedLabels(node);
  const depth = sizeOf(summed.map(size));
  if (without(la, lb) > 1 && without(lb, la) > 1 && depth > 1) return undefined;
  const labels = [...out, ...summed];
  const spread = (x: Node, own: readonly number[]): Node => {
    const order = labels.filter((l) => own.includes(l)).map((l) => own.indexOf(l));
    const shape = labels.map((l) => (own.includes(l) ? size(l) : 1));
    return build.expand(build.reshape(build.permute(x, order), shape), labels.map(size));
  };
  return build.reduce(
    build.mul(spread(a, la), spread(b, lb)),
    "add",
    summed.map((_, i) => out.length + i),
  );
}

/**
 * The adjoint of a convolution is a convolution: fold over (position, tap) of a contraction, where
 * one operand has the position and the other the tap, reads the first through a window with the
 * taps reversed.
 */
export const foldOfContract: Rule = (node) => {
  if (!is(node, "fold")) return undefined;
  const { axis, length, stride, dilation, form } = node.arg;
  const product = node.src[0] as Node;
  if (!is(product, "contract")) return undefined;
  const out = [...product.arg.out];
  const [position, tap] = [out[axis] as number, out[axis + 1] as number];
  const size = product.shape[axis + 1] as number;
  let [a, b] = product.src as [Node, Node];
  let [la, lb] = [product.arg.a, product.arg.b];
  if (!la.includes(position)) [a, b, la, lb] = [b, a, lb, la];
  if (!la.includes(position) || lb.includes(position) || la.includes(tap) || !lb.includes(tap))
    return undefined;
  const at = la.indexOf(position);
  const places = a.shape[at] as number;
  const reach = (size - 1) * dilation;
  const spread = (places - 1) * stride + 1;
  const zeros = (n: number): number[] => a.shape.map((_, i) => (i === at ? n : 0));
  const padded = build.pad(a, zeros(reach), zeros(Math.max(0, length - spread)), {
    between: zeros(stride - 1),
  });
  const seen = build.sliceAxis(padded, at, 0, length + reach);
  const windows = build.window(seen, { axis: at, size, stride: 1, dilation, form });
  const fresh = Math.max(...la, ...lb, ...out) + 1;
  const labels = [...la.slice(0, at), fresh, tap, ...la.slice(at + 1)];
  const reversed = build.flip(b, [lb.indexOf(tap)]);
  return build.contract(windows, labels, reversed, lb, [
    ...out.slice(0, axis),
    fresh,
    ...out.slice(axis + 2),
  ]);
};

/** A part of a product needs only that part of its operands, unless the rest is wanted too. */
export const sliceOfContract: Rule = (node, isShared) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "contract") || isShared(x)) return undefined;
  const { start, stop, step } = node.arg;
  const part = (operand: Node, labels: readonly number[]): Node => {
    const at = labels.map((l) => x.arg.out.indexOf(l));
    const read = (list: readonly number[], whole: (size: number) => number): number[] =>
      at.map((i, axis) => (i >= 0 ? (list[i] as number) : whole(operand.shape[axis] as number)));
    return build.slice(operand, {
      start: read(start, () => 0),
      stop: read(stop, (d) => d),
      step: read(step, () => 1),
    });
  };
  const [a, b] = x.src as [Node, Node];
  return build.contract(part(a, x.arg.a), x.arg.a, part(b, x.arg.b), x.arg.b, x.arg.out);
};

/** A product that is only looked at with its axes in another order is made in that order. */
export const permuteOfContract: Rule = (node, isShared) => {
  const x = node.src[0];
  if (!is(node, "permute") || !x || !is(x, "contract") || isShared(x)) return undefined;
  const [a, b] = x.src as [Node, Node];
  const out = node.arg.order.map((axis) => x.arg.out[axis] as number);
  return build.contract(a, x.arg.a, b, x.arg.b, out);
};

/**
 * A small product over a long sum has too few tiles to share out: pieces of the sum become a batch,
 * added up afterwards. How many follows from what is fixed: the leading axis of the operands, as a
 * rule the batch, only counts as long, and a sum over it is not cut. Nor are windows with a form of
 * their own: it cuts their sum as they are lowered.
 */
export const splitContract: Rule = (node) => {
  if (!is(node, "contract") || node.src.some(formOf)) return undefined;
  const [a, b] = node.src as [Node, Node];
  const { a: la, b: lb, out } = node.arg;
  const [firstA, firstB] = [la[leadingAxis(a.shape)], lb[leadingAxis(b.shape)]];
  const summed = summedLabels(node);
  // A batch that is summed leads both operands; one that is not leads one of them.
  const isLeading = (label: number): boolean =>
    summed.includes(label)
      ? label === firstA && label === firstB
      : label === firstA || label === firstB;
  const fixed = (label: number): number => (isLeading(label) ? longSum : sizeOfLabel(node, label));
  const inner = summed.filter((l) => !isLeading(l));
  if (inner.length < summed.length) return undefined;
  const results = sizeOf(out.map(fixed));
  const depth = sizeOf(summed.map(fixed));
  if (results >= fewResults || depth < endless) return undefined;
  const goal = Math.min(mostPieces, Math.floor(depth / longPiece), Math.ceil(fewResults / results));
  for (const label of inner) {
    const extent = sizeOfLabel(node, label);
    const pieces = divisorNear(extent, goal, 2);
    if (pieces === 1) continue;
    const fresh = Math.max(...la, ...lb) + 1;
    const cut = (x: Node, own: readonly number[]): [Node, number[]] => {
      const at = own.indexOf(label);
      const shape = [...x.shape.slice(0, at), pieces, extent / pieces, ...x.shape.slice(at + 1)];
      return [build.reshape(x, shape), [...own.slice(0, at), fresh, label, ...own.slice(at + 1)]];
    };
    const partial = build.contract(...cut(a, la), ...cut(b, lb), [fresh, ...out]);
    return build.reduce(build.keep(partial), "add", [0]);
  }
  return undefined;
};

/** From so many results on there are tiles enough for all. */
const fewResults = 16384;
/** Length from which a sum is cut; of a piece, at least; and how many pieces there are, at most. */
const endless = 2048;
const longPiece = 256;
const mostPieces = 16;
