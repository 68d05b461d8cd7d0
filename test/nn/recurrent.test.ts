// The rows of Recurrent & gated networks.

import { beforeEach, describe, expect, test } from "vitest";
import { grad, jacobian, stack, type Tensor, tensor, zeros } from "../../src/index.ts";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { explain } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { differences, drawn, numbers } from "./differences.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(13);
});

const weights = (values: Record<string, number[] | number[][]>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(values).map(([name, v]) => [name, tensor(v, { dtype })]));

test("RN-01 by hand: two steps of one unit", () => {
  const rnn = new nn.RNN(1, 1, { dtype });
  rnn.loadStateDict(
    weights({ weight_ih_l0: [[0.5]], weight_hh_l0: [[-2]], bias_ih_l0: [0.1], bias_hh_l0: [0.2] }),
  );
  const [y, last] = rnn.forward(tensor([[[1]], [[3]]], { dtype }));
  const first = Math.tanh(0.5 + 0.3);
  const second = Math.tanh(0.5 * 3 - 2 * first + 0.3);
  expectClose(numbers(y), [first, second], 1e-15);
  expectClose(numbers(last), [second], 1e-15);
  // Note 003's σ.
  const logistic = new nn.RNN(1, 1, { nonlinearity: "sigmoid", dtype });
  logistic.loadStateDict(rnn.stateDict());
  const [z] = logistic.forward(tensor([[[1]]], { dtype }));
  expectClose(numbers(z), [1 / (1 + Math.exp(-0.8))], 1e-15);
  expect(() => rnn.forward(zeros([2, 1, 3], { dtype }))).toThrow(ShapeError);
  expect(() => rnn.forward(zeros([2, 1, 1]), zeros([1, 2, 1]))).toThrow(/first state/);
});

test("RN-01 the product with the inputs is outside of the scan: one for all times", () => {
  setDefaultDevice("wasm");
  const rnn = new nn.LSTM(3, 4);
  const x = randn([6, 2, 3]);
  x.dataSync();
  const [program] = explain(() => rnn.forward(x)[0]);
  const labels = program!.steps.map((step) => step.label);
  const loop = labels.findIndex((label) => /scan|loop/.test(label));
  // [12, 3] inputs at all times with [3, 16] weights, before the loop begins.
  expect(labels.slice(0, loop).some((label) => /contract.*12, 3|contract.*3, 12/.test(label))).toBe(
    true,
  );
});

test("RN-02 Elman's network is the simple one with a read-out", () => {
  const elman = new nn.Elman(3, 4, 2, { dtype });
  const rnn = new nn.RNN(3, 4, { dtype });
  rnn.loadStateDict({
    weight_ih_l0: elman.input.weight,
    weight_hh_l0: elman.state.weight,
    bias_ih_l0: elman.input.bias!,
    bias_hh_l0: zeros([4], { dtype }),
  });
  const x = drawn(5, 2, 3);
  const [states] = rnn.forward(x);
  expectClose(numbers(elman.states(x)), numbers(states), 1e-15);
  expectClose(numbers(elman.forward(x)), numbers(elman.readout.forward(states)), 1e-15);
});

describe("RN-03 Jordan's network", () => {
  test("RN-03 hᵗ depends on yᵗ⁻¹ and on nothing else of the step before", () => {
    const jordan = new nn.Jordan(2, 3, 1, { output: nn.sigmoid, dtype });
    const x = drawn(4, 1, 2);
    // Written out.
    let y = zeros([1, 1], { dtype });
    const outputs = x.unstack().map((xt) => {
      const h = jordan.input.forward(xt).add(jordan.feedback.forward(y)).tanh();
      y = jordan.readout.forward(h).sigmoid();
      return y;
    });
    expectClose(numbers(jordan.forward(x)), numbers(stack(outputs)), 1e-15);
    // With the true output in its place, nothing of earlier inputs is left.
    const teacher = drawn(4, 1, 1);
    const moved = x.at("1:").pad([[1, 0], 0, 0]);
    const [one, other] = [x, moved].map((z) => numbers(jordan.forward(z, { teacher })));
    expect(one!.slice(1)).toEqual(other!.slice(1));
    expect(one![0]).not.toBe(other![0]);
    expect(numbers(jordan.forward(x)).slice(1)).not.toEqual(
      numbers(jordan.forward(moved)).slice(1),
    );
    // A read-out that is blind cuts the loop, though the hidden states differ.
    jordan.readout.weight.assign(jordan.readout.weight.mul(0));
    expect(numbers(jordan.forward(x)).slice(1)).toEqual(numbers(jordan.forward(moved)).slice(1));
    expect(() => jordan.forward(x, { teacher: zeros([4, 1, 2]) })).toThrow(ShapeError);
  });
});

test("RN-04 unrolled: a feed-forward net with tied weights, of the same output and gradient", () => {
  const cell = new nn.RNNCell(2, 3, { dtype });
  const rnn = new nn.RNN(2, 3, { dtype });
  rnn.loadStateDict(
    Object.fromEntries(Object.entries(cell.stateDict()).map(([name, v]) => [`${name}_l0`, v])),
  );
  const x = drawn(5, 2, 2);
  // Layer t of the feed-forward net is the cell, again.
  let h = zeros([2, 3], { dtype });
  for (const xt of x.unstack()) h = cell.forward(xt, h);
  const [, last] = rnn.forward(x);
  expectClose(numbers(h), numbers(last), 1e-15);
  const [unrolled, rolled] = [
    gradients(h.square().sum(), cell.parameters()),
    gradients(last.square().sum(), rnn.parameters()),
  ];
  for (const [name, g] of Object.entries(unrolled)) {
    expectClose(numbers(rolled[`${name}_l0`]!), numbers(g), 1e-13, name);
  }
});

describe("back-propagation through time", () => {
  const network = (): nn.SimpleNetwork => ({
    U: drawn(3, 2),
    W: drawn(3, 3),
    V: drawn(4, 3),
    b: drawn(3),
    c: drawn(4),
  });
  let labels: Tensor;
  beforeEach(() => {
    labels = tensor([1, 0, 3, 3, 2], { dtype: "i32" });
  });
  /** The loss, step by step; `nudge` is added to the states. */
  const lossOf = ({ U, W, V, b, c }: nn.SimpleNetwork, x: Tensor, nudge?: Tensor): Tensor => {
    let h = zeros([3], { dtype });
    const scores = x.unstack().map((xt, t) => {
      h = b.add(W.matmul(h)).add(U.matmul(xt)).tanh();
      if (nudge !== undefined) h = h.add(nudge.at(t));
      return c.add(V.matmul(h));
    });
    return nn.crossEntropy(stack(scores), labels, { reduction: "sum" });
  };

  test("RN-05 internal gradients by hand are those of autodiff", () => {
    const [net, x] = [network(), drawn(5, 2)];
    const found = nn.backpropagationThroughTime(net, x, labels);
    expectClose(numbers(found.loss), numbers(lossOf(net, x)), 1e-13);
    const byState = grad((nudge: Tensor) => lossOf(net, x, nudge))(zeros([5, 3], { dtype }));
    expectClose(numbers(found.h), numbers(byState), 1e-12);
    // ∇_o = ŷ − 1_y, and at the end ∇_h = Vᵀ·∇_o alone.
    expectClose(numbers(found.o.sum({ axis: 1 }).add(1)), [1, 1, 1, 1, 1], 1e-13);
    expectClose(numbers(found.h.at(4)), numbers(net.V.T.matmul(found.o.at(4))), 1e-13);
    expect(() => nn.backpropagationThroughTime(net, x, labels.at(":3"))).toThrow(ShapeError);
  });

  test.each(["U", "W", "V", "b", "c"] as const)("RN-06 ∇_%s: finite differences", (name) => {
    const [net, x] = [network(), drawn(5, 2)];
    const found = nn.backpropagationThroughTime(net, x, labels)[name];
    const expected = differences((v) => lossOf({ ...net, [name]: v }, x), net[name]);
    expectClose(numbers(found), expected, 1e-8);
  });

  test("RN-06 truncated: whole with a window of the whole length, and nothing from before a window", () => {
    const rnn = new nn.RNN(2, 3, { dtype });
    const [x, y] = [drawn(6, 1, 2), drawn(6, 1, 3)];
    const loss = (xs: Tensor, ys: Tensor, h: Tensor | undefined): readonly [Tensor, Tensor] => {
      const [states, last] = rnn.forward(xs, h);
      return [states.mul(ys).sum(), last];
    };
    const byWindow = (window: number): Tensor => {
      const [total] = nn.truncatedBackpropagation(loss, x, y, { window });
      return total;
    };
    const [whole] = loss(x, y, undefined);
    for (const window of [1, 2, 4, 6])
      expectClose(numbers(byWindow(window)), numbers(whole), 1e-14);
    const full = gradients(whole, rnn);
    const truncated = (window: number) => gradients(byWindow(window), rnn);
    for (const name of Object.keys(full)) {
      expectClose(numbers(truncated(6)[name]!), numbers(full[name]!), 1e-13);
      expect(numbers(truncated(2)[name]!)).not.toEqual(numbers(full[name]!));
    }
    // With a window of 1: as if every state were given from outside.
    const [states] = rnn.forward(x);
    const before = states
      .at(":-1")
      .pad([[1, 0], 0, 0])
      .detach();
    const { weight_ih_l0: U, weight_hh_l0: W, bias_ih_l0: b, bias_hh_l0: d } = rnn.weights;
    const given = x.matmul(U!.T).add(b!).add(before.matmul(W!.T)).add(d!).tanh().mul(y).sum();
    const expected = gradients(given, rnn);
    for (const [name, g] of Object.entries(truncated(1))) {
      expectClose(numbers(g), numbers(expected[name]!), 1e-13, name);
    }
    expect(() => nn.truncatedBackpropagation(loss, x, y, { window: 0 })).toThrow(ShapeError);
  });
});

test("RN-07 with the output fed back: the nested sum over t and i is the gradient, for T = 4", () => {
  const [T, hidden] = [4, 2];
  const net = new nn.Jordan(2, hidden, 1, { recurrent: true, dtype });
  const [x, target] = [drawn(T, 1, 2), drawn(T, 1, 1)];
  const loss = (y: Tensor): Tensor => y.sub(target).square().sum();
  const found = gradients(loss(net.forward(x)), net)["feedback.weight"]!; // [hidden, 1]

  // aₜ = U·xₜ + b + W·hₜ₋₁ + F·yₜ₋₁, where yₜ₋₁ is itself V·hₜ₋₁ + c: so W + F·V carries h to a.
  const W = net.state!.weight.add(net.feedback.weight.matmul(net.readout.weight));
  const inputs = net.input.forward(x).squeeze(1);
  const states: Tensor[] = [];
  let h = zeros([hidden], { dtype });
  let y = zeros([1], { dtype });
  const outputs: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const a = inputs
      .at(t)
      .add(net.state!.forward(h.unsqueeze(0)).squeeze(0))
      .add(net.feedback.forward(y.unsqueeze(0)).squeeze(0));
    h = a.tanh();
    y = net.readout.forward(h.unsqueeze(0)).squeeze(0);
    states.push(h);
    outputs.push(y);
  }
  const diagonal = (v: Tensor): Tensor => v.square().neg().add(1).diag(); // ∂h/∂a
  let nested = zeros([hidden, 1], { dtype });
  for (let t = 0; t < T; t++) {
    // ∂L_t/∂ŷ_t · ∂ŷ_t/∂h_t
    const outer = outputs[t]!.sub(target.at(t, 0)).mul(2).matmul(net.readout.weight); // [hidden]
    for (let i = 0; i <= t; i++) {
      let row = outer;
      for (let j = t; j > i; j--) row = row.matmul(diagonal(states[j]!).matmul(W));
      // ∂h_i/∂a_i · ∂a_i/∂F = diag(1 − h²) ⊗ y_{i−1}
      const before = i === 0 ? zeros([1], { dtype }) : outputs[i - 1]!;
      nested = nested.add(row.matmul(diagonal(states[i]!)).outer(before));
    }
  }
  expectClose(numbers(nested), numbers(found), 1e-12);
});

test("RN-08 the linear recurrence turns towards the top eigenvector", () => {
  // Q·diag(2, 1, −0.5)·Qᵀ with Q a rotation about two axes.
  const [a, b] = [0.6, 0.8];
  const q = tensor(
    [
      [a, -b, 0],
      [b, a, 0],
      [0, 0, 1],
    ],
    { dtype },
  );
  const W = q.matmul(tensor([2, 1, -0.5], { dtype }).diag()).matmul(q.T);
  const start = drawn(3);
  const states = nn.linearRecurrence(W, start, 40);
  const last = states.at(-1);
  const direction = numbers(last.div(last.norm())).map(Math.abs);
  expectClose(direction, [a, b, 0], 1e-10);
  // hᵗ = Q·Λᵗ·Qᵀ·h⁰.
  const closed = q.matmul(q.T.matmul(start).mul(tensor([2 ** 5, 1, (-0.5) ** 5], { dtype })));
  expectClose(numbers(states.at(4)), numbers(closed), 1e-13);
  // Of a matrix that is not symmetric it is the transpose that acts: hᵗ = (Wᵗ)ᵀ·h⁰.
  const shear = tensor(
    [
      [1, 2],
      [0, 1],
    ],
    { dtype },
  );
  const pushed = nn.linearRecurrence(shear, tensor([1, 0], { dtype }), 3);
  expect(numbers(pushed)).toEqual([1, 2, 1, 4, 1, 6]);
  expect(() => nn.linearRecurrence(W, drawn(2), 3)).toThrow(ShapeError);
});

describe("RN-09 vanishing and exploding gradients", () => {
  const random = drawn;
  /** A matrix with σ_max = sigma. */
  const scaled = (sigma: number): Tensor => {
    const W = random(6, 6);
    return W.mul(sigma).div(nn.spectralNorm(W));
  };
  const steps = 30;

  test.each([0.5, 0.9, 1.5])("RN-09 σ_max = %d: norms obey the bound", (sigma) => {
    const W = scaled(sigma);
    const xs = random(steps, 6).mul(0.1);
    const norms = numbers(
      nn.stateGradientNorms(
        (h, x) => W.matmul(h).add(x).tanh(),
        random(6),
        xs,
        (h) => h.sum(),
      ),
    );
    const last = norms.at(-1)!;
    expect(last).toBeCloseTo(Math.sqrt(6), 12);
    for (const [t, norm] of norms.entries()) {
      expect(norm).toBeLessThanOrEqual(nn.gradientBound(sigma, steps - 1 - t, last) * (1 + 1e-9));
    }
    if (sigma < 1) expect(norms[0]!).toBeLessThan(0.06 * last);
  });

  test.each([0.7, 1.3])(
    "RN-09 a linear net of σ = %d: the logarithm falls or rises by log σ a step",
    (sigma) => {
      // A rotation times σ: all directions alike.
      const W = tensor(
        [
          [0.6, -0.8],
          [0.8, 0.6],
        ],
        { dtype },
      ).mul(sigma);
      expect(nn.spectralNorm(W).itemSync()).toBeCloseTo(sigma, 12);
      const norms = numbers(
        nn.stateGradientNorms(
          (h) => W.matmul(h),
          random(2),
          zeros([steps, 1], { dtype }),
          (h) => h.sum(),
        ),
      );
      const slope = Math.log(norms.at(-1)! / norms[0]!) / (steps - 1);
      expect(-slope).toBeCloseTo(Math.log(sigma), 10);
      // What vanishes and what explodes.
      if (sigma < 1) expect(norms[0]!).toBeLessThan(1e-3);
      else expect(norms[0]!).toBeGreaterThan(1e3);
    },
  );
});

test("RN-10 numbers to learn: tables grow like kᵗ, a recurrent net does not grow with the length", () => {
  expect([1, 2, 3].map((steps) => nn.tableParameters(4, steps))).toEqual([3, 15, 63]);
  // By enumeration: k − 1 free numbers for each history.
  const rows = [0, 1, 2].map((t) => 4 ** t * 3);
  expect(nn.tableParameters(4, 3)).toBe(rows.reduce((a, b) => a + b));
  const [k, m] = [4, 6];
  expect(nn.countParameters(new nn.Elman(k, m, k))).toBe(nn.recurrentParameters(k, m));
  // Linear in k, with m² for transitions.
  const growth = [10, 20, 30].map((values) => nn.recurrentParameters(values, m));
  expect(growth[2]! - growth[1]!).toBe(growth[1]! - growth[0]!);
  expect(nn.recurrentParameters(0, m) - m).toBe(m * m);
  expect(nn.tableParameters(10, 20)).toBeGreaterThan(1e6 * nn.recurrentParameters(10, 100));
});

describe("RN-11 sampling with an end symbol", () => {
  // Three symbols; 0 ends. A state of two numbers; logits from state and symbol.
  const A = [
    [0.5, -1],
    [1.2, 0.3],
  ];
  const emit = [
    [0.2, 1.5, -0.5],
    [-1, 0.4, 0.8],
  ];
  const into = [
    [0.1, 0.2],
    [0.9, -0.4],
    [-0.6, 0.7],
  ];
  const step = (h: Tensor, y: Tensor): readonly [Tensor, Tensor] => {
    const next = h.matmul(tensor(A)).add(tensor(into).take(y)).tanh();
    return [next, next.matmul(tensor(emit))];
  };
  /** P(sequence, then its end) for all sequences of up to `most` symbols, by enumeration. */
  function enumerated(start: readonly number[], most: number): Map<string, number> {
    const found = new Map<string, number>();
    const visit = (h: readonly number[], y: number, text: string, p: number): void => {
      const next = [0, 1].map((j) =>
        Math.tanh(h[0]! * A[0]![j]! + h[1]! * A[1]![j]! + into[y]![j]!),
      );
      const logits = [0, 1, 2].map((k) => next[0]! * emit[0]![k]! + next[1]! * emit[1]![k]!);
      const total = logits.reduce((sum, l) => sum + Math.exp(l), 0);
      for (const [k, l] of logits.entries()) {
        const q = (p * Math.exp(l)) / total;
        if (k === 0) found.set(text, q);
        else if (text.length < most) visit(next, k, `${text}${k}`, q);
      }
    };
    visit(start, 0, "", 1);
    return found;
  }

  test.each([[[0, 0]], [[2, -1]]])("RN-11 frequencies are the probabilities, given %j", (start) => {
    setDefaultDevice("wasm");
    seed(2);
    const count = 20_000;
    const initial = tensor(start).expand([count, 2]);
    const drawnSymbols = nn.sampleSequences(step, initial, { eos: 0, maxLength: 12 });
    const rows = drawnSymbols.arraySync() as number[][];
    const seen = new Map<string, number>();
    for (const row of rows) {
      const end = row.indexOf(0);
      // From the end on there is nothing but ends.
      if (end >= 0) expect(row.slice(end).every((s) => s === 0)).toBe(true);
      const text = (end < 0 ? row : row.slice(0, end)).join("");
      seen.set(text, (seen.get(text) ?? 0) + 1 / count);
    }
    const lengths = nn.sequenceLengths(drawnSymbols, 0).dataSync();
    expect(lengths[0]).toBe(rows[0]!.indexOf(0) < 0 ? 12 : rows[0]!.indexOf(0));
    for (const [text, p] of enumerated(start, 3)) {
      const deviation = Math.sqrt((p * (1 - p)) / count);
      expect(Math.abs((seen.get(text) ?? 0) - p), text).toBeLessThan(4.5 * deviation);
    }
  });
});

test("RN-12 in both directions: the last input changes the first output", () => {
  const both = new nn.RNN(2, 3, { bidirectional: true, dtype });
  const x = drawn(5, 1, 2);
  const moved = x.add(tensor([0, 0, 0, 0, 1], { dtype }).reshape([5, 1, 1]));
  const [one, other] = [both.forward(x)[0], both.forward(moved)[0]];
  expect(one.shape).toEqual([5, 1, 6]);
  // The forward half of o¹ has not seen it, the backward half has.
  expect(numbers(one.at(0, 0, ":3"))).toEqual(numbers(other.at(0, 0, ":3")));
  expect(numbers(one.at(0, 0, "3:"))).not.toEqual(numbers(other.at(0, 0, "3:")));
  const forwards = new nn.RNN(2, 3, { dtype });
  forwards.loadStateDict(both.stateDict(), { strict: false });
  expectClose(numbers(forwards.forward(x)[0]), numbers(one.at(":", ":", ":3")), 1e-15);
  expect(numbers(forwards.forward(x)[0].at(0))).toEqual(numbers(forwards.forward(moved)[0].at(0)));
});

test("RN-12 sequences of several lengths in one batch are as each by itself", () => {
  const lengths = [3, 5, 1];
  const layers = [
    new nn.RNN(2, 3, { bidirectional: true, batchFirst: true, dtype }),
    new nn.GRU(2, 3, { layers: 2, bidirectional: true, batchFirst: true, dtype }),
  ];
  const x = drawn(3, 5, 2);
  for (const layer of layers) {
    const [y, last] = layer.forward(x, undefined, { lengths: tensor(lengths, { dtype: "i32" }) });
    for (const [n, length] of lengths.entries()) {
      const [alone, end] = layer.forward(x.at(`${n}:${n + 1}`, `:${length}`));
      expectClose(numbers(y.at(n, `:${length}`)), numbers(alone), 0);
      expect(numbers(y.at(n, `${length}:`)).every((v) => v === 0)).toBe(true);
      expectClose(numbers(last.at(":", n)), numbers(end), 0);
    }
  }
  expect(() =>
    layers[0]!.forward(x, undefined, { lengths: tensor([1, 2], { dtype: "i32" }) }),
  ).toThrow(/lengths/);
});

test("RN-13 one layer of a deep net is the simple net; each layer sees the states of the one below", () => {
  const deep = new nn.RNN(2, 3, { layers: 2, dtype });
  const part = (layer: number, inputs: number): nn.RNN => {
    const one = new nn.RNN(inputs, 3, { dtype });
    one.loadStateDict(
      Object.fromEntries(
        ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => [
          `${name}_l0`,
          deep.weights[`${name}_l${layer}`]!,
        ]),
      ),
    );
    return one;
  };
  const x = drawn(4, 2, 2);
  const [lower] = part(0, 2).forward(x);
  const [upper, last] = part(1, 3).forward(lower);
  const [found, ends] = deep.forward(x);
  expectClose(numbers(found), numbers(upper), 1e-15);
  expectClose(numbers(ends.at(1)), numbers(last.at(0)), 1e-15);
  const single = new nn.RNN(2, 3, { layers: 1, dtype });
  single.loadStateDict(part(0, 2).stateDict());
  expectClose(numbers(single.forward(x)[0]), numbers(lower), 0);
});

test("RN-14 a leaky unit answers an impulse with αᵗ", () => {
  const impulse = tensor([[1], [0], [0], [0], [0]], { dtype });
  const leaky = new nn.Leaky(1, { alpha: 0.8, dtype });
  const expected = [0, 1, 2, 3, 4].map((t) => 0.2 * 0.8 ** t);
  expectClose(numbers(leaky.forward(impulse)), expected, 1e-14);
  expect(Object.keys(leaky.parameters())).toEqual([]);
  // Trained, α goes where the data want it.
  const learnt = new nn.Leaky(2, { alpha: 0.5, trainable: true, dtype });
  const x = drawn(6, 2);
  const loss = (): Tensor => learnt.forward(x).square().sum();
  const [found] = Object.values(gradients(loss(), learnt));
  const start = learnt.logit.snapshot();
  const by = differences((v) => {
    learnt.logit.assign(v);
    return loss();
  }, start);
  expectClose(numbers(found!), by, 1e-8);
  expect(() => new nn.Leaky(1, { alpha: 1 })).toThrow(RangeError);
});

/** The weights of a one-unit LSTM from the pre-activations i, f, g, o as (input, state, bias). */
const lstmOf = (
  gates: Record<"i" | "f" | "g" | "o", readonly [x: number, h: number, b: number]>,
): Record<string, Tensor> => {
  const order = [gates.i, gates.f, gates.g, gates.o];
  return weights({
    weight_ih_l0: order.map(([x]) => [x]),
    weight_hh_l0: order.map(([, h]) => [h]),
    bias_ih_l0: order.map(([, , b]) => b),
    bias_hh_l0: [0, 0, 0, 0],
  });
};
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));

test("RN-15 the textbook's LSTM, whose candidate is a sigmoid, by hand", () => {
  const lstm = new nn.LSTM(1, 1, { candidate: "sigmoid", dtype });
  const gates = { i: [0.5, 1, 0], f: [1, -1, 0.5], g: [2, 0.5, -0.3], o: [-1, 0.2, 0.1] } as const;
  lstm.loadStateDict(lstmOf(gates));
  const xs = [1, -2, 0.5];
  let [h, s] = [0, 0];
  const expected = xs.map((x) => {
    const at = ([u, w, b]: readonly [number, number, number]): number => u * x + w * h + b;
    const [f, g, q, candidate] = [gates.f, gates.i, gates.o, gates.g].map((v) => sigma(at(v)));
    s = f! * s + g! * candidate!;
    h = Math.tanh(s) * q!;
    return h;
  });
  const x = tensor(xs, { dtype }).reshape([3, 1, 1]);
  expectClose(numbers(lstm.forward(x)[0]), expected, 1e-14);
  const standard = new nn.LSTM(1, 1, { dtype });
  standard.loadStateDict(lstm.stateDict());
  expect(numbers(standard.forward(x)[0])).not.toEqual(numbers(lstm.forward(x)[0]));
});

test("RN-16 with f = 1 and i = 0 the memory is kept for ever", () => {
  const lstm = new nn.LSTM(1, 1, { dtype });
  const far = 60;
  lstm.loadStateDict(lstmOf({ i: [0, 0, -far], f: [0, 0, far], g: [1, 1, 0], o: [0, 0, far] }));
  const x = drawn(200, 1, 1);
  const memory = tensor([[[0.73]]], { dtype });
  const [y, [, c]] = lstm.forward(x, [zeros([1, 1, 1], { dtype }), memory]);
  expect(numbers(c)[0]).toBeCloseTo(0.73, 14);
  expect(numbers(y).every((h) => Math.abs(h - Math.tanh(0.73)) < 1e-14)).toBe(true);
  // And so is the gradient.
  const slope = grad((m: Tensor) => lstm.forward(x, [zeros([1, 1, 1], { dtype }), m])[1][1].sum());
  expect(numbers(slope(memory))[0]).toBeCloseTo(1, 14);
  // i, f, g, o: the order of PyTorch (its numbers are in recurrent-golden.test.ts). f = 0, i = 1 writes.
  lstm.loadStateDict(lstmOf({ i: [0, 0, far], f: [0, 0, -far], g: [1, 0, 0], o: [0, 0, far] }));
  const [, [, written]] = lstm.forward(x, [zeros([1, 1, 1], { dtype }), memory]);
  expect(numbers(written)[0]).toBeCloseTo(Math.tanh(numbers(x.at(-1))[0]!), 14);
});

test("RN-17 z = 0 copies h in the notes' form, z = 1 in PyTorch's; r before or behind the product", () => {
  const far = 60;
  for (const [form, z] of [
    ["cho", -far],
    ["pytorch", far],
  ] as const) {
    const gru = new nn.GRU(1, 2, { form, dtype });
    const { bias_ih_l0: bias } = gru.weights;
    bias!.assign(tensor([0, 0, z, z, 0, 0], { dtype }));
    gru.weights.weight_ih_l0!.assign(gru.weights.weight_ih_l0!.mul(0.1));
    const h = drawn(1, 1, 2);
    const [, last] = gru.forward(drawn(50, 1, 1), h);
    expectClose(numbers(last), numbers(h), 1e-14);
    // And the other way the state is the candidate, which lies in (−1, 1), whatever h was.
    bias!.assign(tensor([0, 0, -z, -z, 0, 0], { dtype }));
    const [, fresh] = gru.forward(drawn(1, 1, 1), h.mul(100));
    expect(numbers(fresh).every((v) => Math.abs(v) <= 1)).toBe(true);
  }
  // One unit, by hand: the two forms differ in where r stands, and in what z takes.
  const [x, h, b] = [0.7, -0.4, 0.3];
  const [ur, uz, un, wr, wz, wn] = [0.5, -1, 2, 1.5, 0.3, -0.8];
  const [r, z] = [sigma(ur * x + wr * h), sigma(uz * x + wz * h)];
  const cho = Math.tanh(un * x + wn * (r * h) + b);
  const theirs = Math.tanh(un * x + r * (wn * h + b));
  for (const [form, expected] of [
    ["cho", (1 - z) * h + z * cho],
    ["pytorch", (1 - z) * theirs + z * h],
  ] as const) {
    const cell = new nn.GRUCell(1, 1, { form, dtype });
    cell.loadStateDict(
      weights({
        weight_ih: [[ur], [uz], [un]],
        weight_hh: [[wr], [wz], [wn]],
        bias_ih: [0, 0, 0],
        bias_hh: [0, 0, b],
      }),
    );
    const [input, state] = [tensor([[x]], { dtype }), tensor([[h]], { dtype })];
    expectClose(numbers(cell.forward(input, state)), [expected], 1e-14);
    // A convex combination: its Jacobian by h is what jacobian says.
    expect(jacobian((s: Tensor) => cell.forward(input, s))(state).shape).toEqual([1, 1, 1, 1]);
  }
});
