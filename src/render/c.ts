// A kernel as C: the statements one for one, variables by their ids, so that equal kernels have
// equal texts whatever they are called. The types and helpers it leans on are in c-prelude.ts. No
// buffer is `restrict`: an output may lie on an input.

import { bytesOf } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Atom, Kernel, KernelBuffer, Register, Statement, Variable } from "../ir/kernel.ts";
import { castText, compute, type Operands } from "./c-compute.ts";
import { preludeC } from "./c-prelude.ts";
import { carrier, literalText, typeName } from "./c-types.ts";
import type { Rendered } from "./renderer.ts";

/** The C type of every kernel. */
const parameters =
  "(char *const *buf, const int64_t *n, const double *f, int64_t begin, int64_t end, char *scratch, hebb_status *status)";

/** A kernel's function in C, but for its name, and the routines that it calls, each a function as well. */
export interface FunctionC {
  readonly routines: readonly string[];
  readonly body: string;
}

/** Gives a routine a name from what stands behind it: equal routines the same, different ones another. */
export type NameRoutine = (text: string) => string;

/** One C function and what it calls; it stands behind a prelude for the kernel's lanes. */
export function renderC(kernel: Kernel, name: string): Rendered {
  const made = functionC(kernel, numbered(`${name}_part`));
  return { name, code: [...made.routines, kernelC(name, made)].join("\n") };
}

function numbered(stem: string): NameRoutine {
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text) ?? `${stem}${names.size}`;
    names.set(text, name);
    return name;
  };
}

/** A kernel's function under its name. */
export const kernelC = (name: string, { body }: FunctionC): string => `KERNEL void ${name}${body}`;

/**
 * A translation unit.
 *
 * @param lanes      of the vectors in it
 * @param functions  kernels and routines
 * @param routines   what it may call, here or in another unit
 */
export function unitC(
  lanes: Iterable<number>,
  functions: readonly string[],
  routines: Iterable<string>,
): string {
  const code = functions.join("\n");
  const declared = [...routines].flatMap((routine) => {
    const [head, name] = /^\w+ void (\w+)\(.*?\)/.exec(routine) as unknown as [string, string];
    return code.includes(name) ? [`${head};`] : [];
  });
  return [preludeC(lanes, code), ...declared, code].join("\n");
}

/** A kernel's identity: equal texts are equal kernels, whatever they are called. */
export function functionC(kernel: Kernel, nameRoutine: NameRoutine): FunctionC {
  const writer = new Writer(kernel, nameRoutine);
  const unit = `v${kernel.unit.id}`;
  const body = writer.block(kernel.body, "    ");
  const text = [
    `${parameters} {`,
    ...writer.arguments(),
    `  for (index ${unit} = begin; ${unit} < end; ${unit}++) {`,
    body,
    "  }",
    "}",
    "",
  ].join("\n");
  return { routines: [...writer.routines], body: text };
}

class Writer {
  /** The routines called, as whole functions. */
  readonly routines: Set<string> = new Set();
  /** Whether there is a report in it. */
  reports = false;
  protected readonly kernel: Kernel;
  readonly #nameRoutine: NameRoutine;
  /** Declarations at the head of the function, by name, of the arguments in use. */
  readonly #used = new Map<string, string>();

  constructor(kernel: Kernel, nameRoutine: NameRoutine) {
    this.kernel = kernel;
    this.#nameRoutine = nameRoutine;
  }

  protected name(variable: Variable): string {
    return `v${variable.id}`;
  }

  /** The name of a buffer's address. */
  protected base(at: number): string {
    const { scratch } = this.kernel.buffers[at] as KernelBuffer;
    const origin = scratch === undefined ? `buf[${at}]` : `scratch + n[${scratch}]`;
    this.#used.set(`b${at}`, `char *const b${at} = ${origin};`);
    return `b${at}`;
  }

  /** Arguments are read once, since a store through a char pointer might change them. */
  arguments(): string[] {
    return [...this.#used.keys()].sort().map((name) => `  ${this.#used.get(name)}`);
  }

  block(body: readonly Statement[], indent: string): string {
    const firsts = new Set(body.filter(fillsRegisters).map((loop) => firstSum(loop, body)));
    const clearing = `${indent}CLEAR_REGISTERS;\n`;
    return body.map((s) => (firsts.has(s) ? clearing : "") + this.#statement(s, indent)).join("\n");
  }

  #statement(s: Statement, indent: string): string {
    switch (s.kind) {
      case "compute":
        return `${indent}const ${typeName(s.to.type, s.to.lanes)} ${this.name(s.to)} = ${this.#compute(s)};`;
      case "var":
        return `${indent}${typeName(s.to.type, s.to.lanes)} ${this.name(s.to)} = ${this.#atom(s.value, s.to.lanes)};`;
      case "set":
        return `${indent}${this.name(s.to)} = ${this.#atom(s.value, s.to.lanes)};`;
      case "lanes": {
        const counts = Array.from({ length: s.to.lanes }, (_, i) => i).join(", ");
        const type = typeName(s.to.type, s.to.lanes);
        const value = s.to.lanes > 1 ? `(${type}){${counts}}` : "0";
        return `${indent}const ${type} ${this.name(s.to)} = ${value};`;
      }
      case "first": {
        const type = typeName("bool", s.to.lanes);
        return `${indent}const ${type} ${this.name(s.to)} = first_${type}(${this.#atom(s.count, 1)});`;
      }
      case "load":
        return `${indent}const ${typeName(s.to.type, s.to.lanes)} ${this.name(s.to)} = ${this.#load(s)};`;
      case "store":
        return `${indent}${this.#store(s)};`;
      case "prefetch":
        return `${indent}__builtin_prefetch(${this.#place(s).pointer}, ${s.write ? 1 : 0}, ${s.near ? 3 : 2});`;
      case "across": {
        const { to, value } = s;
        const text = value.lanes === 1 ? this.name(value) : across(s.op, value, this.name(value));
        return `${indent}const ${typeName(to.type, 1)} ${this.name(to)} = ${text};`;
      }
      case "transpose": {
        const [first] = s.from as readonly [Variable, ...Variable[]];
        const own = typeName(first.type, first.lanes);
        const raw = `b${first.type === "f64" ? 8 : 4}x${first.lanes}`;
        const square = `${this.name(s.to[0] as Variable)}_square`;
        const rows = s.from.map((v) => `(${raw})${this.name(v)}`).join(", ");
        return [
          `${indent}${raw} ${square}[] = {${rows}}; transpose_${raw}(${square});`,
          ...s.to.map((v, i) => `${indent}const ${own} ${this.name(v)} = (${own})${square}[${i}];`),
        ].join("\n");
      }
      case "for": {
        const i = this.name(s.variable);
        const [start, stop, step] = [s.start, s.stop, s.step].map((a) => this.#atom(a, 1));
        return [
          `${indent}for (index ${i} = ${start}; ${i} < ${stop}; ${i} += ${step}) {`,
          this.block(s.body, `${indent}  `),
          `${indent}}`,
        ].join("\n");
      }
      case "if": {
        const lines = [
          `${indent}if (${this.#atom(s.condition, 1)}) {`,
          this.block(s.body, `${indent}  `),
        ];
        if (s.otherwise) lines.push(`${indent}} else {`, this.block(s.otherwise, `${indent}  `));
        return [...lines, `${indent}}`].join("\n");
      }
      case "routine":
        return `${indent}${this.#routine(s)};`;
      case "report":
        this.reports = true;
        return `${indent}hebb_report(status, (int64_t)${this.#atom(s.code, 1)}, (double)${this.#atom(s.value, 1)});`;
    }
  }

  /** Writes the routine, if it is a new one; gives the call. */
  #routine(s: Extract<Statement, { kind: "routine" }>): string {
    const writer = new RoutineWriter(this.kernel, this.#nameRoutine);
    const text = writer.function(s);
    const head = s.stage ? "STAGE" : "ROUTINE";
    const name = this.#nameRoutine(head + text);
    for (const inner of writer.routines) this.routines.add(inner);
    this.routines.add(`${head} void ${name}${text}`);
    const buffers = writer.buffers.map((at) => this.base(at));
    const args = s.args.map((a, i) => this.#atom(a, (s.parameters[i] as Variable).lanes));
    if (writer.reports) this.reports = true;
    return `${name}(${[...buffers, ...args, ...(writer.reports ? ["status"] : [])].join(", ")})`;
  }

  #compute(s: Extract<Statement, { kind: "compute" }>): string {
    const widest = Math.max(...s.args.map((a) => (a.kind === "variable" ? a.lanes : 1)));
    const lanes = Math.min(widest, s.to.lanes);
    const from = s.args[s.op === "where" ? 1 : 0]?.type as Register;
    const args = s.args.map((a) => this.#atom(a, lanes));
    const text = compute[s.op]({ from, to: s.to.type, lanes }, args as unknown as Operands);
    return lanes < s.to.lanes ? splat(text, s.to.type, s.to.lanes) : text;
  }

  /** An operand as a value of this many lanes. */
  #atom(atom: Atom, lanes: number): string {
    const own = atom.kind === "variable" ? atom.lanes : 1;
    const text = this.#scalar(atom);
    return own < lanes ? splat(text, atom.type, lanes) : text;
  }

  #scalar(atom: Atom): string {
    switch (atom.kind) {
      case "variable":
        return this.name(atom);
      case "literal":
        return literalText(atom.type, atom.value);
      case "int": {
        const name = `n${atom.at}`;
        this.#used.set(name, `const index ${name} = n[${atom.at}];`);
        return name;
      }
      case "float": {
        const name = `f${atom.at}_${atom.type}`;
        const type = typeName(atom.type, 1);
        const value = castText(`f[${atom.at}]`, "f64", atom.type, 1);
        this.#used.set(name, `const ${type} ${name} = (${type})(${value});`);
        return name;
      }
    }
  }

  #load(s: Extract<Statement, { kind: "load" }>): string {
    const { memory, width, pointer, spread } = this.#place(s);
    const lanes = s.to.lanes;
    const arrives = carrier(memory, s.to.type);
    const raw =
      lanes === 1
        ? `*(const m${width} *)(${pointer})`
        : `load${spread.name}_b${width}x${lanes}(${[pointer, ...spread.args].join(", ")})`;
    const value = `read_${suffixed(memory, lanes)}(${raw})`;
    return arrives === s.to.type ? value : `(${typeName(s.to.type, lanes)})${value}`;
  }

  #store(s: Extract<Statement, { kind: "store" }>): string {
    const { memory, width, pointer, spread } = this.#place(s);
    const { lanes } = s;
    const leaves = carrier(memory, s.value.type);
    const own = this.#atom(s.value, lanes);
    const value = leaves === s.value.type ? own : `(${typeName(leaves, lanes)})(${own})`;
    const raw = `write_${suffixed(memory, lanes)}(${value})`;
    if (lanes === 1) return `*(m${width} *)(${pointer}) = ${raw}`;
    return `store${spread.name}_b${width}x${lanes}(${[pointer, ...spread.args, raw].join(", ")})`;
  }

  /** The address of the first element, or, where lanes have indices of their own, of the base. */
  #place(s: Extract<Statement, { kind: "load" | "store" | "prefetch" }>): {
    memory: KernelBuffer["memory"];
    width: number;
    pointer: string;
    spread: { name: string; args: string[] };
  } {
    const buffer = this.kernel.buffers[s.buffer];
    if (!buffer) throw new CompileError(`kernel: there is no buffer ${s.buffer}`);
    const name = this.base(s.buffer);
    const width = bytesOf(buffer.memory);
    const gathers = s.index.kind === "variable" && s.index.lanes > 1;
    const terms: string[] = [];
    const { base, stride, count }: Apart = s.kind === "prefetch" ? {} : s;
    if (base) terms.push(this.#scalar(base));
    if (!gathers) terms.push(this.#scalar(s.index));
    const element = terms.join(" + ") || "0";
    const pointer = `${name} + ${width === 1 ? element : `(${element}) * ${width}`}`;
    const spread = { name: "", args: [] as string[] };
    if (gathers) {
      spread.name = "_each";
      spread.args.push(this.#scalar(s.index));
    } else if (stride) {
      spread.name = "_strided";
      spread.args.push(this.#scalar(stride));
    }
    if (count) {
      spread.name += "_first";
      spread.args.push(this.#scalar(count));
    }
    return { memory: buffer.memory, width, pointer, spread };
  }
}

/** Numbers variables and buffers as they come, so that equal routines have equal texts wherever they are called. */
class RoutineWriter extends Writer {
  /** The buffers that it is given, as the kernel counts them. */
  readonly buffers: number[] = [];
  readonly #numbers = new Map<Variable, number>();

  function({ parameters, body }: Extract<Statement, { kind: "routine" }>): string {
    const values = parameters.map((v) => `const ${typeName(v.type, v.lanes)} ${this.name(v)}`);
    const text = this.block(body, "  ");
    const buffers = this.buffers.map((_, i) => `char *const b${i}`);
    const status = this.reports ? ["hebb_status *status"] : [];
    return `(${[...buffers, ...values, ...status].join(", ")}) {\n${text}\n}`;
  }

  protected override name(variable: Variable): string {
    const number = this.#numbers.get(variable) ?? this.#numbers.size;
    this.#numbers.set(variable, number);
    return `v${number}`;
  }

  protected override base(at: number): string {
    if (!this.buffers.includes(at)) this.buffers.push(at);
    return `b${this.buffers.indexOf(at)}`;
  }
}

/** What a load or a store may say besides its index. */
type Apart = Pick<Extract<Statement, { kind: "store" }>, "base" | "stride" | "count">;

type Loop = Extract<Statement, { kind: "for" }>;

/** Vectors that a loop adds to, from which they need the registers for themselves. */
const manySums = 8;

const sumsOf = ({ body }: Loop): Set<Variable> =>
  new Set(body.flatMap((s) => (s.kind === "set" && s.to.lanes > 1 ? [s.to] : [])));

/**
 * Whether a loop, innermost, keeps so many sums that nothing else should live in registers meanwhile:
 * left to itself gcc keeps constants for later there, and some of the sums in memory.
 */
const fillsRegisters = (s: Statement): s is Loop =>
  s.kind === "for" &&
  s.body.every((inner) => inner.kind !== "for" && inner.kind !== "if") &&
  sumsOf(s).size >= manySums;

/** Where the first of a loop's sums is declared; the loop itself if that is elsewhere. */
function firstSum(loop: Loop, body: readonly Statement[]): Statement {
  const sums = sumsOf(loop);
  return body.find((s) => s === loop || (s.kind === "var" && sums.has(s.to))) as Statement;
}

/** All lanes combined. In a vector true has all bits set: as an unsigned number it is the larger. */
function across(op: string, value: Variable, name: string): string {
  const bool = value.type === "bool";
  if (bool && op !== "max") throw new CompileError(`kernel: ${op} across truth values`);
  const type = typeName(bool ? "u32" : value.type, value.lanes);
  const text = `${op}_across_${type}(${bool ? `(${type})` : ""}${name})`;
  return bool ? `${text} != 0` : text;
}

const suffixed = (name: string, lanes: number): string => (lanes > 1 ? `${name}x${lanes}` : name);

/** One value in every lane; truth values turn into masks. */
function splat(text: string, type: Register, lanes: number): string {
  const name = typeName(type, lanes);
  return type === "bool" ? `splat_${name}(-(${text}))` : `splat_${name}(${text})`;
}
