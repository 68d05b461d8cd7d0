// What every C unit opens with: types, and a helper for each operation that C has no operator for, as
// far as its kernels need one. No header is parsed. Here are the types and what is for scalars.

import { neededPieces } from "./c-definitions.ts";
import { vectorPieces, vectorTypes } from "./c-prelude-vectors.ts";

/** The numbers of lanes that a kernel's vectors may have. */
export const allLanes: readonly number[] = [2, 4, 8, 16];

/**
 * The helpers for scalars and for vectors of each of these lane counts.
 *
 * @param code  the text that follows, for which only what it needs is given. Default: all
 */
export function preludeC(lanes: Iterable<number>, code?: string): string {
  const widths = [...new Set(lanes)].filter((n) => n > 1).sort((a, b) => a - b);
  const pieces = [...scalars, ...widths.flatMap(piecesOf)];
  const needed = code === undefined ? pieces : neededPieces(pieces, code);
  return [types, ...widths.map(vectorTypes), ...needed].join("\n");
}

const known = new Map<number, readonly string[]>();

function piecesOf(lanes: number): readonly string[] {
  const pieces = known.get(lanes) ?? vectorPieces(lanes);
  known.set(lanes, pieces);
  return pieces;
}

const types = `typedef __INT8_TYPE__ int8_t; typedef __INT32_TYPE__ int32_t; typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t; typedef __UINT16_TYPE__ uint16_t; typedef __UINT32_TYPE__ uint32_t; typedef __UINT64_TYPE__ uint64_t;
typedef float f32; typedef double f64; typedef int32_t i32; typedef uint32_t u32; typedef int64_t index;
typedef struct { int64_t code; double value; } hebb_status;
typedef uint8_t b1; typedef uint16_t b2; typedef uint32_t b4; typedef uint64_t b8;
#define UNALIGNED __attribute__((may_alias, aligned(1)))
typedef b1 UNALIGNED m1; typedef b2 UNALIGNED m2; typedef b4 UNALIGNED m4; typedef b8 UNALIGNED m8;
#define INLINE static inline __attribute__((always_inline))
/*
 * Called by many kernels, of other units too: made once and not for each. The loops of routines are so
 * tight that gcc is to choose induction variables for them.
 */
#ifdef __clang__
#define STAGE __attribute__((visibility("hidden"), noinline))
#define ROUTINE STAGE
#else
#define STAGE __attribute__((visibility("hidden"), noinline, noclone))
#define ROUTINE __attribute__((visibility("hidden"), noinline, noclone, optimize("ivopts")))
#endif
#define SELDOM static __attribute__((noinline, cold, unused))
/* gcc vectorises a loop if it is one still, clang what is left of one when it is unrolled. */
#ifdef __clang__
#define LANES(n) _Pragma("unroll") for (int i = 0; i < n; i++)
#else
#define LANES(n) _Pragma("GCC unroll 1") for (int i = 0; i < n; i++)
#endif
#define KERNEL __attribute__((visibility("default")))
/* One rounding for a*b + c if the machine has it, in scalars and vectors alike. */
#if defined(__FMA__) || defined(__aarch64__)
#define FUSED _Pragma("clang fp contract(fast)")
#define FMAF(a, b, c) __builtin_fmaf(a, b, c)
#define FMA(a, b, c) __builtin_fma(a, b, c)
#else
#define FUSED
#define FMAF(a, b, c) ((a) * (b) + (c))
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
/* Before a loop whose sums fill the registers: what else lives on waits in memory, so that none of them has to. */
#if defined(__AVX512F__)
#define CLEAR_REGISTERS __asm__ volatile("" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", \\
  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", \\
  "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", \\
  "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31")
#elif defined(__AVX__)
#define CLEAR_REGISTERS __asm__ volatile("" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", \\
  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")
#else
#define CLEAR_REGISTERS
#endif`;

const floats = (T: string, suffix: string, fused: string): string => `
INLINE ${T} max_${T}(${T} a, ${T} b) { ${T} m = a > b ? a : b; return a != a ? a : m; }
INLINE ${T} min_${T}(${T} a, ${T} b) { ${T} m = a < b ? a : b; return a != a ? a : m; }
INLINE ${T} fma_${T}(${T} a, ${T} b, ${T} c) { return ${fused}(a, b, c); }
INLINE ${T} sqrt_${T}(${T} a) { return __builtin_sqrt${suffix}(a); }
INLINE ${T} floor_${T}(${T} a) { return __builtin_floor${suffix}(a); }
INLINE ${T} mod_${T}(${T} a, ${T} b) { return a - __builtin_floor${suffix}(a / b) * b; }
INLINE i32 cast_${T}_i32(${T} a) { return a != a ? 0 : a >= (${T})2147483648.0 ? 2147483647 : a < (${T})-2147483648.0 ? -2147483647 - 1 : (i32)a; }
INLINE u32 cast_${T}_u32(${T} a) { return a >= (${T})4294967296.0 ? 4294967295u : a > 0 ? (u32)a : 0; }`;

const integers = (T: string): string => `
INLINE ${T} max_${T}(${T} a, ${T} b) { return a > b ? a : b; }
INLINE ${T} min_${T}(${T} a, ${T} b) { return a < b ? a : b; }`;

const functions = `SELDOM void hebb_report(hebb_status *status, int64_t code, double value) {
  int64_t none = 0;
  if (__atomic_compare_exchange_n(&status->code, &none, code, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    status->value = value;
}
INLINE u32 bits_f32_u32(f32 a) { u32 r; __builtin_memcpy(&r, &a, 4); return r; }
INLINE i32 bits_f32_i32(f32 a) { return (i32)bits_f32_u32(a); }
INLINE f32 bits_u32_f32(u32 a) { f32 r; __builtin_memcpy(&r, &a, 4); return r; }
INLINE f32 bits_i32_f32(i32 a) { return bits_u32_f32((u32)a); }
INLINE i32 bits_u32_i32(u32 a) { return (i32)a; }
INLINE u32 bits_i32_u32(i32 a) { return (u32)a; }
${floats("f32", "f", "FMAF")}${floats("f64", "", "FMA")}
/* a * 2^k in two steps, since 2^k may be too large or too small for a factor; k + 254 stands in the low bits of s. */
INLINE f32 scale_f32(f32 a, f32 s) {
  i32 bits = bits_f32_i32(s), half = bits >> 1;
  return a * bits_u32_f32((u32)half << 23) * bits_u32_f32((u32)(bits - half) << 23);
}
${integers("i32")}${integers("u32")}${integers("index")}
/* The quotient of two 32-bit integers is exact enough in f64 for its floor to be right. */
INLINE i32 div_i32(i32 a, i32 b) { return b ? (i32)(int64_t)__builtin_floor((f64)a / (f64)b) : 0; }
INLINE u32 div_u32(u32 a, u32 b) { return b ? a / b : 0; }
INLINE i32 mod_i32(i32 a, i32 b) { return b ? (i32)((u32)a - (u32)div_i32(a, b) * (u32)b) : 0; }
INLINE u32 mod_u32(u32 a, u32 b) { return b ? a % b : 0; }
INLINE i32 first_i32(index n) { return 0 < n; }
/* Memory types: how the raw bits of an element become a register, and back. */
INLINE f32 read_f32(b4 a) { return bits_u32_f32(a); }
INLINE f64 read_f64(b8 a) { f64 r; __builtin_memcpy(&r, &a, 8); return r; }
INLINE i32 read_i32(b4 a) { return (i32)a; }
INLINE u32 read_u32(b4 a) { return a; }
INLINE i32 read_u8(b1 a) { return a; }
INLINE i32 read_i8(b1 a) { return (int8_t)a; }
INLINE i32 read_bool(b1 a) { return a != 0; }
INLINE f32 read_bf16(b2 a) { return bits_u32_f32((u32)a << 16); }
INLINE f32 read_f16(b2 a) {
  u32 size = (a & 0x7fffu) << 13, sign = (a & 0x8000u) << 16;
  /* Normal: move the exponent's zero. Otherwise a multiple of 2^-24, or infinity or NaN. */
  u32 tiny = bits_f32_u32((f32)(i32)(a & 0x3ffu) * 0x1p-24f);
  u32 bits = (a & 0x7c00u) == 0 ? tiny : (a & 0x7c00u) == 0x7c00u ? size | 0x7f800000u : size + 0x38000000u;
  return bits_u32_f32(bits | sign);
}
INLINE b4 write_f32(f32 a) { return bits_f32_u32(a); }
INLINE b8 write_f64(f64 a) { b8 r; __builtin_memcpy(&r, &a, 8); return r; }
INLINE b4 write_i32(i32 a) { return (b4)a; }
INLINE b4 write_u32(u32 a) { return a; }
INLINE b1 write_u8(i32 a) { return (b1)a; }
INLINE b1 write_i8(i32 a) { return (b1)a; }
INLINE b1 write_bool(i32 a) { return (b1)a; }
INLINE b2 write_bf16(f32 a) {
  u32 bits = bits_f32_u32(a);
  return a != a ? 0x7fc0u : (b2)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
INLINE b2 write_f16(f32 a) {
  u32 bits = bits_f32_u32(a), size = bits & 0x7fffffffu, sign = (bits >> 16) & 0x8000u;
  /* Below 2^-14 adding 1/2 leaves exactly the half's bits, rounded, at the bottom of the sum. */
  u32 tiny = bits_f32_u32(bits_u32_f32(size) + 0.5f) - 0x3f000000u;
  u32 normal = (size - 0x38000000u + 0xfffu + ((size >> 13) & 1u)) >> 13;
  u32 half = size < 0x38800000u ? tiny : size < 0x47800000u ? normal : size > 0x7f800000u ? 0x7e00u : 0x7c00u;
  return (b2)(half | sign);
}`;

/** A piece begins where a line begins with its storage class. */
const scalars: readonly string[] = functions.split(/\n+(?=INLINE|SELDOM)/);
