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
  /** The forms of the convolution and its gradient. Default: twice that of the list it is in */
  readonly forms?: readonly string[];
}

const padding = 1;
const casesOf: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  "F(2,3)": {
    same: { x: [1, 32, 10, 14], w: [16, 32, 3, 3], options: { padding } },
    valid: {
      x: [1, 32, 12, 16],
      w: [17, 32, 3, 3],
      options: { padding: "valid" },
      forms: ["F(2,3)", "F(4,3)"],
    },
    "padding of each axis": { x: [1, 32, 10, 14], w: [33, 32, 3, 3], options: { padding: [0, 1] } },
  },
  "F(4,3)": {
    same: { x: [2, 16, 8, 16], w: [16, 16, 3, 3], options: { padding } },
    "full, wider than a vector of tiles": {
      x: [1, 16, 6, 66],
      w: [16, 16, 3, 3],
      options: { padding: 2 },
      forms: ["F(4,3)", "F(2,3)"],
    },
    "three tiles of columns": { x: [1, 16, 8, 16], w: [70, 16, 3, 3], options: { padding } },
    "few channels": { x: [2, 8, 8, 16], w: [48, 8, 3, 3], options: { padding }, forms: ["F(4,3)"] },
    groups: {
      x: [1, 32, 8, 16],
      w: [48, 16, 3, 3],
      options: { padding, groups: 2 },
      forms: ["F(4,3)"],
    },
  },
  "F(2,5)": {
    same: { x: [1, 32, 4, 12], w: [16, 32, 5, 5], options: { padding: 2 } },
    valid: { x: [1, 20, 8, 18], w: [34, 20, 5, 5], options: { padding: "valid" } },
    "padding of each axis": { x: [1, 24, 8, 14], w: [24, 24, 5, 5], options: { padding: [0, 3] } },
  },
};
const forms = Object.keys(casesOf);
const caseOf = (form: string, name: string): Case => casesOf[form]?.[name] as Case;
const cases = forms.flatMap((form) =>
  Object.entries(casesOf[form] ?? {}).map(([name, example]) => ({ form, name, example })),
);
const others: Readonly<Record<string, Case>> = {
  "few columns": { x: [2, 5, 8, 16], w: [5, 5, 3, 3], options: { padding } },
  "odd sizes": { x: [2, 16, 7, 16], w: [16, 16, 3, 3], options: { padding } },
  "few tiles": { x: [1, 16, 2, 4], w: [16, 16, 3, 3], options: { padding } },
  stride: { x: [2, 16, 9, 25], w: [16, 16, 3, 3], options: { stride: 2 } },
  dilation: { x: [2, 16, 8, 16], w: [16, 16, 3, 3], options: { padding: 2, dilation: 2 } },
  "other kernels": { x: [2, 16, 8, 16], w: [16, 16, 3, 5], options: { padding: "same" } },
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

/** The forms of the convolutions that are taken in tiles, or of the gradients of kernels. */
function formsIn(
  example: Case,
  of: "image" | "kernel" = "image",
  on: Target = wide,
  dtype: DType = "f32",
): string[] {
  const { steps, kernels } = compiled(convolution(example, dtype, of), on);
  const jobs = steps.flatMap((step) => (step.kind === "launch" ? step.jobs : []));
  return jobs.flatMap(({ kernel }) => /F\(.*\)/.exec(kernels[kernel]?.name ?? "")?.[0] ?? []);
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

/**
 * Sums in their order come to 1 or 2 of these roundings for as many terms. The largest are at the edges:
 * few terms lie within the image there, while errors are as large as in the rest of a tile.
 */
const bounds: Readonly<Record<string, number>> = { "F(2,3)": 8, "F(4,3)": 64, "F(2,5)": 64 };

function expectRight(example: Case, run: Run, on = wide): void {
  for (const of of ["image", "kernel"] as const) {
    const taken = formsIn(example, of, on).map((form) => bounds[form] as number);
    if (taken.length > 0) expect(worstError(example, run, of)).toBeLessThan(Math.max(...taken));
  }
}

/** An infinity reaches every tap of its channel, and NaN stays NaN. */
test.each([Number.POSITIVE_INFINITY, Number.NaN])("%s in an image", (value) => {
  for (const form of forms) {
    const example = caseOf(form, "same");
    const { inputs, outputs } = convolution(example, "f32", "kernel");
    const lists = numbers(inputs);
    (lists[0] as number[])[5] = value;
    const got = evaluateOn(wide, inputs, outputs, valuesOf(inputs, lists))[0] as TypedArray;
    const [, channels, height, width] = example.w as [number, number, number, number];
    for (let i = 0; i < got.length; i++) {
      const ofChannel = Math.floor(i / (height * width)) % channels === 0;
      expect(Number.isFinite(got[i])).toBe(!ofChannel);
    }
  }
});

describe("in tiles", () => {
  test.each(cases)("$form: $name", ({ form, example }) => {
    expect(formsIn(example)).toEqual(example.forms ?? [form, form]);
    expect(formsIn(example, "kernel")).toEqual([form]);
    expectRight(example, evaluated(wide));
  });

  test.each([
    { form: "F(2,3)", x: [1, 40, 8, 38], taps: 3, l2: 1 << 18 },
    { form: "F(2,5)", x: [1, 24, 4, 68], taps: 5, l2: 1 << 19 },
  ])("the gradient of a kernel, some channels and a few lines at a time: $form", (few) => {
    const { form, x, taps, l2 } = few;
    const example = {
      x,
      w: [16, x[1] as number, taps, taps],
      options: { padding: (taps - 1) / 2 },
    };
    const small = targetOf(16, l2);
    expect(formsIn(example, "kernel", small)).toEqual([form]);
    expectRight(example, evaluated(small), small);
  });

  test.each(cases.filter(({ name }) => name === "same"))(
    "$form: a line of tiles at a time",
    ({ form, example: { x, ...rest } }) => {
      const example = { x: x.map((n, i) => (i === 3 ? 3 * n : n)), ...rest };
      const small = targetOf(16, 1 << 16);
      expect(formsIn(example, "image", small)).toEqual([form, form]);
      expectRight(example, evaluated(small), small);
    },
  );

  test.each(forms)("%s in four lanes, a product and a sum for each fma", (form) => {
    const narrow = targetOf(4, 1 << 19);
    const example = caseOf(form, "same");
    expect(formsIn(example, "image", narrow)).toEqual([form, form]);
    expect(formsIn(example, "kernel", narrow)).toEqual([form]);
    expectRight(example, evaluated(narrow), narrow);
  });

  test.each(devicesHere.filter((name) => name !== "reference"))("on %s", (name) => {
    const run: Run = (...graph) => runOn(deviceNamed(name), ...graph);
    // winograd.slow.test.ts gives it all of them; the C compiler takes longest.
    const brief = cases.filter(({ name }) => name === "same").slice(0, name === "native" ? 1 : 3);
    const these = process.env.HEBB_TESTS === "slow" ? cases : brief;
    for (const { example } of these) expectRight(example, run);
  });

  test("an image's results are the same wherever it is in whatever batch", () => {
    const same = caseOf("F(4,3)", "same");
    const [channels, place] = [16, 16 * 8 * 16];
    const run = (count: number, first: number): TypedArray => {
      const example = { ...same, x: [count, channels, 8, 16] };
      expect(formsIn(example)).toEqual(["F(4,3)", "F(4,3)"]);
      const { inputs, outputs } = convolution(example, "f32");
      const lists = numbers(convolution({ ...same, x: [4, channels, 8, 16] }, "f32").inputs);
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
    expect(formsIn(example)).toEqual([]);
    expect(formsIn(example, "kernel")).toEqual([]);
  });

  test("f64, one lane, a kernel that no cache holds, or turned off", () => {
    const same = caseOf("F(2,3)", "same");
    for (const of of ["image", "kernel"] as const) {
      expect(formsIn(same, of, wide, "f64")).toEqual([]);
      expect(formsIn(same, of, targetOf(1, 1 << 20))).toEqual([]);
      expect(formsIn(same, of, targetOf(16, 1 << 10))).toEqual([]);
      expect(formsIn(same, of, targetOf(16, 1 << 20, ["winograd"]))).toEqual([]);
    }
  });
});
