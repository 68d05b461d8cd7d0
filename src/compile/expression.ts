// What one element of a fused kernel's result is: a small expression over loads at known indices.
// Made from graph nodes by substituting indices through movement ops (`Reader`); equal expressions
// of a kernel are one object.

import type { DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { is } from "../ir/node.ts";
import { type Elementwise, ops, type ReduceKind } from "../ir/op.ts";
import { stridesOf } from "../ir/shape.ts";
import {
  type Axis,
  type Index,
  type IndexAtom,
  IndexSpace,
  indexOf,
  keyOf,
  plus,
  rangeOf,
  times,
  zero,
} from "./affine.ts";

interface Common {
  readonly id: number;
  readonly dtype: DType;
  /** The axes it changes along. */
  readonly axes: ReadonlySet<Axis>;
  /** The reductions whose results it uses. */
  readonly reductions: ReadonlySet<Reduction>;
  /** A rough count of instructions. */
  readonly cost: number;
}

export type Expression = Common &
  (
    | { readonly kind: "load"; readonly source: Node; readonly index: Index }
    | { readonly kind: "number"; readonly value: number }
    /** The value of a constant that comes with each call. */
    | { readonly kind: "constant"; readonly node: Node }
    | { readonly kind: "index"; readonly index: Index }
    | { readonly kind: "operation"; readonly op: Elementwise; readonly args: readonly Expression[] }
    /** `value` where every condition holds (it is not touched elsewhere), else `otherwise`. */
    | {
        readonly kind: "guard";
        readonly conditions: readonly Condition[];
        readonly value: Expression;
        readonly otherwise: Expression;
      }
    | { readonly kind: "reduced"; readonly reduction: Reduction }
    /** A number left by the code around: the accumulator of a contraction. */
    | { readonly kind: "given"; readonly node: Node }
    /** `value` clamped to [0, extent), with a report of what lay outside. */
    | {
        readonly kind: "checked";
        readonly value: Expression;
        readonly extent: number;
        readonly operation: string;
      }
  );

/** 0 ≤ index < extent; or, with `multiple`, index divisible by it. */
export interface Condition {
  readonly index: Index;
  readonly extent: number;
  readonly multiple?: number;
}

/** `kind` over all values of `body` along `inner`. */
export interface Reduction {
  readonly id: number;
  readonly node: Node;
  readonly kind: ReduceKind;
  readonly dtype: DType;
  readonly body: Expression;
  readonly inner: readonly Axis[];
}

const weights: Partial<Record<string, number>> = {
  exp: 10,
  expm1: 14,
  log: 12,
  log1p: 16,
  sin: 16,
  cos: 16,
  tanh: 20,
  erf: 24,
  sqrt: 4,
  div: 3,
  mod: 5,
  threefry: 100,
};

const none: ReadonlySet<never> = new Set();

export interface ReaderOptions {
  /** Whether a node's value lies in memory when the kernel runs. */
  readonly stored: (node: Node) => boolean;
  /** A constant whose value comes with each call. */
  readonly runtime: (node: Node) => boolean;
  /** Values that the kernel has at hand, by node; undefined where it has not. */
  readonly given?: (node: Node, indices: readonly Index[]) => Expression | undefined;
}

/** Reads nodes as expressions in the axes of one kernel. */
export class Reader {
  readonly space: IndexSpace;
  private nextId = 0;
  private readonly known = new Map<string, Expression>();
  private readonly options: ReaderOptions;

  constructor(options: ReaderOptions, space: IndexSpace = new IndexSpace()) {
    this.options = options;
    this.space = space;
  }

  /** The element of `node` at `indices` (one an axis). */
  read(node: Node, indices: readonly Index[]): Expression {
    // Chains of elementwise ops can be long: walk with a stack of pending reads.
    const memo = new Map<string, Expression>();
    const keyed = (n: Node, at: readonly Index[]) => `${n.id}@${at.map(keyOf).join(",")}`;
    const visit = (n: Node, at: readonly Index[]): Expression => {
      const key = keyed(n, at);
      const old = memo.get(key);
      if (old) return old;
      const made = this.make(n, at, visit);
      memo.set(key, made);
      return made;
    };
    return visit(node, indices);
  }

  private make(
    node: Node,
    at: readonly Index[],
    read: (n: Node, at: readonly Index[]) => Expression,
  ): Expression {
    const given = this.options.given?.(node, at);
    if (given) return given;
    if (this.options.stored(node)) return this.load(node, at);
    if (this.options.runtime(node))
      return this.intern({ kind: "constant", node, dtype: node.dtype }, `c${node.id}`);
    if (is(node, "const")) return this.number(node.arg.value, node.dtype);
    if (is(node, "iota")) return this.index(at[node.arg.axis] as Index, node.dtype);
    const source = node.src[0] as Node;
    if (is(node, "reshape"))
      return read(source, this.unflatten(this.flatten(node.shape, at), source.shape));
    if (is(node, "permute")) {
      const from = new Array<Index>(at.length);
      node.arg.order.forEach((axis, i) => {
        from[axis] = at[i] as Index;
      });
      return read(source, from);
    }
    if (is(node, "expand"))
      return read(
        source,
        source.shape.map((d, i) => (d === 1 ? zero : (at[i] as Index))),
      );
    if (is(node, "slice")) {
      const { start, step } = node.arg;
      return read(
        source,
        at.map((x, i) =>
          plus(times(x, step[i] as number), { terms: [], constant: start[i] as number }),
        ),
      );
    }
    if (is(node, "flip")) {
      return read(
        source,
        at.map((x, i) =>
          node.arg.axes.includes(i)
            ? plus(times(x, -1), { terms: [], constant: (node.shape[i] as number) - 1 })
            : x,
        ),
      );
    }
    if (is(node, "window")) {
      const { axis, stride, dilation } = node.arg;
      const inside = plus(times(at[axis] as Index, stride), times(at[axis + 1] as Index, dilation));
      return read(source, [...at.slice(0, axis), inside, ...at.slice(axis + 2)]);
    }
    if (is(node, "pad")) return this.padded(node, source, at, read);
    if (is(node, "gather")) {
      const axis = node.arg.axis;
      const extent = source.shape[axis] as number;
      const value = this.checked(read(node.src[1] as Node, at), extent, "gather");
      const dynamic =
        value.kind === "number"
          ? { terms: [], constant: value.value }
          : indexOf(this.space.dynamic(value, extent));
      return read(
        source,
        at.map((x, i) => (i === axis ? dynamic : x)),
      );
    }
    if (node.op === "alias" || node.op === "detach" || node.op === "keep") return read(source, at);
    if (ops[node.op].family === "elementwise") {
      return this.operation(
        node.op as Elementwise,
        node.dtype,
        node.src.map((s) => read(s, at)),
      );
    }
    throw new CompileError(
      `${node.op}: reached while reading a kernel's expression; the schedule should have stored it`,
    );
  }

  private padded(
    node: Node<"pad">,
    source: Node,
    at: readonly Index[],
    read: (n: Node, at: readonly Index[]) => Expression,
  ): Expression {
    const conditions: Condition[] = [];
    const from = at.map((x, i) => {
      const extent = source.shape[i] as number;
      const step = (node.arg.between[i] as number) + 1;
      const shifted = plus(x, { terms: [], constant: -(node.arg.before[i] as number) });
      const span = (extent - 1) * step + 1;
      const { low, high } = rangeOf(shifted);
      if (low < 0 || high >= span) conditions.push({ index: shifted, extent: span });
      if (step === 1) return shifted;
      conditions.push({ index: shifted, extent: span, multiple: step });
      return this.exactQuotient(shifted, step);
    });
    const otherwise = this.number(node.arg.value, node.dtype);
    if (source.shape.some((d) => d === 0)) return otherwise;
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

  flatten(shape: readonly number[], at: readonly Index[]): Index {
    const strides = stridesOf(shape);
    let flat: Index = zero;
    at.forEach((x, i) => {
      if (shape[i] !== 1) flat = plus(flat, times(x, strides[i] as number));
    });
    return flat;
  }

  unflatten(flat: Index, shape: readonly number[]): Index[] {
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

  load(source: Node, at: readonly Index[]): Expression {
    const index = this.flatten(source.shape, at);
    return this.intern(
      { kind: "load", source, index, dtype: source.dtype },
      `l${source.id}@${keyOf(index)}`,
    );
  }

  number(value: number, dtype: DType): Expression {
    return this.intern(
      { kind: "number", value, dtype },
      `n${dtype}${Object.is(value, -0) ? "-0" : value}`,
    );
  }

  index(index: Index, dtype: DType): Expression {
    if (index.terms.length === 0) return this.number(index.constant, dtype);
    return this.intern({ kind: "index", index, dtype }, `i${dtype}${keyOf(index)}`);
  }

  operation(op: Elementwise, dtype: DType, args: readonly Expression[]): Expression {
    return this.intern(
      { kind: "operation", op, args, dtype },
      `o${op}${dtype}(${args.map((a) => a.id).join()})`,
    );
  }

  guard(conditions: readonly Condition[], value: Expression, otherwise: Expression): Expression {
    const key = conditions
      .map((c) => `${keyOf(c.index)}<${c.extent}${c.multiple ? `%${c.multiple}` : ""}`)
      .join("&");
    return this.intern(
      { kind: "guard", conditions, value, otherwise, dtype: value.dtype },
      `g${key}?${value.id}:${otherwise.id}`,
    );
  }

  reduced(reduction: Reduction): Expression {
    return this.intern({ kind: "reduced", reduction, dtype: reduction.dtype }, `r${reduction.id}`);
  }

  given(node: Node, axes: readonly Axis[]): Expression {
    return this.intern({ kind: "given", node, dtype: node.dtype }, `v${node.id}`, axes);
  }

  /** `value` brought into [0, extent); outside it, a report. */
  checked(value: Expression, extent: number, operation: string): Expression {
    if (value.kind === "number" && value.value >= 0 && value.value < extent) return value;
    if (value.kind === "index") {
      const { low, high } = rangeOf(value.index);
      if (low >= 0 && high < extent) return value;
    }
    return this.intern(
      { kind: "checked", value, extent, operation, dtype: "i32" },
      `k${value.id}<${extent}${operation}`,
    );
  }

  private intern(
    facts: Distribute<Expression>,
    key: string,
    along: readonly Axis[] = [],
  ): Expression {
    const old = this.known.get(key);
    if (old) return old;
    const axes = new Set<Axis>(along);
    const reductions = new Set<Reduction>();
    let cost = 1;
    const take = (e: Expression) => {
      for (const a of e.axes) axes.add(a);
      for (const r of e.reductions) reductions.add(r);
      cost += e.cost;
    };
    const takeIndex = (index: Index) => {
      for (const { atom } of index.terms) takeAtom(atom);
    };
    const takeAtom = (atom: IndexAtom) => {
      if (atom.kind === "axis") axes.add(atom);
      else if (atom.kind === "dynamic") take(atom.value);
      else takeIndex(atom.base);
    };
    if (facts.kind === "load" || facts.kind === "index") takeIndex(facts.index);
    else if (facts.kind === "operation") {
      facts.args.forEach(take);
      cost += (weights[facts.op] ?? 1) - 1;
    } else if (facts.kind === "guard") {
      for (const c of facts.conditions) takeIndex(c.index);
      take(facts.value);
      take(facts.otherwise);
    } else if (facts.kind === "checked") take(facts.value);
    else if (facts.kind === "reduced") {
      reductions.add(facts.reduction);
      const inner = new Set(facts.reduction.inner);
      for (const a of facts.reduction.body.axes) if (!inner.has(a)) axes.add(a);
    }
    const made = {
      ...facts,
      id: this.nextId++,
      axes: axes.size === 0 ? none : axes,
      reductions: reductions.size === 0 ? none : reductions,
      cost,
    } as Expression;
    this.known.set(key, made);
    return made;
  }
}

type Distribute<T> = T extends unknown ? Omit<T, "id" | "axes" | "reductions" | "cost"> : never;
