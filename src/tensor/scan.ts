// scan: a loop whose body is traced once. Recurrent networks, samplers and iterative solvers without
// unrolling; derivatives flow through carries, inputs and whatever the body captures.

import { loop } from "../compile/plan/loop.ts";
import { scanBackward } from "../grad/scan.ts";
import { constant, input, iota, scan as scanNodes } from "../ir/build.ts";
import { CompileError, ShapeError } from "../ir/errors.ts";
import { type Node, nodeClock } from "../ir/node.ts";
import { normalizeAxis, showShape } from "../ir/shape.ts";
import { type BodyScope, closeBody } from "./body.ts";
import { fromFront, toFront } from "./derivatives.ts";
import { checkpoint as recompute } from "./rules.ts";
import { fromNode, type Tensor } from "./tensor.ts";
import { checkNotPromise, within } from "./trace.ts";
import { type Flat, flatten } from "./tree.ts";

/** Options of scan. */
export interface ScanOptions {
  /** The axis of the inputs to go along; the outputs are stacked along it too. Default: 0 */
  readonly axis?: number;
  /** Go from the last to the first; outputs keep their places. Default: false */
  readonly reverse?: boolean;
  /** Compute the body again in the backward pass instead of remembering it. Default: false */
  readonly checkpoint?: boolean;
}

/**
 * A loop over an axis: (cₜ₊₁, yₜ) = body(cₜ, xₜ), t = 0 … n − 1.
 *
 * The body is traced once, whatever the length. Random operations in it draw anew each time;
 * captured tensors and cells receive gradients.
 *
 * @param body     gives the next carry, like `init` in shapes and types, and something to stack
 * @param init     the first carry: a tree of tensors and numbers
 * @param xs       inputs: a tree of tensors that agree in the length of the axis, or { length }
 * @param options  axis, reverse, checkpoint
 * @returns        [the last carry, the outputs stacked along the axis]
 * @throws CompileError  the body reads a value or assigns a cell
 * @cost    n times the body; memory for derivatives grows with n unless `checkpoint`
 * @example
 * const [total, sums] = scan((s: Tensor, x: Tensor) => { const next = s.add(x); return [next, next]; }, tensor(0), tensor([1, 2, 3]));
 * // total: 6, sums: [1, 3, 6]
 */
export function scan<C, X, Y>(
  body: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X | { readonly length: number },
  { axis = 0, reverse = false, checkpoint = false }: ScanOptions = {},
): readonly [C, Y] {
  const start = flatten(init);
  const { length, stacked, slices } = inputsOf(xs, axis);
  const carries = start.leaves.map((t, i) => input(i, t.shape, t.dtype));
  const rows = stacked.map((n, i) => input(carries.length + i, n.shape.slice(1), n.dtype));
  let index: Node | undefined;
  const scope: BodyScope = {
    name: "scan",
    blocksReads: true,
    outside: new Set(),
    clock: nodeClock(),
    assign: () => {
      throw new CompileError(
        "scan: a cell was assigned in the body; put the value in the carry and assign it after the scan",
      );
    },
    draws: {
      size: length,
      index: () => {
        index ??= input(0, [], "u32");
        return index;
      },
    },
  };
  const step = checkpoint ? recompute(body) : body;
  const [next, out] = within(scope, () => {
    const carry = start.rebuild(carries.map(fromNode)) as C;
    const result = step(carry, slices?.rebuild(rows.map(fromNode)) as X);
    checkNotPromise("scan", result);
    if (!Array.isArray(result) || result.length !== 2) {
      throw new CompileError("scan: the body must return [next carry, output]");
    }
    return [flatten(result[0]), flatten(result[1])] as const;
  });
  if (next.leaves.length !== carries.length) {
    throw new CompileError(
      `scan: the carry has ${carries.length} tensors, the body returned ${next.leaves.length}; it must keep its structure`,
    );
  }
  const outputs = [...next.leaves, ...out.leaves].map((t) => t.node);
  if (length === 0) {
    const empty = out.leaves.map((t) => fromNode(constant(0, t.dtype, [0, ...t.shape])));
    return [start.rebuild(start.leaves) as C, out.rebuild(empty.map((t) => along(t, axis))) as Y];
  }
  const counter = index === undefined ? [] : [index];
  const closed = closeBody(scope, [...carries, ...rows, ...counter], outputs);
  const parts = scanNodes(
    {
      body: closed.body,
      carries: carries.length,
      stacked: rows.length + counter.length,
      length,
      reverse,
      rule: scanBackward,
      loop,
    },
    [
      ...start.leaves.map((t) => t.node),
      ...stacked,
      ...counter.map(() => iota([length], 0, "u32")),
      ...closed.captured,
    ],
  ).map(fromNode);
  return [
    next.rebuild(parts.slice(0, carries.length)) as C,
    out.rebuild(parts.slice(carries.length).map((t) => along(t, axis))) as Y,
  ];
}

/** Outputs are stacked in front; put that axis where the inputs had it. */
function along(stackedFirst: Tensor, axis: number): Tensor {
  const node = stackedFirst.node;
  const at = Math.min(axis < 0 ? axis + node.shape.length : axis, node.shape.length - 1);
  return fromNode(fromFront(node, Math.max(0, at)));
}

interface Inputs {
  readonly length: number;
  /** With the axis in front. */
  readonly stacked: readonly Node[];
  readonly slices: Flat | undefined;
}

function inputsOf(xs: unknown, axis: number): Inputs {
  const count = (xs as { length?: unknown }).length;
  if (typeof count === "number" && !Array.isArray(xs) && Object.keys(xs as object).length === 1) {
    if (!Number.isInteger(count) || count < 0) {
      throw new ShapeError(`scan: the length must be a whole number ≥ 0, not ${count}`);
    }
    return { length: count, stacked: [], slices: undefined };
  }
  const slices = flatten(xs);
  const stacked = slices.leaves.map((t) =>
    toFront(t.node, normalizeAxis(axis, t.shape.length, "scan")),
  );
  const length = stacked[0]?.shape[0];
  if (length === undefined) {
    throw new ShapeError(
      "scan: the inputs hold no tensor; pass one, or { length } for a loop without inputs",
    );
  }
  for (const n of stacked) {
    if (n.shape[0] !== length) {
      throw new ShapeError(
        `scan: the inputs disagree in length along axis ${axis}: ${length} and ${n.shape[0]} (shape ${showShape(n.shape)} with that axis in front)`,
      );
    }
  }
  return { length, stacked, slices };
}
