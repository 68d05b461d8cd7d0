// The rows of Activation functions: each test checks what the notes say of one.

import { beforeEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { linspace, tensor, zeros } from "../../src/tensor/create.ts";
import { grad, jacobian } from "../../src/tensor/derivatives.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { stack } from "../../src/tensor/functions.ts";
import { Generator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { normal, rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const f64 = (...values: number[]): Tensor => tensor(values, { dtype });
const line = (reach: number, count = 201): Tensor => linspace(-reach, reach, { count, dtype });
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

function expectSame(actual: Tensor, expected: Tensor, tolerance = 1e-12): void {
  expect(actual.shape).toEqual(expected.shape);
  expectClose(actual.dataSync(), expected.dataSync(), tolerance);
}

/** The derivative of a function that works element by element. */
const slope = (f: (z: Tensor) => Tensor): ((z: Tensor) => Tensor) =>
  grad((z: Tensor) => f(z).sum());

beforeEach(() => {
  setDefaultDevice("reference");
  seed(5);
});

test("AC-01 the step fires at 0, and neither it nor the sign has a derivative to learn from", () => {
  const z = f64(-2, -1e-300, 0, 1e-300, 3);
  expect(numbers(nn.heaviside(z))).toEqual([0, 0, 1, 1, 1]);
  expect(numbers(nn.heaviside(z, { atZero: 0.5 }))).toEqual([0, 0, 0.5, 1, 1]);
  expect(numbers(nn.heaviside(z, { atZero: 0 }))).toEqual([0, 0, 0, 1, 1]);
  expect(numbers(z.sign())).toEqual([-1, -1, 0, 1, 1]);
  expect(numbers(slope(nn.heaviside)(z))).toEqual([0, 0, 0, 0, 0]);
  expect(numbers(slope((x) => x.sign())(z))).toEqual([0, 0, 0, 0, 0]);
});

test("AC-02 a deep linear network is one matrix, the product of its own", () => {
  const layers = [
    new nn.Linear(3, 5, { bias: false, dtype }),
    new nn.Identity(),
    new nn.Linear(5, 4, { bias: false, dtype }),
    new nn.Identity(),
    new nn.Linear(4, 2, { bias: false, dtype }),
  ] as const;
  const product = layers[4].weight.matmul(layers[2].weight).matmul(layers[0].weight); // [2, 3]
  const x = randn([7, 3], { dtype });
  expectSame(nn.sequential(...layers).forward(x), x.matmul(product.T));
});

test("AC-03 the sigmoid's slope is σ(1 − σ), at most ¼ at 0; the logit undoes it; nothing overflows", () => {
  const z = line(6);
  const s = slope(nn.sigmoid)(z);
  const sigma = nn.sigmoid(z);
  expectSame(s, sigma.mul(sigma.neg().add(1)));
  expectSame(s, sigma.mul(nn.sigmoid(z.neg())));
  expect(s.argMax().itemSync()).toBe(100);
  expect(numbers(s)[100]).toBe(0.25);
  expectSame(nn.logit(sigma), z, 1e-13);
  const far = f64(-1e3, 1e3);
  expect(numbers(nn.sigmoid(far))).toEqual([0, 1]);
  expect(numbers(slope(nn.sigmoid)(far))).toEqual([0, 0]);
  expect(numbers(nn.logit(f64(0, 1)))).toEqual([-Infinity, Infinity]);
  expect(numbers(nn.logit(f64(0, 1), { eps: 0.25 })).map((v) => v.toFixed(6))).toEqual(
    [-Math.log(3), Math.log(3)].map((v) => v.toFixed(6)),
  );
});

test("AC-04 sigmoids saturate, and positive outputs give all weights of a unit gradients of one sign", () => {
  // (a) The derivative through d layers is at most ¼ᵈ·Π|w|.
  for (const depth of [1, 3, 10]) {
    const w = randn([depth], { dtype }).mul(3);
    const weights = numbers(w);
    const deep = (z: Tensor): Tensor => weights.reduce((h, factor) => nn.sigmoid(h.mul(factor)), z);
    const bound = weights.reduce((product, factor) => product * 0.25 * Math.abs(factor), 1);
    const largest = slope(deep)(line(20)).abs().amax().itemSync();
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(bound);
    // One layer reaches it, at 0; tanh, whose slope goes up to 1, is not held by it.
    if (depth === 1) expect(largest).toBeCloseTo(bound, 14);
    const centred = (z: Tensor): Tensor => weights.reduce((h, factor) => nn.tanh(h.mul(factor)), z);
    expect(slope(centred)(f64(0)).abs().itemSync()).toBeGreaterThan(2 * bound);
  }
  const tail = numbers(slope(nn.sigmoid)(f64(0, 5, 10, 20, 40)));
  for (let i = 1; i < tail.length; i++) expect(tail[i]).toBeLessThan(tail[i - 1]! / 20);
  // (b) A second layer reads h > 0, so each row of its gradient has the sign of its unit's error.
  const model = nn.sequential(
    new nn.Linear(4, 6, { dtype }),
    nn.sigmoid,
    new nn.Linear(6, 5, { dtype }),
    nn.sigmoid,
  );
  for (let i = 0; i < 20; i++) {
    const [x, y] = [randn([1, 4], { dtype }), rand([1, 5], { dtype })];
    const found = gradients(nn.mseLoss(model.forward(x), y), model);
    const signs = found["2.weight"]!.sign().arraySync() as number[][];
    for (const row of signs) expect(new Set(row).size).toBe(1);
    expect(signs.map((row) => row[0])).toEqual(found["2.bias"]!.sign().arraySync());
  }
  // tanh is centred: there signs differ within a row.
  const centred = nn.sequential(model.layers[0]!, nn.tanh, model.layers[2]!);
  const found = gradients(centred.forward(randn([1, 4], { dtype })).sum(), centred);
  expect(new Set(numbers(found["2.weight"]!.sign())).size).toBe(2);
});

test("AC-05 tanh is 2σ(2z) − 1, odd, between −1 and 1, with slope 1 − tanh² and 1 at 0", () => {
  const z = line(5);
  const y = nn.tanh(z);
  expectSame(y, nn.sigmoid(z.mul(2)).mul(2).sub(1));
  expectSame(slope(nn.tanh)(z), y.square().neg().add(1));
  expectSame(nn.tanh(z.neg()), y.neg());
  expect(slope(nn.tanh)(f64(0)).itemSync()).toBe(1);
  expect(y.abs().amax().itemSync()).toBeLessThan(1);
  expect(numbers(nn.tanh(f64(-1e3, 1e3)))).toEqual([-1, 1]);
  // Near 0 it is the identity up to z³/3.
  expect(nn.tanh(f64(1e-3)).itemSync()).toBeCloseTo(1e-3 - 1e-9 / 3, 15);
});

test("AC-06 ReLU cuts space in two halves, with slopes 1 and 0, 0 at the border, and no curvature", () => {
  const z = f64(-2, -1e-9, 0, 1e-9, 3);
  expect(numbers(nn.relu(z))).toEqual([0, 0, 0, 1e-9, 3]);
  expect(numbers(slope(nn.relu)(z))).toEqual([0, 0, 0, 1, 1]);
  expect(numbers(slope(slope(nn.relu))(z))).toEqual([0, 0, 0, 0, 0]);
  const [w, b] = [f64(2, -1), 0.5];
  const x = randn([100, 2], { dtype });
  const unit = (at: Tensor): Tensor => nn.relu(at.matmul(w).add(b));
  const inside = x.matmul(w).add(b).greater(0).unsqueeze(1); // H⁺, else H⁻
  expectSame(grad((at: Tensor) => unit(at).sum())(x), w.broadcastTo([100, 2]).where(inside, 0));
  expectSame(unit(x), x.matmul(w).add(b).where(inside.squeeze(1), 0));
});

test("AC-07 the checker takes the subderivatives and no others", () => {
  const slopes = linspace(-2, 2, { count: 81, dtype });
  const within = (low: number, high: number): number[] =>
    numbers(slopes).map((c) => Number(c >= low - 1e-12 && c <= high + 1e-12));
  const accepted = (f: (z: Tensor) => Tensor, at = 0): unknown =>
    nn.isSubderivative(f, slopes, { at }).arraySync();
  expect(accepted(nn.relu)).toEqual(within(0, 1));
  expect(accepted((z) => z.abs())).toEqual(within(-1, 1));
  expect(accepted(nn.relu, 2)).toEqual(within(1, 1));
  expect(accepted(nn.relu, -2)).toEqual(within(0, 0));
  expect(accepted((z) => z.abs(), -3)).toEqual(within(-1, -1));
  // A smooth function has one: its derivative.
  const one = nn.isSubderivative((z) => z.square(), f64(2.9, 3, 3.1), { at: 1.5 });
  expect(one.arraySync()).toEqual([0, 1, 0]);
  // What PyTorch and this library take as the derivative at 0 is one of them.
  const chosen = slope(nn.relu)(f64(0));
  expect(nn.isSubderivative(nn.relu, chosen).arraySync()).toEqual([1]);
  expect(() => nn.isSubderivative(nn.relu, slopes, { radius: 0 })).toThrow(RangeError);
});

test("AC-08 the absolute value and the positive part are made of each other, exactly", () => {
  const z = stack([randn([50], { dtype }), zeros([50], { dtype })]);
  const positive = nn.relu(z);
  const size = new nn.AbsoluteValue().forward(z);
  expect(numbers(z.add(size).div(2))).toEqual(numbers(positive));
  expect(numbers(positive.mul(2).sub(z))).toEqual(numbers(size));
  expect(numbers(positive.add(nn.relu(z.neg())))).toEqual(numbers(size));
  expect(numbers(slope((x) => x.abs())(f64(-2, 0, 3)))).toEqual([-1, 0, 1]);
});

test("AC-09 one family: α = −1, 0, 0.01 and a learnt one, with ∂/∂α = min(0, z)", () => {
  const z = line(3, 61);
  expectSame(nn.rectifier(z, -1), z.abs());
  expectSame(nn.rectifier(z, 0), nn.relu(z));
  expectSame(nn.rectifier(z, 0.01), nn.leakyRelu(z));
  expectSame(nn.rectifier(z, 1), z);
  const alpha = f64(0.3);
  expectSame(nn.prelu(z, alpha), nn.rectifier(z, 0.3));
  const byAlpha = jacobian((a: Tensor) => nn.rectifier(z, a))(alpha);
  expectSame(byAlpha.squeeze(1), z.minimum(0));
  // One slope for each channel.
  const layer = new nn.PReLU({ parameters: 3, dtype });
  expect(numbers(layer.weight)).toEqual([0.25, 0.25, 0.25]);
  const x = randn([4, 3, 2], { dtype });
  const [found] = gradients(layer.forward(x).sum(), [layer.weight]);
  expectSame(found!, x.minimum(0).sum({ axis: [0, 2] }));
  expect(() => nn.prelu(x, zeros([2]))).toThrow(ShapeError);
});

test("AC-10 the leaky ReLU has a gradient below 0", () => {
  const z = f64(-100, -0.5, 0, 2);
  expect(numbers(nn.leakyRelu(z))).toEqual([-1, -0.005, 0, 2]);
  expect(numbers(slope((x) => nn.leakyRelu(x))(z))).toEqual([0.01, 0.01, 0.01, 1]);
  expect(numbers(new nn.LeakyReLU({ negativeSlope: 0.5 }).forward(z))).toEqual([-50, -0.25, 0, 2]);
});

test("AC-11 ELU tends to −1 and its derivative is continuous at 0", () => {
  const elu = (z: Tensor): Tensor => nn.elu(z);
  expect(numbers(elu(f64(-800, 0, 2)))).toEqual([-1, 0, 2]);
  expect(elu(f64(-0.7)).itemSync()).toBeCloseTo(Math.exp(-0.7) - 1, 14);
  const around = numbers(slope(elu)(f64(-1e-9, 0, 1e-9)));
  expect(around[0]).toBeCloseTo(1, 8);
  expect(around.slice(1)).toEqual([1, 1]);
  // With another α it is CELU that has no corner.
  const left = (f: (z: Tensor) => Tensor): number => slope(f)(f64(-1e-9)).itemSync();
  expect(left((z) => nn.elu(z, { alpha: 3 }))).toBeCloseTo(3, 6);
  expect(left((z) => nn.celu(z, { alpha: 3 }))).toBeCloseTo(1, 6);
  expect(() => nn.celu(f64(1), { alpha: 0 })).toThrow(RangeError);
});

test("AC-12 softplus is stable, its derivative is the sigmoid, and it nears ReLU as the scale grows", () => {
  const z = line(8);
  expectSame(slope((x) => nn.softplus(x))(z), nn.sigmoid(z));
  expect(numbers(nn.softplus(f64(-1e3, 0, 1e3)))).toEqual([0, Math.log(2), 1e3]);
  expect(nn.softplus(f64(-40)).itemSync()).toBeCloseTo(Math.exp(-40), 30);
  expect(nn.softplus(z).amin().itemSync()).toBeGreaterThan(0);
  const gap = (beta: number): number =>
    nn.softplus(z, { beta }).sub(nn.relu(z)).abs().amax().itemSync();
  for (const beta of [1, 10, 100]) expect(gap(beta)).toBeCloseTo(Math.log(2) / beta, 12);
});

test("AC-13 a deep SELU network with N(0, 1/n) weights keeps mean 0 and variance 1", () => {
  setDefaultDevice(devicesHere.includes("native") ? "native" : "wasm");
  expect(nn.selu(f64(1)).itemSync()).toBeCloseTo(1.0507009873554805, 14);
  expect(nn.selu(f64(-800)).itemSync()).toBeCloseTo(-1.0507009873554805 * 1.6732632423543772, 13);
  const [width, depth] = [256, 30];
  let h = randn([512, width]);
  for (let i = 0; i < depth; i++) {
    const w = normal([width, width], { std: 1 / Math.sqrt(width) });
    h = nn.selu(h.matmul(w));
  }
  expect(Math.abs(h.mean().itemSync())).toBeLessThan(0.1);
  expect(Math.abs(h.var().itemSync() - 1)).toBeLessThan(0.15);
  // The fixed point: of a standard normal input, mean and variance are those again.
  const z = linspace(-12, 12, { count: 20001, dtype });
  const weight = z.square().div(-2).exp();
  const p = weight.div(weight.sum());
  const y = nn.selu(z);
  expect(y.mul(p).sum().itemSync()).toBeCloseTo(0, 6);
  expect(y.square().mul(p).sum().itemSync()).toBeCloseTo(1, 6);
});

test("AC-14 GELU is x·Φ(x); its sigmoid form is off by less than 0.021", () => {
  const z = line(10, 20001);
  const exact = nn.gelu(z);
  expectSame(exact, z.mul(z.mul(Math.SQRT1_2).erf().add(1)).div(2));
  const approximate = nn.gelu(z, { approximate: "sigmoid" });
  expectSame(approximate, z.mul(nn.sigmoid(z.mul(1.702))));
  const gap = approximate.sub(exact).abs().amax().itemSync();
  expect(gap).toBeLessThan(0.021);
  expect(gap).toBeGreaterThan(0.02);
  const tanh = nn.gelu(z, { approximate: "tanh" }).sub(exact).abs().amax().itemSync();
  expect(tanh).toBeLessThan(0.0005);
  for (const form of ["none", "tanh", "sigmoid"] as const) {
    expect(nn.gelu(f64(0), { approximate: form }).itemSync()).toBe(0);
  }
});

describe("AC-15 a stochastic gate", () => {
  const phi = (z: Tensor): Tensor => z.mul(Math.SQRT1_2).erf().add(1).div(2);
  test.each([
    ["p gives dropout", 0.7, (z: Tensor) => z.mul(0.7)],
    ["Φ gives GELU", phi, (z: Tensor) => nn.gelu(z)],
    ["σ gives SiLU", nn.sigmoid, (z: Tensor) => nn.silu(z)],
  ] as const)("AC-15 the mean of a gate is z·φ(z): %s", (_, gate, mean) => {
    const z = f64(-3, -1, -0.2, 0, 0.4, 1, 2);
    const count = 4000;
    const draw = (from: number): Tensor =>
      nn.stochasticGate(z.broadcastTo([count, 7]), gate, { generator: new Generator(from) });
    const drawn = draw(3);
    expect(numbers(draw(3))).toEqual(numbers(drawn));
    expect(numbers(draw(4))).not.toEqual(numbers(drawn));
    const [open, expected] = [numbers(drawn.mean({ axis: 0 })), numbers(mean(z))];
    for (const [i, value] of numbers(z).entries()) {
      // Five standard errors of |z|·Bernoulli.
      expect(Math.abs(open[i]! - expected[i]!)).toBeLessThanOrEqual(
        (5 * Math.abs(value) * 0.5) / Math.sqrt(count),
      );
    }
    // Each is let through whole or not at all.
    const first = new Set(numbers(drawn.at(":", 0)));
    expect(first).toEqual(new Set([-3, 0]));
  });
});

test("AC-16 Swish is SiLU at β = 1, z/2 at 0, about GELU at 1.702, ReLU at ∞; β has a gradient", () => {
  const z = line(6);
  expectSame(nn.swish(z), nn.silu(z));
  expectSame(nn.swish(z, { beta: 0 }), z.div(2));
  expectSame(nn.swish(z, { beta: 1.702 }), nn.gelu(z, { approximate: "sigmoid" }));
  expectSame(nn.swish(z, { beta: 1e4 }), nn.relu(z), 1e-12);
  const beta = f64(0.8);
  const byBeta = jacobian((b: Tensor) => nn.swish(z, { beta: b }))(beta).squeeze(1);
  const sigma = nn.sigmoid(z.mul(0.8));
  expectSame(byBeta, z.square().mul(sigma).mul(sigma.neg().add(1)));
  const layer = new nn.Swish({ dtype });
  const [found] = gradients(layer.forward(z).sum(), [layer.beta]);
  expect(found!.itemSync()).toBeCloseTo(z.square().mul(slope(nn.sigmoid)(z)).sum().itemSync(), 10);
});

test("AC-17 maxout: two pieces of which one is zero are a ReLU, and only the winner learns", () => {
  const z = randn([20, 4], { dtype });
  const withZero = stack([z, z.mul(0)], { axis: 2 }).reshape([20, 8]);
  expectSame(nn.maxout(withZero, 2), nn.relu(z));
  const pieces = randn([6, 12], { dtype });
  const mask = slope((x) => nn.maxout(x, 3))(pieces).reshape([6, 4, 3]);
  expect(new Set(numbers(mask))).toEqual(new Set([0, 1]));
  expect(new Set(numbers(mask.sum({ axis: 2 })))).toEqual(new Set([1]));
  expectSame(mask.mul(pieces.reshape([6, 4, 3])).sum({ axis: 2 }), nn.maxout(pieces, 3));
  // Of equals the first.
  expect(numbers(slope((x) => nn.maxout(x, 3))(f64(2, 2, 1)))).toEqual([1, 0, 0]);
  // The layer is max over j of θⱼ·x + bⱼ.
  const layer = new nn.Maxout(3, 2, { pieces: 4, dtype });
  const x = randn([5, 3], { dtype });
  const each = x.matmul(layer.linear.weight.T).add(layer.linear.bias!).reshape([5, 2, 4]);
  expectSame(layer.forward(x), each.amax({ axis: 2 }));
  // Any learnt piece set is convex: the middle lies under the chord.
  const [a, b] = [randn([9, 3], { dtype }), randn([9, 3], { dtype })];
  const chord = layer.forward(a).add(layer.forward(b)).div(2);
  expect(
    chord
      .sub(layer.forward(a.add(b).div(2)))
      .amin()
      .itemSync(),
  ).toBeGreaterThanOrEqual(-1e-12);
  expect(() => nn.maxout(pieces, 5)).toThrow(ShapeError);
});

test("AC-18 the cosine's derivative is −sin, and one unit fits a sinusoid", () => {
  const z = line(7);
  const unit = new nn.Cosine(1, { dtype });
  expectSame(slope((x) => unit.forward(x))(z), z.sin().neg());
  const x = linspace(-2, 2, { count: 64, dtype }).unsqueeze(1);
  const y = x.mul(1.7).sub(0.6).cos();
  const model = nn.sequential(new nn.Linear(1, 1, { bias: false, dtype }), unit);
  model.parameters()["0.weight"]!.assign(f64(1.2).reshape([1, 1]));
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const step = compile((): Tensor => {
    const loss = nn.mseLoss(model.forward(x), y);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  let loss = Infinity;
  for (let i = 0; i < 300; i++) loss = step().itemSync();
  expect(loss).toBeLessThan(1e-8);
  expect(unit.shift.itemSync()).toBeCloseTo(0.6, 3);
});

test("AC-19 the patterns that ReLU units show are Cover's count, with biases Σ C(m, i)", async () => {
  expect(nn.maxPatterns(5, 2, { bias: false })).toBe(10);
  expect(nn.maxPatterns(5, 3, { bias: false })).toBe(22);
  expect(nn.maxPatterns(3, 5, { bias: false })).toBe(8);
  expect(nn.maxPatterns(5, 2)).toBe(1 + 5 + 10);
  expect(nn.maxPatterns(5, 3)).toBe(1 + 5 + 10 + 10);
  // Units in general position, their cells wide enough for random points to meet each of them.
  const around = (turn: number): Tensor =>
    tensor(
      [0, 1, 2, 3, 4].map((i) => [Math.cos((i * turn) / 5), Math.sin((i * turn) / 5)]),
      { dtype },
    );
  const plane = around(Math.PI); // five lines through 0
  const cone = around(2 * Math.PI).pad(
    [
      [0, 0],
      [0, 1],
    ],
    { value: 1 },
  ); // five planes through 0
  const counted = async (theta: Tensor, bias = 0): Promise<number> => {
    const x = randn([2000, theta.shape[1]!], { dtype }).mul(2);
    return nn.countPatterns(nn.activationPattern(x.matmul(theta.T).add(bias)));
  };
  expect(await counted(plane)).toBe(10);
  expect(await counted(cone)).toBe(22);
  expect(await counted(around(2 * Math.PI), -0.5)).toBe(16); // the sides of a pentagon
  expect(
    await counted(
      tensor(
        [
          [1, 0, 0, 2],
          [0, 1, 0, 1],
          [0, 0, 1, 0],
        ],
        { dtype },
      ),
    ),
  ).toBe(8);
  // Other units show no more.
  for (let i = 0; i < 2; i++) {
    const theta = randn([5, 3], { dtype });
    expect(await counted(theta)).toBeLessThanOrEqual(22);
    expect(await counted(theta, 1)).toBeLessThanOrEqual(nn.maxPatterns(5, 3));
  }
  expect(() => nn.maxPatterns(0, 2)).toThrow(RangeError);
  await expect(nn.countPatterns(zeros([2, 32], { dtype: "bool" }))).rejects.toThrow(RangeError);
});

test("AC-20 a dead unit is found, has no gradient, and can be pruned or started again", async () => {
  const layer = new nn.Linear(3, 6, { dtype });
  const next = new nn.Linear(6, 2, { dtype });
  layer.bias!.assign(layer.bias!.set([4], -100));
  const x = randn([200, 3], { dtype });
  const z = layer.forward(x);
  const dead = nn.deadUnits(z);
  expect(dead.arraySync()).toEqual([0, 0, 0, 0, 1, 0]);
  const y = next.forward(nn.relu(z));
  const model = nn.sequential(layer, nn.relu, next);
  const loss = nn.mseLoss(model.forward(x), randn([200, 2], { dtype }));
  const found = gradients(loss, model);
  expect(numbers(found["0.weight"]!.at(4))).toEqual([0, 0, 0]);
  expect(found["0.bias"]!.at(4).itemSync()).toBe(0);
  expect(found["0.weight"]!.at(3).abs().sum().itemSync()).toBeGreaterThan(0);
  const [smaller, reader] = await nn.pruneUnits(layer, next, dead);
  expect(smaller.weight.shape).toEqual([5, 3]);
  expect(reader.weight.shape).toEqual([2, 5]);
  expectSame(reader.forward(nn.relu(smaller.forward(x))), y, 1e-14);
  const before = layer.weight.snapshot();
  realizeSync(before);
  nn.reviveUnits(layer, dead, { generator: new Generator(1) });
  expect(nn.deadUnits(layer.forward(x)).any().itemSync()).toBe(0);
  expect(numbers(layer.weight.at(":4"))).toEqual(numbers(before.at(":4")));
  expect(numbers(layer.weight.at(4))).not.toEqual(numbers(before.at(4)));
  // New weights are as of a new layer: uniform in ±1/√(fan in).
  const wide = new nn.Linear(4, 500, { dtype });
  wide.weight.assign(0);
  nn.reviveUnits(wide, nn.deadUnits(zeros([1, 500])));
  const sizes = numbers(wide.weight.abs());
  expect(Math.max(...sizes)).toBeLessThanOrEqual(0.5);
  expect(Math.max(...sizes)).toBeGreaterThan(0.49);
  expect(wide.weight.square().mean().itemSync()).toBeCloseTo(1 / 12, 2);
  await expect(nn.pruneUnits(layer, new nn.Linear(5, 2), dead)).rejects.toThrow(ShapeError);
  expect(() => nn.reviveUnits(layer, zeros([5], { dtype: "bool" }))).toThrow(ShapeError);
});

test("AC-21 the Jacobian is the product of the matrices with the rows of silent units zeroed", () => {
  const layers = [
    new nn.Linear(3, 8, { dtype }),
    new nn.Linear(8, 6, { dtype }),
    new nn.Linear(6, 2, { dtype }),
  ] as const;
  const network = (x: Tensor): Tensor =>
    layers[2].forward(nn.relu(layers[1].forward(nn.relu(layers[0].forward(x)))));
  const x = randn([10, 3], { dtype });
  const found = nn.patternJacobian(layers, x); // [10, 2, 3]
  for (let i = 0; i < 10; i++) expectSame(found.at(i), jacobian(network)(x.at(i)));
  // By hand, for one example.
  const z = layers[0].forward(x.at(0));
  const h = layers[1].forward(nn.relu(z));
  const rows = (layer: nn.Linear, at: Tensor): Tensor =>
    layer.weight.where(at.greater(0).unsqueeze(1), 0);
  expect(numbers(nn.activationPattern(z)).filter((on) => on === 0).length).toBeGreaterThan(0);
  expectSame(found.at(0), layers[2].weight.matmul(rows(layers[1], h)).matmul(rows(layers[0], z)));
  expect(() => nn.patternJacobian([], x)).toThrow(RangeError);
});

test("AC-22 a high temperature makes a softmax uniform, a low one its largest entry", () => {
  const z = f64(1, 3, -2, 2.5);
  const at = (temperature: number): Tensor => nn.softmax(z, { temperature });
  expectSame(at(2), nn.softmax(z.div(2)));
  expectSame(nn.logSoftmax(z, { temperature: 2 }), at(2).log());
  expectSame(at(1e9), f64(0.25, 0.25, 0.25, 0.25), 1e-8);
  expect(numbers(at(Infinity))).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(numbers(at(1e-4))).toEqual([0, 1, 0, 0]);
  expect(numbers(at(1e-300))).toEqual([0, 1, 0, 0]);
  // In between it softens: the entropy grows with the temperature.
  const entropy = (p: Tensor): number => p.mul(p.log()).sum().neg().itemSync();
  const entropies = [0.5, 1, 2, 4, 8].map((temperature) => entropy(at(temperature)));
  expect(entropies).toEqual([...entropies].sort((a, b) => a - b));
  expect(() => at(0)).toThrow(/temperature/);
  expect(new nn.Softmax({ temperature: 2 }).forward(z).dataSync()).toEqual(at(2).dataSync());
});

test("options that make no sense are refused", () => {
  expect(() => nn.glu(zeros([2, 3]))).toThrow(/even/);
  expect(() => nn.hardtanh(zeros([2]), { minVal: 1, maxVal: 0 })).toThrow(RangeError);
  expect(() => nn.softshrink(zeros([2]), { lambda: -1 })).toThrow(RangeError);
});
