import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { batch } from "../../src/grad/batching.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import { isFloat, type TypedArray } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { verify } from "../../src/ir/verify.ts";
import { type Operand, type Sample, samples, uniforms, valuesFor } from "../ir/ops.samples.ts";
import { evaluate, fill, filled, inner, randomLike } from "./values.ts";

const size = 3;

interface Examples {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly values: Map<Node, TypedArray>;
  readonly standIns: (Node | undefined)[];
  /** The value of each input for one example. */
  of(example: number): Map<Node, TypedArray>;
}

/** A sample with `size` different numbers for each input that `has` says is batched. */
function examplesOf(sample: Sample, has: (input: number) => boolean): Examples {
  const { inputs, outputs, values } = fill(sample);
  const standIns = inputs.map((x, i) =>
    has(i) ? b.input(i, [size, ...x.shape], x.dtype) : undefined,
  );
  standIns.forEach((node, i) => {
    const random = uniforms(100 + i);
    const rows = Array.from({ length: size }, () =>
      valuesFor(sample.operands[i] as Operand, random),
    );
    if (node) values.set(node, filled(node.dtype, rows.flat()));
  });
  const of = (example: number): Map<Node, TypedArray> => {
    const result = new Map(values);
    standIns.forEach((node, i) => {
      const all = node && (values.get(node) as TypedArray);
      if (all) {
        const n = all.length / size;
        result.set(inputs[i] as Node, all.slice(example * n, (example + 1) * n));
      }
    });
    return result;
  };
  return { inputs, outputs, values, standIns, of };
}

/** A batch gives what each example gives alone. */
function expectLoop(
  outputs: readonly Node[],
  { inputs, standIns, values, of }: Examples,
  digits: number,
): void {
  const together = batch(outputs, inputs, standIns, size);
  verify(together);
  const actual = evaluate(together, values);
  const loop = Array.from({ length: size }, (_, k) => evaluate(outputs, of(k)));
  outputs.forEach((output, i) => {
    expect(together[i]?.shape).toEqual([size, ...output.shape]);
    const expected = loop.flatMap((results) => results[i] as number[]);
    (actual[i] as number[]).forEach((a, k) => {
      expect(a, `output ${i}, element ${k}`).toBeCloseTo(expected[k] as number, digits);
    });
  });
}

describe("a batch equals a loop", () => {
  for (const sample of samples) {
    // Every choice of which inputs have the batch, so each rule meets operands with and without.
    for (let choice = 1; choice < 2 ** sample.operands.length; choice++) {
      const has = (i: number): boolean => (choice & (1 << i)) !== 0;
      const which = sample.operands.map((_, i) => (has(i) ? "b" : "-")).join("");
      test(`${sample.name} (${which})`, () => {
        const examples = examplesOf(sample, has);
        expectLoop(examples.outputs, examples, 12);
        const floats = examples.inputs.filter((x) => isFloat(x.dtype));
        const results = examples.outputs.filter((y) => isFloat(y.dtype));
        if (results.length === 0 || floats.length === 0) return;

        // The gradient of one example, batched.
        const weights = results.map((y, i) => randomLike(y, 10 + i, examples.values));
        const gradients = backward(results, weights, floats).filter((g) => g !== null);
        expectLoop(gradients, examples, 11);
        // Tangents of one example, batched.
        const directions = floats.map((x, i) => randomLike(x, 20 + i, examples.values));
        expectLoop(
          jvp(results, floats, directions).filter((t) => t !== null),
          examples,
          11,
        );
        // The gradient of the batch: of the sum over its examples.
        expectSum(examples, results, weights, floats);
      });
    }
  }
});

/** ∂/∂x of the sum over a batch equals the sum (x shared) or the rows (x batched) of a loop. */
function expectSum(
  { inputs, standIns, values, of }: Examples,
  results: readonly Node[],
  weights: readonly Node[],
  floats: readonly Node[],
): void {
  const together = batch(results, inputs, standIns, size);
  const loss = inner(
    together,
    together.map((y, i) => b.expand(weights[i] as Node, y.shape)),
  );
  const wrt = floats.map((x) => standIns[inputs.indexOf(x)] ?? x);
  const actual = backward([loss], [b.constant(1, "f64")], wrt);
  const single = backward(results, weights, floats);
  floats.forEach((x, i) => {
    const gradient = single[i];
    const found = actual[i];
    if (!gradient || !found) return;
    const loop = Array.from({ length: size }, (_, k) => evaluate([gradient], of(k))[0] as number[]);
    const shared = wrt[i] === x;
    const expected = shared
      ? (loop[0] as number[]).map((_, k) => loop.reduce((sum, row) => sum + (row[k] as number), 0))
      : loop.flat();
    (evaluate([found], values)[0] as number[]).forEach((a, k) => {
      expect(a).toBeCloseTo(expected[k] as number, 11);
    });
  });
}

describe("nested and by cotangents", () => {
  for (const sample of samples) {
    test(sample.name, () => {
      const { inputs, outputs, values } = fill(sample);
      // Twice: every input first batched by 2, then each of those by 3.
      const rows = inputs.map((x, i) => b.input(i, [2, ...x.shape], x.dtype));
      const tables = rows.map((x, i) => {
        const node = b.input(i, [size, ...x.shape], x.dtype);
        const random = uniforms(200 + i);
        const draws = Array.from({ length: 2 * size }, () =>
          valuesFor(sample.operands[i] as Operand, random),
        );
        values.set(node, filled(x.dtype, draws.flat()));
        return node;
      });
      const inside = batch(outputs, inputs, rows, 2);
      const twice = batch(inside, rows, tables, size);
      verify(twice);
      const actual = evaluate(twice, values);
      const loop = Array.from({ length: 2 * size }, (_, k) => {
        const of = new Map(values);
        inputs.forEach((x, i) => {
          const all = values.get(tables[i] as Node) as TypedArray;
          const n = all.length / (2 * size);
          of.set(x, all.slice(k * n, (k + 1) * n));
        });
        return evaluate(outputs, of);
      });
      outputs.forEach((_, i) => {
        const expected = loop.flatMap((results) => results[i] as number[]);
        expect(twice[i]?.shape.slice(0, 2)).toEqual([size, 2]);
        (actual[i] as number[]).forEach((a, k) => {
          expect(a).toBeCloseTo(expected[k] as number, 11);
        });
      });

      // A Jacobian: the backward pass batched over cotangents.
      const floats = inputs.filter((x) => isFloat(x.dtype));
      const [result] = outputs.filter((y) => isFloat(y.dtype));
      if (!result || floats.length === 0) return;
      const cotangent = randomLike(result, 300, values);
      const many = b.input(0, [size, ...result.shape], result.dtype);
      const seeds = Array.from(
        { length: size },
        (_, k) => values.get(randomLike(result, 301 + k, values)) as TypedArray,
      );
      values.set(
        many,
        filled(
          result.dtype,
          seeds.flatMap((s) => Array.from(s)),
        ),
      );
      const pulled = backward([result], [cotangent], floats).filter((g) => g !== null);
      const jacobian = evaluate(batch(pulled, [cotangent], [many], size), values);
      const each = seeds.map((s) => evaluate(pulled, new Map([...values, [cotangent, s]])));
      pulled.forEach((_, i) => {
        const expected = each.flatMap((results) => results[i] as number[]);
        (jacobian[i] as number[]).forEach((a, k) => {
          expect(a).toBeCloseTo(expected[k] as number, 11);
        });
      });
    });
  }
});
