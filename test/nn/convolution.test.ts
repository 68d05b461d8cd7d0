// The rows of Convolutional networks that are about layers: CN-09 … CN-18, CN-20, CN-22 … CN-26, CN-28.

import { beforeEach, describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/index.ts";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { zeros } from "../../src/tensor/create.ts";
import { grad, jacobian } from "../../src/tensor/derivatives.ts";
import { memory } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { differences, drawn, numbers } from "./differences.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(11);
});

test("CN-09 K filters of F×F×D: K maps, each the sum written out, with K·F²·D + K numbers", () => {
  const [D, K, F] = [3, 4, 2];
  const layer = new nn.Conv2d(D, K, F, { dtype });
  const x = drawn(1, D, 4, 3);
  const [w, b, input] = [layer.weight, layer.bias!, x].map((t) => t.arraySync()) as [
    number[][][][],
    number[],
    number[][][][],
  ];
  const expected: number[] = [];
  for (let r = 0; r < K; r++) {
    for (let s = 0; s < 3; s++) {
      for (let t = 0; t < 2; t++) {
        let sum = b[r]!;
        for (let u = 0; u < D; u++) {
          for (let p = 0; p < F; p++) {
            for (let q = 0; q < F; q++) sum += w[r]![u]![p]![q]! * input[0]![u]![s + p]![t + q]!;
          }
        }
        expected.push(sum);
      }
    }
  }
  const y = layer.forward(x);
  expect(y.shape).toEqual([1, K, 3, 2]);
  expectClose(numbers(y), expected, 1e-14);
  expect(nn.countParameters(layer)).toBe(K * (F * F * D) + K);
  expect(nn.convolutionParameters(D, K, F)).toBe(nn.countParameters(layer));
  const parts = new nn.Conv3d(4, 6, [1, 2, 3], { groups: 2, bias: false });
  const options = { groups: 2, bias: false };
  expect(nn.countParameters(parts)).toBe(6 * 2 * 6);
  expect(nn.convolutionParameters(4, 6, [1, 2, 3], options)).toBe(6 * 2 * 6);
  expect(nn.convolutionProducts(4, 6, [1, 2, 3], [5, 2, 2], options)).toBe(6 * 2 * 6 * 20);
});

test("CN-09 counting takes no memory, whatever the size", () => {
  const before = memory();
  const layer = new nn.Conv2d(4096, 4096, 7);
  expect(nn.countParameters(layer)).toBe(4096 * (7 * 7 * 4096) + 4096);
  expect(nn.countParameters(layer.freeze(), { trained: true })).toBe(0);
  expect(memory()).toEqual(before);
  // A layer in two places is one layer.
  expect(nn.countParameters(nn.sequential(layer, nn.relu, layer))).toBe(nn.countParameters(layer));
});

test("CN-10 sizes of results: the examples of the notes, and what layers give", () => {
  expect(nn.outputSize(32, { kernel: 5 })).toBe(28);
  expect(nn.outputSize(14, { kernel: 5 })).toBe(10);
  expect(nn.outputSize(28, { kernel: 2, stride: 2 })).toBe(14);
  expect(nn.outputSize(7, { kernel: 3, padding: 1, stride: 2 })).toBe(4);
  for (const [n, kernel, stride, padding, dilation] of [
    [9, 3, 2, 0, 1],
    [10, 3, 2, 0, 1],
    [8, 2, 3, 1, 2],
    [5, 5, 1, 2, 1],
  ] as const) {
    const layer = new nn.Conv1d(1, 1, kernel, { stride, padding, dilation });
    const size = nn.outputSize(n, { kernel, stride, padding, dilation });
    expect(layer.forward(zeros([1, 1, n])).shape).toEqual([1, 1, size]);
  }
  expect(() => nn.outputSize(4, { kernel: 5 })).toThrow(ShapeError);
  expect(() => nn.outputSize(4, { kernel: 0 })).toThrow(/kernel/);
});

test("CN-11 padding: valid, half and full, and zeros beyond the border", () => {
  const x = drawn(1, 1, 7);
  const sizes = { valid: 5, half: 7, full: 9 };
  for (const [mode, size] of Object.entries(sizes) as [keyof typeof sizes, number][]) {
    const padding = nn.paddingOf(mode, 3);
    const layer = new nn.Conv1d(1, 1, 3, { padding, bias: false, dtype });
    const y = layer.forward(x);
    expect(y.shape).toEqual([1, 1, size]);
    expect(nn.outputSize(7, { kernel: 3, padding: mode })).toBe(size);
    // The first result sees as many zeros as there is padding.
    const [w, values] = [numbers(layer.weight), numbers(x)];
    const first = w.reduce((sum, wk, k) => sum + wk * (values[k - padding] ?? 0), 0);
    expect(numbers(y)[0]).toBeCloseTo(first, 14);
  }
  const same = new nn.Conv1d(1, 1, 3, { padding: "same" });
  expect(same.forward(zeros([1, 1, 7])).shape).toEqual([1, 1, 7]);
  expect(() => nn.paddingOf("half", 4)).toThrow(/middle/);
});

test("CN-12 a stride is every so many of the results at stride 1", () => {
  const dense = new nn.Conv2d(2, 3, 3, { padding: 1, dtype });
  const sparse = new nn.Conv2d(2, 3, 3, { padding: 1, stride: [2, 3], dtype });
  sparse.loadStateDict(dense.stateDict());
  const x = drawn(2, 2, 5, 7);
  const every = dense.forward(x).at(":", ":", "::2", "::3");
  expectClose(numbers(sparse.forward(x)), numbers(every), 1e-15);
});

test("CN-13 the receptive field is where the gradient of one output is not zero", () => {
  const three = [1, 2, 3].map(() => new nn.Conv2d(1, 1, 3, { bias: false }));
  expect(nn.receptiveField(three)).toBe(7);
  const lenet = [
    { kernelSize: 5 },
    nn.relu,
    { kernelSize: 2, stride: 2 },
    { kernelSize: 5 },
    nn.relu,
    { kernelSize: 2, stride: 2 },
  ];
  expect(nn.receptiveField(lenet)).toBe(16);
  const networks = [
    three,
    [new nn.Conv2d(1, 1, 5), new nn.AvgPool2d(2), new nn.Conv2d(1, 1, 5), new nn.AvgPool2d(2)],
    [new nn.Conv2d(1, 1, 3, { dilation: 2 }), new nn.Conv2d(1, 1, 2, { stride: 3 })],
    [new nn.Conv2d(1, 1, [3, 1], { stride: [2, 1] }), new nn.Conv2d(1, 1, [2, 3])],
  ];
  for (const layers of networks) {
    const model = nn.sequential(...layers);
    const middle = (y: Tensor): Tensor =>
      y.at(0, 0, Math.floor(y.shape[2]! / 2), Math.floor(y.shape[3]! / 2));
    const slope = grad((x: Tensor) => middle(model.forward(x)))(randn([1, 1, 30, 30]));
    const rows = (slope.arraySync() as number[][][][])[0]![0]!;
    const seen = rows.flatMap((row, i) => (row.some((g) => g !== 0) ? [i] : []));
    expect(seen.at(-1)! - seen[0]! + 1).toBe(nn.receptiveField(layers));
    const across = rows.flatMap((row) => row.flatMap((g, j) => (g === 0 ? [] : [j])));
    const width = Math.max(...across) - Math.min(...across) + 1;
    expect(width).toBe(nn.receptiveField(layers, { axis: 1 }));
    // The same in rows within rows.
    const nested = [nn.sequential(layers[0]!, nn.relu), nn.sequential(...layers.slice(1))];
    expect(nn.receptiveField(nested)).toBe(nn.receptiveField(layers));
  }
  // Of other layers it cannot be known from their windows alone.
  const block = new nn.Residual(new nn.Conv2d(1, 1, 3, { padding: 1 }));
  expect(() => nn.receptiveField([block])).toThrow(/of Residual, which .* longest path/);
  expect(() => nn.receptiveField([new nn.ConvTranspose1d(1, 1, 3)])).toThrow(/transposed/);
  expect(nn.receptiveField([new nn.Residual(nn.tanh), new nn.BatchNorm2d(3)])).toBe(1);
});

test("CN-14 gradients through a convolution: finite differences, and nothing from outside the field", () => {
  const layer = new nn.Conv2d(2, 2, 3, { stride: 2, dtype });
  const x = drawn(1, 2, 5, 5);
  const loss = (y: Tensor): Tensor => layer.forward(y).tanh().sum();
  expectClose(numbers(grad(loss)(x)), differences(loss, x), 1e-8);
  const byWeight = (w: Tensor): Tensor => {
    layer.weight.assign(w);
    return loss(x);
  };
  const w = layer.weight.snapshot();
  const expected = differences(byWeight, w);
  layer.weight.assign(w);
  expectClose(numbers(gradients(loss(x), layer).weight!), expected, 1e-8);

  // ∂y[0, 0]/∂x is zero where the kernel does not reach, and the shared weight sums over places.
  const slopes = jacobian((y: Tensor) => layer.forward(y).at(0, 0).flatten())(x); // [4, 1, 2, 5, 5]
  const outside = slopes.at(0, 0, ":", "3:", ":");
  expect(numbers(outside).every((g) => g === 0)).toBe(true);
  const inside = slopes.at(0, 0, ":", ":3", ":3");
  expectClose(numbers(inside), numbers(layer.weight.at(0)), 1e-15);
});

test("CN-15 the closed form: ∂f/∂w = rot(x) ∗ (mat(v) ⊙ σ′(x ∗ w)), of q×q", () => {
  const [d, q] = [6, 3];
  const r = d - q + 1;
  const [x, w, v] = [drawn(d, d), drawn(q, q), drawn(r, r)];
  const valid = { mode: "valid" } as const;
  const f = (kernel: Tensor): Tensor => nn.convolve(x, kernel, valid).sigmoid().mul(v).sum();
  const s = nn.convolve(x, w, valid).sigmoid();
  const slope = s.mul(s.neg().add(1)); // σ′
  const closed = nn.convolve(x.flip(), v.mul(slope), valid);
  expect(closed.shape).toEqual([q, q]);
  expectClose(numbers(closed), differences(f, w), 1e-8);
  expectClose(numbers(grad(f)(w)), numbers(closed), 1e-13);
});

test("CN-16 max-pooling: by hand, per channel, and the gradient goes to the largest", () => {
  const row = tensor([[[1, 3, 2, 0]]], { dtype });
  const pool = new nn.MaxPool1d(2, { stride: 1 });
  expect(numbers(pool.forward(row))).toEqual([3, 3, 2]);
  const slope = grad((x: Tensor) =>
    pool
      .forward(x)
      .mul(tensor([1, 10, 100], { dtype }))
      .sum(),
  );
  expect(numbers(slope(row))).toEqual([0, 11, 100, 0]);
  const image = tensor(
    [
      [
        [
          [1, 2, 5, 6],
          [4, 3, 8, 7],
        ],
        [
          [-1, -2, -5, -6],
          [-4, -3, -8, -7],
        ],
      ],
    ],
    { dtype },
  );
  const square = new nn.MaxPool2d(2);
  expect(numbers(square.forward(image))).toEqual([4, 8, -1, -5]);
  expect(numbers(grad((x: Tensor) => square.forward(x).sum())(image))).toEqual([
    0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0,
  ]);
  // Of equals the first: nothing is counted twice.
  const ties = zeros([1, 1, 2, 2], { dtype });
  expect(numbers(grad((x: Tensor) => square.forward(x).sum())(ties))).toEqual([1, 0, 0, 0]);
  expect(nn.countParameters(square)).toBe(0);
});

test("CN-17 a shift by one changes far fewer pooled values than pixels", () => {
  // Sparse detections, as behind a rectifier: few places answer.
  const x = rand([1, 1, 40, 40], { dtype });
  const detections = x.where(x.greater(0.9), 0);
  detections.dataSync();
  const pool = new nn.MaxPool2d(5, { stride: 1 });
  const changed = (f: (y: Tensor) => Tensor): number => {
    const [before, after] = [f(detections), f(detections.roll(1, { axis: 3 }))];
    const inner = (y: Tensor): Tensor => y.at(":", ":", ":", "1:");
    return inner(before).notEqual(inner(after)).cast("f64").mean().itemSync();
  };
  const active = (f: (y: Tensor) => Tensor): number =>
    f(detections).notEqual(0).cast("f64").mean().itemSync();
  // Of what is not zero, shifted pixels nearly all change and pooled ones mostly stay.
  const raw = changed((y) => y) / active((y) => y);
  const pooled = changed((y) => pool.forward(y)) / active((y) => pool.forward(y));
  expect(raw).toBeGreaterThan(1.5);
  expect(pooled).toBeLessThan(0.5);
});

test("CN-18 global average pooling: E×F×D → D, with the gradient 1/(E·F) everywhere", () => {
  const x = drawn(2, 3, 4, 5);
  const y = nn.globalAvgPool(x);
  expect(y.shape).toEqual([2, 3]);
  expectClose(numbers(y), numbers(x.reshape([2, 3, 20]).mean({ axis: 2 })), 1e-14);
  expectClose(numbers(new nn.AdaptiveAvgPool2d(1).forward(x)), numbers(y), 1e-14);
  const slope = numbers(grad((z: Tensor) => nn.globalAvgPool(z).sum())(x));
  expect(slope.every((g) => Math.abs(g - 1 / 20) < 1e-16)).toBe(true);
  expect(() => nn.globalAvgPool(zeros([2, 3]))).toThrow(ShapeError);
});

test("CN-20 a 1×1 convolution is a linear layer at each pixel, and saves parameters before a wide one", () => {
  const conv = new nn.Conv2d(5, 2, 1, { dtype });
  const linear = new nn.Linear(5, 2, { dtype });
  linear.loadStateDict({ weight: conv.weight.reshape([2, 5]), bias: conv.bias! });
  const x = drawn(2, 5, 3, 4);
  const perPixel = linear.forward(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
  expect(conv.forward(x).shape).toEqual([2, 2, 3, 4]);
  expectClose(numbers(conv.forward(x)), numbers(perPixel), 1e-14);
  const direct = nn.convolutionParameters(256, 64, 5);
  const reduced = nn.convolutionParameters(256, 16, 1) + nn.convolutionParameters(16, 64, 5);
  expect([direct, reduced]).toEqual([409_664, 4112 + 25_664]);
});

describe("CN-22 residual blocks", () => {
  test("CN-22 f = 0 is the identity, and the Jacobian is I + J_f", () => {
    const body = new nn.Linear(3, 3, { dtype });
    const block = new nn.Residual(nn.sequential(body, nn.tanh));
    const x = drawn(3);
    const [whole, part] = [
      jacobian((y: Tensor) => block.forward(y.unsqueeze(0)).squeeze(0))(x),
      jacobian((y: Tensor) => body.forward(y.unsqueeze(0)).tanh().squeeze(0))(x),
    ];
    const identity = tensor(
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      { dtype },
    );
    expectClose(numbers(whole), numbers(identity.add(part)), 1e-14);
    nn.init.initialize(body, { weight: nn.init.zeros });
    expect(numbers(block.forward(x.unsqueeze(0)))).toEqual(numbers(x));
  });

  test("CN-22 through 50 layers the gradient of a plain net vanishes, that of a residual one does not", () => {
    const depth = 50;
    const layers = (residual: boolean): nn.Step[] =>
      Array.from({ length: depth }, () => {
        const layer = nn.sequential(new nn.Linear(16, 16, { dtype }), nn.tanh);
        return residual ? new nn.Residual(layer) : layer;
      });
    const x = drawn(4, 16);
    const norm = (residual: boolean): number => {
      seed(1);
      const model = nn.sequential(...layers(residual));
      return grad((y: Tensor) => model.forward(y).sum())(x)
        .norm()
        .itemSync();
    };
    const start = Math.sqrt(4 * 16);
    expect(norm(false) / start).toBeLessThan(1e-6);
    expect(norm(true) / start).toBeGreaterThan(0.5);
  });
});

test("CN-23 a projection where the shapes differ: a 1×1 convolution with stride 2", () => {
  const body = nn.sequential(
    new nn.Conv2d(2, 4, 3, { stride: 2, padding: 1, dtype }),
    nn.relu,
    new nn.Conv2d(4, 4, 3, { padding: 1, dtype }),
  );
  const shortcut = new nn.Conv2d(2, 4, 1, { stride: 2, bias: false, dtype });
  const block = new nn.Residual(body, { shortcut });
  const x = drawn(1, 2, 6, 6);
  expect(block.forward(x).shape).toEqual([1, 4, 3, 3]);
  expect(() => new nn.Residual(body).forward(x)).toThrow(/projection/);
  // While the body is small, the Jacobian is W.
  for (const parameter of Object.values(body.parameters())) parameter.assign(parameter.mul(1e-6));
  const slope = (f: (y: Tensor) => Tensor): number[] =>
    numbers(grad((y: Tensor) => f(y).square().sum())(x));
  expectClose(
    slope((y) => block.forward(y)),
    slope((y) => shortcut.forward(y)),
    1e-4,
  );
});

test("CN-24 dense connectivity: k₀ + l·k channels behind l layers, the earlier ones unchanged", () => {
  const [start, growth] = [3, 2];
  const layers = [0, 1, 2].map(
    (l) => new nn.Conv2d(start + l * growth, growth, 3, { padding: 1, dtype }),
  );
  const blocks = nn.densely(layers);
  let x = drawn(1, start, 4, 4);
  for (const [l, block] of blocks.entries()) {
    const y = block.forward(x);
    expect(y.shape[1]).toBe(start + (l + 1) * growth);
    expect(numbers(y.at(0, `:${x.shape[1]}`))).toEqual(numbers(x));
    expectClose(numbers(y.at(0, `${x.shape[1]}:`)), numbers(layers[l]!.forward(x)), 0);
    x = y;
  }
  expect(() => new nn.Skip(new nn.Conv2d(3, 2, 3)).forward(zeros([1, 3, 4, 4]))).toThrow(
    ShapeError,
  );
});

test("CN-25 residual adds back and keeps c channels, skip concatenates and has 2c", () => {
  const f = new nn.Conv2d(3, 3, 3, { padding: 1, dtype });
  const x = drawn(2, 3, 4, 4);
  const [added, beside] = [new nn.Residual(f).forward(x), new nn.Skip(f).forward(x)];
  expect([added.shape[1], beside.shape[1]]).toEqual([3, 6]);
  const [first, second] = beside.chunk(2, { axis: 1 });
  expectClose(numbers(first!.add(second!)), numbers(added), 1e-15);
});

test("CN-26 the transposed convolution is the adjoint, and o = (i − 1)·s − 2p + k", () => {
  for (const [kernel, stride, padding, dilation, groups] of [
    [3, 1, 0, 1, 1],
    [4, 2, 1, 1, 2],
    [3, 2, 1, 2, 1],
    [5, 3, 2, 1, 1],
  ] as const) {
    const options = { stride, padding, dilation, groups, bias: false, dtype } as const;
    const conv = new nn.Conv2d(2, 4, kernel, options);
    const transposed = new nn.ConvTranspose2d(4, 2, kernel, options);
    transposed.loadStateDict(conv.stateDict());
    const x = drawn(2, 2, 11, 11);
    const y = conv.forward(x);
    const g = drawn(...y.shape);
    const back = transposed.forward(g, { outputSize: [11, 11] });
    const [left, right] = [y.mul(g).sum().itemSync(), x.mul(back).sum().itemSync()];
    expect(Math.abs(left - right)).toBeLessThan(1e-12 * Math.abs(left));
    const size = nn.transposedOutputSize(y.shape[2]!, { kernel, stride, padding, dilation });
    expect(transposed.forward(g).shape).toEqual([2, 2, size, size]);
    if (dilation === 1) expect(size).toBe((y.shape[2]! - 1) * stride - 2 * padding + kernel);
    const outputPadding = Math.max(stride, dilation) - 1;
    const larger = new nn.ConvTranspose2d(4, 2, kernel, { ...options, outputPadding }).forward(g);
    const window = { kernel, stride, padding, dilation, outputPadding };
    expect(larger.shape[2]).toBe(nn.transposedOutputSize(y.shape[2]!, window));
  }
  // A vector becomes a picture: 1×1 to 4×4 to 8×8.
  const generator = nn.sequential(
    new nn.ConvTranspose2d(10, 6, 4),
    nn.relu,
    new nn.ConvTranspose2d(6, 1, 4, { stride: 2, padding: 1 }),
  );
  expect(generator.forward(zeros([3, 10, 1, 1])).shape).toEqual([3, 1, 8, 8]);
  const up = new nn.ConvTranspose1d(1, 1, 3, { stride: 2 });
  expect(() => up.forward(zeros([1, 1, 4]), { outputSize: [12] })).toThrow(
    /between \[9\] and \[10\]/,
  );
  expect(() => new nn.ConvTranspose1d(1, 1, 3, { outputPadding: 1 })).toThrow(ShapeError);
  expect(() => new nn.ConvTranspose2d(3, 4, 3, { groups: 2 })).toThrow(ShapeError);
});

test("CN-28 stages of convolution, nonlinearity and pooling; sizes follow from the input's", () => {
  const features = new nn.ConvStages(
    [1, 28, 28],
    [
      { maps: 6, kernel: 5, padding: 2 },
      { maps: 16, kernel: 5 },
      { maps: 4, kernel: 1, pool: 1, activation: nn.tanh },
    ],
  );
  expect(features.shapes).toEqual([
    [6, 14, 14],
    [16, 5, 5],
    [4, 5, 5],
  ]);
  expect(features.forward(zeros([2, 1, 28, 28])).shape).toEqual([2, ...features.outputShape]);
  expect(features.layers).toHaveLength(3 * 2 + 2);
  const strided = new nn.ConvStages(
    [2, 15, 11],
    [
      { maps: 3, stride: 2 },
      { maps: 4, padding: 1 },
    ],
  );
  expect(strided.shapes).toEqual([
    [3, 3, 2],
    [4, 1, 1],
  ]);
  expect(strided.forward(zeros([1, 2, 15, 11])).shape).toEqual([1, 4, 1, 1]);
  const size = features.outputShape.reduce((a, b) => a * b);
  const model = nn.sequential(features, nn.flatten, new nn.Linear(size, 10));
  expect(model.forward(zeros([2, 1, 28, 28])).shape).toEqual([2, 10]);
  expect(() => new nn.ConvStages([1, 4, 4], [{ maps: 2, kernel: 5 }])).toThrow(/does not fit/);
});
