import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import { isFloat } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { samples } from "../ir/ops.samples.ts";
import { evaluate, fill, finiteDifference, inner, randomLike } from "./values.ts";

const number = (node: Node, values: Parameters<typeof evaluate>[1]): number =>
  (evaluate([node], values)[0] as number[])[0] as number;

describe("tangents agree with gradients: ⟨J·t, u⟩ = ⟨t, Jᵀ·u⟩", () => {
  for (const sample of samples) {
    test(sample.name, () => {
      const { inputs, outputs, values } = fill(sample);
      const floats = inputs.filter((x) => isFloat(x.dtype));
      const results = outputs.filter((y) => isFloat(y.dtype));
      const tangents = inputs.map((x, i) =>
        isFloat(x.dtype) ? randomLike(x, 40 + i, values) : null,
      );
      if (results.length === 0 || floats.length === 0) {
        expect(jvp(outputs, inputs, tangents).every((t) => t === null)).toBe(true);
        return;
      }
      const cotangents = results.map((y, i) => randomLike(y, 60 + i, values));
      const moved = jvp(results, inputs, tangents);
      const pulled = backward(results, cotangents, floats);
      const given = tangents.filter((t) => t !== null);
      const pairs = (a: readonly (Node | null)[], c: readonly Node[]): Node => {
        const there = [...a.keys()].filter((i) => a[i]);
        return inner(
          there.map((i) => a[i] as Node),
          there.map((i) => c[i] as Node),
        );
      };
      const left = pairs(moved, cotangents);
      const right = pairs(pulled, given);
      expect(number(left, values)).toBeCloseTo(number(right, values), 11);

      // Forward over reverse: the derivative of ⟨t, Jᵀ·u⟩ along t is a second difference.
      const along = jvp([right], inputs, tangents)[0] ?? b.constant(0, "f64");
      const slopes = floats.map((x, i) => {
        const each = finiteDifference(right, x, values);
        const direction = evaluate([given[i] as Node], values)[0] as number[];
        return each.reduce((sum, e, k) => sum + e * (direction[k] as number), 0);
      });
      const expected = slopes.reduce((x, y) => x + y, 0);
      expect(Math.abs(number(along, values) - expected)).toBeLessThan(
        1e-6 * (1 + Math.abs(expected)),
      );

      // Reverse over forward.
      const pulledSlope = backward([left], [b.constant(1, "f64")], floats);
      const actual = pulledSlope.map((g, i) =>
        g ? number(inner([g], [given[i] as Node]), values) : 0,
      );
      expect(Math.abs(actual.reduce((x, y) => x + y, 0) - expected)).toBeLessThan(
        1e-6 * (1 + Math.abs(expected)),
      );
    });
  }
});

test("one input moved, the other still", () => {
  for (const sample of samples.filter((s) => s.operands.length > 1)) {
    const { inputs, outputs, values } = fill(sample);
    const results = outputs.filter((y) => isFloat(y.dtype));
    inputs.forEach((x, k) => {
      if (!isFloat(x.dtype) || results.length === 0) return;
      const t = randomLike(x, 80, values);
      const u = results.map((y, i) => randomLike(y, 90 + i, values));
      const moved = jvp(
        results,
        inputs,
        inputs.map((_, i) => (i === k ? t : null)),
      );
      const pulled = backward(results, u, [x])[0] as Node | null;
      const left = moved.reduce(
        (sum, m, i) => sum + (m ? number(inner([m], [u[i] as Node]), values) : 0),
        0,
      );
      const right = pulled ? number(inner([pulled], [t]), values) : 0;
      expect(left, `${sample.name}, input ${k}`).toBeCloseTo(right, 11);
    });
  }
});
