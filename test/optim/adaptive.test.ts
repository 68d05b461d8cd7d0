// Methods with a rate for each element: the rows OP-10 to OP-22, OP-34 and OP-35.

import { beforeEach, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  MaxProp,
  NAdam,
  type Optimizer,
  packSigns,
  RMSprop,
  SGD,
  SignSGD,
  unpackSigns,
} from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Descender, descentPath } from "../../src/theory/index.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectHundred, expectParity } from "./golden-runs.ts";

const dtype = "f64";
const row = (...values: number[]): Tensor => tensor(values, { dtype });

beforeEach(() => {
  setDefaultDevice("reference");
  seed(1);
});

/** Feeds gradients to a method and gives the parameter after each. */
function feed(
  make: (w: Parameter) => Descender,
  given: readonly (readonly number[])[],
  start: readonly number[] = given[0]!.map(() => 0),
): number[][] {
  const w = new Parameter(row(...start));
  const optimizer = make(w);
  const step = compile((g: Tensor) => {
    optimizer.step([g]);
    return w.snapshot();
  });
  return given.map((g) => [...step(row(...g)).dataSync()].map(Number));
}

const draws = (count: number, n: number): number[][] =>
  randn([count, n], { dtype }).arraySync() as number[][];

/** With v = 1 and ε = 3 the first move is −1/√(v + ε) = −½ or −1/(√v + ε) = −¼, as ε is placed. */
function expectEpsPlacement(
  make: (x: Parameter, options: { lr: number; eps: number; epsPlacement?: "inside" }) => Descender,
  g = 1,
): void {
  const options = { lr: 1, eps: 3 };
  const inside = feed((x) => make(x, { ...options, epsPlacement: "inside" }), [[g]]);
  const outside = feed((x) => make(x, options), [[g]]);
  expectClose([...inside.flat(), ...outside.flat()], [-1 / 2, -1 / 4], 1e-14);
}

/** The last value of one slot. */
const slot = (optimizer: Optimizer<never>, name: string): Float64Array =>
  optimizer.stateDict()[`${name}.0`]!.dataSync("f64");

test("OP-10 AdaGrad divides by the root of all squares: a sparse feature keeps the larger rate", () => {
  expectParity("Adagrad");
  const w = new Parameter(row(0, 0));
  const optimizer = new Adagrad([w], { lr: 0.5 });
  for (let t = 0; t < 40; t++) optimizer.step([row(1, t % 10 === 0 ? 1 : 0)]);
  const sums = slot(optimizer as never, "sum");
  expectClose(sums, [40, 4], 1e-14);
  const [dense, sparse] = [...sums].map((v) => 0.5 / Math.sqrt(v));
  expect(sparse! / dense!).toBeCloseTo(Math.sqrt(10), 10);
  // ε inside the root, as the notes have it.
  expectEpsPlacement((x, options) => new Adagrad([x], options));
});

test("OP-11 RMSProp's mean of squares in closed form", () => {
  expectParity("RMSprop");
  const beta = 0.9;
  const given = draws(8, 3);
  const w = new Parameter(zeros([3], { dtype }));
  const optimizer = new RMSprop([w], { alpha: beta, lr: 0.1 });
  for (const g of given) optimizer.step([row(...g)]);
  const expected = [0, 1, 2].map((j) =>
    given.reduce((sum, g, t) => sum + (1 - beta) * beta ** (given.length - 1 - t) * g[j]! ** 2, 0),
  );
  expectClose(slot(optimizer as never, "v"), expected, 1e-14);
  // v = (1 − β)·g² = 1 for g = 2; half the move of g = 2 is that of g = 1.
  expectEpsPlacement((x, options) => new RMSprop([x], { ...options, lr: 0.5, alpha: 0.75 }), 2);
});

test("OP-12 RMSProp with Nesterov momentum: the gradient ahead, and plain RMSProp without momentum", async () => {
  const f = (x: Tensor): Tensor => x.square().mul(row(1, 9)).sum().div(2);
  const [lr, alpha, momentum] = [0.05, 0.9, 0.6];
  const run = async (options: object) =>
    (
      await descentPath(f, [2, -1], (x) => new RMSprop([x], { lr, alpha, ...options }), {
        steps: 12,
      })
    ).points;
  expect(await run({ nesterov: true, momentum: 0 })).toEqual(await run({}));
  // v ← αv − ε/√r ⊙ ∇(θ + αv), by hand.
  let [theta, v, r] = [
    [2, -1],
    [0, 0],
    [0, 0],
  ];
  const expected = [theta];
  for (let t = 0; t < 12; t++) {
    const g = theta.map((x, j) => (x + momentum * v[j]!) * [1, 9][j]!);
    r = r.map((x, j) => alpha * x + (1 - alpha) * g[j]! ** 2);
    v = v.map((x, j) => momentum * x - (lr / (Math.sqrt(r[j]!) + 1e-8)) * g[j]!);
    theta = theta.map((x, j) => x + v[j]!);
    expected.push(theta);
  }
  const found = await run({ nesterov: true, momentum });
  expectClose(found.flat(), expected.flat(), 1e-12);
  expect(found).not.toEqual(await run({ momentum }));
});

test("OP-13 AdaDelta has no rate: its first step is −√(ε/((1−β)g²+ε))·g", () => {
  expectParity("Adadelta");
  const [beta, eps] = [0.9, 1e-6];
  for (const g of [1e-4, 0.5, -300]) {
    const [[step]] = feed((x) => new Adadelta([x]), [[g]]) as [[number]];
    expect(step / (-Math.sqrt(eps / ((1 - beta) * g * g + eps)) * g)).toBeCloseTo(1, 12);
  }
});

test("OP-14 Adam's first step is −η·g/(|g|+ε) at any scale; a hundred steps as PyTorch's", () => {
  expectParity("Adam");
  expectHundred("Adam");
  const [lr, eps] = [0.01, 1e-8];
  for (const g of [1e-7, -1e-3, 2, -1e6]) {
    const [[step]] = feed((x) => new Adam([x], { lr }), [[g]]) as [[number]];
    expect(step / ((-lr * g) / (Math.abs(g) + eps))).toBeCloseTo(1, 12);
  }
  expectEpsPlacement((x, options) => new Adam([x], options));
  expectEpsPlacement((x, options) => new AdamW([x], { ...options, amsgrad: true }));
  // Uncorrected, m = (1 − β₁)·g = 1 and v = (1 − β₂)·g² = 1.
  const uncorrected = { biasCorrection: false, betas: [0.5, 0.75] } as const;
  expectEpsPlacement((x, options) => new Adam([x], { ...options, ...uncorrected }), 2);
});

test("OP-15 bias correction: E[m] = (1−βᵗ)·E[g], and without it the first steps are too large", () => {
  const [beta1, beta2] = [0.9, 0.999];
  // A steady gradient is its own corrected mean, at every step.
  const w = new Parameter(row(0));
  const optimizer = new Adam([w], { betas: [beta1, beta2] });
  for (let t = 1; t <= 25; t++) {
    optimizer.step([row(0.7)]);
    expect(slot(optimizer as never, "m")[0]! / (1 - beta1 ** t)).toBeCloseTo(0.7, 14);
    expect(slot(optimizer as never, "v")[0]! / (1 - beta2 ** t)).toBeCloseTo(0.49, 13);
  }
  // In the mean over many elements whose gradients are drawn around 2.
  const n = 2000;
  const many = new Parameter(zeros([n], { dtype }));
  const noisy = new Adam([many]);
  for (let t = 1; t <= 4; t++) {
    noisy.step([randn([n], { dtype }).add(2)]);
    const mean = slot(noisy as never, "m").reduce((sum, m) => sum + m, 0) / n;
    expect(Math.abs(mean / (1 - beta1 ** t) - 2)).toBeLessThan(5 / Math.sqrt(n));
  }
  // How much larger the first step is without it depends on the betas, and may be nothing.
  const first = (betas: [number, number], biasCorrection: boolean): number =>
    feed((x) => new Adam([x], { lr: 0.01, betas, biasCorrection }), [[3]])[0]![0]!;
  for (const betas of [
    [0.9, 0.999],
    [0.9, 0.99],
    [0.5, 0.999],
  ] as [number, number][]) {
    const ratio = first(betas, false) / first(betas, true);
    expect(ratio).toBeCloseTo((1 - betas[0]) / Math.sqrt(1 - betas[1]), 5);
  }
});

test("OP-16 AdamW: without gradients weights shrink by 1 − ηλ, and as PyTorch's", () => {
  expectParity("AdamW");
  expectHundred("AdamW");
  const found = feed(
    (x) => new AdamW([x], { lr: 0.1, weightDecay: 0.3 }),
    [
      [0, 0],
      [0, 0],
    ],
    [2, -5],
  );
  expectClose(found.flat(), [2 * 0.97, -5 * 0.97, 2 * 0.97 ** 2, -5 * 0.97 ** 2], 1e-14);
  // Adam's decay is part of the gradient, whose size the first step does not see: it is η whatever λ is.
  const first = (weightDecay: number, make: typeof Adam | typeof AdamW): number =>
    feed((x) => new make([x], { lr: 0.1, weightDecay }), [[1]], [2])[0]![0]!;
  expectClose([first(0.3, Adam), first(3, Adam)], [1.9, 1.9], 1e-8);
  expectClose([first(0.3, AdamW), first(3, AdamW)], [2 * 0.97 - 0.1, 2 * 0.7 - 0.1], 1e-8);
});

test("OP-17 AMSGrad's second moment never falls; it converges on the example where Adam does not", () => {
  expectParity("Adam", "amsgrad");
  expectParity("AdamW", "amsgrad");
  const w = new Parameter(zeros([3], { dtype }));
  const optimizer = new Adam([w], { amsgrad: true, betas: [0.9, 0.5] });
  let before = slot(optimizer as never, "vMax");
  for (const g of draws(20, 3)) {
    optimizer.step([row(...g)]);
    const now = slot(optimizer as never, "vMax");
    now.forEach((value, j) => void expect(value).toBeGreaterThanOrEqual(before[j]!));
    before = now;
  }
  // Reddi et al.: fₜ(x) = C·x every third time and −x else, on [−1, 1]; the best x is −1.
  const large = 4;
  const run = (amsgrad: boolean): number => {
    const x = new Parameter(row(0));
    const method = new Adam([x], {
      lr: (t) => t.add(1).rsqrt().mul(0.3),
      betas: [0, 1 / (1 + large ** 2)],
      amsgrad,
    });
    const step = compile((g: Tensor) => {
      method.step([g]);
      x.assign(x.clamp(-1, 1));
    });
    const [up, down] = [row(large), row(-1)];
    for (let t = 0; t < 600; t++) step(t % 3 === 0 ? up : down);
    return x.itemSync();
  };
  expect(run(false)).toBeGreaterThan(0.9);
  expect(run(true)).toBeLessThan(-0.9);
});

test("OP-18 MaxProp: zero gradients fade v by βᵏ, and one large gradient sets it at once", () => {
  const [beta, k] = [0.8, 6];
  const w = new Parameter(row(0));
  const optimizer = new MaxProp([w], { beta, lr: 0.1 });
  const mean = new RMSprop([new Parameter(row(0))], { alpha: beta });
  for (const method of [optimizer, mean]) method.step([row(2)]);
  const root = Math.sqrt(slot(mean as never, "v")[0]!);
  for (let i = 0; i < k; i++) for (const method of [optimizer, mean]) method.step([row(0)]);
  expect(slot(optimizer as never, "v")[0]!).toBeCloseTo(2 * beta ** k, 14);
  expect(Math.sqrt(slot(mean as never, "v")[0]!)).toBeCloseTo(root * beta ** (k / 2), 14);
  const before = w.itemSync();
  optimizer.step([row(-50)]);
  expect(slot(optimizer as never, "v")[0]!).toBe(50);
  expect(w.itemSync() - before).toBeCloseTo(0.1 * (50 / (50 + 1e-8)), 14);
});

test("OP-19 the ∞-norm update: recursion and maximum over all past gradients are equal", () => {
  const [beta, lr] = [0.9, 0.1];
  const given = draws(12, 3).map(([a, b]) => [a!, b!, 0]);
  const found = feed((x) => new MaxProp([x], { beta, lr, eps: 0 }), given);
  let w = [0, 0, 0];
  for (const [t, g] of given.entries()) {
    const v = w.map((_, j) =>
      Math.max(...given.slice(0, t + 1).map((past, s) => beta ** (t - s) * Math.abs(past[j]!))),
    );
    // What never had a gradient stays where it is.
    w = w.map((x, j) => (v[j] === 0 ? x : x - (lr / v[j]!) * g[j]!));
    expectClose(found[t]!, w, 1e-13);
  }
  expect(w[2]).toBe(0);
});

test("OP-20 AdaMax as PyTorch's, and with ε where the notes have it", () => {
  expectParity("Adamax");
  const [lr, eps] = [0.05, 0.1];
  const given = draws(8, 2);
  const found = feed(
    (x) => new Adamax([x], { lr, eps, epsPlacement: "outside", betas: [0.8, 0.9] }),
    given,
  );
  let [w, m, v] = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  for (const [t, g] of given.entries()) {
    m = m.map((x, j) => 0.8 * x + 0.2 * g[j]!);
    v = v.map((x, j) => Math.max(0.9 * x, Math.abs(g[j]!)));
    w = w.map((x, j) => x - ((lr / (v[j]! + eps)) * m[j]!) / (1 - 0.8 ** (t + 1)));
    expectClose(found[t]!, w, 1e-13);
  }
});

test("OP-21 NAdam: in Dozat's form as PyTorch's, in the notes' form by hand, and RMSProp where β₁ = 0", () => {
  expectParity("NAdam");
  expectHundred("NAdam");
  const [lr, eps, beta1, beta2] = [0.05, 1e-3, 0.7, 0.9];
  const given = draws(8, 2);
  const by = (options: object): number[] =>
    feed((x) => new NAdam([x], { lr, eps, betas: [beta1, beta2], ...options }), given).flat();
  /** β₁·m̂ + (1 − β₁)·g/(1 − β₁ᵗ), or by a schedule μ of the momentum. */
  const byHand = (beta: number, mu?: (t: number) => number): number[] => {
    let [w, m, v] = [
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    let product = 1;
    return given.flatMap((g, i) => {
      const t = i + 1;
      m = m.map((x, j) => beta * x + (1 - beta) * g[j]!);
      v = v.map((x, j) => beta2 * x + (1 - beta2) * g[j]! ** 2);
      product *= mu?.(t) ?? 1;
      w = w.map((x, j) => {
        const direction = mu
          ? ((1 - mu(t)) * g[j]!) / (1 - product) + (mu(t + 1) * m[j]!) / (1 - product * mu(t + 1))
          : (beta * m[j]! + (1 - beta) * g[j]!) / (1 - beta ** t);
        return x - (lr * direction) / (Math.sqrt(v[j]! / (1 - beta2 ** t)) + eps);
      });
      return w;
    });
  };
  expectClose(by({ form: "plain" }), byHand(beta1), 1e-13);
  const psi = 0.1;
  const mu = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * psi));
  expectClose(by({ momentumDecay: psi }), byHand(beta1, mu), 1e-13);
  expectClose(
    by({ momentumDecay: Infinity }),
    byHand(beta1, () => beta1),
    1e-13,
  );
  expectClose(
    by({ momentumDecay: 0 }),
    byHand(beta1, () => beta1 / 2),
    1e-13,
  );
  expectEpsPlacement((x, o) => new NAdam([x], { ...o, form: "plain", betas: [0, beta2] }));
  // β₁ = 0: g/(√v̂ + ε).
  expectClose(by({ form: "plain", betas: [0, beta2] }), byHand(0), 1e-13);
  expectClose(by({ betas: [0, beta2] }), byHand(0), 1e-13);
});

test("OP-22 SignSGD: steps of length η√d, and one bit a coordinate", () => {
  const d = 21;
  const given = draws(3, d);
  const found = feed((x) => new SignSGD([x], { lr: 0.02 }), given);
  let before = new Array<number>(d).fill(0);
  for (const after of found) {
    const length = Math.hypot(...after.map((x, j) => x - before[j]!));
    expect(length).toBeCloseTo(0.02 * Math.sqrt(d), 12);
    before = after;
  }
  const g = row(...given[0]!).reshape([3, 7]);
  const packed = packSigns(g);
  expect([packed.dtype, packed.shape]).toEqual(["u8", [Math.ceil(d / 8)]]);
  expect(unpackSigns(packed, [3, 7]).arraySync()).toEqual(g.sign().arraySync());
  expect(() => unpackSigns(packed, [3, 9])).toThrow(ShapeError);
  // With momentum, the sign is that of the mean.
  const kept = feed((x) => new SignSGD([x], { lr: 1, momentum: 0.5 }), [[4], [-1], [-4]]).flat();
  expect(kept).toEqual([-1, -2, -1]);
});

test("OP-34 rotating a quadratic rotates gradient descent's way, but not AdaGrad's or Adam's", async () => {
  const [c, s] = [Math.cos(0.6), Math.sin(0.6)];
  const turn = ([x, y]: readonly number[]): number[] => [c * x! - s * y!, s * x! + c * y!];
  const back = (x: Tensor): Tensor => row(c, s, -s, c).reshape([2, 2]).matmul(x);
  const f = (x: Tensor): Tensor => x.square().mul(row(1, 12)).sum().div(2);
  const start = [2, 1];
  /** The largest distance between the turned way and the way of the turned problem. */
  async function apart(make: (x: Parameter) => Descender): Promise<number> {
    const plain = await descentPath(f, start, make, { steps: 15 });
    const turned = await descentPath((x) => f(back(x)), turn(start), make, { steps: 15 });
    return Math.max(
      ...plain.points.map((p, i) =>
        Math.hypot(...turn(p).map((v, j) => v - turned.points[i]![j]!)),
      ),
    );
  }
  expect(await apart((x) => new SGD([x], { lr: 0.05, momentum: 0.5 }))).toBeLessThan(1e-12);
  expect(await apart((x) => new Adam([x], { lr: 0.1 }))).toBeGreaterThan(0.1);
  expect(await apart((x) => new Adagrad([x], { lr: 0.5 }))).toBeGreaterThan(0.1);
});

test("OP-35 a sparse feature: AdaGrad fits both in fewer steps; RMSProp goes on around the minimum", async () => {
  // y = x₀ + x₁, x₁ there in one of fifty examples.
  const x = tensor(
    Array.from({ length: 50 }, (_, i) => [i % 2 === 0 ? 1 : -1, i === 7 ? 1 : 0]),
    { dtype },
  );
  const y = x.sum({ axis: 1 });
  const f = (w: Tensor): Tensor => x.matmul(w).sub(y).square().mean();
  const steps = async (make: (w: Parameter) => Descender): Promise<number> => {
    const { points } = await descentPath(f, [0, 0], make, { steps: 400 });
    const fits = (w: readonly number[]): boolean => w.every((value) => Math.abs(value - 1) < 0.05);
    const found = points.findIndex(fits);
    return found < 0 ? Infinity : found;
  };
  // Plain descent at the best of several rates, of which the largest diverges.
  const plain = await Promise.all(
    [0.1, 0.3, 0.9, 1.1].map((lr) => steps((w) => new SGD([w], { lr }))),
  );
  expect(await steps((w) => new Adagrad([w], { lr: 0.5 }))).toBeLessThan(Math.min(...plain) / 3);

  const [lr, bowl] = [0.1, (w: Tensor): Tensor => w.square().sum()];
  const tail = async (make: (w: Parameter) => Descender): Promise<number[]> =>
    (await descentPath(bowl, [1], make, { steps: 200 })).points.slice(-40).map((p) => p[0]!);
  const around = await tail((w) => new RMSprop([w], { lr, alpha: 0.9 }));
  expect(Math.min(...around.map(Math.abs))).toBeGreaterThan(lr / 10);
  expect(around.filter((value, i) => i > 0 && value * around[i - 1]! < 0).length).toBeGreaterThan(
    30,
  );
  const settled = await tail((w) => new Adadelta([w], { rho: 0.9, eps: 1e-4 }));
  expect(Math.max(...settled.map(Math.abs))).toBeLessThan(lr / 10);
});

test("settings out of their range are named", () => {
  const w = new Parameter(row(1));
  for (const [make, name] of [
    [() => new Adam([w], { betas: [0.9, 1] }), "betas"],
    [() => new Adam([w], { eps: -1 }), "eps"],
    [() => new AdamW([w], { weightDecay: -0.1 }), "weightDecay"],
    [() => new SGD([w], { momentum: -1 }), "momentum"],
    [() => new SGD([w], { lr: Number.NaN }), "lr"],
    [() => new RMSprop([w], { alpha: 1.5 }), "alpha"],
    [() => new Adadelta([w], { rho: -1 }), "rho"],
    [() => new Adagrad([w], { lrDecay: -1 }), "lrDecay"],
    [() => new MaxProp([w], { beta: 1 }), "beta"],
    [() => new NAdam([w], { momentumDecay: -1 }), "momentumDecay"],
    [() => new SGD([w], { groups: [{ parameters: [w], weightDecay: -1 }] }), "weightDecay"],
  ] as const) {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(name);
  }
});
