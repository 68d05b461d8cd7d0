// What steps are called: kernel and sizes; and that the sizes are in no kernel.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import { convolution } from "../../../src/compile/lower/convolution-kernel.ts";
import * as b from "../../../src/ir/build.ts";
import type { Node } from "../../../src/ir/node.ts";
import type { Program } from "../../../src/ir/program.ts";
import type { Target } from "../../../src/render/renderer.ts";

const target: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 32768, l2: 1 << 20 },
  without: new Set(),
};
const input = (slot: number, ...shape: number[]): Node => b.input(slot, shape, "f32");

function program(inputs: readonly Node[], ...outputs: readonly Node[]): Program {
  return compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, target);
}

/** The label of the last step. */
const label = (inputs: readonly Node[], ...outputs: readonly Node[]): string | undefined =>
  program(inputs, ...outputs)
    .steps.flatMap((s) => (s.kind === "launch" ? s.label : []))
    .at(-1);

function linear(batch: number): [inputs: Node[], output: Node] {
  const [x, w, bias] = [input(0, batch, 784), input(1, 784, 512), input(2, 512)];
  return [[x, w, bias], b.add(b.contract(x, [0, 1], w, [1, 2], [0, 2]), bias)];
}

function softmax(rows: number, columns: number): [inputs: Node[], output: Node] {
  const x = input(0, rows, columns);
  const e = b.exp(b.sub(x, b.reduceKeep(x, "max", [1])));
  return [[x], b.div(e, b.reduceKeep(e, "add", [1]))];
}

describe("labels of steps", () => {
  test("a product is one of matrices, with its batch before them", () => {
    const [inputs, output] = linear(128);
    expect(label(inputs, output)).toBe("contract_add [128, 784]×[784, 512]");
    const [p, q] = [input(0, 6, 50, 40), input(1, 6, 40, 30)];
    expect(label([p, q], b.contract(p, [0, 1, 2], q, [0, 2, 3], [0, 1, 3]))).toMatch(
      /^contract\S* \[6, 50, 40\]×\[6, 40, 30\]$/,
    );
  });

  test("a convolution is one of positions by the taps of all channels", () => {
    const [x, w] = [input(0, 4, 8, 14, 14), input(1, 16, 8, 3, 3)];
    const tap = { size: 3, stride: 1, dilation: 1, form: convolution };
    const seen = b.window(b.window(x, { axis: 2, ...tap }), { axis: 4, ...tap });
    // seen: image, channel, row, row tap, column, column tap.
    const output = b.contract(seen, [0, 1, 2, 3, 4, 5], w, [6, 1, 3, 5], [0, 6, 2, 4]);
    expect(label([x, w], output)).toMatch(/ \[576, 72\]×\[72, 16\]$/);
  });

  test("whole rows and columns are said to be such", () => {
    const [inputs, output] = softmax(4096, 1024);
    expect(label(inputs, output)).toBe("max_exp_sum_div rows [4096, 1024]");
    const x = input(0, 30, 40, 50);
    expect(label([x], b.reduce(x, "add", [1, 2]))).toBe("sum rows [30, 2000]");
    expect(label([x], b.reduce(x, "add", [0]))).toBe("sum columns [30, 2000]");
    expect(label([x], b.reduce(x, "add", [1]))).toBe("sum [30, 40, 50] along 1");
    expect(label([x], b.mul(x, x))).toBe("mul [30, 40, 50]");
  });

  test("several at once are counted, and the largest of them shown", () => {
    const [x, y, z] = [input(0, 30, 40), input(1, 50), input(2, 30, 40)];
    const twice = (n: Node): Node => b.mul(n, n);
    expect(label([x, z], twice(x), twice(z))).toBe("mul ×2 [30, 40]");
    expect(label([x, y, z], twice(y), twice(x), twice(z))).toBe("mul ×3 [30, 40] …");
  });

  test("kernels are called and written the same at any size", () => {
    const kernels = ([inputs, output]: [Node[], Node]): unknown => program(inputs, output).kernels;
    expect(kernels(linear(128))).toEqual(kernels(linear(96)));
    expect(kernels(softmax(4096, 1024))).toEqual(kernels(softmax(512, 1024)));
  });
});
