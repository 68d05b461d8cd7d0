// The meaning of the kernel language, spelled out one lane at a time in plain numbers: what every
// renderer is checked against. Registers are arrays of numbers (bool: 0 or 1, u32: never negative);
// every f32 result goes through Math.fround, which rounds + − × ÷ and √ of doubles correctly.
// Slow on purpose. NaN payloads are not kept: compare NaN with NaN, not their bits.

import type { DType } from "../../src/ir/dtype.ts";
import { bytesOf } from "../../src/ir/dtype.ts";
import {
  type Atom,
  type ComputeOp,
  type Kernel,
  powerZero,
  type Register,
  type Statement,
} from "../../src/ir/kernel.ts";
import {
  bitcast,
  fromBrain,
  fromHalf,
  fusedMultiplyAdd,
  toBrain,
  toHalf,
} from "./exact-numbers.ts";

export interface KernelRun {
  /** One view a buffer of the table; elements start at its first byte. */
  readonly buffers: readonly Uint8Array[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly begin: number;
  readonly end: number;
  readonly scratch?: Uint8Array;
}

export interface EvaluateOptions {
  /** Whether fma rounds once or after each of its two steps. Default: once. */
  readonly fma?: "once" | "twice";
}

export interface Report {
  readonly code: number;
  readonly value: number;
}

/** Runs units [begin, end) in order; returns the first report, if any. */
export function evaluateKernel(
  kernel: Kernel,
  run: KernelRun,
  options: EvaluateOptions = {},
): Report | undefined {
  const values: number[][] = new Array(kernel.variables);
  const scratch = run.scratch ?? new Uint8Array(0);
  let external = 0;
  const views = kernel.buffers.map((buffer) => {
    const bytes =
      buffer.scratch === undefined
        ? (run.buffers[external++] as Uint8Array)
        : scratch.subarray(run.ints[buffer.scratch] as number);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
  let report: Report | undefined;

  const read = (atom: Atom): readonly number[] => {
    if (atom.kind === "variable") return values[atom.id] as number[];
    if (atom.kind === "literal") return [literal(atom.type, atom.value)];
    if (atom.kind === "int") return [run.ints[atom.at] as number];
    return [convert(run.floats[atom.at] as number, "f64", atom.type)];
  };
  const scalar = (atom: Atom): number => read(atom)[0] as number;
  const spread = (from: readonly number[], lanes: number): number[] =>
    eachLane(lanes, (i) => lane(from, i));

  /** The element that each lane touches. */
  const places = (at: Extract<Statement, { kind: "load" | "store" }>, lanes: number): number[] => {
    const base = at.base ? scalar(at.base) : 0;
    const index = read(at.index);
    const stride = at.stride ? scalar(at.stride) : 1;
    const gathers = at.index.kind === "variable" && at.index.lanes > 1;
    return eachLane(
      lanes,
      (i) => base + (gathers ? lane(index, i) : (index[0] as number) + i * stride),
    );
  };

  const execute = (body: readonly Statement[]): void => {
    for (const s of body) {
      switch (s.kind) {
        case "compute": {
          const args = s.args.map(read);
          const from = s.args[s.op === "where" ? 1 : 0]?.type as Register;
          values[s.to.id] = eachLane(s.to.lanes, (i) =>
            compute(
              s.op,
              from,
              s.to.type,
              args.map((a) => lane(a, i)),
              options,
            ),
          );
          break;
        }
        case "var":
        case "set":
          values[s.to.id] = spread(read(s.value), s.to.lanes);
          break;
        case "lanes":
          values[s.to.id] = eachLane(s.to.lanes, (i) => i);
          break;
        case "first":
          values[s.to.id] = eachLane(s.to.lanes, (i) => (i < scalar(s.count) ? 1 : 0));
          break;
        case "load": {
          const memory = kernel.buffers[s.buffer]?.memory as DType;
          const count = s.count ? scalar(s.count) : s.to.lanes;
          values[s.to.id] = places(s, s.to.lanes).map((at, i) =>
            i < count
              ? convert(peek(views[s.buffer] as DataView, memory, at), loaded(memory), s.to.type)
              : 0,
          );
          break;
        }
        case "store": {
          const memory = kernel.buffers[s.buffer]?.memory as DType;
          const value = read(s.value);
          const count = s.count ? scalar(s.count) : s.lanes;
          places(s, s.lanes)
            .slice(0, count)
            .forEach((at, i) => {
              poke(views[s.buffer] as DataView, memory, at, lane(value, i));
            });
          break;
        }
        case "across": {
          let level = [...read(s.value)];
          while (level.length > 1) {
            const half = level.length / 2;
            level = level
              .slice(0, half)
              .map((a, i) => compute(s.op, s.to.type, s.to.type, [a, level[i + half]!], options));
          }
          values[s.to.id] = level;
          break;
        }
        case "transpose": {
          const rows = s.from.map(read);
          s.to.forEach((to, i) => {
            values[to.id] = rows.map((row) => row[i] as number);
          });
          break;
        }
        case "for": {
          const stop = scalar(s.stop);
          const step = scalar(s.step);
          for (let i = scalar(s.start); i < stop; i += step) {
            values[s.variable.id] = [i];
            execute(s.body);
          }
          break;
        }
        case "if":
          if (scalar(s.condition)) execute(s.body);
          else if (s.otherwise) execute(s.otherwise);
          break;
        case "routine": {
          const given = s.args.map(read);
          s.parameters.forEach((to, i) => {
            values[to.id] = [...(given[i] as readonly number[])];
          });
          execute(s.body);
          break;
        }
        case "prefetch":
          break;
        case "report":
          report ??= { code: scalar(s.code), value: scalar(s.value) };
          break;
      }
    }
  };

  for (let unit = run.begin; unit < run.end; unit++) {
    values[kernel.unit.id] = [unit];
    execute(kernel.body);
  }
  return report;
}

/** A loop and not Array.from, which takes several times as long: this is where the time goes. */
function eachLane(lanes: number, value: (i: number) => number): number[] {
  const list: number[] = [];
  for (let i = 0; i < lanes; i++) list.push(value(i));
  return list;
}

const lane = (value: readonly number[], i: number): number =>
  value[value.length === 1 ? 0 : i] as number;

function literal(type: Register, value: number): number {
  if (type === "f32") return Math.fround(value);
  if (type === "i32") return value | 0;
  if (type === "u32") return value >>> 0;
  if (type === "bool") return value ? 1 : 0;
  return value;
}

/** One lane of one instruction; `from` is the type of the operands, `to` of the result. */
export function compute(
  op: ComputeOp,
  from: Register,
  to: Register,
  args: readonly number[],
  options: EvaluateOptions = {},
): number {
  const [a = 0, b = 0, c = 0] = args;
  const float = from === "f32" || from === "f64";
  /** Rounds or wraps to the operand type. */
  const narrow = (x: number): number => {
    if (from === "f32") return Math.fround(x);
    if (from === "i32") return x | 0;
    return from === "u32" ? x >>> 0 : x;
  };
  const product = (x: number, y: number): number =>
    from === "i32" || from === "u32" ? narrow(Math.imul(x, y)) : narrow(x * y);
  switch (op) {
    case "neg":
      return narrow(-a);
    case "add":
      return narrow(a + b);
    case "sub":
      return narrow(a - b);
    case "mul":
      return product(a, b);
    case "div":
      if (float) return narrow(a / b);
      return b === 0 ? 0 : narrow(Math.floor(a / b));
    case "mod":
      if (float) return narrow(a - narrow(Math.floor(narrow(a / b)) * b));
      return b === 0 ? 0 : narrow(a - Math.floor(a / b) * b);
    case "max":
      return a > b || Number.isNaN(a) ? a : b;
    case "min":
      return a < b || Number.isNaN(a) ? a : b;
    case "fma":
      if (float && options.fma !== "twice") return fusedMultiplyAdd(a, b, c, from === "f32");
      return narrow(product(a, b) + c);
    case "scale":
      return narrow(a * 2 ** (b - powerZero));
    case "sqrt":
      return narrow(Math.sqrt(a));
    case "floor":
      return Math.floor(a);
    case "less":
      return a < b ? 1 : 0;
    case "equal":
      return a === b ? 1 : 0;
    case "isNaN":
      return Number.isNaN(a) ? 1 : 0;
    case "and":
      return narrow(a & b);
    case "or":
      return narrow(a | b);
    case "xor":
      return narrow(a ^ b);
    case "not":
      return a ? 0 : 1;
    case "shl":
      return narrow(a << (b & 31));
    case "shr":
      return from === "u32" ? a >>> (b & 31) : a >> (b & 31);
    case "where":
      return a ? b : c;
    case "cast":
      return convert(a, from, to);
    case "bitcast":
      return bitcast(a, from, to);
  }
}

/** A value of one register type as another. */
export function convert(x: number, from: Register, to: Register): number {
  const float = from === "f32" || from === "f64";
  switch (to) {
    case "f32":
      return Math.fround(x);
    case "f64":
      return x;
    case "bool":
      return x !== 0 ? 1 : 0; // NaN is not 0
    case "index":
      return float ? saturate(x, -(2 ** 31), 2 ** 31 - 1) : x;
    case "i32":
      return float ? saturate(x, -(2 ** 31), 2 ** 31 - 1) : Number(BigInt.asIntN(32, BigInt(x)));
    case "u32":
      return float ? saturate(x, 0, 2 ** 32 - 1) : Number(BigInt.asUintN(32, BigInt(x)));
  }
}

function saturate(x: number, low: number, high: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.min(Math.max(Math.trunc(x), low), high) + 0;
}

/** The register type in which an element of this memory type arrives. */
function loaded(memory: DType): Register {
  if (memory === "f16" || memory === "bf16") return "f32";
  return memory === "u8" || memory === "i8" ? "i32" : memory;
}

function peek(view: DataView, memory: DType, element: number): number {
  const at = element * bytesOf(memory);
  switch (memory) {
    case "f32":
      return view.getFloat32(at, true);
    case "f64":
      return view.getFloat64(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "u8":
      return view.getUint8(at);
    case "i8":
      return view.getInt8(at);
    case "bool":
      return view.getUint8(at) ? 1 : 0;
    case "f16":
      return fromHalf(view.getUint16(at, true));
    case "bf16":
      return fromBrain(view.getUint16(at, true));
  }
}

function poke(view: DataView, memory: DType, element: number, value: number): void {
  const at = element * bytesOf(memory);
  switch (memory) {
    case "f32":
      view.setFloat32(at, value, true);
      return;
    case "f64":
      view.setFloat64(at, value, true);
      return;
    case "i32":
    case "u32":
      view.setInt32(at, value, true);
      return;
    case "u8":
    case "i8":
      view.setInt8(at, value);
      return;
    case "bool":
      view.setUint8(at, value ? 1 : 0);
      return;
    case "f16":
      view.setUint16(at, toHalf(value), true);
      return;
    case "bf16":
      view.setUint16(at, toBrain(value), true);
      return;
  }
}
