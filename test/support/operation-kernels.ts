// Every operation on every type that has it, over all combinations of values that matter, as kernels
// of one instruction: what random kernels meet too seldom.

import type { DType } from "../../src/ir/dtype.ts";
import { bytesOf } from "../../src/ir/dtype.ts";
import {
  type ComputeOp,
  type Kernel,
  powerZero,
  type Register,
  type Statement,
  type Variable,
} from "../../src/ir/kernel.ts";

export interface OperationCase {
  readonly title: string;
  readonly kernel: Kernel;
  /** Bytes of each input and, zeroed, of the output (the last). */
  readonly buffers: readonly Uint8Array[];
  readonly units: number;
}

type Memory = "f32" | "f64" | "i32" | "u32" | "bool";

const floats = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -0.5,
  -2.5,
  3,
  -7,
  1e-40,
  1e38,
  -1e38,
  16777217,
  2147483520,
  2147483648,
  -2147483648,
  -2147483904,
  4294967040,
  4294967296,
  1e10,
  Infinity,
  -Infinity,
  NaN,
  0.1,
];
const integers = [
  0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 33, 255, 256, 65535, 16777217, 2147483647, -2147483648,
  -2147483647, 1431655765,
];
const values: Record<Memory, readonly number[]> = {
  f32: floats,
  f64: [
    ...floats,
    1e300,
    1e-310,
    2147483647.5,
    -2147483648.5,
    4294967295.5,
    9007199254740994,
    1 + 2 ** -24,
    1 + 3 * 2 ** -24,
  ],
  i32: integers,
  u32: integers.map((x) => x >>> 0),
  bool: [0, 1],
};

const numeric = ["f32", "f64", "i32", "u32"] as const;
const real = ["f32", "f64"] as const;
const whole = ["i32", "u32"] as const;
const bits = ["i32", "u32", "bool"] as const;

/** For each operation: operand types, how many operands, result type where it differs. */
const table: {
  readonly [O in ComputeOp]: { on: readonly Memory[]; arity: number; to?: readonly Memory[] };
} = {
  neg: { on: numeric, arity: 1 },
  add: { on: numeric, arity: 2 },
  sub: { on: numeric, arity: 2 },
  mul: { on: numeric, arity: 2 },
  div: { on: numeric, arity: 2 },
  mod: { on: numeric, arity: 2 },
  max: { on: numeric, arity: 2 },
  min: { on: numeric, arity: 2 },
  fma: { on: numeric, arity: 3 },
  scale: { on: ["f32"], arity: 2 },
  sqrt: { on: real, arity: 1 },
  floor: { on: real, arity: 1 },
  less: { on: [...numeric, "bool"], arity: 2, to: ["bool"] },
  equal: { on: [...numeric, "bool"], arity: 2, to: ["bool"] },
  isNaN: { on: real, arity: 1, to: ["bool"] },
  and: { on: bits, arity: 2 },
  or: { on: bits, arity: 2 },
  xor: { on: bits, arity: 2 },
  not: { on: ["bool"], arity: 1 },
  shl: { on: whole, arity: 2 },
  shr: { on: whole, arity: 2 },
  where: { on: [...numeric, "bool"], arity: 2 },
  cast: { on: [...numeric, "bool"], arity: 1, to: [...numeric, "bool"] },
  bitcast: { on: ["i32", "u32", "f32"], arity: 1, to: ["i32", "u32", "f32"] },
};

export function operationCases(lanes: number, mixedWidths: boolean): OperationCase[] {
  const cases: OperationCase[] = [];
  for (const [op, { on, arity, to }] of Object.entries(table)) {
    for (const from of on) {
      for (const target of to ?? [from]) {
        const mixes = from !== target && (from === "f64" || target === "f64");
        const masks = from === "f64" && op === "where";
        if (lanes > 1 && !mixedWidths && (mixes || masks) && target !== "bool") continue;
        const narrow = from === "f64" || target === "f64" ? Math.min(lanes, 8) : lanes;
        cases.push(operationCase(op as ComputeOp, from, target, arity, narrow));
      }
    }
  }
  return cases;
}

function operationCase(
  op: ComputeOp,
  from: Memory,
  to: Memory,
  arity: number,
  lanes: number,
): OperationCase {
  const operands =
    op === "scale"
      ? scaleOperands()
      : combinations(from, arity, op === "bitcast" && from === "f32");
  const count = Math.ceil((operands[0] as number[]).length / lanes) * lanes;
  const buffers = operands.map((operand) => pack(from, operand, count));
  const unit = index(0);
  const at = index(1);
  const body: Statement[] = [
    { kind: "compute", to: at, op: "mul", args: [unit, { kind: "int", at: 0, type: "index" }] },
  ];
  let id = 2;
  const register = (type: Register): Variable => ({ kind: "variable", id: id++, type, lanes });
  const loaded = buffers.map((_, buffer) => {
    const variable = register(from);
    body.push({ kind: "load", to: variable, buffer, index: at });
    return variable;
  });
  const args = [...loaded];
  if (op === "where") {
    // Condition: the operands differ.
    const condition = register("bool");
    const same = register("bool");
    body.push({ kind: "compute", to: same, op: "equal", args: loaded });
    body.push({ kind: "compute", to: condition, op: "not", args: [same] });
    args.unshift(condition);
  }
  const result = register(to);
  body.push({ kind: "compute", to: result, op, args });
  body.push({ kind: "store", buffer: buffers.length, index: at, value: result, lanes });
  return {
    title: `${op} ${from} to ${to}, ${lanes} lanes`,
    kernel: {
      name: `${op}-${from}-${to}`,
      buffers: [
        ...buffers.map(() => ({ memory: from, write: false })),
        { memory: to, write: true },
      ],
      ints: 1,
      floats: 0,
      lanes,
      variables: id,
      unit,
      body,
    },
    buffers: [...buffers, new Uint8Array(count * bytesOf(to))],
    units: count / lanes,
  };
}

const index = (id: number): Variable => ({ kind: "variable", id, type: "index", lanes: 1 });

/** Every combination of values, one array an operand. */
function combinations(type: Memory, arity: number, finite: boolean): number[][] {
  const from = values[type].filter((x) => !(finite && Number.isNaN(x)));
  const total = from.length ** arity;
  return Array.from({ length: arity }, (_, k) =>
    Array.from(
      { length: total },
      (_, i) => from[Math.floor(i / from.length ** k) % from.length] as number,
    ),
  );
}

/** Numbers from ½ to 2 and all powers that are asked for. */
function scaleOperands(): number[][] {
  const factors = [0.5, 1, 1 + 2 ** -23, 2 - 2 ** -23, 1.7, 0.7, 2];
  const powers = Array.from({ length: 507 }, (_, i) => powerZero + i - 254);
  const nan = Number.NaN;
  return [
    [nan, ...factors.flatMap((a) => powers.map(() => a))],
    [nan, ...factors.flatMap(() => powers)],
  ];
}

function pack(type: Memory, content: readonly number[], count: number): Uint8Array {
  const arrays = {
    f32: Float32Array,
    f64: Float64Array,
    i32: Int32Array,
    u32: Uint32Array,
    bool: Uint8Array,
  };
  const array = new arrays[type](count);
  array.set(content);
  return new Uint8Array(array.buffer);
}

/** Every f16, bf16, u8, i8 and bool as a register; and f32 numbers around every rounding edge as f16 and bf16. */
export function memoryCases(lanes: number): OperationCase[] {
  const halves = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const edges = new Float32Array(65536 * 4);
  const words = new Uint32Array(edges.buffer);
  for (let i = 0; i < 65536; i++) {
    // Exponents of halves: the top sixteen bits cover all of them; below lie tie, just under, just over.
    const low = [0, 0x8000, 0x7fff, 0x8001][i & 3] as number;
    words[4 * i] = ((i << 16) | low) >>> 0;
    const half = 0x38000000 + ((i & 0x7fff) << 13) - (8 << 23);
    words[4 * i + 1] = (half + 0x1000) >>> 0;
    words[4 * i + 2] = (half + 0x0fff) >>> 0;
    words[4 * i + 3] = (half + 0x1001) >>> 0;
  }
  const numbers = new Uint8Array(edges.buffer);
  const ints = new Uint8Array(Int32Array.from({ length: 512 }, (_, i) => (i - 256) * 65537).buffer);
  return [
    copyCase("f16", "f32", "f32", halves, lanes),
    copyCase("bf16", "f32", "f32", halves, lanes),
    copyCase("u8", "i32", "i32", bytes, lanes),
    copyCase("u8", "u32", "u32", bytes, lanes),
    copyCase("i8", "i32", "i32", bytes, lanes),
    copyCase(
      "bool",
      "bool",
      "bool",
      bytes.map((x) => x & 1),
      lanes,
    ),
    copyCase("f32", "f32", "f16", numbers, lanes),
    copyCase("f32", "f32", "bf16", numbers, lanes),
    copyCase("i32", "i32", "u8", ints, lanes),
    copyCase("i32", "i32", "i8", ints, lanes),
    copyCase("u32", "u32", "u8", ints, lanes),
  ];
}

function copyCase(
  from: DType,
  register: Register,
  to: DType,
  content: Uint8Array,
  lanes: number,
): OperationCase {
  const unit = index(0);
  const at = index(1);
  const value: Variable = { kind: "variable", id: 2, type: register, lanes };
  const count = content.length / bytesOf(from);
  return {
    title: `${from} memory through ${register} to ${to} memory, ${lanes} lanes`,
    kernel: {
      name: `${from}-${to}`,
      buffers: [
        { memory: from, write: false },
        { memory: to, write: true },
      ],
      ints: 1,
      floats: 0,
      lanes,
      variables: 3,
      unit,
      body: [
        { kind: "compute", to: at, op: "mul", args: [unit, { kind: "int", at: 0, type: "index" }] },
        { kind: "load", to: value, buffer: 0, index: at },
        { kind: "store", buffer: 1, index: at, value, lanes },
      ],
    },
    buffers: [content, new Uint8Array(count * bytesOf(to))],
    units: count / lanes,
  };
}
