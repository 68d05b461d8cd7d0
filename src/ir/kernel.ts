// A kernel: one function as a loop nest over vectors, in static single assignment, that every
// renderer turns into its own language. It computes on `lanes` numbers at a time; sizes, strides and
// numbers that differ from call to call are launch arguments, so that one text serves every size.
//
//   kernel(buffers, ints, floats, begin, end, scratch):  for unit in [begin, end) { body }
//
// Units are independent of each other and may run on any thread in any order.

import type { DType } from "./dtype.ts";

/** What a register holds. `index` is an address-sized signed integer; bool a truth value per lane. */
export type Register = "f32" | "f64" | "i32" | "u32" | "bool" | "index";

/** A value assigned once (or, declared by `var`, assigned again by `set`). Ids are dense from 0. */
export interface Variable {
  readonly kind: "variable";
  readonly id: number;
  readonly type: Register;
  /** 1, or the kernel's lanes. `index` variables have 1. */
  readonly lanes: number;
}

export interface Literal {
  readonly kind: "literal";
  readonly type: Register;
  readonly value: number;
}

/** A launch argument: ints[at], always `index`; or floats[at], converted to `type`. */
export interface Argument {
  readonly kind: "int" | "float";
  readonly at: number;
  readonly type: Register;
}

/** Operands. One of 1 lane in an instruction of many lanes counts for every lane. */
export type Atom = Variable | Literal | Argument;

/**
 * Arithmetic of registers. Operands and result have one type, except that less, equal and isNaN give bool,
 * `where` takes a bool first, cast and bitcast change the type.
 * - Integers wrap; integer div is floor division and mod has the divisor's sign; both give 0 for divisor 0.
 *   On `index` operands of div and mod are never negative and the divisor is positive.
 * - Float mod has the divisor's sign: a − floor(a/b)·b, rounded after every step.
 * - max and min pass NaN on: max(a, b) = (a > b or a is NaN) ? a : b, min likewise with <.
 * - scale(a, s) = a·2ᵏ, rounded once: of f32, for a from ½ to 2 and s = powerZero + k with a whole k from
 *   −254 to 252; NaN where both are.
 * - fma(a, b, c) = a·b + c, rounded once where the target can and twice where it cannot.
 * - and or xor: i32, u32 and bool; not: bool; shl, shr: i32 (arithmetic) and u32, count modulo 32.
 * - cast: float to i32 or u32 truncates, saturates and sends NaN to 0; to bool is `≠ 0`; bool gives 0 or 1;
 *   i32 and u32 keep their bits; i32 to f32 rounds to nearest even; f64 to f32 likewise.
 * - bitcast: between f32, i32 and u32; and between f64 and nothing.
 */
export type ComputeOp =
  | "neg"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "max"
  | "min"
  | "fma"
  | "scale"
  | "sqrt"
  | "floor"
  | "less"
  | "equal"
  | "isNaN"
  | "and"
  | "or"
  | "xor"
  | "not"
  | "shl"
  | "shr"
  | "where"
  | "cast"
  | "bitcast";

/**
 * What `scale` takes for 2⁰. A number with k added to it is a whole one whose low bits hold k + 254, and
 * adding it to a number that is no whole one rounds that.
 */
export const powerZero: number = 1.5 * 2 ** 23 + 254;

/** What the body of a kernel is made of. */
export type Statement =
  /** let to = op(args); `to.type` is the result type, `to.lanes` the width. */
  | {
      readonly kind: "compute";
      readonly to: Variable;
      readonly op: ComputeOp;
      readonly args: readonly Atom[];
    }
  /** A mutable variable with its first value. */
  | { readonly kind: "var"; readonly to: Variable; readonly value: Atom }
  | { readonly kind: "set"; readonly to: Variable; readonly value: Atom }
  /** let to = [0, 1, …, lanes − 1] (i32). */
  | { readonly kind: "lanes"; readonly to: Variable }
  /** let to (bool) = [0 < count, 1 < count, …]; count fits in an i32. */
  | { readonly kind: "first"; readonly to: Variable; readonly count: Atom }
  /**
   * let to = memory[index], converted from the memory type to the register's (f16 and bf16 to f32, u8 and i8
   * to i32 or u32, bool to bool). With to.lanes > 1: consecutive elements, or `stride` elements apart, or, if
   * `index` itself is an i32 vector, one element a lane at element `base` + that index. With `count`, which is
   * from 1 to the number of lanes, the lanes from `count` on touch no memory and hold 0.
   */
  | {
      readonly kind: "load";
      readonly to: Variable;
      readonly buffer: number;
      readonly index: Atom;
      readonly stride?: Atom;
      readonly base?: Atom;
      readonly count?: Atom;
    }
  /** memory[index] = value; addressing as for load; converted to the memory type (f32 to f16/bf16 rounds to nearest even). `lanes` says how many are stored: 1 or the kernel's; of these, if given, the first `count`. */
  | {
      readonly kind: "store";
      readonly buffer: number;
      readonly index: Atom;
      readonly value: Atom;
      readonly lanes: number;
      readonly stride?: Atom;
      readonly base?: Atom;
      readonly count?: Atom;
    }
  /**
   * Memory around an element will be read, or written, soon; `near`: so soon that it should come into
   * the first cache, not only the second. No more than a hint, whatever the index.
   */
  | {
      readonly kind: "prefetch";
      readonly buffer: number;
      readonly index: Atom;
      readonly write: boolean;
      readonly near: boolean;
    }
  /** let to (1 lane) = all lanes of value combined, in halves: lane i with lane i + half, and so on. Of bool: max. */
  | {
      readonly kind: "across";
      readonly to: Variable;
      readonly op: "add" | "mul" | "max";
      readonly value: Variable;
    }
  /** let to[i] = [lane i of from[0], lane i of from[1], …]: as many vectors as lanes, of one type, not bool. */
  | {
      readonly kind: "transpose";
      readonly to: readonly Variable[];
      readonly from: readonly Variable[];
    }
  /** for (variable = start; variable < stop; variable += step); step is a positive literal or argument. */
  | {
      readonly kind: "for";
      readonly variable: Variable;
      readonly start: Atom;
      readonly stop: Atom;
      readonly step: Atom;
      readonly body: readonly Statement[];
    }
  /** condition is a bool of 1 lane. */
  | {
      readonly kind: "if";
      readonly condition: Atom;
      readonly body: readonly Statement[];
      readonly otherwise?: readonly Statement[];
    }
  /**
   * let parameters = args; body. Apart from memory the body knows only its parameters and literals, and nothing
   * of it is read afterwards: it can be a function, written once for all kernels that have it. A stage is a
   * long one of many loops, run once or twice a unit; others are short and run in the innermost loops.
   */
  | {
      readonly kind: "routine";
      readonly stage?: boolean;
      readonly parameters: readonly Variable[];
      readonly args: readonly Atom[];
      readonly body: readonly Statement[];
    }
  /** if the status word is still 0, write `code`, and `value` beside it: an index out of range. 1 lane. */
  | { readonly kind: "report"; readonly code: Atom; readonly value: Atom };

export interface KernelBuffer {
  readonly memory: DType;
  readonly write: boolean;
  /** Thread-private memory: its byte offset in the thread's scratch is ints[scratch]. Not in the buffer table. */
  readonly scratch?: number;
}

/** One kernel: loops over buffers, with the statements inside. */
export interface Kernel {
  /** For people: what it computes. Not part of its identity. */
  readonly name: string;
  /** External buffers first, in the order of the buffer table, then scratch. */
  readonly buffers: readonly KernelBuffer[];
  readonly ints: number;
  readonly floats: number;
  readonly lanes: number;
  /** How many variables the body declares: ids are below this. */
  readonly variables: number;
  /** The index variable that counts units. */
  readonly unit: Variable;
  readonly body: readonly Statement[];
}
