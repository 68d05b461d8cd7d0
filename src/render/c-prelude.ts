// What every C unit opens with: types, and a helper for each operation that C has no operator for.
// Vectors are GCC's and clang's vector extensions, not intrinsics, so one text serves every machine
// and no header is parsed; a loop over the lanes with a builtin in it becomes one instruction
// (vfmadd, vrndscale, vmaxps, a blend). With AVX-512 a comparison then stays in a mask register.

import { clangVectors } from "./c-prelude-clang.ts";
import { memoryVectors } from "./c-prelude-memory.ts";

/** The helpers for scalars and for vectors of each of these lane counts. */
export function preludeC(lanes: Iterable<number>): string {
  const widths = [...new Set(lanes)].filter((n) => n > 1).sort((a, b) => a - b);
  return [scalars, ...widths.map(vectors)].join("\n");
}

const scalars = `#include <stdint.h>
typedef float f32; typedef double f64; typedef int32_t i32; typedef uint32_t u32; typedef int64_t index;
typedef struct { int64_t code; double value; } hebb_status;
typedef uint8_t b1; typedef uint16_t b2; typedef uint32_t b4; typedef uint64_t b8;
#define UNALIGNED __attribute__((may_alias, aligned(1)))
typedef b1 UNALIGNED m1; typedef b2 UNALIGNED m2; typedef b4 UNALIGNED m4; typedef b8 UNALIGNED m8;
#define INLINE static inline __attribute__((always_inline))
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
#endif
static __attribute__((cold, noinline)) void hebb_report(hebb_status *status, int64_t code, double value) {
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
#define FLOATS(T, SUFFIX, FUSED) \\
INLINE T max_##T(T a, T b) { T m = a > b ? a : b; return a != a ? a : m; } \\
INLINE T min_##T(T a, T b) { T m = a < b ? a : b; return a != a ? a : m; } \\
INLINE T fma_##T(T a, T b, T c) { return FUSED(a, b, c); } \\
INLINE T sqrt_##T(T a) { return __builtin_sqrt##SUFFIX(a); } \\
INLINE T floor_##T(T a) { return __builtin_floor##SUFFIX(a); } \\
INLINE T mod_##T(T a, T b) { return a - __builtin_floor##SUFFIX(a / b) * b; } \\
INLINE i32 cast_##T##_i32(T a) { return a != a ? 0 : a >= (T)2147483648.0 ? 2147483647 : a < (T)-2147483648.0 ? -2147483647 - 1 : (i32)a; } \\
INLINE u32 cast_##T##_u32(T a) { return a >= (T)4294967296.0 ? 4294967295u : a > 0 ? (u32)a : 0; }
FLOATS(f32, f, FMAF)
FLOATS(f64, , FMA)
/* a * 2^k in two steps, since 2^k may be too large or too small for a factor; k + 254 stands in the low bits. */
INLINE f32 scale_f32(f32 a, f32 k) {
  i32 bits = bits_f32_i32(k + 12583166.0f), half = bits >> 1;
  return a * bits_u32_f32((u32)half << 23) * bits_u32_f32((u32)(bits - half) << 23);
}
#define INTEGERS(T) \\
INLINE T max_##T(T a, T b) { return a > b ? a : b; } \\
INLINE T min_##T(T a, T b) { return a < b ? a : b; }
INTEGERS(i32) INTEGERS(u32) INTEGERS(index)
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
}
`;

/** The same for vectors of n lanes. */
function vectors(n: number): string {
  const each = (item: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => item(i)).join(", ");
  const all = `LANES(${n})`;
  const V = (type: string): string => `${type}x${n}`;
  const types: readonly (readonly [string, number])[] = [
    ["f32", 4],
    ["f64", 8],
    ["i32", 4],
    ["u32", 4],
    ["i64", 8],
    ["long", 8],
    ["b1", 1],
    ["b2", 2],
    ["b4", 4],
    ["b8", 8],
    ["s1", 1],
  ];
  const element: Record<string, string> = { i64: "int64_t", long: "long long", s1: "int8_t" };
  const lines: string[] = [];
  for (const [type, bytes] of types) {
    lines.push(
      `typedef ${element[type] ?? type} ${V(type)} __attribute__((vector_size(${n * bytes})));`,
    );
  }
  const define = (result: string, name: string, parameters: string, body: string): void => {
    lines.push(`INLINE ${result} ${name}(${parameters}) { ${body} }`);
  };
  for (const type of ["f32", "f64", "i32", "u32"]) {
    define(V(type), `splat_${V(type)}`, `${type} a`, `return (${V(type)}){${each(() => "a")}};`);
  }
  /** A loop over the lanes around an expression of a[i], b[i], …, that gcc turns into vectors. */
  const loop = (result: string, name: string, parameters: string, expression: string): void =>
    define(result, name, parameters, `${result} r; ${all} r[i] = ${expression}; return r;`);
  lines.push("#ifdef __clang__", clangVectors(n), "#else");
  for (const [T, suffix, fused] of [
    ["f32", "f", "FMAF"],
    ["f64", "", "FMA"],
  ] as const) {
    const two = `${V(T)} a, ${V(T)} b`;
    loop(V(T), `sqrt_${V(T)}`, `${V(T)} a`, `__builtin_sqrt${suffix}(a[i])`);
    loop(V(T), `floor_${V(T)}`, `${V(T)} a`, `__builtin_floor${suffix}(a[i])`);
    loop(V(T), `fma_${V(T)}`, `${two}, ${V(T)} c`, `${fused}(a[i], b[i], c[i])`);
    loop(V("i32"), `cast_${V(T)}_i32`, `${V(T)} a`, `cast_${T}_i32(a[i])`);
    loop(V("u32"), `cast_${V(T)}_u32`, `${V(T)} a`, `cast_${T}_u32(a[i])`);
  }
  for (const T of ["f32", "f64", "i32", "u32"]) {
    const two = `${V(T)} a, ${V(T)} b`;
    for (const [name, sign] of [
      ["max", ">"],
      ["min", "<"],
    ] as const) {
      const native = T === "f32" || T === "f64" ? nativeExtreme(name, T, n) : undefined;
      if (native) {
        lines.push(`#if ${native.where}`);
        define(V(T), `pick_${name}_${V(T)}`, two, `return ${native.text};`);
        lines.push("#else");
      }
      loop(V(T), `pick_${name}_${V(T)}`, two, `a[i] ${sign} b[i] ? a[i] : b[i]`);
      if (native) lines.push("#endif");
      if (native) {
        const picked = `${V(T)} m = pick_${name}_${V(T)}(a, b); ${V(T)} r;`;
        define(
          V(T),
          `${name}_${V(T)}`,
          two,
          `${picked} ${all} r[i] = a[i] != a[i] ? a[i] : m[i]; return r;`,
        );
      } else define(V(T), `${name}_${V(T)}`, two, `return pick_${name}_${V(T)}(a, b);`);
    }
    loop(V(T), `where_${V(T)}`, `${V("i32")} m, ${two}`, "m[i] ? a[i] : b[i]");
  }
  loop(V("f32"), `read_${V("f16")}`, `${V("b2")} a`, "read_f16(a[i])");
  loop(V("b2"), `write_${V("bf16")}`, `${V("f32")} a`, "write_bf16(a[i])");
  loop(V("b2"), `write_${V("f16")}`, `${V("f32")} a`, "write_f16(a[i])");
  lines.push("#endif");
  if (n === 16) lines.push("#ifdef __AVX512F__");
  if (n === 16) {
    const [a, f] = [`${V("f32")} a`, V("f32")];
    define(
      f,
      `scale_${f}`,
      `${a}, ${f} k`,
      "return __builtin_ia32_scalefps512_mask(a, k, a, -1, 4);",
    );
    lines.push("#else");
  }
  define(
    V("f32"),
    `scale_${V("f32")}`,
    `${V("f32")} a, ${V("f32")} k`,
    `${V("i32")} bits = (${V("i32")})(k + 12583166.0f), half = bits >> 1; ` +
      `return a * (${V("f32")})(half << 23) * (${V("f32")})((bits - half) << 23);`,
  );
  if (n === 16) lines.push("#endif");
  for (const T of ["f32", "f64"]) {
    define(V(T), `mod_${V(T)}`, `${V(T)} a, ${V(T)} b`, `return a - floor_${V(T)}(a / b) * b;`);
  }
  define(
    V("i32"),
    `narrow_${V("i32")}`,
    `${V("i64")} a`,
    `return __builtin_convertvector(a, ${V("i32")});`,
  );
  define(
    V("f32"),
    `from_mask_${V("f32")}`,
    `${V("i32")} a`,
    `return (${V("f32")})(a & 0x3f800000);`,
  );
  define(V("i32"), `from_mask_${V("i32")}`, `${V("i32")} a`, "return a & 1;");
  define(V("u32"), `from_mask_${V("u32")}`, `${V("i32")} a`, `return (${V("u32")})(a & 1);`);
  define(
    V("f64"),
    `from_mask_${V("f64")}`,
    `${V("i32")} a`,
    `return __builtin_convertvector(a & 1, ${V("f64")});`,
  );
  for (const T of ["i32", "u32"]) {
    const two = `${V(T)} a, ${V(T)} b`;
    const real = (x: string): string => `__builtin_convertvector(${x}, ${V("f64")})`;
    define(
      V(T),
      `div_${V(T)}`,
      two,
      `${V("i32")} none = (${V("i32")})(b == 0); ${V("f64")} q = floor_${V("f64")}(${real("a")} / ${real(`(b | (${V(T)})(none & 1))`)}); ` +
        `return (${V(T)})(__builtin_convertvector(__builtin_convertvector(q, ${V("i64")}), ${V("i32")}) & ~none);`,
    );
    define(
      V(T),
      `mod_${V(T)}`,
      two,
      `return (${V(T)})(((${V("u32")})a - (${V("u32")})div_${V(T)}(a, b) * (${V("u32")})b) & (${V("u32")})(b != 0));`,
    );
  }
  // Lane i with lane i + half; the upper lanes hold what nobody reads.
  for (const T of ["f32", "f64", "i32", "u32"]) {
    const add = (op: string): string =>
      T === "i32" ? `(${V(T)})((${V("u32")})a ${op} (${V("u32")})b)` : `a ${op} b`;
    for (const [name, expression] of [
      ["add", add("+")],
      ["mul", add("*")],
      ["max", `max_${V(T)}(a, b)`],
    ] as const) {
      const steps: string[] = [];
      for (let half = n / 2; half >= 1; half /= 2) {
        steps.push(
          `b = SHUFFLE_${n}(${T === "f64" ? "i64" : "i32"}, a, ${each((i) => `${(i + half) % n}`)}); a = ${expression};`,
        );
      }
      define(
        T,
        `${name}_across_${V(T)}`,
        `${V(T)} a`,
        `${V(T)} b; ${steps.join(" ")} return a[0];`,
      );
    }
  }
  // Blocks of half the lanes change places, then of a quarter, …: a square of vectors is transposed.
  for (const bytes of [4, 8]) {
    const R = V(`b${bytes}`);
    const steps: string[] = [`${R} p;`];
    for (let half = n / 2; half >= 1; half /= 2) {
      for (let i = 0; i < n; i++) {
        if (i & half) continue;
        const k = i + half;
        const low = each((j) => `${j & half ? n + j - half : j}`);
        const high = each((j) => `${j & half ? n + j : j + half}`);
        const I = bytes === 4 ? "i32" : "i64";
        steps.push(`p = SHUFFLE2_${n}(${I}, a[${i}], a[${k}], ${low});`);
        steps.push(`a[${k}] = SHUFFLE2_${n}(${I}, a[${i}], a[${k}], ${high}); a[${i}] = p;`);
      }
    }
    define("void", `transpose_${R}`, `${R} *a`, steps.join(" "));
  }
  lines.splice(
    types.length,
    0,
    "#ifdef __clang__",
    `#define SHUFFLE_${n}(I, a, ...) __builtin_shufflevector(a, a, __VA_ARGS__)`,
    `#define SHUFFLE2_${n}(I, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)`,
    "#else",
    `#define SHUFFLE_${n}(I, a, ...) __builtin_shuffle(a, (I##x${n}){__VA_ARGS__})`,
    `#define SHUFFLE2_${n}(I, a, b, ...) __builtin_shuffle(a, b, (I##x${n}){__VA_ARGS__})`,
    "#endif",
  );
  lines.push(memoryVectors(n));
  define(
    V("i32"),
    `first_${V("i32")}`,
    "index n",
    `return (${V("i32")})((${V("i32")}){${each(String)}} < (i32)n);`,
  );
  const convert = (x: string, to: string): string => `__builtin_convertvector(${x}, ${V(to)})`;
  define(V("f32"), `read_${V("f32")}`, `${V("b4")} a`, `return (${V("f32")})a;`);
  define(V("f64"), `read_${V("f64")}`, `${V("b8")} a`, `return (${V("f64")})a;`);
  define(V("i32"), `read_${V("i32")}`, `${V("b4")} a`, `return (${V("i32")})a;`);
  define(V("u32"), `read_${V("u32")}`, `${V("b4")} a`, `return (${V("u32")})a;`);
  define(V("i32"), `read_${V("u8")}`, `${V("b1")} a`, `return ${convert("a", "i32")};`);
  define(V("i32"), `read_${V("i8")}`, `${V("b1")} a`, `return ${convert(`(${V("s1")})a`, "i32")};`);
  define(
    V("i32"),
    `read_${V("bool")}`,
    `${V("b1")} a`,
    `return (${V("i32")})(${convert("a", "i32")} != 0);`,
  );
  define(
    V("f32"),
    `read_${V("bf16")}`,
    `${V("b2")} a`,
    `return (${V("f32")})(${convert("a", "u32")} << 16);`,
  );
  define(V("b4"), `write_${V("f32")}`, `${V("f32")} a`, `return (${V("b4")})a;`);
  define(V("b8"), `write_${V("f64")}`, `${V("f64")} a`, `return (${V("b8")})a;`);
  define(V("b4"), `write_${V("i32")}`, `${V("i32")} a`, `return (${V("b4")})a;`);
  define(V("b4"), `write_${V("u32")}`, `${V("u32")} a`, `return (${V("b4")})a;`);
  define(V("b1"), `write_${V("u8")}`, `${V("i32")} a`, `return ${convert("a", "b1")};`);
  define(V("b1"), `write_${V("i8")}`, `${V("i32")} a`, `return ${convert("a", "b1")};`);
  define(V("b1"), `write_${V("bool")}`, `${V("i32")} a`, `return ${convert("a & 1", "b1")};`);
  return `${lines.join("\n")}\n`;
}

/** The instruction of x86 for a > b ? a : b or a < b ? a : b, which gcc does not find by itself. */
function nativeExtreme(
  name: "max" | "min",
  type: "f32" | "f64",
  lanes: number,
): { where: string; text: string } | undefined {
  const size = lanes * (type === "f32" ? 4 : 8);
  const stem = `__builtin_ia32_${name}p${type === "f32" ? "s" : "d"}`;
  if (size === 64)
    return { where: "defined(__AVX512F__)", text: `${stem}512_mask(a, b, a, -1, 4)` };
  if (size === 32) return { where: "defined(__AVX__)", text: `${stem}256(a, b)` };
  if (size === 16) return { where: "defined(__SSE2__)", text: `${stem}(a, b)` };
  return undefined;
}
