// Conversions between register types in WebAssembly, of one value and of vectors: each takes the
// value on the stack and leaves the converted one. The saturating truncations of WebAssembly are
// what the kernel language asks for.

import type { Register } from "../ir/kernel.ts";
import type { FunctionCode } from "./wasm-module.ts";
import { registers } from "./wasm-registers.ts";

const isFloat = (type: Register): type is "f32" | "f64" => type === "f32" || type === "f64";
const signOf = (type: Register): "u" | "s" => (type === "u32" ? "u" : "s");

export function scalarCast(code: FunctionCode, from: Register, to: Register): void {
  if (from === to) return;
  if (to === "bool") {
    const { scalar } = registers[from];
    code[scalar](0);
    code.op(`${scalar}.ne`);
  } else if (isFloat(from)) {
    if (!isFloat(to)) code.op(`i32.trunc_sat_${from}_${signOf(to)}`);
    else code.op(to === "f64" ? "f64.promote_f32" : "f32.demote_f64");
  } else if (isFloat(to)) code.op(`${to}.convert_i32_${signOf(from)}`);
}

/**
 * Between 32-bit types, and between f64 and bool: vectors of both widths do not meet.
 *
 * @returns  whether there is such a conversion
 */
export function vectorCast(code: FunctionCode, from: Register, to: Register): boolean {
  if (from === to) return true;
  if (from === "bool") {
    code.constant(registers[to].scalar, 1);
    code.op("v128.and");
  } else if (to === "bool") {
    const { scalar, vector } = registers[from];
    code.constant(scalar, 0);
    code.op(`${vector}.ne`);
  } else if (from === "f64" || to === "f64") return false;
  else if (from === "f32") code.op(`i32x4.trunc_sat_f32x4_${signOf(to)}`);
  else if (to === "f32") code.op(`f32x4.convert_i32x4_${signOf(from)}`);
  return true;
}

/** The same bits as another type; one value. In a vector the bits are the same without a word. */
export function scalarBitcast(code: FunctionCode, from: Register, to: Register): void {
  if (from === to) return;
  if (from === "f32") code.op("i32.reinterpret_f32");
  else if (to === "f32") code.op("f32.reinterpret_i32");
}
