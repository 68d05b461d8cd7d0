import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { batch } from "../../src/grad/batching.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import { ShapeError } from "../../src/ir/errors.ts";
import { type Node, sortNodes } from "../../src/ir/node.ts";
import type { CallRule } from "../../src/ir/op.ts";
import { evaluate, filled } from "./values.ts";

const values = new Map<Node, TypedArray>();
function tensor(...numbers: number[]): Node {
  const node = b.input(0, [numbers.length], "f64");
  values.set(node, filled("f64", numbers));
  return node;
}
const run = (node: Node | null | undefined): number[] =>
  evaluate([node as Node], values)[0] as number[];
const ones = (y: Node): Node => b.constant(1, y.dtype, y.shape);
const x = tensor(1, 2);

describe("checkpoint", () => {
  const body = b.body([x], ([u]) => [b.sin(b.sin(u as Node))]);
  const [y] = b.call({ body, kind: "checkpoint" }, [x]) as [Node];
  const gradient = backward([y], [ones(y)], [x])[0] as Node;

  test("the gradient is that of the body", () => {
    const plain = b.sin(b.sin(x));
    expect(run(gradient)).toEqual(run(backward([plain], [ones(plain)], [x])[0]));
  });
  test("the copy starts behind a keep of its own and shares nothing with the forward pass", () => {
    const nodes = sortNodes([gradient]);
    expect(nodes.some((n) => n === y || n.op === "call" || n.op === "part")).toBe(false);
    const users = nodes.filter((n) => n.src.includes(x));
    expect(users.map((n) => n.op)).toEqual(["keep"]);
    const again = backward([y], [ones(y)], [x])[0] as Node;
    expect(sortNodes([again]).find((n) => n.op === "keep")).not.toBe(users[0]);
  });
  test("the gradient pulls the copy in after what it is multiplied with", () => {
    // Sources are computed in order: the incoming gradient comes first, so the copy is not made early.
    const g = b.exp(b.input(1, [2], "f64"));
    const order = sortNodes([backward([y], [g], [x])[0] as Node]).map((n) => n.op);
    expect(order.indexOf("exp")).toBeLessThan(order.indexOf("keep"));
  });
});

describe("custom", () => {
  // y = x², whose rule says that its derivative is 10·g·x; z = Σ has no rule of its own.
  const rule: CallRule = ([u], [y], [g]) => [
    b.add(
      b.mul(b.constant(10, "f64"), b.mul(g as Node, u as Node)),
      b.mul(y as Node, b.constant(0, "f64")),
    ),
  ];
  const square = (u: Node): Node =>
    b.call({ body: b.body([u], ([v]) => [b.mul(v as Node, v as Node)]), kind: "custom", rule }, [
      u,
    ])[0] as Node;

  test("the rule is asked in both directions and at every order", () => {
    const y = square(x);
    expect(run(y)).toEqual([1, 4]);
    const g = backward([y], [ones(y)], [x])[0] as Node;
    expect(run(g)).toEqual([10, 20]);
    expect(run(jvp([y], [x], [tensor(1, 3)])[0])).toEqual([10, 60]);
    expect(run(backward([g], [ones(g)], [x])[0])).toEqual([10, 10]);
  });
  test("a batched rule sums over the batch for what is shared", () => {
    const u = b.input(0, [], "f64");
    const w = b.input(1, [], "f64");
    const product: CallRule = ([a, c], _, [g]) => [
      b.mul(g as Node, c as Node),
      b.mul(b.constant(7, "f64"), b.mul(g as Node, a as Node)),
    ];
    const [y] = b.call(
      {
        body: b.body([u, w], ([a, c]) => [b.mul(a as Node, c as Node)]),
        kind: "custom",
        rule: product,
      },
      [u, w],
    ) as [Node];
    const shared = tensor(5);
    const [many] = batch([b.mul(y, b.constant(1, "f64"))], [u, w], [x, undefined], 2) as [Node];
    values.set(w, filled("f64", [5]));
    expect(run(many)).toEqual([5, 10]);
    const [gx, gw] = backward([many], [ones(many)], [x, w]);
    expect(run(gx)).toEqual([5, 5]);
    expect(run(gw)).toEqual([7 * (1 + 2)]);
    expect(run(shared)).toEqual([5]);
  });
  test("a rule in a batch may use a tensor of the example", () => {
    const u = b.input(0, [], "f64");
    const hidden = b.mul(u, u);
    const secret: CallRule = (_, __, [g]) => [b.mul(g as Node, hidden)];
    const [y] = b.call(
      { body: b.body([u], ([a]) => [b.sin(a as Node)]), kind: "custom", rule: secret },
      [u],
    ) as [Node];
    const [many] = batch([y], [u], [x], 2) as [Node];
    expect(run(backward([many], [ones(many)], [x])[0])).toEqual([1, 4]);
  });
  test("a gradient of another shape is refused; one number stands for all", () => {
    const call = (answer: Node): Node =>
      b.call({ body: b.body([x], ([v]) => [v as Node]), kind: "custom", rule: () => [answer] }, [
        x,
      ])[0] as Node;
    const y = call(tensor(1, 2, 3));
    expect(() => backward([y], [ones(y)], [x])).toThrow(ShapeError);
    expect(run(backward([call(b.constant(4, "f64"))], [ones(x)], [x])[0])).toEqual([4, 4]);
    const none = b.call(
      { body: b.body([x], ([v]) => [v as Node]), kind: "custom", rule: () => [] },
      [x],
    )[0] as Node;
    expect(backward([none], [ones(x)], [x])).toEqual([null]);
  });
});
