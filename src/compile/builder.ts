// Writes a kernel: statements in blocks, each value placed in the outermost block where its operands
// are known (so loops carry no invariant work), equal values once.

import { CompileError } from "../ir/errors.ts";
import type { Atom, ComputeOp, Kernel, Register, Statement, Variable } from "../ir/kernel.ts";
import { LaunchArguments } from "./launch-arguments.ts";
import {
  type Arithmetic,
  arithmetic,
  type Emitter,
  literal,
  type Operand,
} from "./math-arithmetic.ts";

interface Block {
  readonly statements: Statement[];
  /** Values by what they are, and by the expression they stand for. */
  readonly values: Map<string, Atom>;
  readonly expressions: Map<number, Atom>;
  /** Loads may not leave it: it runs only where its condition holds. */
  readonly conditional: boolean;
}

const atomKey = (a: Atom): string =>
  a.kind === "variable"
    ? `v${a.id}`
    : a.kind === "literal"
      ? `${a.type}${Object.is(a.value, -0) ? "-0" : a.value}`
      : `${a.kind}${a.at}${a.type}`;

export const lanesOf = (a: Atom): number => (a.kind === "variable" ? a.lanes : 1);

/** The place of an element: a number, or what computes it. */
const address = (a: Operand): Atom => (typeof a === "number" ? literal("index", a) : a);

/**
 * How a vector lies in memory: `stride` elements apart, or at `base` plus an index of its own; and
 * how many of its lanes count, if not all.
 */
export interface Spread {
  readonly stride?: Atom | undefined;
  readonly base?: Atom | undefined;
  readonly count?: Atom | undefined;
}

export class KernelBuilder extends LaunchArguments implements Emitter {
  readonly lanes: number;
  readonly unit: Variable;
  /** Whether there is a report in it. */
  canReport = false;
  /** Words for sums over addresses and counters. */
  readonly index: Arithmetic = arithmetic(this, "index");
  readonly #depths = new Map<Variable, number>();
  readonly #volatile = new Set<Variable>();
  readonly #blocks: Block[] = [];
  #variables = 0;
  /** How deep the routine lies that is being written, 0 outside of any. */
  #floor = 0;

  constructor(lanes: number) {
    super();
    this.lanes = lanes;
    this.#open(false);
    this.unit = this.#declare("index", 1, 0);
  }

  // Blocks

  /** How deep the block being written lies. */
  get depth(): number {
    return this.#blocks.length - 1;
  }

  get #block(): Block {
    return this.#blocks[this.depth] as Block;
  }

  #open(conditional: boolean): void {
    this.#blocks.push({ statements: [], values: new Map(), expressions: new Map(), conditional });
  }

  #close(): Statement[] {
    return (this.#blocks.pop() as Block).statements;
  }

  loop(start: Operand, stop: Operand, step: Operand, make: (variable: Variable) => void): void {
    this.#open(false);
    const variable = this.#declare("index", 1, this.depth);
    make(variable);
    const body = this.#close();
    this.#block.statements.push({
      kind: "for",
      variable,
      start: address(start),
      stop: address(stop),
      step: address(step),
      body,
    });
  }

  when(condition: Atom, make: () => void): void {
    this.#open(true);
    make();
    const body = this.#close();
    this.#block.statements.push({ kind: "if", condition, body });
  }

  /**
   * Code that is to be a function of its own, since other kernels have it too. What it takes from
   * around it becomes its arguments; what it computes stays within.
   */
  routine(make: () => void): void {
    const [outside, first] = [this.#floor, this.#variables];
    this.#open(false);
    this.#floor = this.depth;
    make();
    this.#floor = outside;
    const given = new Map<string, readonly [parameter: Variable, arg: Atom]>();
    const body = mapAtoms(this.#close(), (atom) => {
      if (atom.kind === "literal" || (atom.kind === "variable" && atom.id >= first)) return atom;
      const key = atomKey(atom);
      const known = given.get(key)?.[0];
      const parameter = known ?? this.#declare(atom.type, lanesOf(atom), this.depth);
      if (!known) given.set(key, [parameter, atom]);
      return parameter;
    });
    const parameters = [...given.values()].map(([parameter]) => parameter);
    const args = [...given.values()].map(([, arg]) => arg);
    this.#block.statements.push({ kind: "routine", parameters, args, body });
  }

  /** Write where an atom lives: outside the loops that it does not change in. */
  beside(atom: Atom, make: () => void): void {
    const inner = this.#blocks.splice(this.depthOf(atom) + 1);
    make();
    this.#blocks.push(...inner);
  }

  // Values

  #declare(type: Register, lanes: number, depth: number): Variable {
    const variable: Variable = { kind: "variable", id: this.#variables++, type, lanes };
    this.#depths.set(variable, depth);
    return variable;
  }

  /** How deep the block lies that an atom belongs to; one that may be assigned again is of here. */
  depthOf(atom: Atom): number {
    if (atom.kind !== "variable") return this.#floor;
    if (this.#volatile.has(atom)) return this.depth;
    return Math.max(this.#depths.get(atom) as number, this.#floor);
  }

  #deepest(args: readonly Atom[]): number {
    return Math.max(this.#floor, ...args.map((a) => this.depthOf(a)));
  }

  /** The innermost block that a load from `depth` may not leave. */
  #inside(depth: number): number {
    for (let d = this.depth; d > depth; d--) if ((this.#blocks[d] as Block).conditional) return d;
    return depth;
  }

  compute(op: ComputeOp, type: Register, ...args: Atom[]): Atom {
    const folded = type === "index" ? foldIndex(op, args) : undefined;
    if (folded) return folded;
    const depth = this.#deepest(args);
    const block = this.#blocks[depth] as Block;
    const key = `${op}${type}(${args.map(atomKey).join()})`;
    const shared = !args.some((a) => a.kind === "variable" && this.#volatile.has(a));
    const old = shared ? block.values.get(key) : undefined;
    if (old) return old;
    const to = this.#declare(type, Math.max(1, ...args.map(lanesOf)), depth);
    block.statements.push({ kind: "compute", to, op, args });
    if (shared) block.values.set(key, to);
    return to;
  }

  /** `fresh`: read here and now, for memory that this kernel itself writes. */
  load(
    type: Register,
    buffer: number,
    at: Operand,
    { lanes = 1, fresh = false, ...apart }: Spread & { lanes?: number; fresh?: boolean } = {},
  ): Atom {
    const index = address(at);
    const where = parts(apart);
    const args = [index, ...Object.values(where)];
    const depth = fresh ? this.depth : this.#inside(this.#deepest(args));
    const block = this.#blocks[depth] as Block;
    const key = `load${lanes}${type}${buffer}(${args.map(atomKey).join()}${Object.keys(where)})`;
    const old = fresh ? undefined : block.values.get(key);
    if (old) return old;
    const to = this.#declare(type, lanes, depth);
    block.statements.push({ kind: "load", to, buffer, index, ...where });
    if (!fresh) block.values.set(key, to);
    return to;
  }

  store(buffer: number, at: Operand, value: Atom, lanes: number, apart: Spread = {}): void {
    this.#block.statements.push({
      kind: "store",
      buffer,
      index: address(at),
      value,
      lanes,
      ...parts(apart),
    });
  }

  prefetch(buffer: number, at: Operand, { write = false, near = false } = {}): void {
    this.#block.statements.push({ kind: "prefetch", buffer, index: address(at), write, near });
  }

  lanesVector(): Variable {
    const root = this.#blocks[this.#floor] as Block;
    const old = root.values.get("lanes");
    if (old) return old as Variable;
    const to = this.#declare("i32", this.lanes, this.#floor);
    root.statements.push({ kind: "lanes", to });
    root.values.set("lanes", to);
    return to;
  }

  /** Which lanes are among the first `count`. */
  first(count: Atom): Variable {
    const depth = this.depthOf(count);
    const block = this.#blocks[depth] as Block;
    const key = `first(${atomKey(count)})`;
    const old = block.values.get(key);
    if (old) return old as Variable;
    const to = this.#declare("bool", this.lanes, depth);
    block.statements.push({ kind: "first", to, count });
    block.values.set(key, to);
    return to;
  }

  variable(type: Register, lanes: number, value: Atom): Variable {
    const to = this.#declare(type, lanes, this.depth);
    this.#volatile.add(to);
    this.#block.statements.push({ kind: "var", to, value });
    return to;
  }

  set(to: Variable, value: Atom): void {
    if ((this.#depths.get(to) as number) < this.#floor) {
      throw new CompileError("kernel: a routine assigns to what is not its own");
    }
    this.#block.statements.push({ kind: "set", to, value });
  }

  /** From here on the variable is not assigned again. */
  settle(variable: Variable): void {
    this.#volatile.delete(variable);
  }

  across(op: "add" | "mul" | "max", value: Variable): Atom {
    if (value.lanes === 1) return value;
    const to = this.#declare(value.type, 1, this.depth);
    this.#block.statements.push({ kind: "across", to, op, value });
    return to;
  }

  /** The square of lanes that as many vectors make, its columns as vectors. */
  transpose(rows: readonly Atom[]): Atom[] {
    const from = rows as readonly Variable[];
    const to = from.map((v) => this.#declare(v.type, v.lanes, this.depth));
    this.#block.statements.push({ kind: "transpose", to, from });
    return to;
  }

  report(code: Atom, value: Atom): void {
    this.canReport = true;
    this.#block.statements.push({ kind: "report", code, value });
  }

  // Memory of emitted expressions

  recall(expression: number): Atom | undefined {
    for (let d = this.depth; d >= this.#floor; d--) {
      const atom = (this.#blocks[d] as Block).expressions.get(expression);
      if (atom) return atom;
    }
    return undefined;
  }

  /** Remember an expression's value in the block where the value lives, or deeper. */
  remember(expression: number, atom: Atom, least: number): void {
    const depth = atom.kind === "variable" ? this.depthOf(atom) : this.depth;
    (this.#blocks[Math.min(this.depth, Math.max(depth, least))] as Block).expressions.set(
      expression,
      atom,
    );
  }

  /** A stretch of code whose remembered expressions end with it: one turn of an unrolled loop. */
  turn(make: () => void): void {
    this.#open(false);
    make();
    const body = this.#close();
    this.#block.statements.push(...body);
  }

  finish(name: string): { kernel: Kernel; scratchBytes: number } {
    const body = this.placed(this.#close());
    const { buffers, scratchBytes } = this.launch();
    const kernel: Kernel = {
      name,
      buffers,
      ints: this.ints.length,
      floats: this.floats.length,
      lanes: this.lanes,
      variables: this.#variables,
      unit: this.unit,
      body,
    };
    return { kernel, scratchBytes };
  }
}

export const isAtom = (value: unknown): value is Atom =>
  typeof value === "object" && value !== null && "kind" in value && "type" in value;

/** The statements with other operands. What they give values to stays. */
function mapAtoms(body: readonly Statement[], change: (atom: Atom) => Atom): Statement[] {
  return body.map((s) => {
    const made: Record<string, unknown> = { ...s };
    for (const [name, value] of Object.entries(s)) {
      if (name === "body" || name === "otherwise") made[name] = mapAtoms(value, change);
      else if (!results.has(name) && Array.isArray(value)) made[name] = value.map(change);
      else if (!results.has(name) && isAtom(value)) made[name] = change(value);
    }
    return made as unknown as Statement;
  });
}

/** Fields of a statement that are given values. */
const results: ReadonlySet<string> = new Set(["to", "variable", "parameters"]);

const parts = ({ stride, base, count }: Spread): { stride?: Atom; base?: Atom; count?: Atom } => ({
  ...(stride ? { stride } : {}),
  ...(base ? { base } : {}),
  ...(count ? { count } : {}),
});

/** Sums and products of addresses with zeros, ones and known numbers. */
function foldIndex(op: ComputeOp, args: readonly Atom[]): Atom | undefined {
  const [a, b] = args as [Atom, Atom];
  const [x, y] = args.map((atom) => (atom.kind === "literal" ? atom.value : undefined));
  if (op === "add") {
    if (x === 0) return b;
    if (y === 0) return a;
    if (x !== undefined && y !== undefined) return literal("index", x + y);
  }
  if (op === "sub" && y === 0) return a;
  if (op === "mul") {
    if (x === 1) return b;
    if (y === 1) return a;
    if (x === 0 || y === 0) return literal("index", 0);
    if (x !== undefined && y !== undefined) return literal("index", x * y);
  }
  return undefined;
}
