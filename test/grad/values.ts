// Samples with numbers in them, and graphs with their values: what the tests of derivatives share.

import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import { arrayOf, type DType, isFloat, type TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Node } from "../../src/ir/node.ts";
import { type Sample, uniforms, valuesFor } from "../ir/ops.samples.ts";

export interface Filled {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly values: Map<Node, TypedArray>;
}

export function filled(dtype: DType, values: readonly number[]): TypedArray {
  const array = arrayOf(dtype, values.length);
  array.set(values);
  return array;
}

/** Inputs with random numbers, and the sample's results on them. */
export function fill(sample: Sample, seed = 1, float: DType = "f64"): Filled {
  const random = uniforms(seed);
  const values = new Map<Node, TypedArray>();
  const inputs = sample.operands.map((operand, slot) => {
    const dtype = operand.dtype === "float" ? float : operand.dtype;
    const node = b.input(slot, operand.shape, dtype);
    values.set(node, filled(dtype, valuesFor(operand, random)));
    return node;
  });
  return { inputs, outputs: [sample.run(...inputs)].flat() as Node[], values };
}

export function evaluate(
  outputs: readonly Node[],
  values: ReadonlyMap<Node, TypedArray>,
): number[][] {
  return interpret(outputs, (node) => values.get(node)).map((array) => Array.from(array));
}

/** An input filled with random numbers in (−1, 1), entered in `values`. */
export function randomLike(node: Node, seed: number, values: Map<Node, TypedArray>): Node {
  const random = uniforms(seed);
  const like = b.input(0, node.shape, node.dtype);
  const n = node.shape.reduce((p, d) => p * d, 1);
  values.set(
    like,
    filled(
      node.dtype,
      Array.from({ length: n }, () => 2 * random() - 1),
    ),
  );
  return like;
}

/** Σ a·b over all elements, as a 0-d node. */
export function inner(a: readonly Node[], c: readonly Node[]): Node {
  const terms = a.map((x, i) => b.reduce(b.mul(x, c[i] as Node), "add", [...x.shape.keys()]));
  return terms.reduce((x, y) => b.add(x, y));
}

/** The derivative of `loss` (0-d) by each element of `input`, from values on both sides of it. */
export function finiteDifference(
  loss: Node,
  input: Node,
  values: ReadonlyMap<Node, TypedArray>,
  step = 1e-5,
): number[] {
  const at = values.get(input) as TypedArray;
  return Array.from(at, (x, i) => {
    const beside = (by: number): number => {
      const moved = at.slice();
      moved[i] = x + by;
      return (evaluate([loss], new Map([...values, [input, moved]]))[0] as number[])[0] as number;
    };
    return (beside(step) - beside(-step)) / (2 * step);
  });
}

/** A sample with its results and, of those that are floats, the gradients by its float operands. */
export function fillWithGradients(sample: Sample, float: DType): Filled {
  const { inputs, outputs, values } = fill(sample, 3, float);
  const sources = inputs.filter((n) => isFloat(n.dtype));
  const results = outputs.filter((n) => isFloat(n.dtype));
  if (sources.length === 0 || results.length === 0) return { inputs, outputs, values };
  const cotangents = results.map((r, i) => randomLike(r, 50 + i, values));
  const gradients = backward(results, cotangents, sources).filter((g) => g !== null);
  return { inputs: [...values.keys()], outputs: [...outputs, ...gradients], values };
}
