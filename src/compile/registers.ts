// What a kernel computes with: the register for each dtype, and how many numbers a vector holds of
// the widest type in use; one where a target cannot mix the widths.

import { type DType, isFloat } from "../ir/dtype.ts";
import type { Register } from "../ir/kernel.ts";
import type { ReduceKind } from "../ir/op.ts";
import type { Target } from "../render/renderer.ts";
import type { Expression } from "./expression.ts";
import { walk } from "./expression-walk.ts";
import { isMathOp } from "./math.ts";

/** The register that computes with a dtype; u8 in i32, masked after arithmetic. */
export function registerOf(dtype: DType): Register {
  if (dtype === "u8" || dtype === "i8") return "i32";
  if (dtype === "f16" || dtype === "bf16") return "f32";
  return dtype;
}

/** Every register that computing the expressions takes. */
export function registersOf(roots: readonly Expression[]): Set<Register> {
  const out = new Set<Register>();
  walk(roots, (e) => {
    const own = registerOf(e.dtype);
    out.add(own);
    // Functions of f64 build powers of two from 32-bit words.
    const words = e.kind === "operation" && own === "f64" && isMathOp(e.op);
    if (e.kind === "index" || words) out.add("i32");
  });
  return out;
}

/** Lanes of a kernel whose registers hold these types. */
export function lanesFor(target: Target, types: Iterable<Register>): number {
  if (target.without.has("vectors")) return 1;
  let wide = false;
  let narrow = false;
  for (const type of types) {
    if (type === "f64") wide = true;
    else if (type === "f32" || type === "i32" || type === "u32") narrow = true;
  }
  if (!wide) return target.vectorBytes / 4;
  return narrow && !target.mixedWidths ? 1 : Math.max(1, target.vectorBytes / 8);
}

/** What a reduction over nothing gives. */
export function identityOf(kind: ReduceKind, dtype: DType): number {
  if (kind === "add") return 0;
  if (kind === "mul") return 1;
  if (isFloat(dtype)) return -Infinity;
  return dtype === "i32" ? -2147483648 : 0;
}
