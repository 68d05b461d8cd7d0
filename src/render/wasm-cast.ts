// Conversions between register types in WebAssembly, of one value and of vectors: each takes the
// value on the stack and leaves the converted one. The saturating truncations of WebAssembly are
// what the kernel language asks for.

import type { Register } from "../ir/kernel.ts";
import type { FunctionCode } from "./wasm-module.ts";
import type { Opcode } from "./wasm-opcodes.ts";

/** Turns the value on the stack into another type. */
type Conversion = (code: FunctionCode) => void;

const same: Conversion = () => {};
const one =
  (op: Opcode): Conversion =>
  (code) =>
    code.op(op);
const nonZero: Conversion = (code) => {
  code.i32(0);
  code.op("i32.ne");
};
const integer = (to32: Opcode, to64: Opcode) => ({
  f32: one(to32),
  f64: one(to64),
  i32: same,
  u32: same,
  index: same,
  bool: nonZero,
});

export const scalarCasts: { readonly [F in Register]: { readonly [T in Register]: Conversion } } = {
  f32: {
    f32: same,
    f64: one("f64.promote_f32"),
    i32: one("i32.trunc_sat_f32_s"),
    u32: one("i32.trunc_sat_f32_u"),
    index: one("i32.trunc_sat_f32_s"),
    bool: (code) => {
      code.f32(0);
      code.op("f32.ne");
    },
  },
  f64: {
    f32: one("f32.demote_f64"),
    f64: same,
    i32: one("i32.trunc_sat_f64_s"),
    u32: one("i32.trunc_sat_f64_u"),
    index: one("i32.trunc_sat_f64_s"),
    bool: (code) => {
      code.f64(0);
      code.op("f64.ne");
    },
  },
  i32: integer("f32.convert_i32_s", "f64.convert_i32_s"),
  index: integer("f32.convert_i32_s", "f64.convert_i32_s"),
  u32: integer("f32.convert_i32_u", "f64.convert_i32_u"),
  bool: { ...integer("f32.convert_i32_s", "f64.convert_i32_s"), bool: same },
};

const isNonZero =
  (type: "f32" | "f64" | "i32"): Conversion =>
  (code) => {
    code.constant(type, 0);
    code.op(type === "f64" ? "f64x2.ne" : type === "f32" ? "f32x4.ne" : "i32x4.ne");
  };
/** All bits or none, as 1 or 0 of a type. */
const oneWhere =
  (type: "f32" | "f64" | "i32"): Conversion =>
  (code) => {
    code.constant(type, 1);
    code.op("v128.and");
  };

type VectorCasts = {
  readonly [F in Exclude<Register, "index">]: {
    readonly [T in Exclude<Register, "index">]: Conversion | null;
  };
};

/** Between 32-bit types, and between f64 and bool: vectors of both widths do not meet. */
export const vectorCasts: VectorCasts = {
  f32: {
    f32: same,
    f64: null,
    i32: one("i32x4.trunc_sat_f32x4_s"),
    u32: one("i32x4.trunc_sat_f32x4_u"),
    bool: isNonZero("f32"),
  },
  f64: { f32: null, f64: same, i32: null, u32: null, bool: isNonZero("f64") },
  i32: {
    f32: one("f32x4.convert_i32x4_s"),
    f64: null,
    i32: same,
    u32: same,
    bool: isNonZero("i32"),
  },
  u32: {
    f32: one("f32x4.convert_i32x4_u"),
    f64: null,
    i32: same,
    u32: same,
    bool: isNonZero("i32"),
  },
  bool: {
    f32: oneWhere("f32"),
    f64: oneWhere("f64"),
    i32: oneWhere("i32"),
    u32: oneWhere("i32"),
    bool: same,
  },
};

/** The same bits as another type; one value. In a vector the bits are the same without a word. */
export function scalarBitcast(code: FunctionCode, from: Register, to: Register): void {
  if (from === to) return;
  if (from === "f32") code.op("i32.reinterpret_f32");
  else if (to === "f32") code.op("f32.reinterpret_i32");
}
