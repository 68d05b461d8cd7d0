// What the compiler is called for: kernels are the same text whatever numbers, offsets and outer
// extents a call brings.

import { rmSync } from "node:fs";
import { afterAll, expect, test, vi } from "vitest";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { compilerInvocations } from "../../src/device/native.ts";
import { Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

// A cache of its own before any device is opened, so that every kernel is built once in this file.
const folder = vi.hoisted(() => {
  const made = `${process.env.TMPDIR ?? "/tmp"}/hebb-key-${process.pid}-${Date.now()}`;
  process.env.HEBB_CACHE = made;
  return made;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const native = devicesHere.includes("native");

function builds(work: () => void): number {
  const before = compilerInvocations();
  work();
  return compilerInvocations() - before;
}

test("1,000 steps with a changing learning rate, offsets and a short last batch build each kernel once", (context) => {
  if (!native) return context.skip("there is no C compiler");
  setDefaultDevice("native");
  const data = randn([130, 8]).mul(1);
  const target = randn([130, 3]).mul(1);
  const w = new Parameter(randn([8, 3]).mul(0.1));
  const step = compile((x: Tensor, y: Tensor, lr: Tensor) => {
    const loss = x.matmul(w).sub(y).square().mean();
    const [g] = gradients(loss, [w]) as [Tensor];
    w.assign(w.sub(g.mul(lr)));
    return loss;
  });
  // 130 = 8 · 16 + 2: every ninth batch is short.
  const run = (i: number): void => {
    const start = (i % 9) * 16;
    const stop = Math.min(130, start + 16);
    step(data.at(`${start}:${stop}`), target.at(`${start}:${stop}`), 0.1 / (1 + i)).itemSync();
  };
  const first = builds(() => {
    for (let i = 0; i < 9; i++) run(i);
  });
  expect(first).toBeGreaterThan(0);
  expect(
    builds(() => {
      for (let i = 9; i < 1000; i++) run(i);
    }),
  ).toBe(0);
  expect(step.traceCount).toBe(2);
});

test("eager: numbers, offsets, random keys and outer extents are in no key", (context) => {
  if (!native) return context.skip("there is no C compiler");
  setDefaultDevice("native");
  const run = (i: number, rows: number): void => {
    seed(i + 100);
    const x = rand([rows, 32]).mul(i + 0.5);
    x.at(`${1 + (i % 3)}:`, "::2")
      .sub(i * 0.1 + 2)
      .softmax({ axis: -1 })
      .dataSync();
  };
  builds(() => run(3, 40));
  expect(
    builds(() => {
      for (let i = 4; i < 40; i++) run(i, 20 + i);
    }),
  ).toBe(0);
});

test("a key/value cache written at a run-time position builds nothing after its first step", (context) => {
  if (!native) return context.skip("there is no C compiler");
  setDefaultDevice("native");
  const cache = new State(zeros([64, 4]));
  const position = new State(tensor(0, { dtype: "i32" }));
  const push = compile((row: Tensor) => {
    cache.assign(
      cache.scatter(position.reshape([1, 1]).expand([1, 4]), row.unsqueeze(0), { axis: 0 }),
    );
    position.assign(position.add(1));
    return cache.sum();
  });
  push(tensor([1, 1, 1, 1])).itemSync();
  let last = 0;
  expect(
    builds(() => {
      for (let i = 1; i < 64; i++) last = push(tensor([1, 1, 1, 1])).itemSync();
    }),
  ).toBe(0);
  expect(last).toBe(256);
});
