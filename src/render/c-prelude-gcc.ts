// The helpers over lanes in gcc's way: a loop over the lanes with a builtin in it becomes one
// instruction (vfmadd, vrndscale, vmaxps, a blend). The counterpart of c-prelude-clang.ts.

import { eitherForm, inlineC } from "./c-definitions.ts";

/** max, min, where, sqrt, floor, fma, saturating casts and 16-bit floats for vectors of n lanes. */
export function gccVectors(n: number): string[] {
  const V = (type: string): string => `${type}x${n}`;
  const all = `LANES(${n})`;
  /** A loop around an expression of a[i], b[i], …, that gcc turns into vectors. */
  const loop = (result: string, name: string, parameters: string, expression: string): string =>
    inlineC(result, name, parameters, `${result} r; ${all} r[i] = ${expression}; return r;`);
  const pieces: string[] = [];
  for (const [T, suffix, fused] of [
    ["f32", "f", "FMAF"],
    ["f64", "", "FMA"],
  ] as const) {
    const two = `${V(T)} a, ${V(T)} b`;
    pieces.push(
      loop(V(T), `sqrt_${V(T)}`, `${V(T)} a`, `__builtin_sqrt${suffix}(a[i])`),
      loop(V(T), `floor_${V(T)}`, `${V(T)} a`, `__builtin_floor${suffix}(a[i])`),
      fusedProduct(
        T,
        n,
        loop(V(T), `fma_${V(T)}`, `${two}, ${V(T)} c`, `${fused}(a[i], b[i], c[i])`),
      ),
      loop(V("i32"), `cast_${V(T)}_i32`, `${V(T)} a`, `cast_${T}_i32(a[i])`),
      loop(V("u32"), `cast_${V(T)}_u32`, `${V(T)} a`, `cast_${T}_u32(a[i])`),
    );
  }
  for (const T of ["f32", "f64", "i32", "u32"]) {
    const two = `${V(T)} a, ${V(T)} b`;
    for (const [name, sign] of [
      ["max", ">"],
      ["min", "<"],
    ] as const) {
      const own = `${name}_${V(T)}`;
      const picked = `a[i] ${sign} b[i] ? a[i] : b[i]`;
      const plain = loop(
        V(T),
        own,
        two,
        T.startsWith("f") ? `a[i] != a[i] ? a[i] : ${picked}` : picked,
      );
      const native = T === "f32" || T === "f64" ? nativeExtreme(name, T, n) : undefined;
      const orNaN = `${V(T)} m = ${native?.text}; ${V(T)} r; ${all} r[i] = a[i] != a[i] ? a[i] : m[i]; return r;`;
      pieces.push(native ? eitherForm(native.where, inlineC(V(T), own, two, orNaN), plain) : plain);
    }
    pieces.push(loop(V(T), `where_${V(T)}`, `${V("i32")} m, ${two}`, "m[i] ? a[i] : b[i]"));
  }
  pieces.push(
    loop(V("f32"), `read_${V("f16")}`, `${V("b2")} a`, "read_f16(a[i])"),
    loop(V("b2"), `write_${V("bf16")}`, `${V("f32")} a`, "write_bf16(a[i])"),
    loop(V("b2"), `write_${V("f16")}`, `${V("f32")} a`, "write_f16(a[i])"),
  );
  return pieces;
}

/**
 * a·b + c in x86's own instruction, beside the loop that serves every machine: gcc makes the same of
 * both, but of the loop, at its many uses, only after some work.
 */
function fusedProduct(type: "f32" | "f64", lanes: number, loop: string): string {
  const bytes = lanes * (type === "f32" ? 4 : 8);
  const V = `${type}x${lanes}`;
  const stem = `__builtin_ia32_vfmaddp${type === "f32" ? "s" : "d"}`;
  const form = (call: string): string =>
    inlineC(V, `fma_${V}`, `${V} a, ${V} b, ${V} c`, `return ${call};`);
  if (bytes === 64) {
    return eitherForm("defined(__AVX512F__)", form(`${stem}512_mask(a, b, c, -1, 4)`), loop);
  }
  if (bytes === 32) return eitherForm("defined(__FMA__)", form(`${stem}256(a, b, c)`), loop);
  if (bytes === 16) return eitherForm("defined(__FMA__)", form(`${stem}(a, b, c)`), loop);
  return loop;
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
