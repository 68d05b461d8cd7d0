// Kernels that run strip by strip, on attention and its gradient: the bits of the same kernels one
// after another, whatever the sizes and masks; weights that are nowhere whole; and what is not cut.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import { prefetchLines } from "../../../src/compile/lower/prefetch-lines.ts";
import { deviceNamed } from "../../../src/device/devices.ts";
import { backward } from "../../../src/grad/backward.ts";
import * as b from "../../../src/ir/build.ts";
import type { DType, TypedArray } from "../../../src/ir/dtype.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import type { Optimization } from "../../../src/ir/optimizations.ts";
import type { Program } from "../../../src/ir/program.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { fromNode, type Tensor } from "../../../src/tensor/tensor.ts";
import { filled } from "../../grad/values.ts";
import { uniforms } from "../../ir/ops.samples.ts";
import { disagreement, evaluateOn, runOn } from "../../support/agreement.ts";
import { devicesHere } from "../../support/devices.ts";

interface Size {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
}

/** What no query may look at: later keys, padding of each example, everything for some queries. */
type Mask = "none" | "causal" | "padding" | "whole rows";

const sizes: Readonly<Record<string, Size>> = {
  square: { batch: 1, heads: 4, queries: 16, keys: 16, width: 4 },
  odd: { batch: 2, heads: 2, queries: 9, keys: 19, width: 5 },
  "one query": { batch: 2, heads: 2, queries: 1, keys: 19, width: 4 },
  "one head of each": { batch: 5, heads: 1, queries: 9, keys: 9, width: 3 },
  "few strips": { batch: 1, heads: 2, queries: 9, keys: 9, width: 3 },
};
const masks: readonly Mask[] = ["none", "causal", "padding", "whole rows"];

const targetOf = (lanes: number, without: Optimization[] = []): Target => ({
  vectorBytes: 4 * lanes,
  mixedWidths: lanes === 16,
  vectorRegisters: lanes === 16 ? 32 : 16,
  fma: lanes === 16,
  ...(lanes === 16 ? { prefetching: prefetchLines(64) } : {}),
  cache: { l1: 32768, l2: 262144 },
  without: new Set(without),
});

interface Attention {
  readonly inputs: readonly Node[];
  /** What is made of the mixture, and the gradients of queries, keys and values. */
  readonly outputs: readonly Node[];
  readonly values: ReadonlyMap<Node, TypedArray>;
}

/** Heads are apart in memory as a transformer has them: [batch, time, head, channel]. */
function attention(size: Size, mask: Mask, dtype: DType = "f32"): Attention {
  const { batch, heads, queries, keys, width } = size;
  const shape = (time: number): number[] => [batch, time, heads, width];
  const [q, k, v, w, hidden] = [
    b.input(0, shape(queries), dtype),
    b.input(1, shape(keys), dtype),
    b.input(2, shape(keys), dtype),
    b.input(3, [heads, width, 6], dtype),
    b.input(4, mask === "padding" ? [batch, 1, 1, keys] : [queries, keys], "bool"),
  ] as const;
  const split = (x: Node): Tensor => fromNode(b.permute(x, [0, 2, 1, 3]));
  const scores = split(q)
    .matmul(split(k).mT)
    .mul(1 / Math.sqrt(width));
  const seen = mask === "none" ? scores : scores.maskedFill(fromNode(hidden), -1e9);
  const mixed = b.permute(seen.softmax().matmul(split(v)).node, [0, 2, 1, 3]);
  // Its gradient needs all heads: the loss is half the sum of squares.
  const output = b.contract(mixed, [0, 1, 2, 3], w, [2, 3, 4], [0, 1, 4]);
  const gradients = backward([output], [output], [q, k, v]) as Node[];
  const numbers = [q, k, v, w];
  const values = new Map(numbers.map((x, i) => [x, numbersFor(x, i + 1)]));
  if (mask !== "none") values.set(hidden, Uint8Array.from(hiddenOf(mask, size)));
  return { inputs: [...values.keys()], outputs: [output, ...gradients], values };
}

function numbersFor({ shape, dtype }: Node, seed: number): TypedArray {
  const random = uniforms(seed);
  return filled(
    dtype,
    Array.from({ length: sizeOf(shape) }, () => 4 * random() - 2),
  );
}

function hiddenOf(mask: Mask, { batch, queries, keys }: Size): number[] {
  const rows = mask === "padding" ? batch : queries;
  return Array.from({ length: rows * keys }, (_, at) => {
    const [row, key] = [Math.floor(at / keys), at % keys];
    if (mask === "causal") return Number(key > row);
    if (mask === "padding") return Number(key >= keys - row);
    return Number(row % 3 === 1 || key > row);
  });
}

const programOf = ({ inputs, outputs }: Attention, target: Target): Program =>
  compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, target);

const stripsOf = ({ kernels }: Program): number =>
  kernels.filter(({ name }) => name.endsWith("strips")).length;

describe.each([1, 4, 16])("%i lanes", (lanes) => {
  test.each(Object.entries(sizes))("%s", (_, size) => {
    // Masks cut alike at any number of lanes.
    for (const mask of lanes === 16 ? masks : masks.slice(1, 2)) {
      const { inputs, outputs, values } = attention(size, mask);
      const got = evaluateOn(targetOf(lanes), inputs, outputs, values);
      const apart = evaluateOn(targetOf(lanes, ["strips"]), inputs, outputs, values);
      expect(got, mask).toEqual(apart);
      const want = interpret(outputs, (n) => values.get(n));
      outputs.forEach((o, i) => {
        expect(disagreement(o, got[i] as TypedArray, want[i] as TypedArray)).toBeUndefined();
      });
    }
  });
});

test("in f64, which has half the lanes", () => {
  const { inputs, outputs, values } = attention(sizes.odd as Size, "causal", "f64");
  const program = programOf({ inputs, outputs, values }, targetOf(16));
  expect(stripsOf(program)).toBe(2);
  const got = evaluateOn(targetOf(16), inputs, outputs, values);
  expect(got).toEqual(evaluateOn(targetOf(16, ["strips"]), inputs, outputs, values));
});

test.each([
  { batch: 0, heads: 4, queries: 8, keys: 8, width: 4 },
  { batch: 2, heads: 4, queries: 0, keys: 8, width: 4 },
  { batch: 2, heads: 4, queries: 8, keys: 8, width: 0 },
])("of nothing: %o", (size) => {
  const { inputs, outputs, values } = attention(size, "none");
  const got = evaluateOn(targetOf(4), inputs, outputs, values);
  const want = interpret(outputs, (n) => values.get(n));
  expect(got.map((x) => [...x])).toEqual(want.map((x) => [...x]));
});

const long: Size = { batch: 2, heads: 4, queries: 256, keys: 256, width: 32 };
const weightBytes = (s: Size): number => 4 * s.batch * s.heads * s.queries * s.keys;

test("forward and backward are a kernel each, and less is stored than the weights would take", () => {
  const program = programOf(attention(long, "causal"), targetOf(16));
  expect(stripsOf(program)).toBe(2);
  // Between them what is made of the mixture, and its gradient.
  expect(program.kernelCount).toBe(4);
  // The mixture, later its gradient, and what the rows came to: two numbers a query.
  const rows = 4 * long.batch * long.heads * long.queries;
  expect(program.arenaBytes).toBe(rows * long.width + 2 * rows);
  const apart = programOf(attention(long, "causal"), targetOf(16, ["strips"]));
  // A thread has the values of one head of one example, of which four are needed at once.
  const strip = weightBytes(long) / (long.batch * long.heads);
  expect(program.scratchBytes - apart.scratchBytes).toBeLessThan(4.1 * strip);
  expect(apart.kernelCount).toBe(10);
  expect(apart.arenaBytes).toBeGreaterThan(2 * weightBytes(long));
});

test("rows store what they came to for the gradient, and nothing that only it would read", () => {
  const both = attention(long, "causal");
  const alone = { ...both, outputs: both.outputs.slice(0, 1) };
  const buffersOf = (of: Attention): number =>
    programOf(of, targetOf(16)).kernels.find(({ name }) => name.endsWith("strips"))?.buffers
      .length ?? 0;
  expect(buffersOf(both)).toBe(buffersOf(alone) + 2);
});

test("a batch or a time of another size runs the same kernels", () => {
  const text = (size: Size): string =>
    JSON.stringify(programOf(attention(size, "causal"), targetOf(16)).kernels);
  expect(text({ ...long, batch: 3, queries: 40, keys: 40 })).toBe(text(long));
});

test("weights whose product is dear are stored for the gradient, and made once", () => {
  const wide = { ...long, width: 512 };
  const program = programOf(attention(wide, "causal"), targetOf(16));
  expect(program.arenaBytes).toBeGreaterThanOrEqual(weightBytes(wide));
  // Scores, mixture and four gradients.
  const flops = program.steps.reduce(
    (sum, step) => sum + (step.kind === "launch" ? step.work.flops : 0),
    0,
  );
  expect(flops).toBeLessThan(6.5 * 2 * 512 * (weightBytes(wide) / 4));
});

test("weights that are asked for are there", () => {
  const { inputs, outputs, values } = attention(sizes.square as Size, "causal");
  const [q, k] = inputs as [Node, Node];
  const scores = b.contract(q, [0, 1, 2, 3], k, [0, 4, 2, 3], [0, 2, 1, 4]);
  const weights = fromNode(scores).softmax();
  const mixed = weights.matmul(fromNode(b.permute(inputs[2] as Node, [0, 2, 1, 3])));
  const both = [weights.node, mixed.node, ...outputs];
  const got = evaluateOn(targetOf(16), inputs, both, values);
  expect(got).toEqual(evaluateOn(targetOf(16, ["strips"]), inputs, both, values));
});

test("scores that are the sum of two products are made again of both", () => {
  const size = { ...(sizes.odd as Size), keys: 9 };
  const { inputs, values } = attention(size, "none");
  const operands = inputs.slice(0, 3);
  const [q, k, v] = operands.map((x) => b.permute(x, [0, 2, 1, 3])) as [Node, Node, Node];
  const product = (x: Node, y: Node): Node =>
    b.contract(x, [0, 1, 2, 3], y, [0, 1, 4, 3], [0, 1, 2, 4]);
  const scores = b.add(product(q, k), product(k, v));
  const mixed = b.contract(scores, [0, 1, 2, 3], v, [0, 1, 3, 4], [0, 1, 2, 4]);
  const apart = b.permute(mixed, [0, 2, 1, 3]);
  const output = b.contract(apart, [0, 1, 2, 3], inputs[3] as Node, [2, 3, 4], [0, 1, 4]);
  const outputs = [output, ...(backward([output], [output], operands) as Node[])];
  const got = evaluateOn(targetOf(4), inputs, outputs, values);
  expect(got).toEqual(evaluateOn(targetOf(4, ["strips"]), inputs, outputs, values));
});

test("what is dropped at random is dropped alike in the gradient", () => {
  // As dropout does: weights times noise, which both passes read.
  const size = sizes.odd as Size;
  const { inputs, values } = attention(size, "none");
  const operands = inputs.slice(0, 3);
  const [q, k, v] = operands.map((x) => b.permute(x, [0, 2, 1, 3])) as [Node, Node, Node];
  const scores = b.contract(q, [0, 1, 2, 3], k, [0, 1, 4, 3], [0, 1, 2, 4]);
  const noise = b.input(4, scores.shape, "f32");
  const kept = b.mul(fromNode(scores).softmax().node, noise);
  const mixed = b.contract(kept, [0, 1, 2, 3], v, [0, 1, 3, 4], [0, 1, 2, 4]);
  const outputs = [mixed, ...(backward([mixed], [mixed], operands) as Node[])];
  const all = new Map([...values, [noise, numbersFor(noise, 9)] as const]);
  const got = evaluateOn(targetOf(4), [...inputs, noise], outputs, all);
  expect(got).toEqual(evaluateOn(targetOf(4, ["strips"]), [...inputs, noise], outputs, all));
  const want = interpret(outputs, (n) => all.get(n));
  outputs.forEach((o, i) => {
    expect(disagreement(o, got[i] as TypedArray, want[i] as TypedArray)).toBeUndefined();
  });
});

describe.each(devicesHere.filter((name) => name !== "reference"))("%s", (name) => {
  test.each(masks)("mask: %s", (mask) => {
    const { inputs, outputs, values } = attention(sizes.odd as Size, mask);
    const got = runOn(deviceNamed(name), inputs, outputs, values);
    const want = interpret(outputs, (n) => values.get(n));
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as TypedArray, want[i] as TypedArray)).toBeUndefined();
    });
  });

  test("gradients in f64 are central differences", () => {
    const size = { batch: 2, heads: 2, queries: 5, keys: 5, width: 3 };
    const { inputs, outputs, values } = attention(size, "causal", "f64");
    const [output, ...gradients] = outputs as [Node, ...Node[]];
    const device = deviceNamed(name);
    const loss = (given: ReadonlyMap<Node, TypedArray>): number => {
      const [made] = runOn(device, inputs, [output], given) as [TypedArray];
      return Array.from(made).reduce((sum, x) => sum + (x * x) / 2, 0);
    };
    const found = runOn(device, inputs, gradients, values);
    gradients.forEach((_, operand) => {
      const input = inputs[operand] as Node;
      for (let i = 0; i < sizeOf(input.shape); i += 7) {
        const moved = (by: number): Map<Node, TypedArray> => {
          const array = (values.get(input) as TypedArray).slice();
          array[i] = (array[i] as number) + by;
          return new Map([...values, [input, array]]);
        };
        const slope = (loss(moved(1e-5)) - loss(moved(-1e-5))) / 2e-5;
        expect(found[operand]?.[i]).toBeCloseTo(slope, 7);
      }
    });
  });
});
