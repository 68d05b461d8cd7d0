// How many kernels programs become: fusion, asserted.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { convolution as form } from "../../src/compile/lower/convolution-kernel.ts";
import { loop } from "../../src/compile/plan/loop.ts";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import type { Node } from "../../src/ir/node.ts";
import type { Program } from "../../src/ir/program.ts";
import type { Target } from "../../src/render/renderer.ts";

const target: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 32768, l2: 1 << 20 },
  without: new Set(),
};
const input = (slot: number, ...shape: number[]): Node => b.input(slot, shape, "f32");
const number = (value: number): Node => b.constant(value, "f32");
const sliding = { size: 3, stride: 1, dilation: 1, form };
function program(inputs: readonly Node[], ...outputs: readonly Node[]): Program {
  return compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, target);
}
const kernels = (inputs: readonly Node[], ...outputs: readonly Node[]): number =>
  program(inputs, ...outputs).kernelCount;

const mean = (x: Node, axis: number): Node =>
  b.div(b.reduceKeep(x, "add", [axis]), number(x.shape[axis] as number));
const linear = (x: Node, w: Node, bias: Node): Node =>
  b.add(b.contract(x, [0, 1], w, [2, 1], [0, 2]), bias);
const relu = (x: Node): Node => b.where(b.less(number(0), x), x, number(0));

function layerNorm(x: Node, scale: Node, shift: Node): Node {
  const centred = b.sub(x, mean(x, 1));
  const variance = mean(b.mul(centred, centred), 1);
  return b.add(b.mul(b.div(centred, b.sqrt(b.add(variance, number(1e-5)))), scale), shift);
}

function logSoftmax(x: Node): Node {
  const shifted = b.sub(x, b.reduceKeep(x, "max", [1]));
  return b.sub(shifted, b.log(b.reduceKeep(b.exp(shifted), "add", [1])));
}

function crossEntropy(x: Node, labels: Node): Node {
  const index = b.reshape(labels, [labels.shape[0] as number, 1]);
  const picked = b.gather(logSoftmax(x), index, 1);
  return b.neg(b.div(b.reduce(picked, "add", [0, 1]), number(x.shape[0] as number)));
}

describe("one kernel", () => {
  test("gelu(1.5x + 0.5)", () => {
    const x = input(0, 1 << 16);
    const y = b.add(b.mul(x, number(1.5)), number(0.5));
    const gelu = b.mul(
      b.mul(y, number(0.5)),
      b.add(number(1), b.erf(b.mul(y, number(Math.SQRT1_2)))),
    );
    expect(kernels([x], gelu)).toBe(1);
  });

  test.each([0, 1])("softmax over axis %d", (axis) => {
    const x = input(0, 64, 100);
    const e = b.exp(b.sub(x, b.reduceKeep(x, "max", [axis])));
    expect(kernels([x], b.div(e, b.reduceKeep(e, "add", [axis])))).toBe(1);
  });

  test("layer norm with scale and shift", () => {
    const [x, scale, shift] = [input(0, 64, 100), input(1, 100), input(2, 100)];
    expect(kernels([x, scale, shift], layerNorm(x, scale, shift))).toBe(1);
  });

  test("linear, bias and relu", () => {
    const [x, w, bias] = [input(0, 32, 64), input(1, 48, 64), input(2, 48)];
    expect(kernels([x, w, bias], relu(linear(x, w, bias)))).toBe(1);
  });

  test("an Adam update of all parameters", () => {
    const shapes = [[512, 784], [512], [256, 512], [256], [10, 256], [10]];
    const inputs: Node[] = [];
    const of = (shape: readonly number[]): Node => {
      const node = b.input(inputs.length, shape, "f32");
      inputs.push(node);
      return node;
    };
    const outputs = shapes.flatMap((shape) => {
      const [p, g, m, v] = [of(shape), of(shape), of(shape), of(shape)];
      const m1 = b.add(b.mul(m, number(0.9)), b.mul(g, number(0.1)));
      const v1 = b.add(b.mul(v, number(0.999)), b.mul(b.mul(g, g), number(0.001)));
      return [b.sub(p, b.div(b.mul(m1, number(0.01)), b.add(b.sqrt(v1), number(1e-8)))), m1, v1];
    });
    const made = program(inputs, ...outputs);
    expect(made.kernelCount).toBe(1);
    expect(made.kernels).toHaveLength(1);
  });

  test("a max pool of 2 by 2", () => {
    const x = input(0, 8, 4, 12, 12);
    expect(kernels([x], b.reduce(b.reshape(x, [8, 4, 6, 2, 6, 2]), "max", [3, 5]))).toBe(1);
  });

  test("a depthwise convolution, bias and relu", () => {
    const [x, w, bias] = [input(0, 4, 8, 12, 20), input(1, 8, 3, 3), input(2, 8, 1, 1)];
    const padded = b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1]);
    const tall = b.window(padded, { axis: 2, ...sliding });
    const windows = b.window(tall, { axis: 4, ...sliding });
    const y = b.contract(windows, [0, 1, 2, 3, 4, 5], w, [1, 3, 5], [0, 1, 2, 4]);
    const made = program([x, w, bias], relu(b.add(y, bias)));
    expect(made.kernelCount).toBe(1);
    // Its weights, in the order in which they are read, and nothing of the image.
    expect(made.arenaBytes).toBeLessThan(1024);
  });

  test("a batch norm over batch and places", () => {
    const [x, scale] = [input(0, 16, 8, 6, 6), input(1, 1, 8, 1, 1)];
    const axes = [0, 2, 3];
    const count = number(16 * 36);
    const centred = b.sub(x, b.div(b.reduceKeep(x, "add", axes), count));
    const variance = b.div(b.reduceKeep(b.mul(centred, centred), "add", axes), count);
    expect(
      kernels([x, scale], b.mul(b.div(centred, b.sqrt(b.add(variance, number(1e-5)))), scale)),
    ).toBe(1);
  });
});

describe("few kernels", () => {
  test("cross-entropy from logits, at most two", () => {
    const [x, labels] = [input(0, 128, 10), b.input(1, [128], "i32")];
    expect(kernels([x, labels], crossEntropy(x, labels))).toBeLessThanOrEqual(2);
  });

  test("cross-entropy with its gradient, at most two", () => {
    const [x, labels] = [input(0, 128, 10), b.input(1, [128], "i32")];
    const loss = crossEntropy(x, labels);
    const [g] = backward([loss], [number(1)], [x]);
    expect(kernels([x, labels], loss, g as Node)).toBeLessThanOrEqual(2);
  });

  test("a convolution and its two gradients, one each; no padding and no patches in memory", () => {
    const [x, w] = [input(0, 4, 8, 12, 12), input(1, 16, 8, 3, 3)];
    const padded = b.pad(x, [0, 0, 1, 1], [0, 0, 1, 1]);
    const tall = b.window(padded, { axis: 2, ...sliding });
    const windows = b.window(tall, { axis: 4, ...sliding });
    const y = b.contract(windows, [0, 1, 2, 3, 4, 5], w, [6, 1, 3, 5], [0, 6, 2, 4]);
    expect(kernels([x, w], y)).toBe(1);
    const g = input(2, 4, 16, 12, 12);
    const [dx, dw] = backward([y], [g], [x, w]) as [Node, Node];
    const made = program([x, w, g], dx, dw);
    expect(made.kernelCount).toBe(2);
    // Windows would be nine times an operand.
    expect(made.arenaBytes).toBeLessThan(2 * 4 * (4 * 8 * 12 * 12));
  });
});

describe("sizes", () => {
  const kernelTexts = (rows: number): string => {
    const [x, w, bias] = [input(0, rows, 64), input(1, 48, 64), input(2, 48)];
    const hidden = relu(linear(x, w, bias));
    const loss = b.reduce(b.mul(hidden, hidden), "add", [0, 1]);
    const gradients = backward([loss], [number(1)], [w, bias]) as Node[];
    const made = program([x, w, bias], loss, ...gradients);
    return JSON.stringify(made.kernels.map((k) => ({ ...k, name: "" })));
  };

  test("a new batch size makes no new kernel", () => {
    const first = kernelTexts(128);
    for (const rows of [64, 96, 100, 37]) expect(kernelTexts(rows)).toBe(first);
  });

  test("slices at other places make no new kernel", () => {
    const at = (start: number): string => {
      const x = input(0, 100, 16);
      return JSON.stringify(program([x], b.exp(b.sliceAxis(x, 0, start, start + 10))).kernels);
    };
    expect(at(7)).toBe(at(0));
    expect(at(90)).toBe(at(0));
  });

  test("numbers are launch arguments", () => {
    const of = (value: number): Program => {
      const x = input(0, 100);
      const c = number(value);
      const graph = { inputs: [x], outputs: [b.mul(x, c)], constants: [c], replaces: [-1] };
      return compileGraph(graph, target);
    };
    expect(JSON.stringify(of(0.25).kernels)).toBe(JSON.stringify(of(3).kernels));
  });
});

test("a recurrence of a thousand steps compiles its body once", () => {
  const [h, xs, w] = [input(0, 4, 8), input(1, 1000, 4, 8), input(2, 8, 8)];
  const body = b.body([h, input(0, 4, 8), w], ([state, x, weights]) => {
    const next = b.tanh(
      b.add(b.contract(state as Node, [0, 1], weights as Node, [1, 2], [0, 2]), x as Node),
    );
    return [next, next];
  });
  const arg = { body, carries: 1, stacked: 1, length: 1000, reverse: false, loop };
  const made = program([h, xs, w], ...b.scan(arg, [h, xs, w]));
  expect(made.kernels.length).toBeLessThanOrEqual(6);
  expect(made.steps.some((s) => s.kind === "loop" && s.count === 1000)).toBe(true);
});

test("a cell's new value stands where the old one was, unless the old one is still read", () => {
  const [p, g] = [input(0, 100), input(1, 100)];
  const next = b.sub(p, b.mul(g, number(0.5)));
  const alone = compileGraph(
    { inputs: [p, g], outputs: [next], constants: [], replaces: [0] },
    target,
  );
  expect(alone.inPlace).toEqual([true]);
  const turned = b.flip(p, [0]);
  const crossed = compileGraph(
    { inputs: [p, g], outputs: [b.add(turned, g)], constants: [], replaces: [0] },
    target,
  );
  expect(crossed.inPlace).toEqual([false]);
});

test("each kernel is told of once, in the order of the program, and equal ones as one", () => {
  const [x, w] = [input(0, 8, 16), input(1, 16, 16)];
  const layer = (y: Node): Node => relu(b.contract(y, [0, 1], w, [1, 2], [0, 2]));
  const outputs = [layer(layer(layer(x))), b.reduce(x, "max", [1])];
  const told: Kernel[] = [];
  const graph = { inputs: [x, w], outputs, constants: [], replaces: [-1, -1] };
  const made = compileGraph(graph, target, (kernel) => told.push(kernel));
  expect(told).toEqual(made.kernels);
  expect(told.length).toBeLessThan(made.kernelCount);
});
