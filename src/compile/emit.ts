// Expressions into kernel statements: registers for dtypes, addresses for indices, polynomials for
// functions. One emission serves a scalar loop or a loop of vectors along one axis; what does not
// change along that axis stays scalar.

import { bytesOf, type DType, isFloat } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Atom, ComputeOp, Register, Variable } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import type { Elementwise } from "../ir/op.ts";
import {
  type Axis,
  dependsOn,
  factorOf,
  type Index,
  type IndexAtom,
  rangeOf,
  type Term,
} from "./affine.ts";
import { type KernelBuilder, lanesOf } from "./builder.ts";
import type { Condition, Expression, Reduction } from "./expression.ts";
import { emitThreefry, literal, type MathOp, mathematics } from "./math.ts";

/** A launch number: fixed, or a constant of the graph that comes with each call. */
export type LaunchNumber = number | { readonly node: Node };

export type Builder = KernelBuilder<Node, LaunchNumber>;

/** The register that computes with a dtype; u8 in i32, masked after arithmetic. */
export function registerOf(dtype: DType): Register {
  if (dtype === "u8" || dtype === "i8") return "i32";
  if (dtype === "f16" || dtype === "bf16") return "f32";
  return dtype;
}

/** The registers that computing an expression takes, its operands' aside. */
export function registersOf(e: Expression): Register[] {
  const own = registerOf(e.dtype);
  if (e.kind === "index") return [own, "i32"];
  // Functions of f64 build powers of two from 32-bit words.
  if (e.kind === "operation" && own === "f64" && e.op in mathematics) return [own, "i32"];
  return [own];
}

/** Numbers that stand in the kernel's text; all others are launch arguments. */
const inText = (value: number): boolean => value === 0 || value === 1 || value === -1;

export interface EmissionOptions {
  /** What `report` should write for an operation. */
  readonly reportCode: (operation: string) => number;
}

export class Emission {
  readonly builder: Builder;
  private readonly axes = new Map<Axis, { readonly value: Atom; readonly level: number }>();
  readonly reduced = new Map<Reduction, Atom>();
  readonly given = new Map<Node, Atom>();
  /** Expressions that were stored in a row of scratch, and how to read them back. */
  readonly cached = new Map<Expression, () => Atom>();
  /** The axis of the vector loop around, if any. */
  lane: Axis | undefined;
  /** Conditions whose outcome is known in the segment being written. */
  assumed: ReadonlyMap<string, boolean> = new Map();
  private readonly options: EmissionOptions;

  constructor(builder: Builder, options: EmissionOptions) {
    this.builder = builder;
    this.options = options;
  }

  /** Say where an axis stands in the block being written: its loop variable, or a number. */
  place(axis: Axis, value: Atom): void {
    this.axes.set(axis, { value, level: this.builder.level });
  }

  private variesByLane(e: Expression): boolean {
    return this.lane !== undefined && e.axes.has(this.lane);
  }

  value(e: Expression): Atom {
    const old = this.builder.recall(e.id);
    if (old) return old;
    const fresh = this.make(e);
    if (fresh.kind !== "literal") {
      let level = 0;
      for (const axis of e.axes) level = Math.max(level, this.axes.get(axis)?.level ?? 0);
      this.builder.remember(e.id, fresh, level);
    }
    return fresh;
  }

  private make(e: Expression): Atom {
    const cached = this.cached.get(e);
    if (cached) return cached();
    const type = registerOf(e.dtype);
    switch (e.kind) {
      case "number":
        return this.number(e.value, type);
      case "constant":
        return this.builder.float({ node: e.node }, type, `c${e.node.id}`);
      case "load":
        return this.load(e.source, e.index, type, this.variesByLane(e));
      case "index":
        return this.variesByLane(e)
          ? this.convert(this.vectorIndex(e.index, true), "i32", e.dtype)
          : this.convert(this.builder.compute("cast", "i32", this.index(e.index)), "i32", e.dtype);
      case "operation":
        return this.operation(e.op, e.dtype, e.args);
      case "guard":
        return this.guard(e);
      case "reduced": {
        const atom = this.reduced.get(e.reduction);
        if (!atom) throw new CompileError("a reduction is used before it is made");
        return atom;
      }
      case "given": {
        const atom = this.given.get(e.node);
        if (!atom) throw new CompileError(`${e.node.op}: its value is not at hand`);
        return atom;
      }
      case "checked":
        return this.checked(e.value, e.extent, e.operation);
    }
  }

  private number(value: number, type: Register): Atom {
    if (type === "bool" || type === "index") return literal(type, value);
    return inText(value) && !Object.is(value, -0)
      ? literal(type, value)
      : this.builder.float(value, type, `${type}${Object.is(value, -0) ? "-0" : value}`);
  }

  // Memory

  private load(source: Node, index: Index, type: Register, vector: boolean): Atom {
    // The pointer goes to the lowest element, so that what is added to it is never negative.
    const { low } = rangeOf(index);
    const buffer = this.builder.buffer(source, `${source.id}`, source.dtype, low, false);
    const rest: Index = { terms: index.terms, constant: index.constant - low };
    if (!vector) return this.builder.load(type, buffer, this.index(rest));
    const lane = this.lane as Axis;
    if (isLinear(rest, lane)) {
      const factor = factorOf(rest, lane);
      const stride =
        factor === 1 ? {} : { stride: this.builder.int(factor, `s${lane.id}:${factor}`) };
      return this.builder.load(type, buffer, this.index(rest), {
        lanes: this.builder.lanes,
        ...stride,
      });
    }
    const { scalar, vector: terms } = this.parts(rest, lane);
    return this.builder.load(type, buffer, this.vectorIndex({ terms, constant: 0 }, false), {
      lanes: this.builder.lanes,
      base: this.index({ terms: scalar, constant: rest.constant }),
    });
  }

  /** Store an element of `node` (its own memory order) at an index into it. */
  store(node: Node, index: Index, value: Atom): void {
    const buffer = this.builder.buffer(node, `out${node.id}`, node.dtype, index.constant, true);
    const rest: Index = { terms: index.terms, constant: 0 };
    const lane = this.lane;
    if (!lane || !dependsOn(rest, lane)) {
      this.builder.store(buffer, this.index(rest), value, 1);
      return;
    }
    if (!isLinear(rest, lane))
      throw new CompileError(`${node.op}: stored along an axis that memory does not follow`);
    const factor = factorOf(rest, lane);
    this.builder.store(
      buffer,
      this.index(rest),
      value,
      this.builder.lanes,
      factor === 1 ? {} : { stride: this.builder.int(factor, `s${lane.id}:${factor}`) },
    );
  }

  private parts(index: Index, lane: Axis): { scalar: Term[]; vector: Term[] } {
    const vector = index.terms.filter((t) => dependsOn({ terms: [t], constant: 0 }, lane));
    return { vector, scalar: index.terms.filter((t) => !vector.includes(t)) };
  }

  /** An index as an address-sized integer; along the lane axis, that of the first lane. */
  index(index: Index): Atom {
    const b = this.builder;
    const products = index.terms.flatMap(({ atom, factor }) => {
      const value = this.atom(atom);
      if (value.kind === "literal" && value.value === 0) return [];
      const by = inText(factor) ? literal("index", factor) : b.int(factor, `f${atom.id}:${factor}`);
      return [b.compute("mul", "index", value, by)];
    });
    // What changes in outer loops first, so that it is added up there.
    products.sort((x, y) => b.levelOf(x) - b.levelOf(y));
    let sum: Atom = literal("index", 0);
    for (const product of products) sum = b.compute("add", "index", sum, product);
    if (index.constant === 0) return sum;
    return b.compute("add", "index", sum, b.int(index.constant, `k${index.constant}`));
  }

  private atom(atom: IndexAtom): Atom {
    const b = this.builder;
    if (atom.kind === "axis") {
      const place = this.axes.get(atom);
      if (!place) throw new CompileError("an axis is used outside its loop");
      return place.value;
    }
    if (atom.kind === "dynamic") return b.compute("cast", "index", this.value(atom.value));
    const by = b.int(atom.by, `q${atom.id}`);
    return b.compute(atom.kind === "quotient" ? "div" : "mod", "index", this.index(atom.base), by);
  }

  /** An index as an i32 a lane; `whole` includes the parts that do not change along the lanes. */
  private vectorIndex(index: Index, whole: boolean): Atom {
    const b = this.builder;
    const lane = this.lane as Axis;
    const { scalar, vector } = this.parts(index, lane);
    let sum: Atom | undefined;
    for (const { atom, factor } of vector) {
      const value = this.vectorAtom(atom, lane);
      const by = inText(factor)
        ? literal("i32", factor)
        : b.compute("cast", "i32", b.int(factor, `f${atom.id}:${factor}`));
      const product = factor === 1 ? value : b.compute("mul", "i32", value, by);
      sum = sum ? b.compute("add", "i32", sum, product) : product;
    }
    const rest: Index = { terms: whole ? scalar : [], constant: index.constant };
    if (rest.terms.length > 0 || rest.constant !== 0) {
      sum = b.compute("add", "i32", sum as Atom, b.compute("cast", "i32", this.index(rest)));
    }
    return sum as Atom;
  }

  private vectorAtom(atom: IndexAtom, lane: Axis): Atom {
    const b = this.builder;
    if (atom === lane)
      return b.compute("add", "i32", b.lanesVector(), b.compute("cast", "i32", this.atom(atom)));
    if (atom.kind === "dynamic") return this.value(atom.value);
    if (atom.kind === "axis") throw new CompileError("an axis is not the lane axis");
    const by = b.compute("cast", "i32", b.int(atom.by, `q${atom.id}`));
    return b.compute(
      atom.kind === "quotient" ? "div" : "mod",
      "i32",
      this.vectorIndex(atom.base, true),
      by,
    );
  }

  // Arithmetic

  private operation(op: Elementwise, dtype: DType, args: readonly Expression[]): Atom {
    const b = this.builder;
    const type = registerOf(dtype);
    const x = args.map((a) => this.value(a));
    const [p, q, r] = x as [Atom, Atom, Atom];
    const from = (args[op === "where" ? 1 : 0] as Expression).dtype;
    switch (op) {
      case "cast":
        return this.convert(p, from, dtype);
      case "bitcast":
        return b.compute("bitcast", type, p);
      case "exp":
      case "expm1":
      case "log":
      case "log1p":
      case "sin":
      case "cos":
      case "tanh":
      case "erf":
        return mathematics[op as MathOp](b, p, type as "f32" | "f64");
      case "threefry":
        return emitThreefry(b, p, q, r, x[3] as Atom);
      case "add": {
        // x + (−y) is x − y.
        const [first, second] = args as [Expression, Expression];
        if (isNegation(second))
          return this.narrow(
            b.compute("sub", type, p, this.value(second.args[0] as Expression)),
            dtype,
          );
        if (isNegation(first))
          return this.narrow(
            b.compute("sub", type, q, this.value(first.args[0] as Expression)),
            dtype,
          );
        return this.narrow(b.compute("add", type, p, q), dtype);
      }
      case "neg":
      case "mul":
      case "div":
      case "mod":
      case "shl":
      case "shr":
        return this.narrow(b.compute(op, type, ...x), dtype);
      case "sqrt":
      case "floor":
      case "max":
      case "xor":
      case "and":
      case "or":
        return b.compute(op, type, ...x);
      case "less":
        return from === "bool"
          ? b.compute("and", "bool", b.compute("not", "bool", p), q)
          : b.compute("less", "bool", p, q);
      case "equal":
        return from === "bool"
          ? b.compute("not", "bool", b.compute("xor", "bool", p, q))
          : b.compute("equal", "bool", p, q);
      case "where":
        return dtype === "bool"
          ? b.compute(
              "or",
              "bool",
              b.compute("and", "bool", p, q),
              b.compute("and", "bool", b.compute("not", "bool", p), r),
            )
          : b.compute("where", type, p, q, r);
    }
  }

  /** Arithmetic in u8 wraps at 256. */
  private narrow(atom: Atom, dtype: DType): Atom {
    return dtype === "u8" ? this.builder.compute("and", "i32", atom, literal("i32", 255)) : atom;
  }

  convert(atom: Atom, from: DType, to: DType): Atom {
    const [source, target] = [registerOf(from), registerOf(to)];
    const b = this.builder;
    if (to === "u8" && from !== "u8" && from !== "bool") {
      return this.narrow(source === "i32" ? atom : b.compute("cast", "i32", atom), "u8");
    }
    if (to === "i8" && from !== "i8") {
      const whole = source === "i32" ? atom : b.compute("cast", "i32", atom);
      return b.compute(
        "shr",
        "i32",
        b.compute("shl", "i32", whole, literal("i32", 24)),
        literal("i32", 24),
      );
    }
    return source === target ? atom : b.compute("cast", target, atom);
  }

  /** `kind` of an accumulator and one more value. */
  combine(kind: "add" | "max" | "mul", dtype: DType, a: Atom, b: Atom): Atom {
    if (kind === "max" && dtype === "bool") return this.builder.compute("or", "bool", a, b);
    return this.narrow(this.builder.compute(kind, registerOf(dtype), a, b), dtype);
  }

  private guard(e: Extract<Expression, { kind: "guard" }>): Atom {
    const b = this.builder;
    let condition: Atom | undefined;
    for (const c of e.conditions) {
      const known = this.assumed.get(conditionKey(c));
      if (known === false) return this.value(e.otherwise);
      if (known === true) continue;
      const test = this.condition(c);
      condition = condition ? b.compute("and", "bool", condition, test) : test;
    }
    if (!condition) return this.value(e.value);
    const type = registerOf(e.dtype);
    const otherwise = this.value(e.otherwise);
    const lanes = this.variesByLane(e) ? b.lanes : 1;
    const result = b.variable(type, lanes, otherwise);
    b.when(condition, () => b.set(result, this.value(e.value)));
    b.settle(result);
    return result;
  }

  private condition(c: Condition): Atom {
    const b = this.builder;
    const at = this.index(c.index);
    if (c.multiple !== undefined) {
      // The range was tested before; a shift by a multiple keeps the operand of mod from being negative.
      const by = b.int(c.multiple, `m${c.multiple}:${conditionKey(c)}`);
      const lifted = b.compute(
        "add",
        "index",
        at,
        b.int(c.multiple * (1 + c.extent), `l${conditionKey(c)}`),
      );
      return b.compute("equal", "bool", b.compute("mod", "index", lifted, by), literal("index", 0));
    }
    const above = b.compute("less", "bool", literal("index", -1), at);
    const below = b.compute("less", "bool", at, b.int(c.extent, `e${conditionKey(c)}`));
    return b.compute("and", "bool", above, below);
  }

  private checked(value: Expression, extent: number, operation: string): Atom {
    const b = this.builder;
    const at = this.value(value);
    const role = `x${value.id}:${extent}`;
    const last = b.compute("cast", "i32", b.int(extent - 1, role));
    const low = b.compute("less", "bool", at, literal("i32", 0));
    const high = b.compute("less", "bool", last, at);
    const outside = b.compute("or", "bool", low, high);
    const code = b.int(this.options.reportCode(operation), `r${operation}`);
    if (lanesOf(outside) === 1) {
      b.when(outside, () => b.report(code, at));
    } else {
      // Any lane outside: the largest offender, with zero for the lanes that are fine.
      const flag = b.compute("cast", "i32", outside) as Variable;
      const any = b.across("max", flag);
      b.when(b.compute("less", "bool", literal("i32", 0), any), () => {
        const worst = b.across(
          "max",
          b.compute("where", "i32", high, at, literal("i32", 0)) as Variable,
        );
        const negative = b.across(
          "max",
          b.compute(
            "where",
            "i32",
            low,
            b.compute("neg", "i32", at),
            literal("i32", 0),
          ) as Variable,
        );
        const shown = b.compute(
          "where",
          "i32",
          b.compute("less", "bool", literal("i32", 0), worst),
          worst,
          b.compute("neg", "i32", negative),
        );
        b.report(code, shown);
      });
    }
    const raised = b.compute("where", "i32", low, literal("i32", 0), at);
    return b.compute("where", "i32", high, last, raised);
  }
}

const isNegation = (e: Expression): e is Extract<Expression, { kind: "operation" }> =>
  e.kind === "operation" && e.op === "neg" && isFloat(e.dtype);

export const conditionKey = (c: Condition): string =>
  `${c.index.constant}:${c.index.terms.map((t) => `${t.factor}*${t.atom.id}`).join("+")}<${c.extent}%${c.multiple ?? 1}`;

/** Whether the index moves evenly along the axis, through that axis alone. */
export function isLinear(index: Index, axis: Axis): boolean {
  return index.terms.every((t) => t.atom === axis || !dependsOn({ terms: [t], constant: 0 }, axis));
}

export const identityOf = (kind: "add" | "max" | "mul", dtype: DType): number => {
  if (kind === "add") return 0;
  if (kind === "mul") return 1;
  if (isFloat(dtype)) return -Infinity;
  return dtype === "i32" ? -2147483648 : 0;
};

export type { ComputeOp };
export const elementBytes = bytesOf;
