// How many numbers a kernel works on at a time: as many as the target's vectors hold of the widest
// type, and one where a target cannot mix the widths.

import type { Register } from "../ir/kernel.ts";
import type { Target } from "../render/renderer.ts";

/** Lanes of a kernel whose registers hold these types. */
export function lanesFor(target: Target, types: Iterable<Register>): number {
  let wide = false;
  let narrow = false;
  for (const type of types) {
    if (type === "f64") wide = true;
    else if (type === "f32" || type === "i32" || type === "u32") narrow = true;
  }
  if (!wide) return target.vectorBytes / 4;
  return narrow && !target.mixedWidths ? 1 : target.vectorBytes / 8;
}
