// The kernels of some thirty programs as text, so that a change to the compiler shows what it
// changed. `npx vitest run test/compile/golden-kernels.test.ts -u` writes them anew.

import { expect, test, vi } from "vitest";
import { compileGraph } from "../../src/compile/compile.ts";
import { setDefaultDevice } from "../../src/device/devices.ts";
import {
  bernoulli,
  compile,
  concat,
  conv2d,
  grad,
  Parameter,
  rand,
  randint,
  randn,
  realizeSync,
  scan,
  type Tensor,
  where,
  zeros,
} from "../../src/index.ts";
import { printKernel } from "../../src/ir/print-kernel.ts";
import type { Graph, Step } from "../../src/ir/program.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import type { Target } from "../../src/render/renderer.ts";

const captured: Graph[] = [];
vi.mock("../../src/compile/compile.ts", async (original) => {
  const actual = await original<typeof import("../../src/compile/compile.ts")>();
  return {
    compileGraph: (graph: Graph, target: Target) => {
      captured.push(graph);
      return actual.compileGraph(graph, target);
    },
  };
});

const wide: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 32 * 1024, l2: 1024 * 1024 },
  without: new Set(),
};

/** The gradient of a function's sum by its first argument. */
const slope = (f: (...args: Tensor[]) => Tensor): ((...args: Tensor[]) => Tensor) =>
  grad((...args: Tensor[]) => f(...args).sum()) as never;

const x = (...shape: number[]): Tensor => randn(shape).mul(1);
const normalized = (v: Tensor, scale: Tensor, shift: Tensor): Tensor => {
  const centred = v.sub(v.mean({ axis: -1, keepDims: true }));
  const deviation = centred.square().mean({ axis: -1, keepDims: true }).add(1e-5).sqrt();
  return centred.div(deviation).mul(scale).add(shift);
};
const loss = (v: Tensor, y: Tensor): Tensor => nn.crossEntropy(v, y);
const pool = (v: Tensor): Tensor => new nn.MaxPool2d(2).forward(v);
const images = (): [Tensor, Tensor] => [x(4, 8, 14, 14), x(16, 8, 3, 3)];
const padded = (v: Tensor, w: Tensor): Tensor => conv2d(v, w, { padding: 1 });

/** A function of tensors, and tensors for it. */
const programs: Readonly<Record<string, () => [(...args: Tensor[]) => unknown, ...Tensor[]]>> = {
  "broadcast-add": () => [(a, b) => a.add(b), x(40, 30), x(30)],
  gelu: () => [(a) => a.mul(1.5).add(0.5).gelu(), x(5000)],
  "bytes-to-floats": () => [
    (a) => a.cast("f32").div(255),
    randint([900], { high: 256 }).cast("u8"),
  ],
  select: () => [(a, b) => where(a.less(b), a, b.neg()), x(70, 20), x(70, 20)],
  transpose: () => [(a) => a.T.mul(2), x(50, 60)],
  "slice-step-flip": () => [(a) => a.at("1::2", "::-1").mul(2), x(40, 50)],
  pad: () => [
    (a) =>
      a
        .pad([
          [1, 1],
          [2, 0],
        ])
        .mul(2),
    x(30, 40),
  ],
  concat: () => [(a, b) => concat([a, b], { axis: 1 }), x(20, 30), x(20, 7)],
  "sum-all": () => [(a) => a.square().sum(), x(400, 50)],
  "sum-rows": () => [(a) => a.sum({ axis: 1 }), x(40, 500)],
  "sum-columns": () => [(a) => a.sum({ axis: 0 }), x(300, 50)],
  "layer-norm": () => [normalized, x(64, 100), x(100), x(100)],
  "layer-norm-gradient": () => [
    slope((...args) => normalized(...(args as [Tensor, Tensor, Tensor])).square()),
    x(64, 100),
    x(100),
    x(100),
  ],
  softmax: () => [(a) => a.softmax(), x(64, 100)],
  "cross-entropy": () => [loss, x(64, 10), randint([64], { high: 10 }).add(0)],
  "cross-entropy-gradient": () => [
    slope(loss as never),
    x(64, 10),
    randint([64], { high: 10 }).add(0),
  ],
  argmax: () => [(a) => a.argMax({ axis: 1 }), x(40, 70)],
  matmul: () => [(a, b) => a.matmul(b), x(100, 80), x(80, 60)],
  "matmul-transposed": () => [(a, b) => a.T.matmul(b.T), x(80, 100), x(60, 80)],
  "matmul-batched": () => [(a, b) => a.matmul(b), x(6, 50, 40), x(6, 40, 30)],
  "matrix-vector": () => [(a, b) => a.matmul(b), x(200, 300), x(300)],
  "linear-relu": () => [(a, w, b) => a.matmul(w.T).add(b).relu(), x(64, 50), x(40, 50), x(40)],
  convolution: () => [padded, ...images()],
  "convolution-weight-gradient": () => [
    slope((w, v) => padded(v as Tensor, w as Tensor)),
    ...images().reverse(),
  ],
  "convolution-weight-gradient-in-tiles": () => [
    slope((w, v) => padded(v as Tensor, w as Tensor)),
    x(16, 16, 3, 3),
    x(2, 16, 14, 14),
  ],
  "convolution-input-gradient": () => [slope(padded as never), ...images()],
  "max-pool": () => [(a) => pool(a.relu()), x(4, 8, 14, 14)],
  "max-pool-gradient": () => [slope(pool as never), x(4, 8, 14, 14)],
  gather: () => [(t, i) => t.at(i), x(65, 40), randint([32, 8], { high: 65 }).add(0)],
  "gather-gradient": () => [
    slope((t, i) => (t as Tensor).at(i as Tensor)),
    x(65, 40),
    randint([32, 8], { high: 65 }).add(0),
  ],
  "running-sum": () => [(a) => a.cumSum({ axis: 1 }), x(40, 50)],
  sort: () => [(a) => a.argSort({ axis: 1 }), x(20, 50)],
  recurrence: () => [
    (v, w) =>
      scan(
        ([h]: readonly [Tensor], row: Tensor) => {
          const next = h
            .matmul(w as Tensor)
            .add(row)
            .tanh();
          return [[next] as const, next] as const;
        },
        [zeros([16, 32])] as const,
        v as Tensor,
      ),
    x(10, 16, 32),
    x(32, 32),
  ],
  dropout: () => [(a) => bernoulli(a.mul(0).add(0.5)).cast("f32").mul(a), x(900)],
  adam: () => {
    const weights = [new Parameter(x(30, 20)), new Parameter(x(20))];
    const optimizer = new Adam(weights);
    return [(a, b) => optimizer.step([a, b]), x(30, 20), x(20)];
  },
  "double-exponential": () => [(a) => a.exp(), rand([700], { dtype: "f64" }).mul(1)],
  "half-floats": () => [(a) => a.mul(2).cast("f16"), x(800).cast("f16")],
};

/** Launches and loops, one a line, without the sizes: kernels have none. */
const outline = (steps: readonly Step[], indent = ""): string[] =>
  steps.flatMap((s) =>
    s.kind === "loop"
      ? [`${indent}repeat ${s.count}:`, ...outline(s.steps, `${indent}  `)]
      : [
          `${indent}${s.label.replace(/( rows| columns)? \[.*$/, "")}: kernels ${s.jobs.map((j) => j.kernel).join(" ")}`,
        ],
  );

test.each(Object.entries(programs))("%s", async (name, make) => {
  setDefaultDevice("wasm");
  const [f, ...args] = make();
  realizeSync(args);
  captured.length = 0;
  realizeSync(compile(f as (...args: Tensor[]) => Tensor)(...args) ?? []);
  // What the program needs at its start, such as an optimizer's zeros, is computed before it.
  const program = compileGraph(captured.at(-1) as Graph, wide);
  const kernels = program.kernels.map((k, i) => `${i}. ${printKernel(k)}`);
  const text = [outline(program.steps).join("\n"), ...kernels].join("\n\n");
  await expect(`${text}\n`).toMatchFileSnapshot(`../golden/kernels/${name}.txt`);
});
