import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { batch } from "../../src/grad/batching.ts";
import { jvp } from "../../src/grad/forward.ts";
import { scanBackward } from "../../src/grad/scan.ts";
import * as b from "../../src/ir/build.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import { type Body, inline, type Node, sortNodes } from "../../src/ir/node.ts";
import type { CallRule, ScanArgs } from "../../src/ir/op.ts";
import { verify } from "../../src/ir/verify.ts";
import { uniforms } from "../ir/ops.samples.ts";
import { evaluate, filled, inner, randomLike } from "./values.ts";

const width = 3;
const steps = 5;

function randoms(shape: readonly number[], seed: number, values: Map<Node, TypedArray>): Node {
  const node = b.input(0, shape, "f64");
  const random = uniforms(seed);
  values.set(
    node,
    filled(
      "f64",
      Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => 2 * random() - 1),
    ),
  );
  return node;
}

/** A gated cell: two carries, one input, two weights and a bias; stacks the state and a gate. */
function gated(inputs: readonly Node[]): Node[] {
  const [h, c, x, u, w, bias] = inputs as [Node, Node, Node, Node, Node, Node];
  const times = (v: Node, m: Node): Node => b.contract(v, [0], m, [0, 1], [1]);
  const gates = b.add(b.add(times(x, u), times(h, w)), b.expand(bias, [2 * width]));
  const at = (k: number): Node => b.sliceAxis(gates, 0, k * width, (k + 1) * width);
  const gate = b.div(b.constant(1, "f64"), b.add(b.constant(1, "f64"), b.exp(b.neg(at(0)))));
  const next = b.add(b.mul(gate, c), b.mul(b.sub(b.constant(1, "f64"), gate), b.tanh(at(1))));
  return [b.mul(b.tanh(next), gate), next, b.mul(next, next), gate];
}

function recurrence(options: { reverse: boolean; checkpoint?: boolean }, length = steps) {
  const values = new Map<Node, TypedArray>();
  const shapes = [[width], [width], [length, 2], [2, 2 * width], [width, 2 * width], [1]];
  const src = shapes.map((shape, i) => randoms(shape, i + 1, values));
  const body = b.body(
    src.map((s, i) => ({ dtype: s.dtype, shape: i === 2 ? [2] : s.shape })),
    gated,
  );
  const arg: ScanArgs = { body, carries: 2, stacked: 1, length, rule: scanBackward, ...options };
  return { arg, src, values, parts: b.scan(arg, src) };
}

/** The same computation without scan. */
function unrolled({ body, carries, length, reverse }: ScanArgs, src: readonly Node[]): Node[] {
  let state = src.slice(0, carries);
  const rows: Node[][] = [];
  for (let k = 0; k < length; k++) {
    const t = reverse ? length - 1 - k : k;
    const row = b.reshape(b.sliceAxis(src[carries] as Node, 0, t, t + 1), [2]);
    const results = inline(body, [...state, row, ...src.slice(carries + 1)]);
    state = results.slice(0, carries);
    rows[t] = results.slice(carries);
  }
  const stacks = (rows[0] as Node[]).map((_, i) =>
    rows
      .map((row, t) => b.pad(b.reshape(row[i] as Node, [1, width]), [t, 0], [length - 1 - t, 0]))
      .reduce((x, y) => b.add(x, y)),
  );
  return [...state, ...stacks];
}

function expectEqual(
  actual: readonly Node[],
  expected: readonly Node[],
  values: Map<Node, TypedArray>,
): void {
  verify([...actual, ...expected]);
  const [a, e] = [evaluate(actual, values), evaluate(expected, values)];
  a.forEach((row, i) => {
    row.forEach((v, k) => {
      expect(v, `result ${i}, element ${k}`).toBeCloseTo(e[i]?.[k] as number, 11);
    });
  });
}

const forms = [
  ["forwards", { reverse: false }],
  ["backwards", { reverse: true }],
  ["with checkpoints", { reverse: false, checkpoint: true }],
] as const;

describe.each(forms)("a scan equals its unrolled form, %s", (_, options) => {
  const { arg, src, values, parts } = recurrence(options);
  const plain = unrolled(arg, src);
  const weights = parts.map((p, i) => randomLike(p, 20 + i, values));
  const gradients = (outputs: readonly Node[]): Node[] => backward(outputs, weights, src) as Node[];

  test("values", () => expectEqual(parts, plain, values));
  test("gradients", () => expectEqual(gradients(parts), gradients(plain), values));
  test("tangents", () => {
    const t = src.map((s, i) => randomLike(s, 30 + i, values));
    expectEqual(jvp(parts, src, t) as Node[], jvp(plain, src, t) as Node[], values);
  });
  test("second and third order", () => {
    const v = src.map((s, i) => randomLike(s, 40 + i, values));
    const again = (g: readonly Node[]): Node[] =>
      backward([inner(g, v)], [b.constant(1, "f64")], src) as Node[];
    const [scanned, expected] = [again(gradients(parts)), again(gradients(plain))];
    expectEqual(scanned, expected, values);
    expectEqual(again(scanned), again(expected), values);
  });
  test("the gradient of a batch", () => {
    const many = src.map((s, i) =>
      i === 0 || i === 2 ? randoms([4, ...s.shape], 50 + i, values) : undefined,
    );
    const wrt = src.map((s, i) => many[i] ?? s);
    const of = (outputs: readonly Node[]): Node[] => {
      const all = batch(outputs, src, many, 4);
      return backward([inner(all, all)], [b.constant(1, "f64")], wrt) as Node[];
    };
    expectEqual(of(parts), of(plain), values);
  });
  test("one output, one source", () => {
    parts.forEach((_, i) => {
      src.forEach((s) => {
        const of = (outputs: readonly Node[]): Node[] =>
          backward([outputs[i] as Node], [weights[i] as Node], [s]) as Node[];
        expectEqual(of(parts), of(plain), values);
      });
    });
  });
});

const scansOf = (outputs: readonly Node[]): Node<"scan">[] =>
  sortNodes(outputs).filter((n) => n.op === "scan") as Node<"scan">[];

describe("what the backward pass costs", () => {
  const gradientOf = (
    options: { reverse: boolean; checkpoint?: boolean },
    length = steps,
  ): Node[] => {
    const { src, parts, values } = recurrence(options, length);
    return backward(
      parts,
      parts.map((p) => randomLike(p, 1, values)),
      src,
    ) as Node[];
  };
  test("the graph does not grow with the number of steps", () => {
    expect(sortNodes(gradientOf({ reverse: false }, 1000)).length).toBe(
      sortNodes(gradientOf({ reverse: false }, 10)).length,
    );
  });
  test("residuals are values of the forward body, each once, not views of weights nor inputs", () => {
    const [forward, reverse] = scansOf(gradientOf({ reverse: false })) as [
      Node<"scan">,
      Node<"scan">,
    ];
    const { body } = forward.arg;
    const stored = body.outputs.slice(4);
    expect(new Set(stored).size).toBe(stored.length);
    expect(body.inputs.filter((x) => stored.includes(x))).toEqual(body.inputs.slice(0, 2));
    // h, c, exp, 1 + exp, the gate, 1 − gate, tanh of the candidate, the next state and its tanh.
    expect(stored.length).toBe(9);
    for (const node of stored) expect(node.shape).toEqual([width]);
    // The recurrent weight is read from where it is; the other is not needed for gradients of carries.
    expect(reverse.src).toContain(forward.src[4]);
  });
  test("gradients of weights and bias are one sum at the end, not carried", () => {
    const gradients = gradientOf({ reverse: false });
    const reverse = scansOf(gradients)[1] as Node<"scan">;
    expect(reverse.arg.carries).toBe(2);
    expect(reverse.arg.body.outputs.every((o) => o.shape.length === 1)).toBe(true);
    const products = sortNodes(gradients).filter((n) => n.op === "contract");
    expect(products.map((n) => n.shape)).toEqual(
      expect.arrayContaining([
        [2, 2 * width],
        [width, 2 * width],
      ]),
    );
  });
  test("with checkpoints they are carried, and nothing grows with the steps but the carries", () => {
    const gradients = gradientOf({ reverse: false, checkpoint: true });
    const reverse = scansOf(gradients)[1] as Node<"scan">;
    expect(reverse.arg.carries).toBe(5);
    // Only the gradient of the rows is stacked.
    expect(reverse.arg.body.outputs.slice(5).map((o) => o.shape)).toEqual([[2]]);
  });
  test("with checkpoints only the carries are stored", () => {
    const [forward] = scansOf(gradientOf({ reverse: false, checkpoint: true })) as [Node<"scan">];
    expect(forward.arg.body.outputs.slice(4)).toEqual(forward.arg.body.inputs.slice(0, 2));
  });
  test("a scan whose derivative needs nothing is not run again", () => {
    const x = b.input(0, [4, 2], "f64");
    const start = b.constant(0, "f64", [2]);
    const body = b.body([start, { shape: [2], dtype: "f64" }], ([s, row]) => [
      b.add(s as Node, row as Node),
    ]);
    const [last] = b.scan(
      { body, carries: 1, stacked: 1, length: 4, reverse: false, rule: scanBackward },
      [start, x],
    ) as [Node];
    expect(scansOf(backward([last], [b.constant(1, "f64", [2])], [x]) as Node[])).toHaveLength(1);
  });
});

describe("bodies", () => {
  const values = new Map<Node, TypedArray>();
  const [h, x, outside] = [
    randoms([2], 1, values),
    randoms([3, 2], 2, values),
    randoms([2], 3, values),
  ];

  test("a rule inside a body may use tensors from outside", () => {
    // y = u², whose rule claims dy/du = sin(outside).
    const rule: CallRule = (_, __, [g]) => [b.mul(g as Node, b.sin(outside))];
    const square: Body = b.body([h], ([u]) => [b.mul(u as Node, u as Node)]);
    const body = b.body([h, { shape: [2], dtype: "f64" }], ([c, row]) => {
      const [y] = b.call({ body: square, kind: "custom", rule }, [c as Node]) as [Node];
      return [b.add(y, row as Node)];
    });
    const [last] = b.scan(
      { body, carries: 1, stacked: 1, length: 3, reverse: false, rule: scanBackward },
      [h, x],
    ) as [Node];
    const [g] = backward([last], [b.constant(1, "f64", [2])], [h]) as [Node];
    const cube = b.mul(b.sin(outside), b.mul(b.sin(outside), b.sin(outside)));
    expectEqual([g], [cube], values);
    // And it has derivatives by them.
    const [second] = backward([g], [b.constant(1, "f64", [2])], [outside]) as [Node];
    expectEqual(
      [second],
      backward([cube], [b.constant(1, "f64", [2])], [outside]) as Node[],
      values,
    );
    const t = b.constant(1, "f64", [2]);
    expectEqual(jvp([last], [h], [t]) as Node[], [cube], values);
  });

  test("a checkpoint inside a body stores its sources, not what it computes", () => {
    const w = randoms([2, 2], 5, values);
    const inside = b.body([h, h, w], ([u, v, m]) => {
      const all = b.contract(b.sin(u as Node), [0], m as Node, [0, 1], [1]);
      return [b.sin(b.mul(all, v as Node))];
    });
    const body = b.body([h, { shape: [2], dtype: "f64" }, w], (src) =>
      b.call({ body: inside, kind: "checkpoint" }, src),
    );
    const arg: ScanArgs = {
      body,
      carries: 1,
      stacked: 1,
      length: 3,
      reverse: false,
      rule: scanBackward,
    };
    const [last] = b.scan(arg, [h, x, w]) as [Node];
    const gradients = backward([last], [b.constant(1, "f64", [2])], [h, x, w]) as Node[];
    const [forward, reverse] = scansOf(gradients) as [Node<"scan">, Node<"scan">];
    expect(forward.arg.body.outputs.slice(1)).toEqual(forward.arg.body.inputs.slice(0, 1));
    // The weight's gradient is carried: stacking its factors would remember what was not to be.
    expect(reverse.arg.carries).toBe(2);
    expect(sortNodes(gradients).some((n) => n.op === "contract")).toBe(false);
  });

  test("no steps: the gradient passes the carries through", () => {
    const rows = randoms([0, 2], 4, values);
    const body = b.body([h, { shape: [2], dtype: "f64" }], ([c, row]) => [
      b.mul(c as Node, row as Node),
      row as Node,
    ]);
    const parts = b.scan(
      { body, carries: 1, stacked: 1, length: 0, reverse: false, rule: scanBackward },
      [h, rows],
    );
    const g = backward(
      parts,
      [b.constant(3, "f64", [2]), b.constant(1, "f64", [0, 2])],
      [h, rows],
    ) as Node[];
    expect(evaluate(g, values)).toEqual([[3, 3], []]);
  });
});
