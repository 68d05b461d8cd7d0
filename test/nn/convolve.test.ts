// The rows of Convolutional networks that are about convolution itself: CN-01 … CN-08, CN-27.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { linspace, tensor, zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { seed } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
const vector = (...values: number[]): Tensor => tensor(values, { dtype });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(7);
});

/** Numbers that are drawn once. */
function drawn(...shape: number[]): Tensor {
  const x = randn(shape, { dtype });
  x.dataSync();
  return x;
}

describe("CN-01 convolution of functions", () => {
  const u = linspace(-2, 2, { count: 9, dtype: "f64" });
  const range = { from: -4, to: 4 };

  test("CN-01 f∗h = h∗f, and the box with itself is the triangle", () => {
    const bell = (t: Tensor): Tensor => t.sub(0.5).square().neg().exp();
    const wave = (t: Tensor): Tensor => t.square().neg().exp().mul(t.add(1));
    const one = nn.convolveFunctions(bell, wave, { from: -8, to: 8 })(u);
    expectClose(
      numbers(nn.convolveFunctions(wave, bell, { from: -8, to: 8 })(u)),
      numbers(one),
      1e-9,
    );
    // Of two bells it is known: ∫ e^(−t²)·e^(−(u−t)²) dt = √(π/2)·e^(−u²/2).
    const gauss = (t: Tensor): Tensor => t.square().neg().exp();
    const exact = numbers(u).map((x) => Math.sqrt(Math.PI / 2) * Math.exp((-x * x) / 2));
    expectClose(numbers(nn.convolveFunctions(gauss, gauss, { from: -8, to: 8 })(u)), exact, 1e-9);

    const box = (t: Tensor): Tensor => t.abs().less(0.5).cast("f64");
    const triangle = numbers(u).map((x) => Math.max(0, 1 - Math.abs(x)));
    const error = (cells: number): number => {
      const found = numbers(nn.convolveFunctions(box, box, { ...range, cells })(u));
      return Math.max(...found.map((y, i) => Math.abs(y - triangle[i]!)));
    };
    expect(error(4000)).toBeLessThan(2.1e-3);
  });

  test("CN-01 an integral operator is linear and takes any kernel", () => {
    // H(u, t) = u·t² on [0, 1]: (T f)(u) = u·∫t²f, a third of u for f = 1.
    const operator = (f: nn.RealFunction): Tensor =>
      nn.integralOperator((u, t) => u.mul(t.square()), f, { from: 0, to: 1 })(u);
    const constant = (t: Tensor): Tensor => t.mul(0).add(1);
    expectClose(numbers(operator(constant)), numbers(u.div(3)), 1e-6);
    const sum = operator((t) => constant(t).mul(2).add(t));
    expectClose(
      numbers(sum),
      numbers(
        operator(constant)
          .mul(2)
          .add(operator((t) => t)),
      ),
      1e-14,
    );
    expect(() => nn.convolveFunctions(constant, constant, { from: 1, to: 0 })).toThrow(RangeError);
  });
});

describe("CN-02 Fourier transform", () => {
  test.each([1, 2, 3, 5, 6, 8, 12, 15, 16, 30])("CN-02 of %i values as the sum says", (n) => {
    const [re, im] = [drawn(n), drawn(n)];
    const found = nn.fft({ re, im });
    const [a, b] = [numbers(re), numbers(im)];
    const expected = a.map((_, u) => {
      let [x, y] = [0, 0];
      for (let t = 0; t < n; t++) {
        const angle = (-2 * Math.PI * ((u * t) % n)) / n;
        x += a[t]! * Math.cos(angle) - b[t]! * Math.sin(angle);
        y += a[t]! * Math.sin(angle) + b[t]! * Math.cos(angle);
      }
      return [x, y];
    });
    expectClose(
      numbers(found.re),
      expected.map(([x]) => x!),
      1e-13,
    );
    expectClose(
      numbers(found.im),
      expected.map(([, y]) => y!),
      1e-13,
    );
    const back = nn.ifft(found);
    expectClose(numbers(back.re), a, 1e-13);
    expectClose(numbers(back.im), b, 1e-13);
  });

  test("CN-02 an impulse is flat; power is the same on both sides (Parseval)", () => {
    const impulse = vector(1, 0, 0, 0, 0, 0);
    expectClose(numbers(nn.fft(impulse).re), [1, 1, 1, 1, 1, 1], 1e-15);
    expect(numbers(nn.fft(impulse).im).every((x) => Math.abs(x) < 1e-15)).toBe(true);
    const x = drawn(3, 20);
    const { re, im } = nn.fft(x);
    const power = re.square().add(im.square()).sum({ axis: 1 }).div(20);
    expectClose(numbers(power), numbers(x.square().sum({ axis: 1 })), 1e-13);
  });

  test("CN-02 the transform of a convolution is the product of the transforms", () => {
    const [f, h] = [drawn(9), drawn(4)];
    const padded = (x: Tensor): Tensor => x.pad([[0, 12 - x.size]]);
    const [a, b, c] = [padded(f), padded(h), nn.convolve(f, h)].map((x) => nn.fft(x));
    const re = a!.re.mul(b!.re).sub(a!.im.mul(b!.im));
    const im = a!.re.mul(b!.im).add(a!.im.mul(b!.re));
    expectClose(numbers(c!.re), numbers(re), 1e-13);
    expectClose(numbers(c!.im), numbers(im), 1e-13);
    expectClose(numbers(nn.fftConvolve(f, h)), numbers(nn.convolve(f, h)), 1e-13);
    // It has derivatives, like everything that is made of tensors.
    const loss = (x: Tensor): Tensor => nn.fftConvolve(x, h).square().sum();
    const direct = (x: Tensor): Tensor => nn.convolve(x, h).square().sum();
    expectClose(numbers(grad(loss)(f)), numbers(grad(direct)(f)), 1e-12);
    expect(() => nn.fft(zeros([]))).toThrow(ShapeError);
  });
});

describe("CN-03 discrete convolution", () => {
  test("CN-03 [1, 2, 3] ∗ [0, 1, ½] = [0, 1, 2.5, 4, 1.5], and the other way round", () => {
    const [f, h] = [vector(1, 2, 3), vector(0, 1, 0.5)];
    expect(numbers(nn.convolve(f, h))).toEqual([0, 1, 2.5, 4, 1.5]);
    expect(numbers(nn.convolve(h, f))).toEqual([0, 1, 2.5, 4, 1.5]);
    expect(numbers(nn.convolve(f, h, { mode: "same" }))).toEqual([1, 2.5, 4]);
    expect(numbers(nn.convolve(f, h, { mode: "valid" }))).toEqual([2.5]);
    // NumPy's middle of an even kernel.
    expect(numbers(nn.convolve(f, vector(1, 10), { mode: "same" }))).toEqual([1, 12, 23]);
  });

  test("CN-03 in two dimensions as the double sum says, and in three commutative", () => {
    const [f, g] = [drawn(4, 3), drawn(2, 3)];
    const [a, b] = [f.arraySync() as number[][], g.arraySync() as number[][]];
    const expected: number[] = [];
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let sum = 0;
        for (let k = 0; k < 2; k++) {
          for (let l = 0; l < 3; l++) sum += (a[i - k]?.[j - l] ?? 0) * b[k]![l]!;
        }
        expected.push(sum);
      }
    }
    expectClose(numbers(nn.convolve(f, g)), expected, 1e-14);
    const [x, y] = [drawn(2, 3, 2), drawn(3, 1, 2)];
    expectClose(numbers(nn.convolve(x, y)), numbers(nn.convolve(y, x)), 1e-14);
    expect(() => nn.convolve(f, drawn(3))).toThrow(ShapeError);
    expect(() => nn.convolve(g, f, { mode: "valid" })).toThrow(/must not be larger/);
  });
});

test("CN-04 the centred form is the flipped convolution of as many results, for odd kernels", () => {
  const [image, kernel] = [drawn(5, 6), drawn(3, 5)];
  const [a, k] = [image.arraySync() as number[][], kernel.arraySync() as number[][]];
  const expected: number[] = [];
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      for (let p = -1; p <= 1; p++) {
        for (let q = -2; q <= 2; q++) sum += (a[i - p]?.[j - q] ?? 0) * k[1 + p]![2 + q]!;
      }
      expected.push(sum);
    }
  }
  expectClose(numbers(nn.convolve(image, kernel, { mode: "same" })), expected, 1e-14);
});

test("CN-05 convolution is cross-correlation with the kernel turned by 180°; layers correlate", () => {
  const [image, kernel] = [drawn(5, 4), drawn(3, 2)];
  for (const mode of ["full", "same", "valid"] as const) {
    // About the middle of a kernel there is one only if its sides are odd.
    const h = mode === "same" ? drawn(3, 3) : kernel;
    const convolved = nn.convolve(image, h, { mode });
    expectClose(numbers(convolved), numbers(nn.correlate(image, h.flip(), { mode })), 1e-15, mode);
    expect(numbers(convolved)).not.toEqual(numbers(nn.correlate(image, h, { mode })));
  }
  const [i, k] = [image.arraySync() as number[][], kernel.arraySync() as number[][]];
  // Periodic: Σ f[u + t]·h[t], the places of f counted round.
  const round = i.map((row, r) =>
    row.map((_, c) =>
      k.reduce((sum, weights, m) => {
        return weights.reduce((s, w, n) => s + w * i[(r + m) % 5]![(c + n) % 4]!, sum);
      }, 0),
    ),
  );
  const circular = nn.correlate(image, kernel, { mode: "circular" });
  expectClose(numbers(circular), round.flat(), 1e-14);
  const byHand = [0, 1, 2].map((r) =>
    [0, 1, 2].map((c) => {
      let sum = 0;
      for (let m = 0; m < 3; m++) for (let n = 0; n < 2; n++) sum += i[r + m]![c + n]! * k[m]![n]!;
      return sum;
    }),
  );
  expectClose(numbers(nn.correlate(image, kernel, { mode: "valid" })), byHand.flat(), 1e-14);

  const layer = new nn.Conv2d(1, 1, [3, 2], { bias: false, dtype });
  layer.loadStateDict({ weight: kernel.reshape([1, 1, 3, 2]) });
  const seen = layer.forward(image.reshape([1, 1, 5, 4]));
  expectClose(numbers(seen), byHand.flat(), 1e-14);
  // Note 003 shifts h: Σ_t f[t]·h[u + t] is f reversed, convolved with h.
  const [f, h] = [drawn(4), drawn(3)];
  expectClose(numbers(nn.correlate(h, f)), numbers(nn.convolve(f.flip(), h)), 1e-15);
});

describe("CN-06 shifts", () => {
  test("CN-06 shifting and convolving (circularly) commute", () => {
    const [x, h] = [drawn(6, 5), drawn(3, 2)];
    const circular = (y: Tensor): Tensor => nn.convolve(y, h, { mode: "circular" });
    for (const [axis, by] of [
      [0, 1],
      [1, 3],
      [0, -2],
    ] as const) {
      const shiftThenConvolve = numbers(circular(x.roll(by, { axis })));
      expectClose(shiftThenConvolve, numbers(circular(x).roll(by, { axis })), 1e-15);
    }
    const layer = new nn.Conv2d(1, 2, 3, { padding: 1, paddingMode: "circular", dtype });
    const images = drawn(1, 1, 4, 5);
    const shifted = layer.forward(images.roll(2, { axis: 3 }));
    expectClose(numbers(shifted), numbers(layer.forward(images).roll(2, { axis: 3 })), 1e-15);
  });

  test("CN-06 what commutes with shifts is the convolution with what it makes of an impulse", () => {
    // Made of shifts and sums alone; nobody said which kernel that is.
    const map = (x: Tensor): Tensor => {
      const y = x.sub(x.roll(1).mul(0.5)).add(x.roll(-2).mul(3));
      return y.roll(3).sub(y.mul(2));
    };
    const h = nn.impulseResponse(map, [7], { dtype });
    const x = drawn(7);
    expectClose(numbers(nn.convolve(x, h, { mode: "circular" })), numbers(map(x)), 1e-14);
    expectClose(numbers(nn.circulant(h).matmul(x)), numbers(map(x)), 1e-14);
    // One that does not commute is not.
    const ramp = (y: Tensor): Tensor => y.mul(linspace(0, 1, { count: 7, dtype }));
    const response = nn.impulseResponse(ramp, [7], { dtype });
    expect(numbers(nn.convolve(x, response, { mode: "circular" }))).not.toEqual(numbers(ramp(x)));
  });
});

describe("CN-07 the matrix of a convolution", () => {
  test.each(["full", "same", "valid", "circular"] as const)(
    "CN-07 mode %s: the product with it is the convolution, and its diagonals are constant",
    (mode) => {
      for (const [n, k] of [
        [6, 3],
        [5, 4],
        [3, 3],
        [4, 1],
      ] as const) {
        const [x, h] = [drawn(n), drawn(k)];
        const matrix = nn.convolutionMatrix(h, n, { mode });
        expectClose(numbers(matrix.matmul(x)), numbers(nn.convolve(x, h, { mode })), 1e-14);
        const rows = matrix.arraySync() as number[][];
        for (let i = 1; i < rows.length; i++) {
          for (let j = 1; j < n; j++) expect(rows[i]![j]).toBe(rows[i - 1]![j - 1]);
          // Periodic: each row is the one above shifted round.
          if (mode === "circular") expect(rows[i]![0]).toBe(rows[i - 1]![n - 1]);
        }
      }
    },
  );

  test("CN-07 a convolution layer is a dense layer with a Toeplitz matrix", () => {
    const conv = new nn.Conv1d(1, 1, 3, { bias: false, dtype });
    const dense = new nn.Linear(6, 4, { bias: false, dtype });
    const matrix = nn.matrixOf((x) => conv.forward(x), [1, 6], { dtype });
    dense.loadStateDict({ weight: matrix });
    const x = drawn(2, 1, 6);
    expectClose(numbers(dense.forward(x)), numbers(conv.forward(x)), 1e-14);
    const kernel = conv.weight.reshape([3]);
    expectClose(
      numbers(nn.convolutionMatrix(kernel.flip(), 6, { mode: "valid" })),
      numbers(matrix),
      0,
    );
    expect(() => nn.toeplitz(zeros([0]))).toThrow(ShapeError);
    expect(() => nn.convolutionMatrix(kernel, 2, { mode: "valid" })).toThrow(/at least 3/);
    expect(() => nn.matrixOf((y) => y.sum({ axis: 0, keepDims: true }), [2])).toThrow(ShapeError);
  });
});

test("CN-08 a 4×4 image and a 2×2 kernel: a 9×16 matrix with 36 of 144 entries and 4 values", () => {
  const conv = new nn.Conv2d(1, 1, 2, { bias: false, dtype });
  conv.loadStateDict({
    weight: tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype },
    ).reshape([1, 1, 2, 2]),
  });
  const matrix = nn.matrixOf((x) => conv.forward(x), [1, 4, 4], { dtype });
  expect(matrix.shape).toEqual([9, 16]);
  const rows = matrix.arraySync() as number[][];
  const entries = rows.flat().filter((x) => x !== 0);
  expect(entries).toHaveLength(36);
  expect([...new Set(entries)].sort()).toEqual([1, 2, 3, 4]);
  // The first output sees pixels 1, 2, 5 and 6, and each weight stands nine times.
  expect(rows[0]!.flatMap((x, i) => (x === 0 ? [] : [i + 1]))).toEqual([1, 2, 5, 6]);
  for (const w of [1, 2, 3, 4]) expect(entries.filter((x) => x === w)).toHaveLength(9);
});

test("CN-27 Sobel's kernel answers at the edge of a step, and nowhere else", () => {
  const step = tensor(
    Array.from({ length: 6 }, () => [0, 0, 0, 1, 1, 1]),
    { dtype },
  );
  const found = nn.filterImages(step, nn.sobelKernel({ dtype })).arraySync() as number[][];
  for (const row of found) expect(row).toEqual([0, 0, 4, 4, 0, 0]);
  // A vertical edge is nothing to the kernel for horizontal ones, and a plain picture to neither.
  expect(
    numbers(nn.filterImages(step, nn.sobelKernel({ axis: 0, dtype }))).every((x) => x === 0),
  ).toBe(true);
  const plain = step.mul(0).add(3);
  for (const kernel of [nn.sobelKernel({ dtype }), nn.laplaceKernel({ dtype })]) {
    expect(numbers(nn.filterImages(plain, kernel)).every((x) => x === 0)).toBe(true);
  }
  expectClose(
    numbers(nn.filterImages(plain, nn.gaussianKernel(5, { dtype }))),
    numbers(plain),
    1e-14,
  );
  // Laplace's answers on both sides of the edge, with both signs, and both ways.
  for (const picture of [step, step.T]) {
    const bent = nn.filterImages(picture, nn.laplaceKernel({ dtype }));
    const lines = (picture === step ? bent : bent.T).arraySync() as number[][];
    for (const line of lines) expect(line).toEqual([0, 0, 1, -1, 0, 0]);
  }
  // A bell falls to exp(−1/2σ²) of its height one pixel away, and adds up to 1.
  const bell = nn.gaussianKernel(7, { sigma: 1.3, dtype });
  expect(bell.at(3, 4).div(bell.at(3, 3)).itemSync()).toBeCloseTo(Math.exp(-1 / (2 * 1.69)), 14);
  expect(bell.sum().itemSync()).toBeCloseTo(1, 14);
  expect(() => nn.filterImages(plain, zeros([2, 2]))).toThrow(ShapeError);
  expect(() => nn.gaussianKernel(4)).toThrow(ShapeError);
  // In front of a classifier: edges as channels beside the picture.
  const edges = nn.filterImages(step.reshape([1, 1, 6, 6]), nn.sobelKernel({ dtype }));
  expect(edges.shape).toEqual([1, 1, 6, 6]);
});
