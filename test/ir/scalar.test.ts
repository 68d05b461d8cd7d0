import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../src/ir/dtype.ts";
import { castScalar, evaluateScalar, type scalar } from "../../src/ir/scalar.ts";
import { threefry2x32 } from "../../src/ir/threefry.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
type Row = [keyof typeof scalar, DType, number[], number];

describe("evaluateScalar", () => {
  test.each<Row>([
    // f32 rounds, f64 does not
    ["add", "f32", [2 ** 24, 1], 2 ** 24],
    ["add", "f64", [2 ** 24, 1], 2 ** 24 + 1],
    ["mul", "f32", [Math.fround(0.1), Math.fround(0.1)], 0.010000000707805157],
    ["div", "f32", [1, 3], 0.3333333432674408],
    ["sqrt", "f32", [2], 1.4142135381698608],
    ["exp", "f32", [1], 2.7182817459106445],
    ["mul", "f32", [1e38, 10], inf],
    ["neg", "f32", [0], -0],
    ["div", "f64", [1, -0], -inf],
    ["floor", "f64", [-1.5], -2],
    // the divisor's sign
    ["mod", "f64", [-7, 3], 2],
    ["mod", "f64", [7, -3], -2],
    ["mod", "f64", [5.5, 2], 1.5],
    ["mod", "f64", [1, 0], nan],
    // every step rounds: 1 / f32(0.1) is exactly 10 in f32, and 10 · f32(0.1) exactly 1
    ["mod", "f32", [1, Math.fround(0.1)], 0],
    ["mod", "f64", [1, Math.fround(0.1)], 1 - 9 * Math.fround(0.1)],
    // NaN passes on from either side
    ["max", "f32", [nan, 1], nan],
    ["max", "f32", [1, nan], nan],
    ["max", "f32", [-inf, -3], -3],
    ["less", "f32", [nan, 1], 0],
    ["less", "f32", [1, 2], 1],
    ["equal", "f32", [nan, nan], 0],
    ["equal", "f32", [0, -0], 1],
    ["equal", "i32", [-5, -5], 1],
    // integers wrap
    ["add", "i32", [2 ** 31 - 1, 1], -(2 ** 31)],
    ["add", "u32", [2 ** 32 - 1, 2], 1],
    ["add", "u8", [200, 100], 44],
    ["neg", "u8", [1], 255],
    ["neg", "u32", [1], 2 ** 32 - 1],
    ["neg", "i32", [-(2 ** 31)], -(2 ** 31)],
    ["mul", "i32", [123456789, 987654321], -67153019],
    ["mul", "u32", [4294967295, 4294967295], 1],
    ["mul", "u8", [16, 17], 16],
    // floor division and its remainder; 0 for a divisor 0
    ["div", "i32", [-7, 2], -4],
    ["div", "i32", [7, -2], -4],
    ["div", "i32", [-(2 ** 31), -1], -(2 ** 31)],
    ["div", "i32", [7, 0], 0],
    ["div", "u32", [4294967295, 2], 2147483647],
    ["mod", "i32", [-7, 3], 2],
    ["mod", "i32", [7, -3], -2],
    ["mod", "i32", [-7, 0], 0],
    ["mod", "u32", [4294967295, 10], 5],
    // bits
    ["shl", "i32", [1, 31], -(2 ** 31)],
    ["shl", "u32", [1, 31], 2 ** 31],
    ["shl", "u32", [3, 33], 6],
    ["shl", "u8", [129, 1], 2],
    ["shr", "i32", [-8, 1], -4],
    ["shr", "i32", [-1, 31], -1],
    ["shr", "u32", [2 ** 31, 31], 1],
    ["shr", "u32", [12, 34], 3],
    ["shr", "u8", [200, 3], 25],
    ["and", "u32", [0xf0f0f0f0, 0xffff0000], 0xf0f00000],
    ["or", "i32", [-(2 ** 31), 1], -(2 ** 31) + 1],
    ["xor", "bool", [1, 1], 0],
    ["or", "bool", [0, 1], 1],
    ["where", "f32", [1, 2, 3], 2],
    ["where", "f32", [0, 2, nan], nan],
  ])("%s in %s of %j", (op, dtype, args, result) => {
    expect(evaluateScalar(op, dtype, args)).toBe(result);
  });

  const signed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const unsigned = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test("integer ops agree with big integers", () => {
    const wrap = {
      i32: (x: bigint) => BigInt.asIntN(32, x),
      u32: (x: bigint) => BigInt.asUintN(32, x),
    };
    for (const dtype of ["i32", "u32"] as const) {
      const word = dtype === "i32" ? signed : unsigned;
      fc.assert(
        fc.property(word, word, (a, b) => {
          const [x, y] = [BigInt(a), BigInt(b)];
          const big = { add: x + y, mul: x * y, and: x & y, or: x | y, xor: x ^ y, neg: -x };
          for (const [op, value] of Object.entries(big)) {
            expect(evaluateScalar(op as keyof typeof big, dtype, [a, b])).toBe(
              Number(wrap[dtype](value)),
            );
          }
        }),
      );
    }
  });

  test("a = (a div b)·b + (a mod b), and 0 ≤ (a mod b)/b < 1", () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        fc.pre(b !== 0);
        const quotient = evaluateScalar("div", "i32", [a, b]);
        const rest = evaluateScalar("mod", "i32", [a, b]);
        expect((Math.imul(quotient, b) + rest) | 0).toBe(a);
        expect(rest / b).toBeGreaterThanOrEqual(0);
        expect(rest / b).toBeLessThan(1);
      }),
    );
  });

  test("f32 results are numbers that f32 holds", () => {
    const number = fc.float();
    fc.assert(
      fc.property(number, number, (a, b) => {
        for (const op of ["add", "mul", "div", "mod", "exp", "tanh", "erf", "log1p"] as const) {
          const result = evaluateScalar(op, "f32", [a, b]);
          expect(result).toBe(Math.fround(result));
        }
      }),
    );
  });

  test("threefry is the first word of the generator", () => {
    fc.assert(
      fc.property(unsigned, unsigned, unsigned, unsigned, (a, b, c, d) => {
        expect(evaluateScalar("threefry", "u32", [a, b, c, d])).toBe(threefry2x32(a, b, c, d)[0]);
      }),
    );
  });
});

describe("castScalar", () => {
  test.each<[number, DType, DType, number]>([
    [1.9, "f32", "i32", 1],
    [-1.9, "f32", "i32", -1],
    [-0.5, "f32", "i32", 0],
    [3e9, "f32", "i32", 2 ** 31 - 1],
    [-inf, "f64", "i32", -(2 ** 31)],
    [nan, "f32", "i32", 0],
    [3e9, "f32", "u32", 3e9],
    [-1, "f32", "u32", 0],
    [1e20, "f32", "u32", 2 ** 32 - 1],
    [nan, "f64", "u32", 0],
    [-1.5, "f32", "u8", 255],
    [257.9, "f32", "u8", 1],
    [1e20, "f32", "u8", 255],
    [nan, "f32", "u8", 0],
    [200, "f32", "i8", -56],
    [0.25, "f32", "bool", 1],
    [-0, "f32", "bool", 0],
    [nan, "f32", "bool", 1],
    [-1, "i32", "bool", 1],
    [1, "bool", "f32", 1],
    [-1, "i32", "u32", 2 ** 32 - 1],
    [2 ** 32 - 1, "u32", "i32", -1],
    [300, "i32", "u8", 44],
    [200, "u8", "i8", -56],
    [-1, "i8", "i32", -1],
    [2 ** 24 + 1, "i32", "f32", 2 ** 24],
    [2 ** 24 + 3, "i32", "f32", 2 ** 24 + 4],
    [2 ** 24 + 1, "i32", "f64", 2 ** 24 + 1],
    [2 ** 32 - 1, "u32", "f32", 2 ** 32],
    [0.1, "f64", "f32", Math.fround(0.1)],
    [1 + 2 ** -11, "f32", "f16", 1],
    [1 + 3 * 2 ** -11, "f32", "f16", 1 + 2 ** -9],
    [65520, "f32", "f16", inf],
    [2 ** -25, "f32", "f16", 0],
    [1 + 2 ** -8, "f32", "bf16", 1],
    [1e38, "f32", "bf16", 9.968e37],
    [nan, "f32", "f16", nan],
    // by way of f32, as kernels do: rounded twice
    [1 + 2 ** -11 + 2 ** -30, "f64", "f16", 1],
  ])("%d from %s to %s is %d", (value, from, to, result) => {
    const cast = castScalar(value, from, to);
    if (to === "bf16" && result > 2) expect(cast / result).toBeCloseTo(1, 3);
    else expect(cast).toBe(result);
  });
});
