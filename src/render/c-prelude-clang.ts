// The helpers over lanes in clang's way: whole-vector arithmetic, in which a masked choice becomes a
// blend. (gcc makes better code of loops over the lanes, clang leaves those a lane at a time.)

import { eitherForm, inlineC } from "./c-definitions.ts";

/** max, min, where, sqrt, floor, fma, saturating casts and 16-bit floats for vectors of n lanes. */
export function clangVectors(n: number): string[] {
  const V = (type: string): string => `${type}x${n}`;
  const lines: string[] = [];
  const define = (result: string, name: string, parameters: string, body: string): void => {
    lines.push(inlineC(result, name, parameters, body));
  };
  const convert = (x: string, to: string): string => `__builtin_convertvector(${x}, ${V(to)})`;
  for (const T of ["f32", "f64", "i32", "u32"]) {
    const mask = T === "f64" ? "i64" : "i32";
    const two = `${V(T)} a, ${V(T)} b`;
    define(
      V(T),
      `where_${V(T)}`,
      `${V("i32")} m, ${two}`,
      `${V(mask)} k = ${convert("m", mask)}; return (${V(T)})((k & (${V(mask)})a) | (~k & (${V(mask)})b));`,
    );
    for (const [name, sign] of [
      ["max", ">"],
      ["min", "<"],
    ] as const) {
      const condition = T.startsWith("f") ? `(a ${sign} b) | (a != a)` : `a ${sign} b`;
      define(
        V(T),
        `${name}_${V(T)}`,
        two,
        `${V(mask)} k = (${V(mask)})(${condition}); return (${V(T)})((k & (${V(mask)})a) | (~k & (${V(mask)})b));`,
      );
    }
  }
  for (const [T, suffix] of [
    ["f32", "f"],
    ["f64", ""],
  ] as const) {
    for (const name of ["sqrt", "floor"]) {
      const own = `${name}_${V(T)}`;
      const whole = inlineC(V(T), own, `${V(T)} a`, `return __builtin_elementwise_${name}(a);`);
      const each = `${V(T)} r; LANES(${n}) r[i] = __builtin_${name}${suffix}(a[i]); return r;`;
      lines.push(
        eitherForm(
          `__has_builtin(__builtin_elementwise_${name})`,
          whole,
          inlineC(V(T), own, `${V(T)} a`, each),
        ),
      );
    }
    define(V(T), `fma_${V(T)}`, `${V(T)} a, ${V(T)} b, ${V(T)} c`, "FUSED return a * b + c;");
    const test = (condition: string): string => convert(`(${condition})`, "i32");
    const zero = `(${V(T)}){}`;
    define(
      V("i32"),
      `cast_${V(T)}_i32`,
      `${V(T)} a`,
      `${V("i32")} big = ${test(`a >= 2147483648.0${suffix}`)}, small = ${test(`a < -2147483648.0${suffix}`)}, none = ${test("a != a")}; ` +
        `${V("i32")} r = ${convert(`where_${V(T)}(big | small | none, ${zero}, a)`, "i32")}; ` +
        "return (r & ~big & ~small) | (big & 2147483647) | (small & (-2147483647 - 1));",
    );
    define(
      V("u32"),
      `cast_${V(T)}_u32`,
      `${V(T)} a`,
      `${V("i32")} big = ${test(`a >= 4294967296.0${suffix}`)}, above = ${test(`a > 0.0${suffix}`)}; ` +
        `return ${convert(`where_${V(T)}(above & ~big, a, ${zero})`, "u32")} | (${V("u32")})big;`,
    );
  }
  define(
    V("f32"),
    `read_${V("f16")}`,
    `${V("b2")} a`,
    `${V("u32")} h = ${convert("a", "u32")}, size = (h & 0x7fffu) << 13u, sign = (h & 0x8000u) << 16u; ` +
      `${V("u32")} tiny = (${V("u32")})(${convert(`(${V("i32")})(h & 0x3ffu)`, "f32")} * 0x1p-24f); ` +
      `${V("u32")} large = where_${V("u32")}((${V("i32")})((h & 0x7c00u) == 0x7c00u), size | 0x7f800000u, size + 0x38000000u); ` +
      `return (${V("f32")})(where_${V("u32")}((${V("i32")})((h & 0x7c00u) == 0u), tiny, large) | sign);`,
  );
  define(
    V("b2"),
    `write_${V("f16")}`,
    `${V("f32")} a`,
    `${V("u32")} bits = (${V("u32")})a, size = bits & 0x7fffffffu, sign = (bits >> 16u) & 0x8000u; ` +
      `${V("u32")} tiny = (${V("u32")})((${V("f32")})size + 0.5f) - 0x3f000000u; ` +
      `${V("u32")} normal = (size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u; ` +
      `${V("u32")} special = ((${V("u32")})(size > 0x7f800000u) & 0x200u) | 0x7c00u; ` +
      `${V("u32")} half = where_${V("u32")}((${V("i32")})(size < 0x47800000u), normal, special); ` +
      `return ${convert(`where_${V("u32")}((${V("i32")})(size < 0x38800000u), tiny, half) | sign`, "b2")};`,
  );
  define(
    V("b2"),
    `write_${V("bf16")}`,
    `${V("f32")} a`,
    `${V("u32")} bits = (${V("u32")})a, rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u, none = (${V("u32")})(a != a); ` +
      `return ${convert("(rounded & ~none) | (none & 0x7fc0u)", "b2")};`,
  );
  return lines;
}
