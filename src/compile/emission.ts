// Expressions into kernel statements: registers for dtypes, addresses for indices, polynomials for
// functions. One emission serves a scalar loop or a loop of vectors along one axis; what does not
// change along that axis stays scalar.

import type { DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Atom, Register, Variable } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import type { Elementwise, ReduceKind } from "../ir/op.ts";
import { Addressing, inText } from "./addressing.ts";
import { type Index, rangeOf } from "./affine.ts";
import { type KernelBuilder, lanesOf } from "./builder.ts";
import { type Condition, conditionKey, type Expression, type Reduction } from "./expression.ts";
import { decay, emitThreefry, literal, mathematics } from "./math.ts";
import { type Arithmetic, arithmetic } from "./math-arithmetic.ts";
import { registerOf } from "./registers.ts";
import { isNegation, isNeverPositive } from "./sign.ts";

/** The number that `report` writes for an operation. */
export type ReportCode = (operation: string) => number;

export class Emission extends Addressing {
  readonly reduced: Map<Reduction, Atom> = new Map();
  readonly given: Map<Node, Atom> = new Map();
  /** Expressions that were stored in a row of scratch, and how to read them back. */
  readonly cached: Map<Expression, () => Atom> = new Map();
  /** Conditions whose outcome is known in the segment being written. */
  assumed: ReadonlyMap<string, boolean> = new Map();
  readonly #reportCode: ReportCode;
  readonly #logic: Arithmetic;

  constructor(builder: KernelBuilder, reportCode: ReportCode) {
    super(builder);
    this.#reportCode = reportCode;
    this.#logic = arithmetic(builder, "bool");
  }

  value(e: Expression): Atom {
    const old = this.builder.recall(e.id);
    if (old) return old;
    const fresh = this.#make(e);
    if (fresh.kind !== "literal") this.builder.remember(e.id, fresh, this.depthOf(e.axes));
    return fresh;
  }

  #make(e: Expression): Atom {
    const cached = this.cached.get(e);
    if (cached) return cached();
    const type = registerOf(e.dtype);
    const lanes = this.lanesAlong(e.axes);
    switch (e.kind) {
      case "number":
        return this.#number(e.value, type);
      case "constant":
        return this.builder.float({ node: e.node }, type, `c${e.node.id}`);
      case "load":
        return this.load(e.source, e.index, type, lanes);
      case "index": {
        const at =
          lanes > 1
            ? this.vectorIndex(e.index, true)
            : this.builder.compute("cast", "i32", this.address(e.index));
        return this.convert(at, "i32", e.dtype);
      }
      case "operation":
        return this.#operation(e.op, e.dtype, e.args);
      case "guard":
        return this.#guard(e, lanes);
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
        return this.#checked(e.value, e.extent, e.operation);
      case "after":
        this.value(e.first);
        return this.value(e.value);
    }
  }

  #number(value: number, type: Register): Atom {
    if (type === "bool" || type === "index") return literal(type, value);
    const negativeZero = Object.is(value, -0);
    return inText(value) && !negativeZero
      ? literal(type, value)
      : this.builder.float(value, type, `${type}${negativeZero ? "-0" : value}`);
  }

  /** Store an element of each result. All are made first: one may lie where another's source lay. */
  storeAll(
    results: readonly { readonly node: Node; readonly index: Index; readonly value: Expression }[],
  ): void {
    const values = results.map((r) => this.value(r.value));
    for (const [i, r] of results.entries()) this.store(r.node, r.index, values[i] as Atom);
  }

  // Arithmetic

  #operation(op: Elementwise, dtype: DType, args: readonly Expression[]): Atom {
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
        return isNeverPositive(args[0] as Expression)
          ? decay(b, p, type as "f32" | "f64")
          : mathematics(op, b, p, type as "f32" | "f64");
      case "expm1":
      case "log":
      case "log1p":
      case "sin":
      case "cos":
      case "tanh":
      case "erf":
        return mathematics(op, b, p, type as "f32" | "f64");
      case "threefry":
        return emitThreefry(b, p, q, r, x[3] as Atom);
      case "add": {
        // x + (−y) is x − y.
        const [first, second] = args as [Expression, Expression];
        const [minus, other] = isNegation(second) ? [second, p] : [first, q];
        if (!isNegation(minus)) return this.#narrow(b.compute("add", type, p, q), dtype);
        return b.compute("sub", type, other, this.value(minus.args[0] as Expression));
      }
      case "less":
        return from === "bool"
          ? this.#logic.and(b.compute("not", "bool", p), q)
          : b.compute("less", "bool", p, q);
      case "equal":
        return from === "bool"
          ? b.compute("not", "bool", this.#logic.xor(p, q))
          : b.compute("equal", "bool", p, q);
      case "where":
        return this.#select(p, q, r);
      default:
        return this.#narrow(b.compute(op, type, ...x), dtype);
    }
  }

  /** `a` where the condition holds, else `b`. */
  #select(condition: Atom, a: Atom, b: Atom): Atom {
    const { and, or } = this.#logic;
    if (a.type !== "bool") return this.builder.compute("where", a.type, condition, a, b);
    return or(and(condition, a), and(this.builder.compute("not", "bool", condition), b));
  }

  /** Arithmetic in u8 wraps at 256. */
  #narrow(atom: Atom, dtype: DType): Atom {
    return dtype === "u8" ? this.builder.compute("and", "i32", atom, literal("i32", 255)) : atom;
  }

  convert(atom: Atom, from: DType, to: DType): Atom {
    const [source, target] = [registerOf(from), registerOf(to)];
    const b = this.builder;
    if (to === "u8" && from !== "u8" && from !== "bool") {
      return this.#narrow(source === "i32" ? atom : b.compute("cast", "i32", atom), "u8");
    }
    if (to === "i8" && from !== "i8") {
      const whole = source === "i32" ? atom : b.compute("cast", "i32", atom);
      const { shl, shr } = arithmetic(b, "i32");
      return shr(shl(whole, 24), 24);
    }
    return source === target ? atom : b.compute("cast", target, atom);
  }

  /** `kind` of two values. */
  combine(kind: ReduceKind, dtype: DType, a: Atom, b: Atom): Atom {
    if (kind === "max" && dtype === "bool") return this.#logic.or(a, b);
    return this.#narrow(this.builder.compute(kind, registerOf(dtype), a, b), dtype);
  }

  /**
   * One more value of a reduction. The value comes first: whether it is NaN is then known before the
   * accumulator is, which in a long loop is what counts.
   */
  accumulate({ kind, dtype, body }: Reduction, to: Variable): void {
    this.builder.set(to, this.combine(kind, dtype, this.value(body), to));
  }

  /** The same along the lanes: those that do not count keep what they have. */
  accumulateAlong({ kind, dtype, body }: Reduction, to: Variable): void {
    const b = this.builder;
    const sum = this.combine(kind, dtype, this.value(body), to);
    b.set(to, this.count ? this.#select(b.first(this.count), sum, to) : sum);
  }

  /** A condition in the lanes that count, false in the others. */
  #counted(condition: Atom): Atom {
    const { builder: b, count } = this;
    if (!count || lanesOf(condition) === 1) return condition;
    return this.#logic.and(condition, b.first(count));
  }

  #guard(e: Extract<Expression, { kind: "guard" }>, lanes: number): Atom {
    const b = this.builder;
    let condition: Atom | undefined;
    for (const c of e.conditions) {
      const known = this.assumed.get(conditionKey(c));
      if (known === false) return this.value(e.otherwise);
      if (known === true) continue;
      const test = this.#condition(c);
      condition = condition ? this.#logic.and(condition, test) : test;
    }
    if (!condition) return this.value(e.value);
    const result = b.variable(registerOf(e.dtype), lanes, this.value(e.otherwise));
    b.when(condition, () => b.set(result, this.value(e.value)));
    b.settle(result);
    return result;
  }

  #condition(c: Condition): Atom {
    const b = this.builder;
    const at = this.address(c.index);
    const key = conditionKey(c);
    if (c.multiple !== undefined) {
      // A shift by a multiple keeps the operand of mod from being negative.
      const by = b.int(c.multiple, `m${key}`);
      const shift = Math.ceil(Math.max(0, -rangeOf(c.index).low) / c.multiple) * c.multiple;
      const lifted = b.index.add(at, b.int(shift, `l${key}`));
      return b.index.equal(b.index.mod(lifted, by), 0);
    }
    return this.#logic.and(b.index.less(-1, at), b.index.less(at, b.int(c.extent, `e${key}`)));
  }

  #checked(value: Expression, extent: number, operation: string): Atom {
    const b = this.builder;
    const i = arithmetic(b, "i32");
    const at = this.value(value);
    const last = i.cast(b.int(extent - 1, `x${value.id}:${extent}`));
    const low = i.less(at, 0);
    const high = i.less(last, at);
    const outside = this.#counted(this.#logic.or(low, high));
    const code = b.int(this.#reportCode(operation), `r${operation}`);
    // The value may be known outside the loop being written, and the loop may have no turns.
    b.beside(outside, () => {
      if (lanesOf(outside) === 1) {
        b.when(outside, () => b.report(code, at));
        return;
      }
      // Any lane outside: the largest offender, with zero for the lanes that are fine.
      const largest = (of: Atom): Atom => b.across("max", of as Variable);
      b.when(i.less(0, largest(i.cast(outside))), () => {
        const worst = largest(i.where(this.#counted(high), at, 0));
        const negative = largest(i.where(this.#counted(low), i.neg(at), 0));
        b.report(code, i.where(i.less(0, worst), worst, i.neg(negative)));
      });
    });
    return i.where(high, last, i.where(low, 0, at));
  }
}
