// Each instruction of the kernel language as a C expression: one table, total by its type. Operands
// arrive as texts of one width; what C has no operator for is a helper of c-prelude.ts, named by
// operation and type. Integers are added as unsigned, because that wraps.

import { CompileError } from "../ir/errors.ts";
import type { ComputeOp, Register } from "../ir/kernel.ts";
import { typeName } from "./c-types.ts";

export interface Operation {
  /** The type of the operands (of the values, for `where`) and of the result. */
  readonly from: Register;
  readonly to: Register;
  readonly lanes: number;
}

export type Operands = readonly [string, string, string];

const isFloat = (type: Register): boolean => type === "f32" || type === "f64";

/** An operator on the operand type, through unsigned integers where it could overflow. */
function wrapping({ from, lanes }: Operation, text: (as: string) => string): string {
  if (from !== "i32") return text("");
  return `(${typeName("i32", lanes)})(${text(`(${typeName("u32", lanes)})`)})`;
}

/** A comparison as a truth value: those of 64-bit lanes come as wide as their operands. */
function truth({ from, lanes }: Operation, comparison: string): string {
  if (lanes > 1 && from === "f64") return `narrow_i32x${lanes}((i64x${lanes})(${comparison}))`;
  return lanes > 1 ? `(i32x${lanes})(${comparison})` : comparison;
}

const helper = (name: string, { from, lanes }: Operation, ...args: string[]): string =>
  `${name}_${typeName(from, lanes)}(${args.join(", ")})`;

export const compute: { readonly [O in ComputeOp]: (o: Operation, x: Operands) => string } = {
  neg: (o, [a]) => wrapping(o, (as) => `-${as}${a}`),
  add: (o, [a, b]) => wrapping(o, (as) => `${as}${a} + ${as}${b}`),
  sub: (o, [a, b]) => wrapping(o, (as) => `${as}${a} - ${as}${b}`),
  mul: (o, [a, b]) => wrapping(o, (as) => `${as}${a} * ${as}${b}`),
  div: (o, [a, b]) =>
    isFloat(o.from) || o.from === "index" ? `${a} / ${b}` : helper("div", o, a, b),
  mod: (o, [a, b]) => (o.from === "index" ? `${a} % ${b}` : helper("mod", o, a, b)),
  max: (o, [a, b]) => (o.from === "bool" ? `${a} | ${b}` : helper("max", o, a, b)),
  min: (o, [a, b]) => (o.from === "bool" ? `${a} & ${b}` : helper("min", o, a, b)),
  fma: (o, [a, b, c]) =>
    isFloat(o.from)
      ? helper("fma", o, a, b, c)
      : wrapping(o, (as) => `${as}${a} * ${as}${b} + ${as}${c}`),
  scale: (o, [a, k]) => helper("scale", floats(o, "scale"), a, k),
  sqrt: (o, [a]) => helper("sqrt", floats(o, "sqrt"), a),
  floor: (o, [a]) => (isFloat(o.from) ? helper("floor", o, a) : a),
  // As masks, true is less than false.
  less: (o, [a, b]) => (o.from === "bool" ? andNot(o, b, a) : truth(o, `${a} < ${b}`)),
  equal: (o, [a, b]) => truth(o, `${a} == ${b}`),
  isNaN: (o, [a]) => truth(o, `${a} != ${a}`),
  and: (_, [a, b]) => `${a} & ${b}`,
  or: (_, [a, b]) => `${a} | ${b}`,
  xor: (_, [a, b]) => `${a} ^ ${b}`,
  not: (o, [a]) => (o.lanes > 1 ? `~${a}` : `!${a}`),
  shl: (o, [a, b]) => wrapping(o, (as) => `${as}${a} << (${as}${b} & 31u)`),
  shr: (_, [a, b]) => `${a} >> (${b} & 31)`,
  where: (o, [condition, a, b]) =>
    o.lanes > 1
      ? `where_${typeName(o.from, o.lanes)}(${condition}, ${a}, ${b})`
      : `${condition} ? ${a} : ${b}`,
  cast: (o, [a]) => castText(a, o.from, o.to, o.lanes),
  bitcast: (o, [a]) => {
    if (o.from === o.to) return a;
    if (o.lanes > 1) return `(${typeName(o.to, o.lanes)})${a}`;
    return `bits_${typeName(o.from, 1)}_${typeName(o.to, 1)}(${a})`;
  },
};

function andNot({ lanes }: Operation, a: string, b: string): string {
  return lanes > 1 ? `${a} & ~${b}` : `${a} & !${b}`;
}

function floats(o: Operation, name: string): Operation {
  if (isFloat(o.from)) return o;
  throw new CompileError(`kernel: ${name} takes floats, not ${o.from}`);
}

/** A conversion with the saturation and rounding that the kernel language asks for. */
export function castText(a: string, from: Register, to: Register, lanes: number): string {
  if (from === to) return a;
  const target = typeName(to, lanes);
  if (to === "bool")
    return truth(
      { from, to, lanes },
      `${a} != ${lanes > 1 ? `(${typeName(from, lanes)}){}` : "0"}`,
    );
  if (from === "bool") return lanes > 1 ? `from_mask_${target}(${a})` : `(${target})${a}`;
  if (isFloat(from) && !isFloat(to)) {
    return to === "index"
      ? `(index)cast_${from}_i32(${a})`
      : `cast_${typeName(from, lanes)}_${to}(${a})`;
  }
  const integers = !isFloat(from) && !isFloat(to);
  if (lanes === 1 || integers) return `(${target})${a}`;
  return `__builtin_convertvector(${a}, ${target})`;
}
