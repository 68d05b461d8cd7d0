// Graph nodes as expressions in the axes of one kernel. A view is a substitution of indices, an
// elementwise op an operation on what its sources read; reading ends at what lies in memory and at
// values the kernel has at hand.

import { CompileError } from "../ir/errors.ts";
import { is, type Node } from "../ir/node.ts";
import { type Elementwise, ops } from "../ir/op.ts";
import {
  constantIndex,
  type Index,
  indexOf,
  keyOf,
  plus,
  rangeOf,
  remainder,
  times,
  zero,
} from "./affine.ts";
import type { Condition, Expression } from "./expression.ts";
import { ExpressionTable, flatten } from "./expression-table.ts";
import { anyOf } from "./expression-walk.ts";

export interface ReaderOptions {
  /** Whether a node's value lies in memory when the kernel runs. */
  readonly stored: (node: Node) => boolean;
  /** Whether a node is a number that comes with each call. */
  readonly runtime: (node: Node) => boolean;
  /** Values that the kernel has at hand, by node; undefined where it has not. */
  readonly given?: Given | undefined;
}

export type Given = (node: Node, at: readonly Index[]) => Expression | undefined;

type Read = (node: Node, at: readonly Index[]) => Expression;

export class Reader extends ExpressionTable {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    super();
    this.#options = options;
  }

  /** The element of `node` at indices, one an axis. */
  read(node: Node, at: readonly Index[]): Expression {
    const done = new Map<string, Expression>();
    const visit: Read = (n, indices) => {
      const key = `${n.id}@${indices.map(keyOf).join(",")}`;
      const old = done.get(key);
      if (old) return old;
      const made = this.#make(n, indices, visit);
      done.set(key, made);
      return made;
    };
    return visit(node, at);
  }

  #make(node: Node, at: readonly Index[], read: Read): Expression {
    const given = this.#options.given?.(node, at);
    if (given) return given;
    if (this.#options.stored(node)) return this.load(node, at);
    if (this.#options.runtime(node)) return this.constant(node);
    if (is(node, "const")) return this.number(node.arg.value, node.dtype);
    if (is(node, "iota")) return this.index(at[node.arg.axis] as Index, node.dtype);
    if (is(node, "pad")) return this.#padded(node, at, read);
    if (is(node, "gather")) return this.#gathered(node, at, read);
    const seen = this.#seenThrough(node, at);
    if (seen) return read(node.src[0] as Node, seen);
    if (ops[node.op].family === "elementwise") {
      const args = node.src.map((s) => read(s, at));
      return this.operation(node.op as Elementwise, node.dtype, args);
    }
    throw new CompileError(
      `${node.op}: reached while reading a kernel's expression; the schedule should have stored it`,
    );
  }

  /** Where a view's element lies in its source; undefined if the node is no view. */
  #seenThrough(node: Node, at: readonly Index[]): readonly Index[] | undefined {
    const shape = node.src[0]?.shape ?? [];
    if (is(node, "reshape")) return this.#unflatten(flatten(node.shape, at), shape);
    if (is(node, "permute")) {
      const from = new Array<Index>(at.length);
      node.arg.order.forEach((axis, i) => {
        from[axis] = at[i] as Index;
      });
      return from;
    }
    if (is(node, "expand")) return shape.map((d, i) => (d === 1 ? zero : (at[i] as Index)));
    if (is(node, "slice")) {
      const { start, step } = node.arg;
      return at.map((x, i) => plus(times(x, step[i] as number), constantIndex(start[i] as number)));
    }
    if (is(node, "flip")) {
      const last = (i: number): Index => constantIndex((shape[i] as number) - 1);
      return at.map((x, i) => (node.arg.axes.includes(i) ? plus(times(x, -1), last(i)) : x));
    }
    if (is(node, "window")) {
      const { axis, stride, dilation } = node.arg;
      const inside = plus(times(at[axis] as Index, stride), times(at[axis + 1] as Index, dilation));
      return [...at.slice(0, axis), inside, ...at.slice(axis + 2)];
    }
    if (node.op === "alias" || node.op === "detach" || node.op === "keep") return at;
    return undefined;
  }

  #gathered(node: Node<"gather">, at: readonly Index[], read: Read): Expression {
    const [source, index] = node.src as [Node, Node];
    const { axis, checks = "gather" } = node.arg;
    const extent = source.shape[axis] as number;
    const value = this.checked(read(index, at), extent, checks);
    if (is(source, "iota") && source.arg.axis === axis && source.dtype === "i32") return value;
    const found =
      value.kind === "number"
        ? constantIndex(value.value)
        : indexOf(this.space.dynamic(value, extent));
    const element = read(
      source,
      at.map((x, i) => (i === axis ? found : x)),
    );
    // A source that is the same along the axis is read without the index, which is checked all the same.
    const isUnchecked = value.kind === "checked" && !anyOf([element], (e) => e === value);
    return isUnchecked ? this.after(value, element) : element;
  }

  #padded(node: Node<"pad">, at: readonly Index[], read: Read): Expression {
    const source = node.src[0] as Node;
    const { before, between, value: filler } = node.arg;
    const conditions: Condition[] = [];
    const from = at.map((x, i) => {
      const step = (between[i] as number) + 1;
      const shifted = plus(x, constantIndex(-(before[i] as number)));
      const span = ((source.shape[i] as number) - 1) * step + 1;
      const { low, high } = rangeOf(shifted);
      if (low < 0 || high >= span) conditions.push({ index: shifted, extent: span });
      // Where the condition holds, what are multiples of the span come to nothing.
      if (step === 1) return remainder(shifted, span) ?? shifted;
      conditions.push({ index: shifted, extent: span, multiple: step });
      return this.exactQuotient(shifted, step);
    });
    const otherwise = this.number(filler, node.dtype);
    if (source.shape.includes(0)) return otherwise;
    const value = read(source, from);
    return conditions.length === 0 ? value : this.guard(conditions, value, otherwise);
  }

  /** index / by where the division is known to be exact; only meaningful there. */
  exactQuotient(index: Index, by: number): Index {
    if (index.constant % by === 0 && index.terms.every((t) => t.factor % by === 0)) {
      return {
        terms: index.terms.map((t) => ({ atom: t.atom, factor: t.factor / by })),
        constant: index.constant / by,
      };
    }
    return this.space.divide(index, by).quotient;
  }

  /** The inverse of `flatten`. */
  #unflatten(flat: Index, shape: readonly number[]): Index[] {
    const out = new Array<Index>(shape.length).fill(zero);
    let rest = flat;
    for (let i = shape.length - 1; i >= 0; i--) {
      const extent = shape[i] as number;
      if (extent === 1) continue;
      if (shape.slice(0, i).every((d) => d === 1)) {
        out[i] = rest;
        break;
      }
      const { quotient, remainder } = this.space.divide(rest, extent);
      out[i] = remainder;
      rest = quotient;
    }
    return out;
  }
}
