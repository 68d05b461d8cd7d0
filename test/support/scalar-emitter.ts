// An emitter that computes at once instead of building a kernel: every atom is a literal. It serves
// to measure sequences of kernel ops without a renderer, with fma rounded once or twice.

import type { Emitter } from "../../src/compile/math.ts";
import type { Atom, ComputeOp, Literal, Register } from "../../src/ir/kernel.ts";
import { compute } from "./evaluate-kernel.ts";

export interface ScalarEmitter extends Emitter {
  compute(op: ComputeOp, type: Register, ...args: Atom[]): Literal;
  /** Ops so far, those that only rename bits left out. */
  readonly count: () => number;
}

export function scalarEmitter(fma: "once" | "twice"): ScalarEmitter {
  let count = 0;
  return {
    count: () => count,
    compute(op, type, ...args) {
      const values = args.map((a) => (a as Literal).value);
      const from = (args[op === "where" ? 1 : 0] as Atom).type;
      if (op !== "bitcast") count++;
      const [a = 0, b = 0, c = 0] = values;
      const value =
        // The product is exact in double; the sum is rounded to double before f32, which changes
        // the result only next to a tie.
        op === "fma" && from === "f32" && fma === "once"
          ? Math.fround(a * b + c)
          : compute(op, from, type, values, { fma });
      return { kind: "literal", type, value };
    },
  };
}
