// An assembler for WebAssembly: functions of i32 parameters and no result over one imported memory,
// and the module that holds them. Instructions are collected as a list first, so that a short pass
// can drop what the renderer's one-local-per-value style leaves over; then they become bytes.
// From the core specification 2.0, chapter "Binary Format". Leaves out all that kernels do not use.

import { type Opcode, opcodes } from "./wasm-opcodes.ts";

export type ValueType = "i32" | "f32" | "f64" | "v128";

const valueTypes = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

interface Instruction {
  readonly op: Opcode;
  /** For local.get, local.set and local.tee. */
  readonly local?: number;
  /** Immediates, encoded. */
  readonly bytes?: readonly number[];
  /** Immediates, for people. */
  readonly text?: string;
}

/** A place in the code that can still be written to after what follows it. */
export type Fragment = (Instruction | Fragment)[];

export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

/** Numbers of a type, as they lie in memory. */
function bytesOf(type: "i32" | "f32" | "f64" | "i64", values: readonly number[]): number[] {
  const array =
    type === "i64"
      ? BigInt64Array.from(values, BigInt)
      : { i32: Int32Array, f32: Float32Array, f64: Float64Array }[type].from(values);
  return [...new Uint8Array(array.buffer)];
}

/** The code of one function. Locals below `parameters` are its i32 parameters. */
export class FunctionCode {
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];
  readonly #whole: Fragment = [];
  #into: Fragment = this.#whole;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  local(type: ValueType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  /** An empty fragment here, to be filled by `inside`. */
  fragment(): Fragment {
    const fragment: Fragment = [];
    this.#into.push(fragment);
    return fragment;
  }

  inside(fragment: Fragment, write: () => void): void {
    const before = this.#into;
    this.#into = fragment;
    write();
    this.#into = before;
  }

  op(op: Opcode): void {
    this.#into.push({ op });
  }

  get(local: number): void {
    this.#into.push({ op: "local.get", local });
  }

  set(local: number): void {
    this.#into.push({ op: "local.set", local });
  }

  tee(local: number): void {
    this.set(local);
    this.get(local);
  }

  i32(value: number): void {
    this.#into.push({ op: "i32.const", bytes: signedLeb(value), text: String(value | 0) });
  }

  f32(value: number): void {
    this.#into.push({
      op: "f32.const",
      bytes: bytesOf("f32", [value]),
      text: String(Math.fround(value)),
    });
  }

  f64(value: number): void {
    this.#into.push({ op: "f64.const", bytes: bytesOf("f64", [value]), text: String(value) });
  }

  /** Four lanes of 32 bits, or two of 64, all the same. */
  constant(type: "f32" | "i32" | "f64" | "i64", value: number): void {
    const lanes = new Array<number>(type === "f64" || type === "i64" ? 2 : 4).fill(value);
    const bytes = bytesOf(type, lanes);
    this.#into.push({ op: "v128.const", bytes, text: `${type} ${value}` });
  }

  /** A vector of these integers. */
  lanes(type: "i32" | "i64", values: readonly number[]): void {
    const bytes = bytesOf(type, values);
    this.#into.push({ op: "v128.const", bytes, text: `${type} ${values.join(" ")}` });
  }

  lane(op: Opcode, lane: number): void {
    this.#into.push({ op, bytes: [lane], text: String(lane) });
  }

  shuffle(order: readonly number[]): void {
    this.#into.push({ op: "i8x16.shuffle", bytes: order, text: order.join(" ") });
  }

  /** A load or store; `align` is the base-2 logarithm of the promised alignment. */
  memory(op: Opcode, offset: number, align: number, lane?: number): void {
    const bytes = [...unsignedLeb(align), ...unsignedLeb(offset)];
    if (lane !== undefined) bytes.push(lane);
    this.#into.push({ op, bytes, text: `offset=${offset}${lane === undefined ? "" : ` ${lane}`}` });
  }

  /** v128 operands chosen by an i32. */
  selectVector(): void {
    this.#into.push({ op: "select.v128", bytes: [1, valueTypes.v128] });
  }

  /** How many pages memory has. */
  memorySize(): void {
    this.#into.push({ op: "memory.size", bytes: [0] });
  }

  block(op: "block" | "loop" | "if", body: () => void, otherwise?: () => void): void {
    this.#into.push({ op, bytes: [0x40] });
    body();
    if (otherwise) {
      this.op("else");
      otherwise();
    }
    this.op("end");
  }

  /** Jump to the end of the enclosing block, or the head of the loop, `depth` levels up. */
  branch(op: "br" | "br_if", depth: number): void {
    this.#into.push({ op, bytes: unsignedLeb(depth), text: String(depth) });
  }

  /** Locals and instructions as they stand in the code section, without the size before them. */
  encode(): Uint8Array<ArrayBuffer> {
    const code = tidy(this.#whole);
    const { number, groups } = this.#number(code);
    const bytes: number[] = [...unsignedLeb(groups.length)];
    for (const [type, count] of groups) bytes.push(...unsignedLeb(count), valueTypes[type]);
    for (const { op, local, bytes: immediates } of code) {
      const opcode = opcodes[op];
      if (opcode < 256) bytes.push(opcode);
      else bytes.push(opcode >> 12, ...unsignedLeb(opcode & 0xfff));
      if (local !== undefined) bytes.push(...unsignedLeb(number(local)));
      if (immediates) for (const byte of immediates) bytes.push(byte);
    }
    bytes.push(opcodes.end);
    return Uint8Array.from(bytes);
  }

  /** A listing, one instruction a line. */
  print(): string {
    const code = tidy(this.#whole);
    const { number, groups } = this.#number(code);
    const lines = groups.map(([type, count]) => `local ${type} x ${count}`);
    let depth = 0;
    for (const { op, local, text } of code) {
      if (op === "end" || op === "else") depth--;
      const operand = local === undefined ? (text ?? "") : `$${number(local)}`;
      lines.push(`${"  ".repeat(depth)}${op}${operand && ` ${operand}`}`);
      if (op === "block" || op === "loop" || op === "if" || op === "else") depth++;
    }
    return lines.join("\n");
  }

  /** Locals that are still used, numbered by type, so that few groups declare them. */
  #number(code: readonly Instruction[]): {
    number: (local: number) => number;
    groups: [ValueType, number][];
  } {
    const used = new Set<number>();
    for (const { local } of code) if (local !== undefined) used.add(local);
    const numbers = new Map<number, number>();
    const groups: [ValueType, number][] = [];
    let next = this.#parameters;
    for (const type of ["i32", "f32", "f64", "v128"] as const) {
      const start = next;
      this.#locals.forEach((own, i) => {
        const local = this.#parameters + i;
        if (own === type && used.has(local)) numbers.set(local, next++);
      });
      if (next > start) groups.push([type, next - start]);
    }
    return { number: (local) => numbers.get(local) ?? local, groups };
  }
}

const splatLoads: Partial<Record<Opcode, Partial<Record<Opcode, Opcode>>>> = {
  "f32x4.splat": { "f32.load": "v128.load32_splat" },
  "i32x4.splat": { "i32.load": "v128.load32_splat" },
  "f64x2.splat": { "f64.load": "v128.load64_splat" },
};

/** One list, without a set that only the next get reads, and with loads that fill every lane. */
function tidy(whole: Fragment): Instruction[] {
  const flat = whole.flat(Infinity as 1) as Instruction[];
  const gets = new Map<number, number>();
  for (const { op, local } of flat) {
    if (op === "local.get") gets.set(local as number, (gets.get(local as number) ?? 0) + 1);
  }
  const out: Instruction[] = [];
  for (const instruction of flat) {
    const last = out[out.length - 1];
    const local = instruction.local;
    if (instruction.op === "local.get" && last?.op === "local.set" && last.local === local) {
      out.pop();
      if (gets.get(local as number) !== 1) out.push({ op: "local.tee", local });
      continue;
    }
    const load = last && splatLoads[instruction.op]?.[last.op];
    if (load) {
      out.pop();
      out.push({ ...last, op: load });
    } else out.push(instruction);
  }
  return out;
}

export interface ModuleOptions {
  readonly parameters: number;
  /** Whether the imported memory is shared between threads. */
  readonly shared: boolean;
}

/** A module that imports env.memory and exports one function a body, named "0", "1", …. */
export function buildModule(
  bodies: readonly Uint8Array[],
  options: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)];
  const section = (id: number, pieces: readonly (readonly number[] | Uint8Array)[]): void => {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    parts.push(Uint8Array.of(id, ...unsignedLeb(size)));
    for (const piece of pieces) parts.push(Uint8Array.from(piece));
  };
  const name = (text: string): number[] => {
    const bytes = new TextEncoder().encode(text);
    return [...unsignedLeb(bytes.length), ...bytes];
  };
  const count = unsignedLeb(bodies.length);
  const parameters = new Array<number>(options.parameters).fill(valueTypes.i32);
  section(1, [[1, 0x60, ...unsignedLeb(options.parameters), ...parameters, 0]]);
  // A shared memory must state a maximum: 65,536 pages, all that 32-bit addresses reach.
  const limits = options.shared ? [3, 1, ...unsignedLeb(65536)] : [0, 1];
  section(2, [[1, ...name("env"), ...name("memory"), 2, ...limits]]);
  section(3, [count, bodies.map(() => 0)]);
  section(7, [count, ...bodies.map((_, i) => [...name(String(i)), 0, ...unsignedLeb(i)])]);
  section(10, [count, ...bodies.flatMap((body) => [unsignedLeb(body.length), body])]);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
