// Writes a kernel: statements in blocks, each value placed in the outermost block where its operands
// are known (so loops carry no invariant work), equal values once. Numbers that differ from call to
// call become launch arguments as they are met.

import type { DType } from "../ir/dtype.ts";
import type {
  Argument,
  Atom,
  ComputeOp,
  Kernel,
  KernelBuffer,
  Literal,
  Register,
  Statement,
  Variable,
} from "../ir/kernel.ts";
import { type Emitter, literal } from "./math.ts";

interface Block {
  readonly statements: Statement[];
  /** Values by what they are, and by the expression they stand for. */
  readonly values: Map<string, Atom>;
  readonly expressions: Map<number, Atom>;
  /** Loads may not leave it: it runs only where its condition holds. */
  readonly conditional: boolean;
}

/** Where in memory a kernel's buffer comes from; the plan resolves it. */
export interface BufferUse<Source> {
  readonly source: Source;
  /** Elements from the start of the source. */
  readonly offset: number;
}

const atomKey = (a: Atom): string =>
  a.kind === "variable"
    ? `v${a.id}`
    : a.kind === "literal"
      ? `${a.type}${Object.is(a.value, -0) ? "-0" : a.value}`
      : `${a.kind}${a.at}${a.type}`;

export const lanesOf = (a: Atom): number => (a.kind === "variable" ? a.lanes : 1);

export class KernelBuilder<Source, Number> implements Emitter {
  readonly lanes: number;
  readonly ints: number[] = [];
  readonly floats: Number[] = [];
  readonly uses: BufferUse<Source>[] = [];
  readonly unit: Variable;
  private readonly buffers: KernelBuffer[] = [];
  private readonly scratchBuffers: KernelBuffer[] = [];
  private readonly scratchSizes: { at: number; bytes: number }[] = [];
  private readonly known = new Map<string, number>();
  private readonly depths = new Map<Variable, number>();
  private readonly volatile = new Set<Variable>();
  private blocks: Block[] = [];
  private variables = 0;

  constructor(lanes: number) {
    this.lanes = lanes;
    this.open(false);
    this.unit = this.declare("index", 1, 0);
  }

  // Launch arguments

  /** An integer argument; one per role, so that equal numbers in different roles stay apart. */
  int(value: number, role?: string): Argument | Literal {
    if (role !== undefined) {
      const old = this.known.get(`i${role}`);
      if (old !== undefined) return { kind: "int", at: old, type: "index" };
      this.known.set(`i${role}`, this.ints.length);
    }
    this.ints.push(value);
    return { kind: "int", at: this.ints.length - 1, type: "index" };
  }

  float(value: Number, type: Register, role: string): Argument {
    const key = `f${role}`;
    let at = this.known.get(key);
    if (at === undefined) {
      at = this.floats.length;
      this.floats.push(value);
      this.known.set(key, at);
    }
    return { kind: "float", at, type };
  }

  /** A buffer of the launch: elements of `memory` type, from an offset into a source. */
  buffer(source: Source, sourceKey: string, memory: DType, offset: number, write: boolean): number {
    const key = `b${sourceKey}:${offset}:${write}`;
    const old = this.known.get(key);
    if (old !== undefined) return old;
    const at = this.buffers.length;
    this.buffers.push({ memory, write });
    this.uses.push({ source, offset });
    this.known.set(key, at);
    return at;
  }

  /** Thread-private memory of a number of elements. Returns a negative number: resolved at the end. */
  scratch(memory: DType, elements: number, bytesEach: number): number {
    const at = this.ints.length;
    this.ints.push(0);
    this.scratchBuffers.push({ memory, write: true, scratch: at });
    this.scratchSizes.push({ at, bytes: Math.ceil((elements * bytesEach) / 64) * 64 + 64 });
    return -this.scratchBuffers.length;
  }

  // Blocks

  private get depth(): number {
    return this.blocks.length - 1;
  }

  private get block(): Block {
    return this.blocks[this.depth] as Block;
  }

  private open(conditional: boolean): void {
    this.blocks.push({ statements: [], values: new Map(), expressions: new Map(), conditional });
  }

  private close(): Statement[] {
    return (this.blocks.pop() as Block).statements;
  }

  loop(start: Atom, stop: Atom, step: Atom, make: (variable: Variable) => void): void {
    this.open(false);
    const variable = this.declare("index", 1, this.depth);
    make(variable);
    const body = this.close();
    this.block.statements.push({ kind: "for", variable, start, stop, step, body });
  }

  when(condition: Atom, make: () => void): void {
    this.open(true);
    make();
    const body = this.close();
    this.block.statements.push({ kind: "if", condition, body });
  }

  // Values

  private declare(type: Register, lanes: number, depth: number): Variable {
    const variable: Variable = { kind: "variable", id: this.variables++, type, lanes };
    this.depths.set(variable, depth);
    return variable;
  }

  private depthOf(atom: Atom): number {
    return atom.kind === "variable"
      ? this.volatile.has(atom)
        ? this.depth
        : (this.depths.get(atom) as number)
      : 0;
  }

  /** Where an atom lives: the index of its block. */
  private home(args: readonly Atom[], pinned = false): number {
    let depth = 0;
    for (const a of args) depth = Math.max(depth, this.depthOf(a));
    if (pinned) {
      for (let d = this.depth; d > depth; d--) if ((this.blocks[d] as Block).conditional) return d;
    }
    return depth;
  }

  compute(op: ComputeOp, type: Register, ...args: Atom[]): Atom {
    if (type === "index" || args.every((a) => a.kind === "literal")) {
      const folded = foldIndex(op, type, args);
      if (folded) return folded;
    }
    const depth = this.home(args);
    const block = this.blocks[depth] as Block;
    const key = `${op}${type}(${args.map(atomKey).join()})`;
    const shared = !args.some((a) => a.kind === "variable" && this.volatile.has(a));
    const old = shared ? block.values.get(key) : undefined;
    if (old) return old;
    const to = this.declare(type, Math.max(1, ...args.map(lanesOf)), depth);
    block.statements.push({ kind: "compute", to, op, args });
    if (shared) block.values.set(key, to);
    return to;
  }

  load(
    type: Register,
    buffer: number,
    index: Atom,
    {
      lanes = 1,
      stride,
      base,
      fresh = false,
    }: { lanes?: number; stride?: Atom; base?: Atom; fresh?: boolean } = {},
  ): Atom {
    const args = [index, ...(stride ? [stride] : []), ...(base ? [base] : [])];
    const depth = fresh ? this.depth : this.home(args, true);
    const block = this.blocks[depth] as Block;
    const key = `load${lanes}${type}${buffer}(${args.map(atomKey).join()}${stride ? "s" : ""}${base ? "b" : ""})`;
    const old = fresh ? undefined : block.values.get(key);
    if (old) return old;
    const to = this.declare(type, lanes, depth);
    block.statements.push({
      kind: "load",
      to,
      buffer,
      index,
      ...(stride ? { stride } : {}),
      ...(base ? { base } : {}),
    });
    if (!fresh) block.values.set(key, to);
    return to;
  }

  store(
    buffer: number,
    index: Atom,
    value: Atom,
    lanes: number,
    { stride, base }: { stride?: Atom; base?: Atom } = {},
  ): void {
    this.block.statements.push({
      kind: "store",
      buffer,
      index,
      value,
      lanes,
      ...(stride ? { stride } : {}),
      ...(base ? { base } : {}),
    });
  }

  lanesVector(): Variable {
    const root = this.blocks[0] as Block;
    const old = root.values.get("lanes");
    if (old) return old as Variable;
    const to = this.declare("i32", this.lanes, 0);
    root.statements.push({ kind: "lanes", to });
    root.values.set("lanes", to);
    return to;
  }

  variable(type: Register, lanes: number, value: Atom): Variable {
    const to = this.declare(type, lanes, this.depth);
    this.volatile.add(to);
    this.block.statements.push({ kind: "var", to, value });
    return to;
  }

  set(to: Variable, value: Atom): void {
    this.block.statements.push({ kind: "set", to, value });
  }

  /** From here on the variable is not assigned again. */
  settle(variable: Variable): void {
    this.volatile.delete(variable);
  }

  across(op: "add" | "mul" | "max", value: Variable): Atom {
    if (value.lanes === 1) return value;
    const to = this.declare(value.type, 1, this.depth);
    this.block.statements.push({ kind: "across", to, op, value });
    return to;
  }

  report(code: Atom, value: Atom): void {
    this.block.statements.push({ kind: "report", code, value });
  }

  // Memory of emitted expressions

  recall(expression: number): Atom | undefined {
    for (let d = this.depth; d >= 0; d--) {
      const atom = (this.blocks[d] as Block).expressions.get(expression);
      if (atom) return atom;
    }
    return undefined;
  }

  /** Remember an expression's value in the block where the value lives, or deeper. */
  remember(expression: number, atom: Atom, least: number): void {
    const depth = atom.kind === "variable" ? this.depthOf(atom) : this.depth;
    (this.blocks[Math.min(this.depth, Math.max(depth, least))] as Block).expressions.set(
      expression,
      atom,
    );
  }

  /** How deep the block lies that an atom belongs to. */
  levelOf(atom: Atom): number {
    return this.depthOf(atom);
  }

  /** How deep the block being written lies. */
  get level(): number {
    return this.depth;
  }

  /** A stretch of code whose remembered expressions end with it: one turn of an unrolled loop. */
  turn(make: () => void): void {
    this.open(false);
    make();
    const body = this.close();
    this.block.statements.push(...body);
  }

  finish(name: string): { kernel: Kernel; scratchBytes: number } {
    let scratchBytes = 0;
    for (const { at, bytes } of this.scratchSizes) {
      this.ints[at] = scratchBytes;
      scratchBytes += bytes;
    }
    const external = this.buffers.length;
    const place = (buffer: number): number => (buffer >= 0 ? buffer : external - buffer - 1);
    const body = relocate(this.close(), place);
    const kernel: Kernel = {
      name,
      buffers: [...this.buffers, ...this.scratchBuffers],
      ints: this.ints.length,
      floats: this.floats.length,
      lanes: this.lanes,
      variables: this.variables,
      unit: this.unit,
      body,
    };
    return { kernel, scratchBytes };
  }
}

function relocate(
  statements: readonly Statement[],
  place: (buffer: number) => number,
): Statement[] {
  return statements.map((s) => {
    if (s.kind === "load" || s.kind === "store") return { ...s, buffer: place(s.buffer) };
    if (s.kind === "for") return { ...s, body: relocate(s.body, place) };
    if (s.kind === "if") return { ...s, body: relocate(s.body, place) };
    return s;
  });
}

function foldIndex(op: ComputeOp, type: Register, args: readonly Atom[]): Atom | undefined {
  if (type !== "index") return undefined;
  const [a, b] = args as [Atom, Atom?];
  const value = (x: Atom | undefined) => (x?.kind === "literal" ? x.value : undefined);
  const [x, y] = [value(a), value(b)];
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
