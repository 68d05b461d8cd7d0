// Between memory and registers in WebAssembly: how each element type is read and written, one at a
// time or a vector at once. Half floats are converted by integer arithmetic, four at a time; a
// single one takes the same way in a vector of which one lane counts.

import { bytesOf, type DType } from "../ir/dtype.ts";
import type { Register } from "../ir/kernel.ts";
import type { Writer } from "./wasm-compute.ts";
import type { Opcode } from "./wasm-opcodes.ts";

/** The register types that an element in memory may be moved through. */
export const carriers: { readonly [M in DType]: readonly Register[] } = {
  f32: ["f32"],
  f64: ["f64"],
  i32: ["i32", "u32"],
  u32: ["i32", "u32"],
  u8: ["i32", "u32"],
  i8: ["i32", "u32"],
  bool: ["bool"],
  f16: ["f32"],
  bf16: ["f32"],
};

/** Base-2 logarithm of an element's bytes. */
export const shiftOf = (memory: DType): number => Math.log2(bytesOf(memory));

/** How one element is read and written, as far as instructions do it. */
const passages: { readonly [M in DType]: readonly [load: Opcode, store: Opcode] } = {
  f32: ["f32.load", "f32.store"],
  f64: ["f64.load", "f64.store"],
  i32: ["i32.load", "i32.store"],
  u32: ["i32.load", "i32.store"],
  u8: ["i32.load8_u", "i32.store8"],
  i8: ["i32.load8_s", "i32.store8"],
  bool: ["i32.load8_u", "i32.store8"],
  f16: ["i32.load16_u", "i32.store16"],
  bf16: ["i32.load16_u", "i32.store16"],
};

/** Address on the stack becomes the value. */
export function loadScalar(w: Writer, memory: DType, offset: number): void {
  const { code } = w;
  code.memory(passages[memory][0], offset, shiftOf(memory));
  if (memory === "bool") {
    code.i32(0);
    code.op("i32.ne");
  } else if (memory === "bf16") {
    code.i32(16);
    code.op("i32.shl");
    code.op("f32.reinterpret_i32");
  } else if (memory === "f16") {
    code.op("i32x4.splat");
    halfToFloat(w);
    code.lane("f32x4.extract_lane", 0);
  }
}

/** Address on the stack, value pushed by `value`. */
export function storeScalar(w: Writer, memory: DType, offset: number, value: () => void): void {
  const { code } = w;
  value();
  if (memory === "f16" || memory === "bf16") {
    code.op("f32x4.splat");
    floatToBits(w, memory);
    code.lane("i32x4.extract_lane", 0);
  }
  code.memory(passages[memory][1], offset, shiftOf(memory));
}

/** Address on the stack becomes a vector of consecutive elements. */
export function loadVector(w: Writer, memory: DType, lanes: number, offset: number): void {
  const { code } = w;
  const size = bytesOf(memory);
  if (size >= 4) {
    code.memory("v128.load", offset, shiftOf(memory));
    return;
  }
  if (size === 2) {
    code.memory("v128.load16x4_u", offset, 1);
    if (memory === "f16") {
      halfToFloat(w);
      return;
    }
    code.i32(16);
    code.op("i32x4.shl");
    return;
  }
  if (lanes === 2) {
    const address = w.temporary("i32", 0);
    code.set(address);
    code.get(address);
    code.constant("i32", 0);
    code.memory("v128.load16_lane", offset, 0, 0);
  } else code.memory("v128.load32_zero", offset, 0);
  const sign = memory === "i8" ? "s" : "u";
  code.op(`i16x8.extend_low_i8x16_${sign}`);
  code.op(`i32x4.extend_low_i16x8_${sign}`);
  if (memory !== "bool") return;
  if (lanes === 2) code.op("i64x2.extend_low_i32x4_u");
  code.constant("i32", 0);
  code.op(lanes === 2 ? "i64x2.ne" : "i32x4.ne");
}

/** Address on the stack, vector pushed by `value`. */
export function storeVector(
  w: Writer,
  memory: DType,
  lanes: number,
  offset: number,
  value: () => void,
): void {
  const { code } = w;
  value();
  if (bytesOf(memory) >= 4) {
    code.memory("v128.store", offset, shiftOf(memory));
    return;
  }
  const words = w.temporary("v128", 0);
  const twice = (): void => {
    code.tee(words);
    code.get(words);
  };
  if (memory === "f16" || memory === "bf16") {
    floatToBits(w, memory);
    twice();
    code.op("i16x8.narrow_i32x4_u");
    code.memory("v128.store64_lane", offset, 1, 0);
    return;
  }
  const isWide = memory === "bool" && lanes === 2;
  code.constant(isWide ? "i64" : "i32", memory === "bool" ? 1 : 255);
  code.op("v128.and");
  twice();
  if (isWide) {
    // The low byte of each 64-bit lane.
    code.shuffle([0, 8, ...new Array<number>(14).fill(1)]);
    code.memory("v128.store16_lane", offset, 0, 0);
    return;
  }
  code.op("i16x8.narrow_i32x4_u");
  twice();
  code.op("i8x16.narrow_i16x8_u");
  code.memory("v128.store32_lane", offset, 0, 0);
}

const floatToBits = (w: Writer, memory: "f16" | "bf16"): void =>
  memory === "f16" ? floatToHalf(w) : floatToBrain(w);

/**
 * Bits of half floats, one in each 32-bit lane, become floats. Shifted to where a float has its
 * fields, the exponent is too small by 112, which a multiplication by 2^112 mends, subnormal or
 * not; infinity and NaN get all bits of the exponent.
 */
function halfToFloat(w: Writer): void {
  const { code } = w;
  const bits = w.temporary("v128", 0);
  const size = w.temporary("v128", 1);
  code.set(bits);
  code.get(bits);
  code.constant("i32", 0x7fff);
  code.op("v128.and");
  code.i32(13);
  code.op("i32x4.shl");
  code.tee(size);
  code.constant("f32", 2 ** 112);
  code.op("f32x4.mul");
  code.get(size);
  code.constant("i32", 0x0f800000);
  code.op("i32x4.ge_s");
  code.constant("i32", 0x7f800000);
  code.op("v128.and");
  code.op("v128.or");
  code.get(bits);
  code.constant("i32", 0x8000);
  code.op("v128.and");
  code.i32(16);
  code.op("i32x4.shl");
  code.op("v128.or");
}

/** Pushes bits, plus `bias`, plus the lowest bit that stays after a shift: ties go to even. */
function roundBits(w: Writer, bits: number, shift: number, bias: number): void {
  const { code } = w;
  code.get(bits);
  code.i32(shift);
  code.op("i32x4.shr_u");
  code.constant("i32", 1);
  code.op("v128.and");
  code.get(bits);
  code.op("i32x4.add");
  code.constant("i32", bias);
  code.op("i32x4.add");
  code.i32(shift);
  code.op("i32x4.shr_u");
}

/** Floats become the bits of half floats, nearest, ties to even. */
function floatToHalf(w: Writer): void {
  const { code } = w;
  const bits = w.temporary("v128", 0);
  const size = w.temporary("v128", 1);
  code.tee(bits);
  code.constant("i32", 0x7fffffff);
  code.op("v128.and");
  code.set(size);
  code.constant("i32", 0x7e00);
  code.constant("i32", 0x7c00);
  // Below the normal range the sum with 0.5 has a unit in the last place of 2^-24, as they have.
  code.get(size);
  code.constant("f32", 0.5);
  code.op("f32x4.add");
  code.constant("i32", 0x3f000000);
  code.op("i32x4.sub");
  roundBits(w, size, 13, 0xfff - 0x38000000);
  code.get(size);
  code.constant("i32", 0x38800000);
  code.op("i32x4.lt_s");
  code.op("v128.bitselect");
  const above = (limit: number): void => {
    code.get(size);
    code.constant("i32", limit);
    code.op("i32x4.gt_s");
  };
  // On the stack: NaN, infinity, the number. 65,520 and more round to infinity.
  above(0x477fefff);
  code.op("v128.bitselect");
  above(0x7f800000);
  code.op("v128.bitselect");
  code.get(bits);
  code.i32(16);
  code.op("i32x4.shr_u");
  code.constant("i32", 0x8000);
  code.op("v128.and");
  code.op("v128.or");
}

/** Floats become the bits of bfloat16, nearest, ties to even. */
function floatToBrain(w: Writer): void {
  const { code } = w;
  const bits = w.temporary("v128", 0);
  code.set(bits);
  code.constant("i32", 0x7fc0);
  roundBits(w, bits, 16, 0x7fff);
  code.get(bits);
  code.get(bits);
  code.op("f32x4.ne");
  code.op("v128.bitselect");
}
