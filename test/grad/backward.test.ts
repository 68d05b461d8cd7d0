import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import { isFloat } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { samples } from "../ir/ops.samples.ts";
import { evaluate, fill, finiteDifference, inner, randomLike } from "./values.ts";

const zerosFor = (gradient: Node | null, like: Node): Node =>
  gradient ?? b.constant(0, like.dtype, like.shape);

function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((a, i) => {
    const e = expected[i] as number;
    expect(Math.abs(a - e), `element ${i}: ${a} and ${e}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(e)),
    );
  });
}

describe("gradients equal finite differences", () => {
  for (const sample of samples) {
    test(`${sample.name}: first and second order`, () => {
      const { inputs, outputs, values } = fill(sample);
      const floats = inputs.filter((x) => isFloat(x.dtype));
      const results = outputs.filter((y) => isFloat(y.dtype));
      if (results.length === 0 || floats.length === 0) {
        const gradients = backward(outputs, outputs, floats);
        expect(gradients.every((g) => g === null)).toBe(true);
        return;
      }
      const weights = results.map((y, i) => randomLike(y, 10 + i, values));
      const loss = inner(results, weights);
      const gradients = backward(results, weights, floats).map((g, i) =>
        zerosFor(g, floats[i] as Node),
      );
      const actual = evaluate(gradients, values);
      floats.forEach((x, i) => {
        expectClose(actual[i] as number[], finiteDifference(loss, x, values), 1e-7);
      });

      const directions = gradients.map((g, i) => randomLike(g, 20 + i, values));
      const slope = inner(gradients, directions);
      const second = backward([slope], [b.constant(1, "f64")], floats).map((g, i) =>
        zerosFor(g, floats[i] as Node),
      );
      const actualSecond = evaluate(second, values);
      floats.forEach((x, i) => {
        expectClose(actualSecond[i] as number[], finiteDifference(slope, x, values), 1e-6);
      });
    });
  }
});
