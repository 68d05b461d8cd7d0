// The rows of Feed-forward networks: backpropagation by hand against the automatic derivatives, and
// both modes of these.

import { readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { ShapeError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { grad, jacobian, jvp, vjp } from "../../src/tensor/derivatives.ts";
import { explain, realizeSync } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  activations,
  backwardPropagation,
  cheaperMode,
  forwardModeCost,
  forwardPropagation,
  operationCount,
  type PlainNetwork,
  reluLayerDerivatives,
  reverseModeCost,
  rowRecursion,
} from "../../src/theory/index.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { samples } from "../tensor/ops.samples.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];
const f64 = (values: readonly number[]): Tensor => tensor([...values], { dtype });
const labelsOf = (list: readonly number[]): Tensor => tensor(Int32Array.from(list));

beforeEach(() => {
  setDefaultDevice("reference");
  seed(8);
});

/** (f(x + h·eᵢ) − f(x − h·eᵢ))/2h for each i. */
function finiteDifferences(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  const at = numbers(x);
  return at.map((value, i) => {
    const h = 1e-5 * Math.max(1, Math.abs(value));
    const [up, down] = [h, -h].map((step) =>
      f(tensor(Float64Array.from(at.with(i, value + step)), { shape: x.shape })).itemSync(),
    ) as [number, number];
    return (up - down) / (2 * h);
  });
}

/** A network of the module and the same written down for the algorithms. */
function both(
  kind: keyof typeof activations,
  output: nn.OutputUnit,
  sizes: readonly number[] = [4, 5, 3, 3],
): { model: nn.FeedForward; plain: PlainNetwork } {
  const activation = activations[kind];
  const model = new nn.FeedForward(sizes, { activation: (a) => activation.g(a), output, dtype });
  return { model, plain: plainOf(model, kind) };
}
const plainOf = (model: nn.FeedForward, kind: keyof typeof activations): PlainNetwork => ({
  layers: model.layers.map(({ weight, bias }) => ({ weight, bias: bias as Tensor })),
  activation: activations[kind],
  output: model.output,
});
const gradientOf = (model: nn.FeedForward, x: Tensor, y: Tensor): Record<string, Tensor> =>
  gradients(model.loss(x, y), model);

test("FF-02 a feed-forward network has Σ nᵢ·nᵢ₋₁ + nᵢ numbers and computes what is reckoned by hand", () => {
  const { model: counted } = both("relu", nn.linearOutput, [7, 11, 5, 2]);
  const count = Object.values(counted.parameters()).reduce((sum, p) => sum + p.size, 0);
  expect(count).toBe(7 * 11 + 11 + 11 * 5 + 5 + 5 * 2 + 2);
  const model = new nn.FeedForward([2, 2, 1], { dtype });
  model.loadStateDict({
    "layers.0.weight": tensor(
      [
        [1, -2],
        [3, 0.5],
      ],
      { dtype },
    ),
    "layers.0.bias": f64([0.5, -4]),
    "layers.1.weight": tensor([[2, -3]], { dtype }),
    "layers.1.bias": f64([0.25]),
  });
  // a₁ = [1 − 2 + ½, 3 + ½ − 4] = [−½, −½]; at [2, ½]: [1½, 2¼].
  const x = tensor(
    [
      [1, 1],
      [2, 0.5],
    ],
    { dtype },
  );
  expect(numbers(model.forward(x))).toEqual([0.25, 2 * 1.5 - 3 * 2.25 + 0.25]);
  expect(() => new nn.FeedForward([3])).toThrow(ShapeError);
});

test.each(["sigmoid", "tanh", "relu"] as const)(
  "FF-03 forward propagation of algorithm 5 is the network's own forward, with %s",
  (kind) => {
    const { model, plain } = both(kind, nn.softmaxOutput);
    const x = randn([6, 4], { dtype });
    const pass = forwardPropagation(plain, x);
    expectClose(numbers(pass.prediction), numbers(model.forward(x)), 1e-14);
    expect(pass.preActivations.map(({ shape }) => shape[1])).toEqual([5, 3, 3]);
    expect(numbers(pass.activations[0]!)).toEqual(numbers(x));
    expectClose(
      numbers(pass.activations[2]!),
      numbers(activations[kind].g(pass.preActivations[1]!)),
      0,
    );
  },
);

test("FF-04 real values go with the squared error, probabilities with cross-entropy", () => {
  const a = randn([5, 4], { dtype }).mul(50);
  expect(numbers(nn.linearOutput.output(a))).toEqual(numbers(a)); // the identity: unbounded
  const probabilities = nn.softmaxOutput.output(a);
  for (const total of numbers(probabilities.sum({ axis: 1 }))) expect(total).toBeCloseTo(1, 14);
  expect(probabilities.amin().itemSync()).toBeGreaterThanOrEqual(0);
  const y = randn([5, 4], { dtype });
  const squared = a.sub(y).square().sum().div(5).itemSync();
  expect(nn.linearOutput.loss(a, y).itemSync()).toBeCloseTo(squared, 8);
  const labels = labelsOf([0, 3, 1, 1, 2]);
  const small = a.div(50);
  const entropy = nn.softmaxOutput
    .output(small)
    .gather(labels.unsqueeze(1), { axis: 1 })
    .log()
    .mean()
    .neg();
  expect(nn.softmaxOutput.loss(small, labels).itemSync()).toBeCloseTo(entropy.itemSync(), 13);
  // By the pre-activation the loss stays finite where log(softmax) is −∞.
  expect(nn.softmaxOutput.loss(tensor([[0, 5000]], { dtype }), labelsOf([0])).itemSync()).toBe(
    5000,
  );
});

test("FF-05 derivatives of several paths add up: ∂p/∂z = Σ ∂p/∂qₘ·∂qₘ/∂z", () => {
  expect(numbers(grad((x: Tensor) => x.mul(x))(f64([3]).reshape([])))).toEqual([6]);
  const paths = [
    (z: Tensor) => z.sin(),
    (z: Tensor) => z.square(),
    (z: Tensor) => z.mul(3),
    (z: Tensor) => z.exp(),
  ] as const;
  const p = (...q: Tensor[]): Tensor => q[0]!.mul(q[1]!).add(q[2]!.div(q[3]!));
  const z = f64([0.7]).reshape([]);
  const found = grad((at: Tensor) => p(...paths.map((path) => path(at))))(z).itemSync();
  const q = paths.map((path) => path(z));
  const sum = paths.reduce((total, path, m) => {
    const outer = grad((at: Tensor) => p(...q.with(m, at)))(q[m]!).itemSync();
    return total + outer * grad(path)(z).itemSync();
  }, 0);
  expect(found).toBeCloseTo(sum, 14);
});

test("FF-06 at the output of softmax with cross-entropy the gradient is ŷ − e(ℓ) and adds up to 0", () => {
  const a = randn([4, 5], { dtype });
  const labels = labelsOf([2, 0, 4, 2]);
  const loss = (at: Tensor): Tensor => nn.softmaxOutput.loss(at, labels);
  const byHand = nn.softmaxOutput.gradient(a, labels);
  expectClose(numbers(grad(loss)(a)), numbers(byHand), 1e-14);
  expectClose(finiteDifferences(loss, a), numbers(byHand), 1e-9);
  for (const total of numbers(byHand.sum({ axis: 1 }))) expect(Math.abs(total)).toBeLessThan(1e-15);
  // By ŷ itself: −(1/ŷ_ℓ)·e(ℓ).
  const prediction = f64([0.2, 0.5, 0.3]);
  const slope = grad((p: Tensor) => p.log().at(1).neg())(prediction);
  expect(numbers(slope)).toEqual([0, -2, 0]);
  const y = randn([4, 5], { dtype });
  expectClose(
    numbers(grad((at: Tensor) => nn.linearOutput.loss(at, y))(a)),
    numbers(nn.linearOutput.gradient(a, y)),
    1e-15,
  );
});

/** The loss of the rest of a network from a pre-activation or a hidden layer on. */
function rest({ layers, activation, output }: PlainNetwork, from: number, y: Tensor) {
  const fromHidden = (h: Tensor, k: number): Tensor => {
    const a = h.matmul(layers[k]!.weight.T).add(layers[k]!.bias);
    return k === layers.length - 1 ? output.loss(a, y) : fromHidden(activation.g(a), k + 1);
  };
  return {
    fromHidden: (h: Tensor) => fromHidden(h, from),
    fromPreActivation: (a: Tensor) => fromHidden(activation.g(a), from),
  };
}

test("FF-07 hidden layers: ∇h = Wᵀ∇a and ∇a = ∇h ⊙ g′(a) are what differences give, layer by layer", () => {
  const { plain } = both("tanh", nn.softmaxOutput);
  const [x, y] = [randn([2, 4], { dtype }), labelsOf([1, 2])];
  const pass = forwardPropagation(plain, x);
  const back = backwardPropagation(plain, pass, y);
  for (const k of [1, 2]) {
    const after = rest(plain, k, y);
    const hidden = back.activations[k]!;
    expectClose(finiteDifferences(after.fromHidden, pass.activations[k]!), numbers(hidden), 1e-8);
    const inner = back.preActivations[k - 1]!;
    expectClose(
      finiteDifferences(after.fromPreActivation, pass.preActivations[k - 1]!),
      numbers(inner),
      1e-8,
    );
    // The two rules, each on its own.
    const weight = plain.layers[k]!.weight;
    expectClose(numbers(back.preActivations[k]!.matmul(weight)), numbers(hidden), 1e-14);
    const slope = activations.tanh.slope(pass.preActivations[k - 1]!);
    expectClose(numbers(hidden.mul(slope)), numbers(inner), 1e-14);
  }
});

test("FF-08 parameters: ∇W = ∇a·hᵀ, of rank one for one example, and ∇b = ∇a", () => {
  const { plain } = both("sigmoid", nn.linearOutput);
  const [x, y] = [randn([1, 4], { dtype }), randn([1, 3], { dtype })];
  const pass = forwardPropagation(plain, x);
  const back = backwardPropagation(plain, pass, y);
  const lossWith = (k: number, change: Partial<PlainNetwork["layers"][number]>): Tensor => {
    const layers = plain.layers.with(k, { ...plain.layers[k]!, ...change });
    return plain.output.loss(forwardPropagation({ ...plain, layers }, x).preActivations.at(-1)!, y);
  };
  for (const [k, { weight, bias }] of back.layers.entries()) {
    const byWeight = finiteDifferences((w) => lossWith(k, { weight: w }), plain.layers[k]!.weight);
    expectClose(byWeight, numbers(weight), 1e-8);
    expect(numbers(bias)).toEqual(numbers(back.preActivations[k]!));
    // Rank one: every 2 x 2 minor is 0.
    const rows = weight.arraySync() as number[][];
    for (let i = 1; i < rows.length; i++) {
      for (let j = 1; j < rows[0]!.length; j++) {
        const minor = rows[0]![0]! * rows[i]![j]! - rows[0]![j]! * rows[i]![0]!;
        expect(Math.abs(minor)).toBeLessThan(1e-15);
      }
    }
    expect(weight.abs().amax().itemSync()).toBeGreaterThan(1e-6);
  }
});

test.each(["sigmoid", "tanh", "relu", "identity"] as const)(
  "FF-09 backpropagation by hand equals the automatic one in every layer, with %s",
  (kind) => {
    for (const output of [nn.linearOutput, nn.softmaxOutput]) {
      const { model, plain } = both(kind, output);
      const x = randn([6, 4], { dtype });
      const y =
        output === nn.linearOutput ? randn([6, 3], { dtype }) : labelsOf([0, 1, 2, 1, 0, 2]);
      const back = backwardPropagation(plain, forwardPropagation(plain, x), y);
      const automatic = gradientOf(model, x, y);
      // k = L too, which the printed loop leaves out.
      expect(back.layers).toHaveLength(3);
      for (const [k, { weight, bias }] of back.layers.entries()) {
        expectClose(numbers(weight), numbers(automatic[`layers.${k}.weight`]!), 1e-14);
        expectClose(numbers(bias), numbers(automatic[`layers.${k}.bias`]!), 1e-14);
      }
      expect(back.layers[2]!.weight.abs().amax().itemSync()).toBeGreaterThan(0.01);
      const byInput = grad((at: Tensor) => model.loss(at, y))(x);
      expectClose(numbers(back.activations[0]!), numbers(byInput), 1e-14);
    }
  },
);

test("FF-10 Jacobians of a composition multiply; rows by vjp and columns by jvp make them up", () => {
  const w = randn([5, 3], { dtype });
  const f = (x: Tensor): Tensor => w.matmul(x).tanh(); // ℝ³ → ℝ⁵
  const g = (z: Tensor): Tensor => z.at("1:").mul(z.at(":-1")); // ℝ⁵ → ℝ⁴
  const x = randn([3], { dtype });
  const whole = jacobian((at: Tensor) => g(f(at)))(x); // [4, 3]
  expectClose(numbers(whole), numbers(jacobian(g)(f(x)).matmul(jacobian(f)(x))), 1e-14);
  const unit = (size: number, i: number): Tensor =>
    f64(Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));
  const [, pullback] = vjp((at: Tensor) => g(f(at)), x);
  for (let i = 0; i < 4; i++) {
    expectClose(numbers(pullback(unit(4, i))[0]), numbers(whole.at(i)), 1e-14);
  }
  for (let j = 0; j < 3; j++) {
    const [, column] = jvp((at: Tensor) => g(f(at)), [x], [unit(3, j)]);
    expectClose(numbers(column), numbers(whole.at(":", j)), 1e-14);
  }
  // ∇ₓz = Jᵀ·∇ᵧz
  const v = randn([4], { dtype });
  expectClose(numbers(pullback(v)[0]), numbers(whole.T.matmul(v)), 1e-14);
});

test("FF-11 the recursion of row vectors gives the numbers of algorithm 6", () => {
  const { plain } = both("tanh", nn.softmaxOutput);
  const [x, label] = [randn([4], { dtype }), labelsOf([2])];
  const last = plain.layers.length - 1;
  const chain = plain.layers.flatMap(({ weight, bias }, k) => [
    { map: (z: Tensor, w: Tensor) => w.matmul(z), parameters: weight },
    {
      map: (z: Tensor, b: Tensor) => (k === last ? z.add(b) : z.add(b).tanh()),
      parameters: bias,
    },
  ]);
  const rows = rowRecursion(chain, (a) => plain.output.loss(a.unsqueeze(0), label), x);
  const pass = forwardPropagation(plain, x.unsqueeze(0));
  const back = backwardPropagation(plain, pass, label);
  for (const [k, { weight, bias }] of back.layers.entries()) {
    expectClose(numbers(rows.gradients[2 * k]!), numbers(weight), 1e-14);
    expectClose(numbers(rows.gradients[2 * k + 1]!), numbers(bias), 1e-14);
    expectClose(numbers(rows.rows[2 * k]!), numbers(back.activations[k]!), 1e-14);
  }
  expect(rows.rows).toHaveLength(chain.length + 1);
  expectClose(numbers(rows.values.at(-1)!), numbers(pass.preActivations.at(-1)!), 1e-14);
});

interface Packed {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: (number | string)[];
}
const golden = JSON.parse(
  readFileSync(new URL("../golden/ops.json", import.meta.url), "utf8"),
) as Record<string, { inputs: Packed[]; gradients?: Packed[] }>;

test("FF-12 reverse mode: each smooth operation's gradient is what differences give", () => {
  let seen = 0;
  for (const [name, { run, smooth }] of Object.entries(samples)) {
    const { inputs, gradients: known } = golden[name]!;
    if (!smooth || !known) continue;
    const tensors = inputs.map(({ data, shape, dtype: type }) =>
      tensor(Float64Array.from(data.map(Number)), { shape, dtype: type as "f64" }),
    );
    for (const [argument, { dtype: type }] of inputs.entries()) {
      if (type !== "f64") continue;
      const f = (x: Tensor): Tensor => run(...tensors.with(argument, x)).sum();
      const at = tensors[argument]!;
      const along = tensor(
        Float64Array.from({ length: at.size }, (_, i) => Math.cos(1 + 2 * i)),
        {
          shape: at.shape,
        },
      );
      const h = 1e-6;
      const slope = grad(f)(at).mul(along).sum().itemSync();
      const difference = f(at.add(along.mul(h)))
        .sub(f(at.sub(along.mul(h))))
        .div(2 * h)
        .itemSync();
      const off = Math.abs(slope - difference) / Math.max(1, Math.abs(slope));
      expect(off, `${name}, argument ${argument}`).toBeLessThan(1e-6);
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(80);
});

test("FF-12 a gradient costs at most five forward passes, however many numbers it has", () => {
  setDefaultDevice("wasm"); // whose programs say what they do
  const ratios = [8, 64, 512].map((inputs) => {
    const w = [randn([32, inputs]), randn([16, 32])] as const;
    const x = randn([20, inputs]);
    realizeSync(w, x); // drawing the numbers is not to be counted
    const loss = (first: Tensor): Tensor => x.matmul(first.T).tanh().matmul(w[1].T).square().mean();
    const forward = operationCount(() => loss(w[0]));
    expect(forward).toBeGreaterThan(2 * 20 * 32 * inputs);
    return operationCount(() => grad(loss)(w[0])) / forward;
  });
  for (const ratio of ratios) {
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(5);
  }
});

/** ℝᴺ → ℝᴹ with much work in between. */
const wide = (inputs: number, outputs: number) => {
  const [first, inner, last] = [
    randn([48, inputs], { dtype }),
    randn([48, 48], { dtype }),
    randn([outputs, 48], { dtype }),
  ];
  realizeSync(first, inner, last); // drawing the numbers is not to be counted
  return (x: Tensor): Tensor => last.matmul(inner.matmul(first.matmul(x).tanh()).tanh());
};

test("FF-13 forward mode: J·v, the same Jacobian, and cheaper where there are fewer inputs than outputs", () => {
  setDefaultDevice("wasm"); // whose programs say what they do
  for (const [inputs, outputs] of [
    [2, 24],
    [24, 2],
  ] as const) {
    const f = wide(inputs, outputs);
    const x = randn([inputs], { dtype });
    realizeSync(x);
    const reverse = jacobian(f)(x);
    const forward = jacobian(f, { mode: "forward" })(x);
    expect(forward.shape).toEqual([outputs, inputs]);
    expectClose(numbers(forward), numbers(reverse), 1e-12);
    const v = randn([inputs], { dtype });
    const [value, along] = jvp(f, [x], [v]);
    expectClose(numbers(along), numbers(reverse.matmul(v)), 1e-12);
    // The primal is computed along with the tangent.
    expectClose(numbers(value), numbers(f(x)), 1e-14);
    const cost = {
      forward: operationCount(() => jacobian(f, { mode: "forward" })(x)),
      reverse: operationCount(() => jacobian(f)(x)),
    };
    const mode = cheaperMode({ vertices: 6, edges: 9, inputs, outputs });
    expect(mode).toBe(inputs < outputs ? "forward" : "reverse");
    expect(cost[mode]).toBeLessThan(cost[mode === "forward" ? "reverse" : "forward"] / 2);
  }
  const graph = { vertices: 10, edges: 14, inputs: 3, outputs: 5 };
  expect([reverseModeCost(graph), forwardModeCost(graph)]).toEqual([24 * 5, 3 * 24]);
  expect(cheaperMode({ ...graph, inputs: 5 })).toBe("reverse"); // of equals
  // By any argument, also one that the result does not depend on.
  const g = (a: Tensor, b: Tensor): Tensor => a.outer(b);
  const [a, b] = [f64([1, 2]), f64([3, 4, 5])];
  for (const argument of [0, 1] as const) {
    const columns = jacobian(g, { argument, mode: "forward" })(a, b);
    expect(numbers(columns)).toEqual(numbers(jacobian(g, { argument })(a, b)));
  }
  const none = jacobian((_: Tensor) => f64([1, 2]), { mode: "forward" })(b);
  expect(none.shape).toEqual([2, 3]);
  expect(numbers(none)).toEqual([0, 0, 0, 0, 0, 0]);
});

test("FF-14 of an elementwise operation only the diagonal is computed", () => {
  setDefaultDevice("wasm"); // whose programs say what they do
  const x = f64([-1, 0.5, 2]);
  const f = (at: Tensor): Tensor => at.tanh();
  const slope = x.tanh().square().neg().add(1);
  expectClose(numbers(jacobian(f)(x)), numbers(slope.diag()), 1e-14);
  const v = f64([3, -2, 0.25]);
  const [, pullback] = vjp(f, x);
  expectClose(numbers(pullback(v)[0]), numbers(v.mul(slope)), 1e-14);
  // A matrix of 50,000² would be 2·10¹⁰ bytes.
  const n = 50_000;
  const long = ones([n]);
  const bytes = explain(() => vjp(f, long)[1](long)[0])
    .flatMap(({ steps }) => steps)
    .reduce((sum, { work }) => sum + work.bytes, 0);
  expect(bytes).toBeGreaterThanOrEqual(4 * n);
  expect(bytes).toBeLessThan(10 * 4 * n);
});

test("FF-15 the derivatives of max(0, Wx), entry by entry, away from the kinks", () => {
  const weight = randn([3, 4], { dtype });
  const x = randn([4], { dtype });
  const z = weight.matmul(x);
  expect(z.abs().amin().itemSync()).toBeGreaterThan(1e-3);
  expect(new Set(numbers(z.greater(0).cast(dtype))).size).toBe(2);
  const { byWeight, byInput, byPreActivation } = reluLayerDerivatives(weight, x);
  const layer = (w: Tensor, at: Tensor): Tensor => nn.relu(w.matmul(at));
  expectClose(numbers(byWeight), numbers(jacobian(layer)(weight, x)), 1e-14);
  expectClose(numbers(byInput), numbers(jacobian(layer, { argument: 1 })(weight, x)), 1e-14);
  expectClose(numbers(byPreActivation), numbers(jacobian(nn.relu)(z)), 0);
  for (let k = 0; k < 3; k++) {
    const unit = (w: Tensor, at: Tensor): Tensor => layer(w, at).at(k);
    expectClose(
      finiteDifferences((w) => unit(w, x), weight),
      numbers(byWeight.at(k)),
      1e-9,
    );
    expectClose(
      finiteDifferences((at) => unit(weight, at), x),
      numbers(byInput.at(k)),
      1e-9,
    );
  }
});

test("FF-16 with all indices as one, a tensor's gradient is Σⱼ (∇ₓYⱼ)·∂z/∂Yⱼ", () => {
  const shape = [2, 3, 2, 2];
  const x = randn(shape, { dtype });
  const y = (at: Tensor): Tensor =>
    at
      .square()
      .sum({ axis: [1, 3] })
      .add(at.at(":", 0, ":", 1).sin()); // [2, 2]
  const z = (of: Tensor): Tensor =>
    of
      .mul(f64([1, 2, 3, 4]).reshape([2, 2]))
      .square()
      .sum();
  const found = grad((at: Tensor) => z(y(at)))(x);
  expect(found.shape).toEqual(shape);
  const flat = grad((at: Tensor) => z(y(at.reshape(shape))))(x.flatten());
  expectClose(numbers(found), numbers(flat), 1e-14);
  const byY = grad(z)(y(x)); // ∂z/∂Y: [2, 2]
  const ofY = jacobian(y)(x); // [2, 2, ...shape]
  expectClose(numbers(found), numbers(byY.tensorDot(ofY, 2)), 1e-13);
});

test("FF-17 a fully connected layer with shift λ is the linear layer with bias −λ", () => {
  const layer = new nn.FullyConnected(4, 3, { dtype });
  const linear = new nn.Linear(4, 3, { dtype });
  linear.loadStateDict({ weight: layer.weight, bias: layer.shift.neg() });
  const x = randn([5, 4], { dtype });
  expectClose(numbers(layer.forward(x)), numbers(linear.forward(x).tanh()), 1e-14);
  const [ours, theirs] = [
    gradients(layer.forward(x).square().sum(), layer),
    gradients(linear.forward(x).tanh().square().sum(), linear),
  ];
  expectClose(numbers(ours.shift!), numbers(theirs.bias!.neg()), 1e-14);
  expectClose(numbers(ours.weight!), numbers(theirs.weight!), 1e-14);
});

test("FF-18 with the features frozen the network is linear in w, and solving for w is regression", async () => {
  const features = nn.sequential(new nn.Linear(2, 6, { dtype }), nn.tanh);
  const model = new nn.LearnedFeatures(features, 6, { dtype });
  const x = randn([40, 2], { dtype });
  const y = x
    .at(":", 0)
    .mul(x.at(":", 1))
    .add(randn([40], { dtype }).mul(0.1));
  const at = (w: Tensor): Tensor => {
    model.weight.assign(w);
    return model.forward(x).detach();
  };
  const [u, v] = [randn([6], { dtype }), randn([6], { dtype })];
  const [fu, fv, sum] = [numbers(at(u)), numbers(at(v)), numbers(at(u.mul(2).sub(v)))];
  expectClose(
    sum,
    fu.map((value, i) => 2 * value - fv[i]!),
    1e-13,
  );
  await model.solveWeight(x, y);
  // The normal equations of the regression on φ(x).
  const phi = model.featuresOf(x).detach();
  const residual = model.forward(x).sub(y).detach();
  expect(phi.T.matmul(residual).abs().amax().itemSync()).toBeLessThan(1e-12);
  // There training w alone stands still.
  features.freeze();
  const slope = gradients(nn.mseLoss(model.forward(x), y), model);
  expect(Object.keys(slope)).toEqual(["weight"]);
  expect(slope.weight!.abs().amax().itemSync()).toBeLessThan(1e-13);
});

test("FF-19 on a chain the graph of layers does what Sequential does; skip links make it another function", () => {
  const [first, second] = [new nn.Linear(3, 3, { dtype }), new nn.Linear(3, 3, { dtype })];
  const row = nn.sequential(first, nn.tanh, second);
  const chain = new nn.LayerGraph(
    {
      // Listed out of order: who feeds whom decides.
      out: { layer: second, from: "bent" },
      bent: { layer: nn.tanh, from: "first" },
      first: { layer: first, from: "input" },
    },
    { output: "out" },
  );
  const x = randn([4, 3], { dtype });
  expect(numbers(chain.forward(x))).toEqual(numbers(row.forward(x)));
  expect(chain.order).toEqual(["first", "bent", "out"]);
  const slopes = gradients(chain.forward(x).square().sum(), chain);
  const same = gradients(row.forward(x).square().sum(), row);
  expect(numbers(slopes["nodes.first.layer.weight"]!)).toEqual(numbers(same["0.weight"]!));
  // l → l + 2
  const skipping = new nn.LayerGraph({
    first: { layer: first, from: "input" },
    bent: { layer: nn.tanh, from: "first" },
    out: { layer: second, from: "bent" },
    sum: { layer: (a: Tensor, b: Tensor) => a.add(b), from: ["out", "first"] },
  });
  expectClose(numbers(skipping.forward(x)), numbers(row.forward(x).add(first.forward(x))), 1e-14);
  const circle = { a: { layer: nn.tanh, from: "b" }, b: { layer: nn.tanh, from: "a" } };
  expect(() => new nn.LayerGraph(circle)).toThrow(/feed each other: a → b → a/);
  expect(() => new nn.LayerGraph({ a: { layer: nn.tanh, from: "x" } })).toThrow(
    /there are input, a/,
  );
});
