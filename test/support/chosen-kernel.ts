// Random kernels from a list of whole numbers: each choice takes the next one, and a list that runs
// out gives zeros, so that every list is a valid kernel and a shorter list is a smaller kernel. The
// kernels use every instruction, type, memory and way of addressing; NaN bits are never looked at,
// since targets differ in them.

import type { DType } from "../../src/ir/dtype.ts";
import type {
  Atom,
  ComputeOp,
  Kernel,
  Register,
  Statement,
  Variable,
} from "../../src/ir/kernel.ts";
import { literals, memories } from "./chosen-data.ts";

export interface RandomKernelOptions {
  /** Lane counts to choose from. */
  readonly lanes: readonly number[];
  /** Whether f64 may stand beside 32-bit types in vectors. */
  readonly mixedWidths: boolean;
}

/** Elements of each output that one unit writes. */
export const outputElements = 2048;
export const intArguments: readonly number[] = [outputElements, 3, 1, 7, 2];
export const floatArguments: readonly number[] = [0.1, -2.5, 3e9, -7, 0];

const carrier: Record<DType, Register> = {
  f32: "f32",
  f64: "f64",
  i32: "i32",
  u32: "u32",
  u8: "i32",
  bool: "bool",
  f16: "f32",
  bf16: "f32",
  i8: "i32",
};

const operations: Record<Register, readonly ComputeOp[]> = {
  f32: ["neg", "add", "sub", "mul", "div", "mod", "max", "min", "fma", "sqrt", "floor", "where"],
  f64: ["neg", "add", "sub", "mul", "div", "mod", "max", "min", "fma", "sqrt", "floor", "where"],
  i32: [
    "neg",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "max",
    "min",
    "and",
    "or",
    "xor",
    "shl",
    "shr",
    "where",
  ],
  u32: [
    "neg",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "max",
    "min",
    "and",
    "or",
    "xor",
    "shl",
    "shr",
    "where",
  ],
  bool: ["and", "or", "xor", "not", "where", "equal", "less", "isNaN"],
  index: ["add", "mul", "div", "mod", "max", "min", "where"],
};
const arity: Partial<Record<ComputeOp, number>> = {
  neg: 1,
  sqrt: 1,
  floor: 1,
  not: 1,
  fma: 3,
  isNaN: 1,
};

export function randomKernel(choices: readonly number[], options: RandomKernelOptions): Kernel {
  return new Generator(choices, options).kernel();
}

class Generator {
  private readonly choices: readonly number[];
  private readonly lanes: number;
  private readonly wide: boolean;
  private next = 0;
  private ids = 0;
  private stored = 0;
  private scope: Variable[] = [];
  private statements: Statement[] = [];

  constructor(choices: readonly number[], options: RandomKernelOptions) {
    this.choices = choices;
    this.lanes = this.pick(options.lanes);
    // No target has vectors of more than 64 bytes, and gcc 12 stumbles over some that are longer.
    this.wide = (options.mixedWidths && this.lanes <= 8) || this.lanes === 1;
  }

  kernel(): Kernel {
    const unit = this.declare("index", 1);
    this.scope.push(unit);
    for (const memory of memories) this.load(memory);
    const count = 4 + this.choose(20);
    for (let i = 0; i < count; i++) this.statement(2);
    for (const v of [...this.scope]) this.store(v);
    return {
      name: "random",
      buffers: [
        ...memories.map((memory) => ({ memory, write: false })),
        ...memories.map((memory) => ({ memory, write: true })),
        { memory: "f32", write: true, scratch: 5 },
      ],
      ints: intArguments.length + 1,
      floats: floatArguments.length,
      lanes: this.lanes,
      variables: this.ids,
      unit,
      body: this.statements,
    };
  }

  private choose(below: number): number {
    return Math.abs(this.choices[this.next++] ?? 0) % below;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.choose(from.length)] as T;
  }

  private declare(type: Register, lanes: number): Variable {
    return { kind: "variable", id: this.ids++, type, lanes };
  }

  private define(type: Register, lanes: number, make: (to: Variable) => Statement): Variable {
    const to = this.declare(type, lanes);
    this.statements.push(make(to));
    this.scope.push(to);
    return to;
  }

  private compute(op: ComputeOp, type: Register, args: readonly Atom[]): Variable {
    const widest = Math.max(...args.map((a) => (a.kind === "variable" ? a.lanes : 1)));
    const scalar = type === "index" || (type === "f64" && !this.wide);
    const lanes = !scalar && (widest > 1 || this.choose(4) === 0) ? this.lanes : 1;
    return this.define(type, lanes, (to) => ({ kind: "compute", to, op, args }));
  }

  private widthOf(type: Register): number {
    if (type === "f64" && !this.wide) return 1;
    return this.choose(3) === 0 ? 1 : this.lanes;
  }

  /** Any operand of a type: a variable in scope, a literal, an argument. */
  private atom(type: Register, lanes?: number): Atom {
    const all = this.scope.filter(
      (v) => v.type === type && (lanes === undefined || v.lanes <= lanes),
    );
    const kind = this.choose(8);
    if (kind < 6 && all.length > 0) return this.pick(all);
    if (type === "index") return { kind: "int", at: 1 + this.choose(4), type };
    if (kind === 6 && type !== "bool") {
      // A negative number as u32 and a large one as i32 saturate.
      return { kind: "float", at: this.choose(floatArguments.length), type };
    }
    return { kind: "literal", type, value: this.pick(literals[type]) };
  }

  private index(value: number): Atom {
    return { kind: "literal", type: "index", value };
  }

  /** Below inputElements − 16·3 − 16. */
  private place(): Atom {
    const raw = this.compute("mod", "index", [
      this.atom("index"),
      this.index(64 + this.choose(300)),
    ]);
    return raw;
  }

  /** Now and then, how many lanes of an access count. */
  private count(lanes: number): { count?: Atom } {
    if (lanes === 1) return {};
    const way = this.choose(6);
    if (way === 0) return { count: this.index(1 + this.choose(lanes)) };
    // Arguments 2 and 4 are 1 and 2.
    if (way === 1) return { count: { kind: "int", at: this.choose(2) ? 2 : 4, type: "index" } };
    return {};
  }

  /** Three, or two: an argument of the launch. */
  private stride(): Atom {
    return { kind: "int", at: this.choose(2) ? 1 : 4, type: "index" };
  }

  private load(memory: DType): void {
    const buffer = memories.indexOf(memory);
    let type = carrier[memory];
    if (memory === "u8" && this.choose(2)) type = "u32";
    if (memory === "i8" && this.choose(2)) type = "u32";
    const lanes = this.widthOf(type);
    const way = this.choose(4);
    const index = this.place();
    const part = this.count(lanes);
    if (lanes === 1 || way < 2) {
      this.define(type, lanes, (to) => ({ kind: "load", to, buffer, index, ...part }));
    } else if (way === 2) {
      const stride: Atom = this.choose(2) ? this.stride() : this.index(2);
      this.define(type, lanes, (to) => ({ kind: "load", to, buffer, index, stride, ...part }));
    } else {
      const base = this.choose(2) ? index : undefined;
      const where = this.lanesOf(this.choose(2));
      this.define(type, lanes, (to) => ({
        kind: "load",
        to,
        buffer,
        index: where,
        ...(base && { base }),
        ...part,
      }));
    }
  }

  /** An i32 vector of indices that are safe and differ by lane. */
  private lanesOf(reverse: number): Variable {
    const count = this.define("i32", this.lanes, (to) => ({ kind: "lanes", to }));
    const times: Atom = { kind: "literal", type: "i32", value: 3 };
    const scaled = this.compute("mul", "i32", [count, times]);
    if (!reverse) return scaled;
    const last: Atom = { kind: "literal", type: "i32", value: 3 * (this.lanes - 1) };
    return this.compute("sub", "i32", [last, scaled]);
  }

  private statement(depth: number): void {
    const kind = this.choose(20);
    if (kind < 10) this.arithmetic();
    else if (kind < 12) this.conversion();
    else if (kind < 13) this.comparison();
    else if (kind < 14) this.load(this.pick(memories));
    else if (kind < 15) {
      const way = this.choose(6);
      if (way < 2) this.first();
      else if (way === 2) this.transpose();
      else this.across();
    } else if (kind < 16) this.store(this.pick(this.scope));
    else if (kind < 17) this.throughScratch();
    else if (depth === 0) this.arithmetic();
    else if (kind < 19) this.loop(depth);
    else this.branch(depth);
  }

  private arithmetic(): void {
    const type = this.pick(["f32", "f32", "f32", "f64", "i32", "u32", "bool", "index"] as const);
    const op = this.pick(operations[type]);
    if (op === "where") {
      const limit = type === "index" || (type === "f64" && !this.wide) ? 1 : undefined;
      this.compute(op, type, [this.atom("bool", limit), this.atom(type), this.atom(type)]);
    } else if (op === "isNaN") {
      this.compute(op, type, [this.atom(this.pick(["f32", "f64"] as const))]);
    } else if (type === "index") {
      const second: Atom = { kind: "int", at: 1 + this.choose(4), type };
      const result = this.compute(op, type, [this.atom(type), second]);
      // Kept small, so that no target's address-sized integer overflows.
      if (op === "mul" || op === "add") this.compute("mod", type, [result, this.index(9973)]);
    } else {
      this.compute(
        op,
        type,
        Array.from({ length: arity[op] ?? 2 }, () => this.atom(type)),
      );
    }
  }

  private comparison(): void {
    const type = this.pick(["f32", "f64", "i32", "u32", "index"] as const);
    this.compute(this.pick(["less", "equal"] as const), "bool", [this.atom(type), this.atom(type)]);
  }

  private conversion(): void {
    const types = ["f32", "f64", "i32", "u32", "bool", "index"] as const;
    const from = this.pick(types);
    const to = this.pick(["f32", "f64", "i32", "u32", "bool"] as const);
    if (this.choose(3) > 0 || from === "f64" || from === "bool" || from === "index") {
      this.compute("cast", to, [this.atom(from, to === "f64" && !this.wide ? 1 : undefined)]);
      return;
    }
    const target = this.pick(["f32", "i32", "u32"] as const);
    const value = this.atom(from);
    if (from !== "f32") {
      // Not a NaN: the exponent's lowest bit is cleared.
      const mask: Atom = {
        kind: "literal",
        type: from,
        value: from === "i32" ? ~0x800000 : 0xff7fffff,
      };
      const finite = this.compute("and", from, [value, mask]);
      this.compute("bitcast", target, [target === "f32" ? finite : value]);
      return;
    }
    const undefinedBits = this.compute("isNaN", "bool", [value]);
    const zero: Atom = { kind: "literal", type: from, value: 0 };
    this.compute("bitcast", target, [this.compute("where", from, [undefinedBits, zero, value])]);
  }

  private across(): void {
    const vectors = this.scope.filter((v) => v.lanes > 1);
    if (vectors.length === 0) return;
    const value = this.pick(vectors);
    const op = value.type === "bool" ? "max" : this.pick(["add", "mul", "max"] as const);
    this.define(value.type, 1, (to) => ({ kind: "across", to, op, value }));
  }

  private transpose(): void {
    const type = this.pick(["f32", "i32", "u32", "f64"] as const);
    const rows = this.scope.filter((v) => v.type === type && v.lanes > 1);
    if (rows.length === 0) return;
    const from = Array.from({ length: this.lanes }, () => this.pick(rows));
    const to = from.map((v) => this.declare(type, v.lanes));
    this.statements.push({ kind: "transpose", to, from });
    this.scope.push(...to);
  }

  private first(): void {
    const count = this.atom("index", 1);
    this.define("bool", this.lanes, (to) => ({ kind: "first", to, count }));
  }

  private throughScratch(): void {
    const value = this.atom("f32");
    const lanes = this.lanes;
    const index = this.index(this.choose(8) * 16);
    const buffer = 2 * memories.length;
    this.statements.push({ kind: "store", buffer, index, value, lanes });
    this.define("f32", lanes, (to) => ({ kind: "load", to, buffer, index }));
  }

  private store(value: Variable): void {
    const fits = memories.filter(
      (m) => carrier[m] === value.type || (value.type === "u32" && carrier[m] === "i32"),
    );
    if (value.type === "index") {
      const args = [value];
      this.store(this.define("f64", 1, (to) => ({ kind: "compute", to, op: "cast", args })));
      return;
    }
    const memory = this.pick(fits);
    const lanes = value.lanes > 1 || this.choose(3) === 0 ? this.lanes : 1;
    if (this.stored + 64 > outputElements) return;
    const offset: Atom = this.index(this.stored);
    const unit: Atom = { kind: "variable", id: 0, type: "index", lanes: 1 };
    const start = this.define("index", 1, (to) => ({
      kind: "compute",
      to,
      op: "mul",
      args: [unit, { kind: "int", at: 0, type: "index" }],
    }));
    const index = this.define("index", 1, (to) => ({
      kind: "compute",
      to,
      op: "add",
      args: [start, offset],
    }));
    this.scope.splice(-2);
    const buffer = memories.length + memories.indexOf(memory);
    const way = lanes > 1 ? this.choose(4) : 0;
    const part = this.count(lanes);
    if (way === 2) {
      const stride = this.stride();
      this.statements.push({ kind: "store", buffer, index, value, lanes, stride, ...part });
      this.stored += 3 * lanes;
    } else if (way === 3) {
      const where = this.lanesOf(1);
      const apart = { index: where, base: index, ...part };
      this.statements.push({ kind: "store", buffer, value, lanes, ...apart });
      this.stored += 3 * lanes;
    } else {
      this.statements.push({ kind: "store", buffer, index, value, lanes, ...part });
      this.stored += lanes;
    }
  }

  /** A block whose variables end with it; what it sets in `state` remains. */
  private block(
    depth: number,
    first: readonly Variable[],
    state: readonly Variable[],
  ): Statement[] {
    const outer = { scope: this.scope, statements: this.statements };
    this.scope = [...outer.scope, ...first];
    this.statements = [];
    const count = 1 + this.choose(4);
    for (let i = 0; i < count; i++) this.statement(depth - 1);
    for (const to of state) {
      this.statements.push({ kind: "set", to, value: this.atom(to.type, to.lanes) });
    }
    const body = this.statements;
    this.scope = outer.scope;
    this.statements = outer.statements;
    return body;
  }

  private state(): Variable[] {
    return Array.from({ length: 1 + this.choose(2) }, () => {
      const type = this.pick(["f32", "f64", "i32", "u32", "bool"] as const);
      const value = this.atom(type);
      const lanes = Math.max(value.kind === "variable" ? value.lanes : 1, this.widthOf(type));
      return this.define(type, lanes, (to) => ({ kind: "var", to, value }));
    });
  }

  private loop(depth: number): void {
    const state = this.state();
    const variable = this.declare("index", 1);
    const body = this.block(depth, [variable], state);
    this.statements.push({
      kind: "for",
      variable,
      body,
      start: this.index(this.choose(3)),
      stop: { kind: "int", at: 3, type: "index" },
      step: this.choose(2) ? { kind: "int", at: 2, type: "index" } : this.index(2),
    });
  }

  private branch(depth: number): void {
    const state = this.state();
    const condition = this.atom("bool", 1);
    const body = this.block(depth, [], state);
    const otherwise = this.choose(2) ? this.block(depth, [], state) : undefined;
    this.statements.push({ kind: "if", condition, body, ...(otherwise && { otherwise }) });
  }
}
