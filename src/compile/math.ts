// exp, log, sin and their kin, and random bits, as sequences of kernel ops. C and WebAssembly so get
// the same polynomials, a loop over them vectorises, and no target needs a mathematical library.
// There are no branches: both sides are computed and `where` selects. Correctness never needs an
// fma that rounds once (wasm has none); where there is one, it saves half the instructions.
//
// The pieces are in math-f32.ts and math-f64.ts, each with its error bounds.

import type { Atom } from "../ir/kernel.ts";
import { arithmetic, type Emitter, type MathOp } from "./math-arithmetic.ts";
import { decay as decayF32, mathematicsF32 } from "./math-f32.ts";
import { mathematicsF64 } from "./math-f64.ts";

export { type Emitter, literal, type MathOp } from "./math-arithmetic.ts";

export const isMathOp = (op: string): op is MathOp => op in mathematicsF64;

/** A function as kernel ops on a register of `type`. */
export const mathematics = (op: MathOp, e: Emitter, x: Atom, type: "f32" | "f64"): Atom =>
  (type === "f32" ? mathematicsF32 : mathematicsF64)[op](e, x);

/** eˣ with the bits that `exp` gives, of an x that is never above 0 (or is NaN). */
export const decay = (e: Emitter, x: Atom, type: "f32" | "f64"): Atom =>
  type === "f32" ? decayF32(e, x) : mathematicsF64.exp(e, x);

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * The first word of Threefry-2x32-20, on u32 registers: what src/ir/threefry.ts defines. Sums of key
 * words and round constants come first, so that with a key of one lane they are scalar.
 */
export function emitThreefry(e: Emitter, k0: Atom, k1: Atom, c0: Atom, c1: Atom): Atom {
  const u = arithmetic(e, "u32");
  const schedule = [k0, k1, u.xor(u.xor(k0, k1), 0x1bd11bda)];
  let x0 = u.add(c0, k0);
  let x1 = u.add(c1, k1);
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let round = first; round < first + 4; round++) {
      const distance = rotations[round] as number;
      x0 = u.add(x0, x1);
      // The second word is not asked for: its last update is left out.
      if (group === 4 && round === first + 3) break;
      x1 = u.xor(u.or(u.shl(x1, distance), u.shr(x1, 32 - distance)), x0);
    }
    x0 = u.add(x0, schedule[(group + 1) % 3] as Atom);
    if (group < 4) x1 = u.add(x1, u.add(schedule[(group + 2) % 3] as Atom, group + 1));
  }
  return x0;
}
