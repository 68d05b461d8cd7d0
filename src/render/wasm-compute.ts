// Arithmetic in WebAssembly: for each register type, alone or as a vector, one table with a row for
// every operation of the kernel language, null where it has no meaning. A row leaves its result on
// the stack. Operands are locals and constants, so pushing one twice costs nothing. A truth value
// is 0 or 1 alone, and all bits of the lane in a vector. Integer division and shifts by vectors,
// which 128-bit SIMD lacks, go lane by lane.

import type { ComputeOp, Register } from "../ir/kernel.ts";
import type { FunctionCode, ValueType } from "./wasm-module.ts";
import type { Opcode } from "./wasm-opcodes.ts";

/** An operand that can be pushed as often as needed. */
export interface Operand {
  /** Whether it differs between lanes. */
  readonly vector: boolean;
  /** Whether it stands in the code and is no NaN. */
  readonly known: boolean;
  /** In the form its instruction works in: a vector in every lane, or alone. */
  push(): void;
  /** One lane of it, alone. */
  lane(i: number): void;
}

export interface Writer {
  readonly code: FunctionCode;
  /** A local for use within one row; `slot` tells several apart. */
  temporary(type: ValueType, slot: number): number;
}

type Row = (w: Writer, a: Operand, b: Operand, c: Operand) => void;
type Table = { readonly [O in Exclude<ComputeOp, "cast" | "bitcast">]: Row | null };

const binary =
  (op: Opcode): Row =>
  ({ code }, a, b) => {
    a.push();
    b.push();
    code.op(op);
  };
const swapped =
  (op: Opcode): Row =>
  ({ code }, a, b) => {
    b.push();
    a.push();
    code.op(op);
  };
const unary =
  (op: Opcode): Row =>
  ({ code }, a) => {
    a.push();
    code.op(op);
  };

/** condition ? a : b, the condition pushed by `test`. */
const choose =
  (test: (w: Writer, a: Operand, b: Operand) => void): Row =>
  (w, a, b) => {
    a.push();
    b.push();
    test(w, a, b);
    w.code.op("select");
  };
const where: Row = ({ code }, condition, a, b) => {
  a.push();
  b.push();
  condition.push();
  code.op("select");
};
const whereLanes: Row = ({ code }, condition, a, b) => {
  a.push();
  b.push();
  if (condition.vector) {
    condition.push();
    code.op("v128.bitselect");
  } else {
    condition.lane(0);
    code.selectVector();
  }
};

function floats(type: "f32" | "f64" | "f32x4" | "f64x2"): Table {
  const vector = type === "f32x4" || type === "f64x2";
  return {
    neg: unary(`${type}.neg`),
    add: binary(`${type}.add`),
    sub: binary(`${type}.sub`),
    mul: binary(`${type}.mul`),
    div: binary(`${type}.div`),
    mod: ({ code }, a, b) => {
      a.push();
      a.push();
      b.push();
      code.op(`${type}.div`);
      code.op(`${type}.floor`);
      b.push();
      code.op(`${type}.mul`);
      code.op(`${type}.sub`);
    },
    max: extreme(type, "max"),
    min: extreme(type, "min"),
    // The addend may come first: sums of two do not depend on the order.
    fma: ({ code }, a, b, c) => {
      c.push();
      a.push();
      b.push();
      code.op(`${type}.mul`);
      code.op(`${type}.add`);
    },
    scale: type === "f32" || type === "f32x4" ? scale(type) : null,
    sqrt: unary(`${type}.sqrt`),
    floor: unary(`${type}.floor`),
    less: binary(`${type}.lt`),
    equal: binary(`${type}.eq`),
    isNaN: ({ code }, a) => {
      a.push();
      a.push();
      code.op(`${type}.ne`);
    },
    and: null,
    or: null,
    xor: null,
    not: null,
    shl: null,
    shr: null,
    where: vector ? whereLanes : where,
  };
}

/** a if it is the greater or smaller or NaN, else b. */
function extreme(type: "f32" | "f64" | "f32x4" | "f64x2", which: "max" | "min"): Row {
  const isNone = (w: Writer, a: Operand): void => {
    a.push();
    a.push();
    w.code.op(`${type}.ne`);
  };
  if (type === "f32" || type === "f64") {
    return choose((w, a, b) => {
      binary(`${type}.${which === "max" ? "gt" : "lt"}`)(w, a, b, b);
      isNone(w, a);
      w.code.op("i32.or");
    });
  }
  return (w, a, b) => {
    // The instruction takes its second operand if that is the greater, and so leaves b where a is NaN:
    // all bits of those lanes are then set, which is a NaN too.
    b.push();
    a.push();
    w.code.op(`${type}.p${which}`);
    if (a.known) return;
    isNone(w, a);
    w.code.op("v128.or");
  };
}

/** a·2ᵏ in two steps, since 2ᵏ may be no factor; k + 254 stands in the low bits of s. */
function scale(type: "f32" | "f32x4"): Row {
  const whole = type === "f32" ? "i32" : "i32x4";
  return (w, a, s) => {
    const { code } = w;
    const half = w.temporary(type === "f32" ? "i32" : "v128", 0);
    const pushBits = (): void => {
      s.push();
      if (type === "f32") code.op("i32.reinterpret_f32");
    };
    const times = (): void => {
      code.i32(23);
      code.op(`${whole}.shl`);
      if (type === "f32") code.op("f32.reinterpret_i32");
      code.op(`${type}.mul`);
    };
    pushBits();
    code.i32(1);
    code.op(`${whole}.shr_s`);
    code.set(half);
    a.push();
    code.get(half);
    times();
    pushBits();
    code.get(half);
    code.op(`${whole}.sub`);
    times();
  };
}

/** Floor division and its remainder; 0 for divisor 0, and −2³¹ / −1 wraps instead of trapping. */
function signedDivision(part: "quotient" | "remainder"): Row {
  return (w, a, b) => {
    const { code } = w;
    const divisor = w.temporary("i32", 0);
    const remainder = w.temporary("i32", 1);
    // 0 and −1 are divided as 1.
    b.push();
    code.i32(1);
    b.push();
    code.i32(1);
    code.op("i32.add");
    code.i32(1);
    code.op("i32.gt_u");
    code.op("select");
    code.set(divisor);
    a.push();
    code.get(divisor);
    code.op("i32.rem_s");
    code.set(remainder);
    const apart = (): void => {
      code.get(remainder);
      code.get(divisor);
      code.op("i32.xor");
      code.i32(0);
      code.op("i32.lt_s");
      code.get(remainder);
      code.i32(0);
      code.op("i32.ne");
      code.op("i32.and");
    };
    if (part === "remainder") {
      code.get(remainder);
      code.get(divisor);
      code.i32(0);
      apart();
      code.op("select");
      code.op("i32.add");
      return;
    }
    a.push();
    code.get(divisor);
    code.op("i32.div_s");
    apart();
    code.op("i32.sub");
    code.i32(0);
    a.push();
    code.op("i32.sub");
    b.push();
    code.i32(-1);
    code.op("i32.ne");
    code.op("select");
    code.i32(0);
    b.push();
    code.op("select");
  };
}

function unsignedDivision(op: "i32.div_u" | "i32.rem_u"): Row {
  return ({ code }, a, b) => {
    a.push();
    b.push();
    code.i32(1);
    b.push();
    code.op("select");
    code.op(op);
    if (op === "i32.div_u") {
      code.i32(0);
      b.push();
      code.op("select");
    }
  };
}

function integers(sign: "s" | "u", quotient: Row, remainder: Row): Table {
  return {
    neg: ({ code }, a) => {
      code.i32(0);
      a.push();
      code.op("i32.sub");
    },
    add: binary("i32.add"),
    sub: binary("i32.sub"),
    mul: binary("i32.mul"),
    div: quotient,
    mod: remainder,
    max: choose((w, a, b) => binary(`i32.gt_${sign}`)(w, a, b, b)),
    min: choose((w, a, b) => binary(`i32.lt_${sign}`)(w, a, b, b)),
    fma: ({ code }, a, b, c) => {
      a.push();
      b.push();
      code.op("i32.mul");
      c.push();
      code.op("i32.add");
    },
    scale: null,
    sqrt: null,
    floor: null,
    less: binary(`i32.lt_${sign}`),
    equal: binary("i32.eq"),
    isNaN: null,
    and: binary("i32.and"),
    or: binary("i32.or"),
    xor: binary("i32.xor"),
    not: null,
    shl: binary("i32.shl"),
    shr: binary(`i32.shr_${sign}`),
    where,
  };
}

const i32 = integers("s", signedDivision("quotient"), signedDivision("remainder"));
const u32 = integers("u", unsignedDivision("i32.div_u"), unsignedDivision("i32.rem_u"));

/** Each lane alone. */
const eachLane =
  (row: Row): Row =>
  (w, a, b, c) => {
    const alone = (x: Operand, i: number): Operand => ({
      vector: false,
      known: false,
      push: () => x.lane(i),
      lane: () => x.lane(i),
    });
    for (let i = 0; i < 4; i++) {
      row(w, alone(a, i), alone(b, i), alone(c, i));
      if (i === 0) w.code.op("i32x4.splat");
      else w.code.lane("i32x4.replace_lane", i);
    }
  };

const shiftLanes =
  (op: "i32x4.shl" | "i32x4.shr_s" | "i32x4.shr_u", row: Row): Row =>
  (w, a, b, c) => {
    if (b.vector) return eachLane(row)(w, a, b, c);
    a.push();
    b.lane(0);
    w.code.op(op);
  };

function integerLanes(sign: "s" | "u", alone: Table): Table {
  return {
    neg: unary("i32x4.neg"),
    add: binary("i32x4.add"),
    sub: binary("i32x4.sub"),
    mul: binary("i32x4.mul"),
    div: eachLane(alone.div as Row),
    mod: eachLane(alone.mod as Row),
    max: binary(`i32x4.max_${sign}`),
    min: binary(`i32x4.min_${sign}`),
    fma: ({ code }, a, b, c) => {
      a.push();
      b.push();
      code.op("i32x4.mul");
      c.push();
      code.op("i32x4.add");
    },
    scale: null,
    sqrt: null,
    floor: null,
    less: binary(`i32x4.lt_${sign}`),
    equal: binary("i32x4.eq"),
    isNaN: null,
    and: binary("v128.and"),
    or: binary("v128.or"),
    xor: binary("v128.xor"),
    not: null,
    shl: shiftLanes("i32x4.shl", alone.shl as Row),
    shr: shiftLanes(`i32x4.shr_${sign}`, alone.shr as Row),
    where: whereLanes,
  };
}

const bool: Table = {
  neg: null,
  add: null,
  sub: null,
  mul: binary("i32.and"),
  div: null,
  mod: null,
  max: binary("i32.or"),
  min: binary("i32.and"),
  fma: null,
  scale: null,
  sqrt: null,
  floor: null,
  less: binary("i32.lt_u"),
  equal: binary("i32.eq"),
  isNaN: null,
  and: binary("i32.and"),
  or: binary("i32.or"),
  xor: binary("i32.xor"),
  not: unary("i32.eqz"),
  shl: null,
  shr: null,
  where,
};

const boolLanes: Table = {
  ...bool,
  mul: binary("v128.and"),
  max: binary("v128.or"),
  min: binary("v128.and"),
  less: swapped("v128.andnot"),
  equal: (w, a, b, c) => {
    binary("v128.xor")(w, a, b, c);
    w.code.op("v128.not");
  },
  and: binary("v128.and"),
  or: binary("v128.or"),
  xor: binary("v128.xor"),
  not: unary("v128.not"),
  where: whereLanes,
};

/** Operations on values of one lane. */
export const scalarRows: { readonly [R in Register]: Table } = {
  f32: floats("f32"),
  f64: floats("f64"),
  i32,
  u32,
  bool,
  // Dividends are never negative and divisors positive, by the kernel language's own rule.
  index: integers("s", binary("i32.div_u"), binary("i32.rem_u")),
};

/** Operations on vectors; `index` values are never vectors. */
export const vectorRows: { readonly [R in Exclude<Register, "index">]: Table } = {
  f32: floats("f32x4"),
  f64: floats("f64x2"),
  i32: integerLanes("s", i32),
  u32: integerLanes("u", u32),
  bool: boolLanes,
};
