import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decay, emitThreefry, literal, type MathOp, mathematics } from "../../src/compile/math.ts";
import { mathematicsF64 } from "../../src/compile/math-f64.ts";
import { erf } from "../../src/ir/erf.ts";
import type { Literal, Register } from "../../src/ir/kernel.ts";
import { threefry2x32 } from "../../src/ir/threefry.ts";
import { scalarEmitter } from "../support/scalar-emitter.ts";

type Float = "f32" | "f64";

const names = Object.keys(mathematicsF64) as MathOp[];
const golden = JSON.parse(
  readFileSync(new URL("../golden/math-values.json", import.meta.url), "utf8"),
) as Record<MathOp, [number, number][]>;

const exact: Record<MathOp, (x: number) => number> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
};

/**
 * Largest errors in units in the last place, as the heads of math-f32.ts and math-f64.ts state
 * them. Golden doubles are themselves half a unit off.
 */
const bounds: Record<Float, Record<MathOp, number>> = {
  f32: { exp: 1.2, expm1: 1.7, log: 0.9, log1p: 1.5, sin: 1.6, cos: 1.6, tanh: 1.4, erf: 1.4 },
  f64: { exp: 1.2, expm1: 2, log: 0.9, log1p: 0.9, sin: 2.5, cos: 2.5, tanh: 2.6, erf: 1.3 },
};

const numbers = new Float64Array(1);
const words = new Uint32Array(numbers.buffer);
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

function evaluate(op: MathOp, x: number, type: Float, fma: "once" | "twice"): number {
  return (mathematics(op, scalarEmitter(fma), literal(type, x), type) as Literal).value;
}

/** The distance of the next number of the type from y, on the side away from 0. */
function unit(y: number, type: Float): number {
  const digits = type === "f32" ? 24 : 53;
  const least = type === "f32" ? -149 : -1074;
  numbers[0] = Math.abs(y);
  const exponent = ((words[1] as number) >>> 20) - 1023;
  return 2 ** Math.max(least, exponent - digits + 1);
}

/** |y − right| in units in the last place of `right`; infinite if only one is special. */
function distance(y: number, right: number, type: Float): number {
  const rounded = type === "f32" ? Math.fround(right) : right;
  if (Object.is(y, rounded)) {
    return Number.isFinite(y) ? Math.abs(y - right) / unit(right, type) : 0;
  }
  if (!Number.isFinite(y) || !Number.isFinite(rounded)) return Number.POSITIVE_INFINITY;
  if (y === 0 && right === 0) return Number.POSITIVE_INFINITY; // the wrong zero
  return Math.abs(y - right) / unit(right, type);
}

/** Where the function bends, blows up or changes formula. */
const spans: Record<MathOp, [number, number][]> = {
  exp: [
    [-104.5, 89],
    [-1, 1],
    [-1e-3, 1e-3],
    [-104, -86],
  ],
  expm1: [
    [-20, 89.5],
    [-1.2, 1.2],
    [-1e-3, 1e-3],
  ],
  log: [
    [0, 4],
    [0.7, 1.42],
    [0, 1e6],
    [0, 2 ** -120],
  ],
  log1p: [
    [-1, 3],
    [-0.3, 0.42],
    [-1e-3, 1e-3],
    [0, 1e9],
  ],
  sin: [
    [-8192, 8192],
    [-7, 7],
    [-0.01, 0.01],
  ],
  cos: [
    [-8192, 8192],
    [-7, 7],
    [-0.01, 0.01],
  ],
  tanh: [
    [-10, 10],
    [-0.7, 0.7],
    [-0.01, 0.01],
  ],
  erf: [
    [-4.1, 4.1],
    [-1, 1],
    [-0.01, 0.01],
  ],
};

const outside = (op: MathOp, x: number): boolean =>
  (op === "sin" || op === "cos") && Math.abs(x) > 8192 && Number.isFinite(x);

describe.each(["once", "twice"] as const)("f32, fma rounds %s", (fma) => {
  test.each(names)("%s is as near as stated", (op) => {
    let worst = 0;
    let at = 0;
    const look = (x: number): void => {
      float[0] = x;
      const single = float[0] as number;
      if (outside(op, single)) return;
      const error = distance(evaluate(op, single, "f32", fma), exact[op](single), "f32");
      if (error > worst) [worst, at] = [error, single];
    };
    for (const [low, high] of spans[op]) {
      for (let i = 0; i <= 3000; i++) look(low + ((high - low) * i) / 3000);
    }
    // Every 500,009th bit pattern: all exponents, both signs, denormals, NaNs.
    for (let bits = 0; bits < 2 ** 32; bits += 500_009) {
      word[0] = bits;
      look(float[0] as number);
    }
    expect(worst, `at ${at}`).toBeLessThan(bounds.f32[op]);
    expect(worst).toBeGreaterThan(0.45); // the sweep did look
  });

  test.each(["sin", "cos"] as const)("%s keeps its place in the wave up to 10⁵", (op) => {
    let worst = 0;
    for (let x = 8192; x < 1e5; x += 17.03125) {
      for (const at of [x, -x]) {
        const error = Math.abs(evaluate(op, at, "f32", fma) - exact[op](at));
        if (error > worst) worst = error;
      }
    }
    expect(worst).toBeLessThan(fma === "once" ? 1e-7 : 1.2e-6);
  });
});

describe.each(["once", "twice"] as const)("f64, fma rounds %s", (fma) => {
  test.each(names)("%s matches values made with 60 digits", (op) => {
    let worst = 0;
    let at = 0;
    for (const [x, y] of golden[op]) {
      const error = distance(evaluate(op, x, "f64", fma), y, "f64");
      if (error > worst) [worst, at] = [error, x];
    }
    expect(worst, `at ${at}`).toBeLessThan(bounds.f64[op] + 0.5);
  });
});

test.each(names)("f64: %s is near Math's in a sweep", (op) => {
  let worst = 0;
  let at = 0;
  for (const [low, high] of spans[op]) {
    for (let i = 0; i <= 1000; i++) {
      const x = low + ((high - low) * i) / 1000;
      const error = distance(evaluate(op, x, "f64", "twice"), exact[op](x), "f64");
      if (error > worst) [worst, at] = [error, x];
    }
  }
  // Math is up to one unit off, and the interpreter's erf up to three.
  expect(worst, `at ${at}`).toBeLessThan(bounds.f64[op] + (op === "erf" ? 3 : 1));
});

describe.each(["f32", "f64"] as const)("%s: special values", (type) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const least = type === "f32" ? 2 ** -149 : 5e-324;
  const top = type === "f32" ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE;
  const over = type === "f32" ? 88.72284 : 709.782712893385;
  const gone = type === "f32" ? -103.98 : -745.14;
  const rows: [MathOp, number, number][] = [
    ["exp", inf, inf],
    ["exp", -inf, 0],
    ["exp", 0, 1],
    ["exp", -0, 1],
    ["exp", over, inf],
    ["exp", top, inf],
    ["exp", -top, 0],
    ["exp", gone, 0],
    ["expm1", inf, inf],
    ["expm1", -inf, -1],
    ["expm1", 0, 0],
    ["expm1", -0, -0],
    ["expm1", over, inf],
    ["expm1", -top, -1],
    ["expm1", least, least],
    ["expm1", -least, -least],
    ["log", 0, -inf],
    ["log", -0, -inf],
    ["log", 1, 0],
    ["log", inf, inf],
    ["log", -inf, nan],
    ["log", -1, nan],
    ["log", -least, nan],
    ["log1p", 0, 0],
    ["log1p", -0, -0],
    ["log1p", -1, -inf],
    ["log1p", inf, inf],
    ["log1p", -inf, nan],
    ["log1p", -1.5, nan],
    ["log1p", least, least],
    ["log1p", -least, -least],
    ["sin", 0, 0],
    ["sin", -0, -0],
    ["sin", inf, nan],
    ["sin", -inf, nan],
    ["sin", least, least],
    ["sin", -least, -least],
    ["cos", 0, 1],
    ["cos", -0, 1],
    ["cos", inf, nan],
    ["cos", -inf, nan],
    ["tanh", 0, 0],
    ["tanh", -0, -0],
    ["tanh", inf, 1],
    ["tanh", -inf, -1],
    ["tanh", top, 1],
    ["tanh", -top, -1],
    ["tanh", least, least],
    ["tanh", -least, -least],
    ["erf", 0, 0],
    ["erf", -0, -0],
    ["erf", inf, 1],
    ["erf", -inf, -1],
    ["erf", top, 1],
    ["erf", -top, -1],
  ];
  for (const op of names) rows.push([op, nan, nan]);

  test.each(rows)("%s(%d) is %d", (op, x, y) => {
    expect(evaluate(op, x, type, "once")).toBe(y);
    expect(evaluate(op, x, type, "twice")).toBe(y);
  });

  test("exp reaches the largest numbers and keeps the denormal ones", () => {
    const below = type === "f32" ? 88.7228 : 709.7827;
    expect(evaluate("exp", below, type, "twice")).toBeGreaterThan(0.999 * top);
    expect(evaluate("exp", below, type, "twice")).toBeLessThan(top);
    const tiny = type === "f32" ? -103 : -745;
    expect(evaluate("exp", tiny, type, "twice")).toBe(least);
  });

  test("tanh, erf and sin are odd", () => {
    const range = { noNaN: true, noDefaultInfinity: true, min: -50, max: 50 };
    fc.assert(
      fc.property(type === "f32" ? fc.float(range) : fc.double(range), (x) => {
        for (const op of ["tanh", "erf", "sin"] as const) {
          expect(evaluate(op, -x, type, "twice")).toBe(-evaluate(op, x, type, "twice"));
        }
      }),
    );
  });

  test("sin and cos of anything finite stay within 1", () => {
    const range = { noNaN: true, noDefaultInfinity: true };
    fc.assert(
      fc.property(type === "f32" ? fc.float(range) : fc.double(range), (x) => {
        expect(Math.abs(evaluate("sin", x, type, "twice"))).toBeLessThanOrEqual(1);
        expect(Math.abs(evaluate("cos", x, type, "twice"))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe.each(["once", "twice"] as const)("decay, fma rounds %s", (fma) => {
  test.each(["f32", "f64"] as const)("of %s has the bits of exp", (type) => {
    const same = (x: number): void => {
      const at = literal(type, x);
      expect((decay(scalarEmitter(fma), at, type) as Literal).value).toBe(
        evaluate("exp", at.value, type, fma),
      );
    };
    [0, -0, -Infinity, Number.NaN].forEach(same);
    const [first, step] = type === "f32" ? [180, 0.011] : [1000, 0.11];
    for (let x = -first; x <= 0; x += step) same(x);
    for (let x = -1e-45; x > -1e38; x *= 1.7) same(x);
  });
});

test("the f32 functions stay cheap", () => {
  const counts = names.map((op) => {
    const emitter = scalarEmitter("once");
    mathematics(op, emitter, literal("f32", 0.3), "f32");
    return [op, emitter.count()];
  });
  expect(Object.fromEntries(counts)).toEqual({
    exp: 14,
    expm1: 19,
    log: 30,
    log1p: 29,
    sin: 28,
    cos: 26,
    tanh: 28,
    erf: 32,
  });
});

describe("literal", () => {
  test.each([
    ["f32", 0.1, Math.fround(0.1)],
    ["f64", 0.1, 0.1],
    ["i32", 0xffffffff, -1],
    ["u32", -1, 0xffffffff],
    ["bool", 1, 1],
  ] as [Register, number, number][])("%s holds %d as %d", (type, value, held) => {
    expect(literal(type, value)).toEqual({ kind: "literal", type, value: held });
  });
});

describe("threefry", () => {
  const emitted = (...words: number[]): number => {
    const [k0, k1, c0, c1] = words.map((w) => literal("u32", w)) as [
      Literal,
      Literal,
      Literal,
      Literal,
    ];
    return (emitThreefry(scalarEmitter("once"), k0, k1, c0, c1) as Literal).value;
  };

  test("gives the known answers of Random123", () => {
    expect(emitted(0, 0, 0, 0)).toBe(0x6b200159);
    expect(emitted(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toBe(0x1cb996fc);
    expect(emitted(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toBe(0xc4923a9c);
  });

  test("is the first word of the scalar definition", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        expect(emitted(a, b, c, d)).toBe(threefry2x32(a, b, c, d)[0]);
      }),
    );
  });
});
