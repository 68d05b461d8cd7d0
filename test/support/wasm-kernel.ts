// Random kernels of the shapes that WebAssembly takes: 4 lanes of 32-bit numbers, 2 of f64, or 1 of
// anything. Every choice is taken from a tape of numbers, so that a shorter tape with smaller
// numbers is a simpler kernel: fast-check shrinks it.

import { bytesOf, type DType } from "../../src/ir/dtype.ts";
import type {
  Atom,
  ComputeOp,
  Kernel,
  KernelBuffer,
  Register,
  Statement,
  Variable,
} from "../../src/ir/kernel.ts";

export interface RandomKernel {
  readonly kernel: Kernel;
  readonly units: number;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  /** Contents before the run, one array a buffer; outputs are zero. */
  readonly buffers: readonly Uint8Array<ArrayBuffer>[];
}

/** Elements that one unit may touch in each buffer. */
const span = 24;
const units = 3;

export const special: Record<Register, readonly number[]> = {
  f32: [
    0,
    1,
    -0,
    -1,
    0.5,
    -2.5,
    3.25,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-40,
    3e38,
    65504,
    2147483648,
    -2147483904,
    4294967296,
    1e10,
    6.1e-5,
    2049,
  ],
  f64: [
    0,
    1,
    -0,
    -1,
    0.5,
    -2.5,
    3.25,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-310,
    1e308,
    2147483647.5,
    -2147483649,
    4294967295.5,
    1e17,
    0.1,
  ],
  i32: [0, 1, -1, 2, -7, 13, 31, 32, 33, 255, -128, 65535, 2147483647, -2147483648, 123456789],
  u32: [0, 1, 2, 7, 31, 32, 33, 255, 65535, 2147483647, 2147483648, 4294967295, 3000000000],
  bool: [0, 1],
  index: [0, 1, 2, 3, 5],
};

const floatOps: readonly ComputeOp[] = [
  "neg",
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "max",
  "min",
  "fma",
  "sqrt",
  "floor",
  "less",
  "equal",
  "isNaN",
  "where",
  "cast",
  "bitcast",
];
const integerOps: readonly ComputeOp[] = [
  "neg",
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "max",
  "min",
  "less",
  "equal",
  "and",
  "or",
  "xor",
  "shl",
  "shr",
  "where",
  "cast",
  "bitcast",
];
export const opsOf: Record<Register, readonly ComputeOp[]> = {
  f32: floatOps,
  f64: floatOps,
  i32: integerOps,
  u32: integerOps,
  bool: ["and", "or", "xor", "not", "less", "equal", "max", "min", "mul", "where", "cast"],
  index: ["add", "sub", "mul", "max", "min", "less", "equal", "where", "cast"],
};
export function arity(op: ComputeOp): number {
  if (op === "where" || op === "fma") return 3;
  return ["neg", "sqrt", "floor", "isNaN", "not", "cast", "bitcast"].includes(op) ? 1 : 2;
}

const carriers: readonly (readonly [DType, Register])[] = [
  ["f32", "f32"],
  ["i32", "i32"],
  ["u32", "u32"],
  ["bool", "bool"],
  ["f64", "f64"],
  ["u8", "i32"],
  ["i8", "i32"],
  ["f16", "f32"],
  ["bf16", "f32"],
  ["u8", "u32"],
  ["i32", "u32"],
  ["i8", "u32"],
];

export function typesOf(lanes: 1 | 2 | 4): readonly Register[] {
  if (lanes === 4) return ["f32", "i32", "u32", "bool"];
  return lanes === 2 ? ["f64", "bool"] : ["f32", "i32", "u32", "bool", "f64"];
}

const literal = (type: Register, value: number): Atom => ({ kind: "literal", type, value });
const integer = (at: number): Atom => ({ kind: "int", at, type: "index" });
const isWide = (a: Atom): boolean => a.kind === "variable" && a.lanes > 1;

export function randomKernel(lanes: 1 | 2 | 4, tape: readonly number[]): RandomKernel {
  let position = 0;
  const choose = (n: number): number => (tape[position++] ?? 0) % n;
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;

  const types = typesOf(lanes);
  const memories = carriers.filter(([, register]) => types.includes(register));
  const buffers: KernelBuffer[] = [];
  const contents: Uint8Array<ArrayBuffer>[] = [];
  const ints: number[] = [3, 5, span];
  const floats: number[] = [1.5, -0, 7, 1e10];
  let variables = 0;
  const variable = (type: Register, wide: boolean): Variable => ({
    kind: "variable",
    id: variables++,
    type,
    lanes: wide ? lanes : 1,
  });
  const unit = variable("index", false);
  const body: Statement[] = [];
  /** Where statements go at the moment, and what can be used there. */
  let into = body;
  let known: Variable[] = [];

  const define = (op: ComputeOp, to: Variable, ...args: Atom[]): Variable => {
    into.push({ kind: "compute", to, op, args });
    return to;
  };
  const start = define("mul", variable("index", false), unit, integer(2));

  const atom = (type: Register): Atom => {
    const usable = known.filter((v) => v.type === type);
    const kind = choose(8);
    if (usable.length > 0 && kind < 6) {
      return usable[usable.length - 1 - choose(usable.length)] as Atom;
    }
    if (kind === 6 && type !== "index" && type !== "bool") {
      return { kind: "float", at: choose(floats.length), type };
    }
    return literal(type, pick(special[type]));
  };

  const addBuffer = (memory: DType, write: boolean): number => {
    const bytes = new Uint8Array(units * span * bytesOf(memory));
    if (!write) fill(bytes, memory, choose(1 << 16));
    buffers.push({ memory, write });
    return contents.push(bytes) - 1;
  };
  const place = (offset: number): Variable => {
    const one = literal("index", 1);
    const from = choose(2) ? start : define("add", variable("index", false), start, one);
    return define("add", variable("index", false), from, literal("index", offset));
  };
  /** An i32 vector 0, k, 2k, …. */
  const steps = (k: number): Variable => {
    const counts = variable("i32", true);
    into.push({ kind: "lanes", to: counts });
    return define("mul", variable("i32", true), counts, literal("i32", k));
  };

  /** Now and then, how many lanes of an access count. */
  const count = (of: number): { count?: Atom } =>
    of > 1 && choose(3) === 0 ? { count: literal("index", 1 + choose(of)) } : {};

  const load = (memory: DType, register: Register): Variable => {
    const buffer = addBuffer(memory, false);
    const to = variable(register, choose(4) > 0);
    const way = to.lanes > 1 ? choose(4) : 0;
    const part = count(to.lanes);
    if (way === 1) {
      const index = place(choose(3));
      const stride = pick([literal("index", 2), integer(0), literal("index", 0)]);
      into.push({ kind: "load", to, buffer, index, stride, ...part });
    } else if (way === 2 && lanes === 4) {
      const index = steps(choose(5));
      into.push({ kind: "load", to, buffer, index, base: place(choose(3)), ...part });
    } else into.push({ kind: "load", to, buffer, index: place(choose(8)), ...part });
    return to;
  };

  const store = (value: Variable): void => {
    const memory = pick(memories.filter(([, register]) => register === value.type));
    if (!memory) return;
    const buffer = addBuffer(memory[0], true);
    const wide = value.lanes > 1 || choose(4) === 0 ? lanes : 1;
    const way = wide > 1 ? choose(4) : 0;
    if (way === 1) {
      const apart = { stride: literal("index", 1 + choose(3)), ...count(wide) };
      into.push({ kind: "store", buffer, index: place(choose(3)), value, lanes: wide, ...apart });
    } else if (way === 2 && lanes === 4) {
      const apart = { index: steps(1 + choose(4)), base: place(choose(3)), ...count(wide) };
      into.push({ kind: "store", buffer, value, lanes: wide, ...apart });
    } else {
      const apart = count(wide);
      into.push({ kind: "store", buffer, index: place(choose(6)), value, lanes: wide, ...apart });
    }
  };

  const compute = (): void => {
    const type = pick(choose(6) === 0 ? (["index"] as const) : types);
    const op = pick(opsOf[type]);
    let args: Atom[] = Array.from({ length: arity(op) }, () => atom(type));
    let result: Register = type;
    if (op === "less" || op === "equal" || op === "isNaN") result = "bool";
    if (op === "where") {
      const condition = atom("bool");
      if (type === "index" && isWide(condition)) return;
      args = [condition, args[1] as Atom, args[2] as Atom];
    }
    if (op === "bitcast") {
      if (type === "f64") return;
      result = pick(types.filter((t) => t !== "f64" && t !== "bool"));
      if (type === "f32") {
        // The evaluator does not keep the bits of a NaN.
        const value = args[0] as Atom;
        const nan = define("isNaN", variable("bool", isWide(value)), value);
        const to = variable("f32", isWide(value));
        args = [define("where", to, nan, literal("f32", 1), value)];
      }
    }
    const wide = args.some(isWide);
    const scalar = wide || type === "bool" ? [] : (["index"] as const);
    if (op === "cast") result = pick([...types, ...scalar]);
    if (type === "index" && (op === "mul" || op === "add" || op === "sub")) {
      // Addresses stay small, as they do in real kernels.
      const [first] = args as [Atom];
      const small = define("min", variable("index", false), first, literal("index", 1000));
      args[0] = define("max", variable("index", false), small, literal("index", -1000));
      args[1] = literal("index", pick(special.index));
    }
    const more = !wide && result !== "index" && choose(4) === 0;
    known.push(define(op, variable(result, wide || more), ...args));
  };

  /** The last value that fits, set in a block that ends. */
  const setLast = (to: Variable): void => {
    const fits = (v: Variable): boolean => v.type === to.type && (v.lanes === 1 || to.lanes > 1);
    const value = known.filter(fits).pop();
    if (value) into.push({ kind: "set", to, value });
  };

  const loop = (depth: number): void => {
    const [outer, before] = [into, known];
    const value = atom(pick(types));
    const total = variable(value.type, isWide(value));
    into.push({ kind: "var", to: total, value });
    const counter = variable("index", false);
    const inside: Statement[] = [];
    known = [...known, total, counter];
    into = inside;
    statements(1 + choose(3), depth + 1);
    setLast(total);
    [into, known] = [outer, [...before, total]];
    const stop = pick([integer(0), literal("index", 2)]);
    const [first, step] = [literal("index", choose(3)), literal("index", 1 + choose(2))];
    into.push({ kind: "for", variable: counter, start: first, stop, step, body: inside });
  };

  const branch = (depth: number): void => {
    const [outer, before] = [into, known];
    const last = known.filter((v) => v.type === "bool" && v.lanes === 1).pop();
    const condition = last ?? literal("bool", choose(2));
    const value = atom(pick(types));
    const chosen = variable(value.type, isWide(value));
    into.push({ kind: "var", to: chosen, value });
    const [first, second] = [0, 1].map((): Statement[] => {
      into = [];
      known = [...before];
      statements(1, depth + 1);
      setLast(chosen);
      return into;
    }) as [Statement[], Statement[]];
    [into, known] = [outer, [...before, chosen]];
    const otherwise = choose(2) ? second : undefined;
    into.push({ kind: "if", condition, body: first, otherwise });
  };

  const statements = (count: number, depth: number): void => {
    for (let i = 0; i < count; i++) {
      const kind = choose(12);
      if (kind === 0) known.push(load(...pick(memories)));
      else if (kind === 1 && depth < 2) loop(depth);
      else if (kind === 2 && depth < 2) branch(depth);
      else if (kind === 3) {
        const value = known.filter((v) => v.lanes > 1).pop();
        if (!value) continue;
        const to = variable(value.type, false);
        const op = value.type === "bool" ? "max" : pick(["add", "mul", "max"] as const);
        into.push({ kind: "across", to, op, value });
        known.push(to);
      } else if (kind === 4 && lanes > 1) {
        const to = variable("bool", true);
        into.push({ kind: "first", to, count: atom("index") });
        known.push(to);
      } else compute();
    }
  };

  for (const [memory, register] of memories) if (choose(2)) known.push(load(memory, register));
  statements(1 + choose(12), 0);
  // Every value is written, so that a wrong one shows.
  for (const value of known) store(value);
  const kernel: Kernel = {
    name: "random",
    buffers,
    ints: ints.length,
    floats: floats.length,
    lanes,
    variables,
    unit,
    body,
  };
  return { kernel, units, ints, floats, buffers: contents };
}

/** Mostly special numbers; otherwise any bits. */
function fill(bytes: Uint8Array<ArrayBuffer>, memory: DType, seed: number): void {
  const view = new DataView(bytes.buffer);
  for (let i = 0; i * bytesOf(memory) < bytes.length; i++) {
    const random = Math.imul(i + 1 + seed * 4093, 0x9e3779b1) >>> 0;
    const from = (register: Register): number =>
      special[register][(random >>> 8) % special[register].length] as number;
    const at = i * bytesOf(memory);
    const plain = ((random >>> 3) % 2001) / 100 - 10;
    if (memory === "f32") view.setFloat32(at, random % 3 ? from("f32") : plain, true);
    else if (memory === "f64") view.setFloat64(at, random % 3 ? from("f64") : plain, true);
    else if (memory === "i32" || memory === "u32") {
      view.setUint32(at, random % 3 ? from(memory) : random, true);
    } else if (memory === "bool") bytes[i] = (random >>> 9) & 1;
    else if (bytesOf(memory) === 1) bytes[i] = random >>> 7;
    else view.setUint16(at, random >>> 5, true);
  }
}

/** Bytes of a buffer as numbers, every NaN made the same. */
export function plain(bytes: Uint8Array, type: DType): readonly number[] {
  const { buffer } = Uint8Array.from(bytes);
  if (type === "f32") return [...new Float32Array(buffer)];
  if (type === "f64") return [...new Float64Array(buffer)];
  if (type === "f16" || type === "bf16") {
    const infinity = type === "f16" ? 0x7c00 : 0x7f80;
    return [...new Uint16Array(buffer)].map((h) => ((h & 0x7fff) > infinity ? -1 : h));
  }
  return [...bytes];
}
