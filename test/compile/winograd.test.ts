// Convolutions in Winograd's tiles: which ones take them, that results are right within a bound on
// rounding, with their gradients, and that no result depends on what else is in the batch.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { deviceNamed } from "../../src/device/devices.ts";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import type { DType, TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Node } from "../../src/ir/node.ts";
import type { Optimization } from "../../src/ir/optimizations.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import type { Target } from "../../src/render/renderer.ts";
import { type ConvolutionOptions, conv1d, conv2d } from "../../src/tensor/convolution.ts";
import { fromNode } from "../../src/tensor/tensor.ts";
import { filled } from "../grad/values.ts";
import { uniforms } from "../ir/ops.samples.ts";
import { evaluateOn, runOn } from "../support/agreement.ts";
import { devicesHere } from "../support/devices.ts";

interface Case {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly options?: ConvolutionOptions;
  /** How many of the convolution and its gradient are taken in tiles. Default: both */
  readonly inTiles?: number;
}

const padding = 1;
const cases: Readonly<Record<string, Case>> = {
  same: { x: [2, 16, 4, 12], w: [16, 16, 3, 3], options: { padding } },
  valid: { x: [1, 17, 6, 14], w: [16, 17, 3, 3], options: { padding: "valid" } },
  "full, wider than a vector of tiles": {
    x: [1, 16, 4, 34],
    w: [16, 16, 3, 3],
    options: { padding: 2 },
  },
  "padding of each axis": { x: [1, 18, 4, 12], w: [17, 18, 3, 3], options: { padding: [0, 1] } },
  "three tiles of columns": { x: [1, 16, 2, 12], w: [70, 16, 3, 3], options: { padding } },
  groups: { x: [1, 32, 4, 12], w: [48, 16, 3, 3], options: { padding, groups: 2 }, inTiles: 1 },
};
const others: Readonly<Record<string, Case>> = {
  "few channels": { x: [2, 3, 8, 16], w: [16, 3, 3, 3], options: { padding } },
  "few columns": { x: [2, 16, 8, 16], w: [5, 16, 3, 3], options: { padding } },
  "odd sizes": { x: [2, 16, 7, 16], w: [16, 16, 3, 3], options: { padding } },
  stride: { x: [2, 16, 9, 25], w: [16, 16, 3, 3], options: { stride: 2 } },
  dilation: { x: [2, 16, 8, 16], w: [16, 16, 3, 3], options: { padding: 2, dilation: 2 } },
  "other kernels": { x: [2, 16, 8, 16], w: [16, 16, 3, 5], options: { padding: "same" } },
  "short lines": { x: [2, 16, 8, 8], w: [16, 16, 3, 3], options: { padding } },
  "one axis": { x: [2, 16, 16], w: [16, 16, 3], options: { padding } },
};

const targetOf = (lanes: number, l2: number, without: Optimization[] = []): Target => ({
  vectorBytes: 4 * lanes,
  mixedWidths: lanes === 16,
  vectorRegisters: lanes === 16 ? 32 : 16,
  fma: lanes === 16,
  cache: { l1: l2 / 8, l2 },
  without: new Set(without),
});
const wide = targetOf(16, 1 << 20);

interface Graph {
  readonly inputs: Node[];
  readonly outputs: Node[];
}

/** A convolution and its gradient of the image, or that of the kernel, for a slope that is an input too. */
function convolution(
  { x, w, options }: Case,
  dtype: DType,
  of: "image" | "kernel" = "image",
): Graph {
  const image = b.input(0, x, dtype);
  const kernel = b.input(1, w, dtype);
  const convolve = x.length === 3 ? conv1d : conv2d;
  const y = convolve(fromNode(image), fromNode(kernel), options).node;
  const g = b.input(2, y.shape, dtype);
  const [slope] = backward([y], [g], [of === "image" ? image : kernel]) as [Node];
  return { inputs: [image, kernel, g], outputs: of === "image" ? [y, slope] : [slope] };
}

const compiled = ({ inputs, outputs }: Graph, on: Target): ReturnType<typeof compileGraph> =>
  compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, on);

/** How many convolutions are taken in tiles. */
function inTiles(example: Case, on: Target = wide, dtype: DType = "f32"): number {
  const { steps, kernels } = compiled(convolution(example, dtype), on);
  const jobs = steps.flatMap((step) => (step.kind === "launch" ? step.jobs : []));
  return jobs.filter(({ kernel }) => kernels[kernel]?.name.endsWith("transform")).length;
}

/** Whether the gradient of the kernel is taken in tiles: whether it would be another kernel without. */
function slopesInTiles(example: Case, on: Target = wide, dtype: DType = "f32"): boolean {
  const graph = convolution(example, dtype, "kernel");
  const without = { ...on, without: new Set<Optimization>([...on.without, "winograd"]) };
  const text = (target: Target): string => JSON.stringify(compiled(graph, target).kernels);
  return text(on) !== text(without);
}

const numbers = (nodes: readonly Node[]): number[][] => {
  const random = uniforms(11);
  return nodes.map(({ shape }) => Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1));
};

const valuesOf = (nodes: readonly Node[], lists: readonly number[][]): Map<Node, TypedArray> =>
  new Map(nodes.map((node, i) => [node, filled(node.dtype, lists[i] as number[])]));

/** Each result in f64, and the sum of the sizes of its terms. */
function exactly(
  { inputs, outputs }: Graph,
  lists: number[][],
): { sum: TypedArray; size: TypedArray }[] {
  const rounded = lists.map((list) => list.map(Math.fround));
  const sizes = rounded.map((list) => list.map(Math.abs));
  const run = (of: number[][]): TypedArray[] => {
    const values = valuesOf(inputs, of);
    return interpret(outputs, (n) => values.get(n)) as TypedArray[];
  };
  const [sums, all] = [run(rounded), run(sizes)];
  return sums.map((sum, i) => ({ sum, size: all[i] as TypedArray }));
}

type Run = (
  inputs: readonly Node[],
  outputs: readonly Node[],
  values: ReadonlyMap<Node, TypedArray>,
) => TypedArray[];

const evaluated =
  (on: Target): Run =>
  (...graph) =>
    evaluateOn(on, ...graph);

/** Of all results the largest error, in roundings of the sum of the sizes of its terms. */
function worstError(example: Case, run: Run, of: "image" | "kernel" = "image"): number {
  const { inputs, outputs } = convolution(example, "f32", of);
  const lists = numbers(inputs);
  const got = run(inputs, outputs, valuesOf(inputs, lists));
  const errors = exactly(convolution(example, "f64", of), lists).flatMap(({ sum, size }, o) =>
    Array.from(sum as Float64Array, (exact, i) => {
      return Math.abs((got[o]?.[i] as number) - exact) / (size[i] as number);
    }),
  );
  return Math.max(...errors) / 2 ** -24;
}

/** Sums in their order come to 1 or 2 of these roundings for as many terms. */
const bound = 8;

/** An infinity reaches every tap of its channel, and NaN stays NaN. */
test.each([Number.POSITIVE_INFINITY, Number.NaN])("%s in an image", (value) => {
  const { inputs, outputs } = convolution(cases.same as Case, "f32", "kernel");
  const lists = numbers(inputs);
  (lists[0] as number[])[5] = value;
  const got = evaluateOn(wide, inputs, outputs, valuesOf(inputs, lists))[0] as TypedArray;
  const [columns, channels, taps] = [16, 16, 9];
  for (let i = 0; i < columns * channels * taps; i++) {
    const ofChannel = Math.floor(i / taps) % channels === 0;
    expect(Number.isFinite(got[i])).toBe(!ofChannel);
  }
});

describe("in tiles", () => {
  test.each(Object.entries(cases))("%s", (_name, example) => {
    expect(inTiles(example)).toBe(example.inTiles ?? 2);
    expect(worstError(example, evaluated(wide))).toBeLessThan(bound);
  });

  test.each(Object.entries(cases))("the gradient of the kernel: %s", (_name, example) => {
    expect(slopesInTiles(example)).toBe(true);
    expect(worstError(example, evaluated(wide), "kernel")).toBeLessThan(bound);
  });

  test("the gradient of a kernel, some channels and a few lines of tiles at a time", () => {
    const example = { x: [1, 40, 8, 36], w: [16, 40, 3, 3], options: { padding } };
    const small = targetOf(16, 1 << 18);
    expect(slopesInTiles(example, small)).toBe(true);
    expect(worstError(example, evaluated(small), "kernel")).toBeLessThan(bound);
  });

  test.each(["same", "padding of each axis"])("%s, a line of tiles at a time", (name) => {
    expect(inTiles(cases[name] as Case, targetOf(16, 1 << 14))).toBe(2);
    expect(worstError(cases[name] as Case, evaluated(targetOf(16, 1 << 14)))).toBeLessThan(bound);
  });

  test("in four lanes, a product and a sum for each fma", () => {
    expect(inTiles(cases.same as Case, targetOf(4, 1 << 18))).toBe(2);
    expect(worstError(cases.same as Case, evaluated(targetOf(4, 1 << 18)))).toBeLessThan(bound);
    expect(slopesInTiles(cases.same as Case, targetOf(4, 1 << 18))).toBe(true);
    const error = worstError(cases.same as Case, evaluated(targetOf(4, 1 << 18)), "kernel");
    expect(error).toBeLessThan(bound);
  });

  test.each(devicesHere.filter((name) => name !== "reference"))("on %s", (name) => {
    const run: Run = (...graph) => runOn(deviceNamed(name), ...graph);
    // The C compiler takes longest of all: winograd.slow.test.ts gives it all of them.
    const isBrief = name === "native" && process.env.HEBB_TESTS !== "slow";
    for (const example of isBrief ? [cases.same as Case] : Object.values(cases)) {
      expect(worstError(example, run)).toBeLessThan(bound);
      expect(worstError(example, run, "kernel")).toBeLessThan(bound);
    }
  });

  test("an image's results are the same wherever it is in whatever batch", () => {
    const [channels, place] = [16, 16 * 4 * 12];
    const run = (count: number, first: number): TypedArray => {
      const example = { ...(cases.same as Case), x: [count, channels, 4, 12] };
      const { inputs, outputs } = convolution(example, "f32");
      const lists = numbers(convolution({ ...example, x: [4, channels, 4, 12] }, "f32").inputs);
      const [x, w, g] = lists as [number[], number[], number[]];
      const part = (list: number[]): number[] => list.slice(first * place, (first + count) * place);
      const [y] = evaluateOn(wide, inputs, outputs, valuesOf(inputs, [part(x), w, part(g)]));
      return y as TypedArray;
    };
    const all = run(4, 0);
    expect(run(2, 1)).toEqual(all.slice(place, 3 * place));
    expect(run(1, 3)).toEqual(all.slice(3 * place));
  });
});

describe("not in tiles", () => {
  test.each(Object.entries(others))("%s", (_name, example) => {
    expect(inTiles(example)).toBe(0);
    expect(slopesInTiles(example)).toBe(false);
  });

  test("f64, one lane, a kernel that no cache holds, or turned off", () => {
    const { same } = cases as { same: Case };
    expect(inTiles(same, wide, "f64")).toBe(0);
    expect(inTiles(same, targetOf(1, 1 << 20))).toBe(0);
    expect(inTiles(same, targetOf(16, 1 << 10))).toBe(0);
    expect(inTiles(same, targetOf(16, 1 << 20, ["winograd"]))).toBe(0);
    expect(slopesInTiles(same, wide, "f64")).toBe(false);
    expect(slopesInTiles(same, targetOf(1, 1 << 20))).toBe(false);
    expect(slopesInTiles(same, targetOf(16, 1 << 10))).toBe(false);
  });
});
