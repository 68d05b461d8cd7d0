// How the kernel language's types are spelt in C. A register of one lane is a C scalar (f32, i32,
// …), one of many a vector of GCC's and clang's vector extensions (f32x16). A truth value is an
// i32: 0 or 1 in a scalar, 0 or −1 in each lane of a vector, as comparisons of vectors give.

import type { DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import type { Register } from "../ir/kernel.ts";

/** The C type of a register. */
export function typeName(type: Register, lanes: number): string {
  const scalar = type === "bool" ? "i32" : type;
  return lanes === 1 ? scalar : `${scalar}x${lanes}`;
}

/** A literal of one lane, exact to the bit. */
export function literalText(type: Register, value: number): string {
  switch (type) {
    case "f32":
      return floatText(Math.fround(value), "f");
    case "f64":
      return floatText(value, "");
    case "i32":
      // −2³¹ has no literal of its own in C: it is the negation of one that does not fit.
      return (value | 0) === -(2 ** 31) ? "(-2147483647 - 1)" : parenthesised(value | 0);
    case "u32":
      return `${value >>> 0}u`;
    case "bool":
      return value ? "1" : "0";
    case "index":
      // What fits an int, and sums and products of a few such, need not say how wide they are.
      return Math.abs(value) < 2 ** 15 ? parenthesised(value) : `((index)${value})`;
  }
}

function floatText(value: number, suffix: string): string {
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
  if (value === Infinity) return `__builtin_inf${suffix}()`;
  if (value === -Infinity) return `(-__builtin_inf${suffix}())`;
  const negative = value < 0 || Object.is(value, -0);
  const digits = String(Math.abs(value));
  const text = /[.e]/.test(digits) ? digits : `${digits}.0`;
  return negative ? `(-${text}${suffix})` : `${text}${suffix}`;
}

const parenthesised = (value: number): string => (value < 0 ? `(${value})` : `${value}`);

/** Register types that an element in memory may be read to or written from without a cast. */
const carriers: { readonly [M in DType]: readonly Register[] } = {
  f32: ["f32"],
  f64: ["f64"],
  i32: ["i32", "u32"],
  u32: ["u32", "i32"],
  u8: ["i32", "u32"],
  i8: ["i32", "u32"],
  bool: ["bool"],
  f16: ["f32"],
  bf16: ["f32"],
};

/** The register type in which this memory arrives; `wanted` must be the same or differ in sign only. */
export function carrier(memory: DType, wanted: Register): Register {
  const [first] = carriers[memory] as readonly [Register];
  if (!carriers[memory].includes(wanted)) {
    throw new CompileError(
      `kernel: ${memory} memory is moved through ${carriers[memory].join(" or ")}, not ${wanted}`,
    );
  }
  return first;
}
