// The part of the prelude that is for vectors of one number of lanes: their types and a function for
// each operation. Vectors are GCC's and clang's vector extensions, not intrinsics, so one text serves
// every machine. With AVX-512 a comparison then stays in a mask register.

import { powerZero } from "../ir/kernel.ts";
import { eitherForm, eitherList, inlineC } from "./c-definitions.ts";
import { clangVectors } from "./c-prelude-clang.ts";
import { gccVectors } from "./c-prelude-gcc.ts";
import { memoryPieces } from "./c-prelude-memory.ts";

const elements: readonly (readonly [name: string, type: string, bytes: number])[] = [
  ["f32", "f32", 4],
  ["f64", "f64", 8],
  ["i32", "i32", 4],
  ["u32", "u32", 4],
  ["i64", "int64_t", 8],
  ["long", "long long", 8],
  ["b1", "b1", 1],
  ["b2", "b2", 2],
  ["b4", "b4", 4],
  ["b8", "b8", 8],
  ["s1", "int8_t", 1],
];

/** The types of vectors of n lanes, in registers and in memory, and how their lanes are moved about. */
export function vectorTypes(n: number): string {
  return [
    ...elements.map(
      ([name, type, bytes]) =>
        `typedef ${type} ${name}x${n} __attribute__((vector_size(${n * bytes})));`,
    ),
    ...[1, 2, 4, 8].map((bytes) => `typedef b${bytes}x${n} m${bytes}x${n} UNALIGNED;`),
    "#ifdef __clang__",
    `#define SHUFFLE_${n}(I, a, ...) __builtin_shufflevector(a, a, __VA_ARGS__)`,
    `#define SHUFFLE2_${n}(I, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)`,
    "#else",
    `#define SHUFFLE_${n}(I, a, ...) __builtin_shuffle(a, (I##x${n}){__VA_ARGS__})`,
    `#define SHUFFLE2_${n}(I, a, b, ...) __builtin_shuffle(a, b, (I##x${n}){__VA_ARGS__})`,
    "#endif",
  ].join("\n");
}

/** A function for each operation on vectors of n lanes. */
export function vectorPieces(n: number): string[] {
  const each = (item: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => item(i)).join(", ");
  const V = (type: string): string => `${type}x${n}`;
  const lines: string[] = [];
  const define = (result: string, name: string, parameters: string, body: string): void => {
    lines.push(inlineC(result, name, parameters, body));
  };
  for (const type of ["f32", "f64", "i32", "u32"]) {
    define(V(type), `splat_${V(type)}`, `${type} a`, `return (${V(type)}){${each(() => "a")}};`);
  }
  lines.push(...eitherList("defined(__clang__)", clangVectors(n), gccVectors(n)));
  const scale = (body: string): string =>
    inlineC(V("f32"), `scale_${V("f32")}`, `${V("f32")} a, ${V("f32")} s`, body);
  const twice = scale(
    `${V("i32")} bits = (${V("i32")})s, half = bits >> 1; ` +
      `return a * (${V("f32")})(half << 23) * (${V("f32")})((bits - half) << 23);`,
  );
  const once = scale(
    `${V("f32")} k = s - ${powerZero}.0f, zero = {0}; ` +
      "return __builtin_ia32_scalefps512_mask(a, k, zero, __builtin_ia32_cmpps512_mask(k, zero - 151.0f, 22, -1, 4), 4);",
  );
  lines.push(n === 16 ? eitherForm("defined(__AVX512F__)", once, twice) : twice);
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
  // Lane i with lane i + half, in steps that stay in their part of a register; the upper lanes hold
  // what nobody reads.
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
          `b = SHUFFLE_${n}(${T === "f64" ? "i64" : "i32"}, a, ${each((i) => `${i ^ half}`)}); a = ${expression};`,
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
  lines.push(...memoryPieces(n));
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
  return lines;
}
