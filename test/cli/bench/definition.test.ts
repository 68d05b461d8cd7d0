// What tasks take on paper, against figures worked out apart from the code.

import { expect, test } from "vitest";
import { leastWork, type Task } from "../../../src/cli/bench/definition.ts";
import { growths, workloadSets, workloads } from "../../../src/cli/bench/workloads.ts";

const taskOf = (name: string): Task => workloads.get(name)?.task as Task;

test.each([
  ["matmul", 2.147],
  ["conv", 1.85],
  ["mlp", 0.309],
  ["cnn", 1.6],
  ["lstm", 3.96],
  ["gpt", 5.28],
  ["rbm", 0.514],
])("%s takes %f GFLOP", (name, gigaflop) => {
  expect(leastWork(taskOf(name)).flops / 1e9 / gigaflop).toBeCloseTo(1, 2);
});

test.each([
  ["softmax", 33.55],
  ["layernorm", 33.55],
  ["elementwise", 134.2],
  ["reduce", 67.1],
  ["matmul-1x1024x1024", 4.2],
])("%s moves %f MB", (name, megabytes) => {
  expect(leastWork(taskOf(name)).bytes / 1e6 / megabytes).toBeCloseTo(1, 2);
});

test("strides and groups make a convolution smaller", () => {
  const of = (name: string): number => leastWork(taskOf(name)).flops;
  expect(of("conv-strided")).toBe(2 * 32 * 28 * 28 * 128 * 64 * 9);
  expect(of("conv-depthwise")).toBe(2 * 32 * 28 * 28 * 128 * 9);
  expect(of("conv-stem")).toBe(2 * 8 * 112 * 112 * 64 * 3 * 49);
});

test("names are unique, and every size that grows is one of them", () => {
  expect(workloads.size).toBe(Object.values(workloadSets).flat().length);
  for (const { points } of growths) {
    for (const { definition } of points) expect(workloads.get(definition.name)).toBe(definition);
  }
});
