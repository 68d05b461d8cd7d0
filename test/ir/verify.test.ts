import { describe, expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import { jvp } from "../../src/grad/forward.ts";
import * as b from "../../src/ir/build.ts";
import type { DType } from "../../src/ir/dtype.ts";
import { CompileError } from "../../src/ir/errors.ts";
import { makeNode, type Node, sortNodes } from "../../src/ir/node.ts";
import { type Op, ops } from "../../src/ir/op.ts";
import { verify } from "../../src/ir/verify.ts";
import { fill, randomLike } from "../grad/values.ts";
import { samples } from "./ops.samples.ts";

describe("samples, their gradients and their tangents are well formed", () => {
  for (const sample of samples) {
    test(sample.name, () => {
      for (const float of ["f32", "f64"] as const) {
        const { inputs, outputs, values } = fill(sample, 1, float);
        verify(outputs, inputs);
        const seeds = outputs.map((y, i) => randomLike(y, i, values));
        const gradients = backward(outputs, seeds, inputs).filter((g) => g !== null);
        const tangents = jvp(outputs, inputs, inputs).filter((t) => t !== null);
        verify([...gradients, ...tangents], [...inputs, ...seeds]);
      }
    });
  }
});

/** The node with something changed, over the same sources. */
function broken(
  node: Node,
  change: { shape?: readonly number[]; dtype?: DType; src?: readonly Node[] },
): Node {
  const { op, src, arg, shape, dtype, parts } = { ...node, ...change };
  return makeNode(op, src, arg as never, shape, dtype, parts);
}

describe("a result of another shape or dtype is refused", () => {
  const free: Op[] = ["const", "iota", "buffer", "input", "scan", "call"];
  for (const sample of samples) {
    if (free.includes(sample.op)) continue;
    test(sample.name, () => {
      const { outputs } = fill(sample, 1, "f32");
      const node = sortNodes(outputs).find((n) => n.op === sample.op) as Node;
      verify([node]);
      expect(() => verify([broken(node, { shape: [...node.shape, 5] })])).toThrow(CompileError);
      if (sample.op !== "cast" && sample.op !== "bitcast") {
        const dtype = node.dtype === "f32" ? "i32" : "f32";
        expect(() => verify([broken(node, { dtype })])).toThrow(CompileError);
      }
      expect(() => verify([broken(node, { src: [...node.src, node.src[0] as Node] })])).toThrow(
        /sources/,
      );
    });
  }
});

describe("arguments and sources", () => {
  const x = b.input(0, [2, 3], "f32");
  const index = b.input(1, [2, 3], "i32");
  const refuse = (node: Node, rule: RegExp): void => expect(() => verify([node])).toThrow(rule);

  test("axes, orders and bounds must exist", () => {
    refuse(makeNode("permute", [x], { order: [0, 0] }, [2, 2], "f32"), /each axis once/);
    refuse(makeNode("iota", [], { axis: 1 }, [3], "i32"), /axis/);
    refuse(makeNode("reduce", [x], { kind: "add", axes: [1, 0] }, [], "f32"), /ascending/);
    refuse(makeNode("reduce", [x], { kind: "add", axes: [] }, [2, 3], "f32"), /at least one/);
    refuse(
      makeNode("slice", [x], { start: [0, 0], stop: [2, 4], step: [1, 1] }, [2, 4], "f32"),
      /within/,
    );
    refuse(
      makeNode(
        "pad",
        [x],
        { before: [0, -1], after: [0, 0], between: [0, 0], value: 0 },
        [2, 2],
        "f32",
      ),
      /count/,
    );
    refuse(
      makeNode("window", [x], { axis: 1, size: 2, stride: 0, dilation: 1 }, [2, 2, 2], "f32"),
      /exist/,
    );
    refuse(makeNode("expand", [x], null, [4, 3], "f32"), /sizes of 1/);
  });
  test("operands must agree", () => {
    refuse(makeNode("add", [x, index], null, [2, 3], "f32"), /one dtype/);
    refuse(makeNode("add", [x, b.input(2, [3], "f32")], null, [2, 3], "f32"), /one shape/);
    refuse(makeNode("exp", [index], null, [2, 3], "i32"), /no operand/);
    refuse(makeNode("and", [x, x], null, [2, 3], "f32"), /no operand/);
    refuse(
      makeNode("add", [b.input(2, [3], "f16"), b.input(3, [3], "f16")], null, [3], "f16"),
      /no operand/,
    );
    refuse(makeNode("where", [index, x, x], null, [2, 3], "f32"), /condition/);
    refuse(makeNode("gather", [x, x], { axis: 0 }, [2, 3], "f32"), /i32/);
    refuse(
      makeNode("reduce", [b.input(2, [3], "u8")], { kind: "add", axes: [0] }, [], "u8"),
      /accumulates/,
    );
    refuse(
      makeNode("contract", [x, x], { a: [0, 1], b: [0, 2], out: [0, 1] }, [2, 3], "f32"),
      /must be kept/,
    );
  });
  test("graphs are closed and bodies fit their sources", () => {
    expect(() => verify([b.exp(x)], [])).toThrow(/not closed/);
    const [last] = b.scan(
      {
        body: b.body([x], ([c]) => [b.sin(c as Node)]),
        carries: 1,
        stacked: 0,
        length: 2,
        reverse: false,
      },
      [x],
    );
    verify([last as Node], [x]);
    const owner = (last as Node).src[0] as Node<"scan">;
    refuse(
      makeNode("scan", [b.input(2, [3], "f32")], owner.arg, [], "f32", owner.parts),
      /input 0 of the body/,
    );
    const open = {
      inputs: owner.arg.body.inputs,
      outputs: [b.add(owner.arg.body.outputs[0] as Node, x)],
    };
    refuse(
      makeNode("scan", [x], { ...owner.arg, body: open }, [], "f32", owner.parts),
      /not closed/,
    );
    refuse(makeNode("exp", [owner], null, [], "f32"), /read through part/);
    refuse(
      makeNode("call", [x], { body: owner.arg.body, kind: "custom" }, [], "f32", owner.parts),
      /needs its rule/,
    );
  });
  test("the table of arities", () => {
    expect(Object.values(ops).filter((o) => o.arity === -1)).toHaveLength(2);
  });
});
