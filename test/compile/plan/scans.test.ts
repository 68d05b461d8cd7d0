// A scan's loop: what it carries, stacks and reads a slice at a time lies where no turn disturbs it.

import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import { convolution as form } from "../../../src/compile/lower/convolution-kernel.ts";
import { loop } from "../../../src/compile/plan/loop.ts";
import * as b from "../../../src/ir/build.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";

const target: Target = {
  vectorBytes: 16,
  vectorRegisters: 16,
  mixedWidths: false,
  fma: true,
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
};
const size = 64;
const input = (slot: number, ...shape: number[]): Node => b.input(slot, shape, "f32");
const number = (value: number): Node => b.constant(value, "f32");
const sliding = { size: 3, stride: 1, dilation: 1, form };
const numbers = (n: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i));

function check(inputs: readonly Node[], outputs: readonly Node[]): void {
  const values = new Map(inputs.map((n) => [n, numbers(n.shape.reduce((p, d) => p * d, 1))]));
  const want = interpret(outputs, (n) => values.get(n));
  const got = evaluateOn(target, inputs, outputs, values);
  outputs.forEach((o, i) => {
    expect(disagreement(o, got[i] as never, want[i] as never)).toBeUndefined();
  });
}

/** Turns of several kernels each, with values between them that want memory. */
function turns(length: number, reverse: boolean): { inputs: Node[]; parts: Node[] } {
  const [state, xs] = [input(0, size), input(1, length, size)];
  const body = b.body([state, input(1, size)], ([s, x]) => {
    const first = b.keep(b.add(s as Node, x as Node));
    const second = b.keep(b.mul(b.flip(first, [0]), number(0.5)));
    const stacked = b.keep(b.add(second, b.flip(second, [0])));
    return [b.tanh(b.add(first, b.flip(first, [0]))), stacked];
  });
  const arg = { body, carries: 1, stacked: 1, length, reverse, loop };
  return { inputs: [state, xs], parts: b.scan(arg, [state, xs]) };
}

describe.each([false, true])("reversed: %s", (reverse) => {
  test.each([1, 2, 7])(
    "a stacked result read after %d turns has what each turn wrote",
    (length) => {
      const { inputs, parts } = turns(length, reverse);
      const stacked = b.flip(parts[1] as Node, [0, 1]);
      check(inputs, [b.mul(stacked, stacked)]);
    },
  );

  test("the last carry and the stacked results, as they are", () => {
    const { inputs, parts } = turns(5, reverse);
    check(inputs, parts);
  });

  test("a loop in a loop", () => {
    const [state, xs] = [input(0, size), input(1, 3, 4, size)];
    const body = b.body([state, input(1, 4, size)], ([s, x]) => {
      const like = b.body([s as Node, input(1, size)], ([t, y]) => {
        const sum = b.keep(b.add(t as Node, b.flip(y as Node, [0])));
        return [b.tanh(sum), b.keep(b.mul(b.flip(sum, [0]), number(0.5)))];
      });
      const arg = { body: like, carries: 1, stacked: 1, length: 4, reverse, loop };
      const [last, all] = b.scan(arg, [s as Node, x as Node]) as [Node, Node];
      return [last, b.reduce(b.flip(all, [0, 1]), "add", [0])];
    });
    const arg = { body, carries: 1, stacked: 1, length: 3, reverse, loop };
    const parts = b.scan(arg, [state, xs]);
    check([state, xs], [parts[0] as Node, b.exp(b.flip(parts[1] as Node, [1]))]);
  });
});

test("carries that trade places", () => {
  const [p, q] = [input(0, size), input(1, size)];
  const body = b.body([p, q], ([x, y]) => [y as Node, b.add(x as Node, y as Node)]);
  const arg = { body, carries: 2, stacked: 0, length: 9, reverse: false, loop };
  check([p, q], b.scan(arg, [p, q]));
});

test("no turn at all gives the first carry back", () => {
  const { inputs, parts } = turns(0, false);
  const [last, stacked] = parts as [Node, Node];
  const program = compileGraph(
    { inputs, outputs: [last, stacked], constants: [], replaces: [-1, -1] },
    target,
  );
  expect(program.steps.some((s) => s.kind === "loop")).toBe(false);
  check([inputs[0] as Node, inputs[1] as Node], [b.add(last, number(1))]);
});

test("new carries of one kernel, each in the place of an old one that the others read", () => {
  const [p, q, r] = [input(0, size), input(1, size), input(2, 1)];
  const body = b.body([p, q, r], ([x, y, z]) => {
    const sum = b.reduceKeep(b.mul(x as Node, y as Node), "add", [0]);
    const scaled = b.mul(b.add(y as Node, z as Node), number(0.5));
    return [scaled, b.sub(x as Node, b.mul(sum, number(0.01))), b.tanh(sum)];
  });
  const arg = { body, carries: 3, stacked: 0, length: 6, reverse: false, loop };
  check([p, q, r], b.scan(arg, [p, q, r]));
});

describe("what a product copies of a matrix that lasts", () => {
  const rows = 3;
  const matrices = (w: readonly number[]): Node[] => [input(0, rows, 19), input(1, ...w)];
  /** 19 columns, so that no vector ends where the matrix does. */
  function chain(transposed: boolean, length = 4): { inputs: Node[]; parts: Node[] } {
    const inputs = matrices([19, 19]);
    const body = b.body(inputs, ([s, w]) => {
      const product = b.contract(
        s as Node,
        [0, 1],
        w as Node,
        transposed ? [2, 1] : [1, 2],
        [0, 2],
      );
      return [b.tanh(product), product];
    });
    const arg = { body, carries: 1, stacked: 0, length, reverse: false, loop };
    return { inputs, parts: b.scan(arg, inputs) };
  }

  test.each([false, true])("is copied once, before the loop; transposed: %s", (transposed) => {
    const { inputs, parts } = chain(transposed);
    check(inputs, parts);
    const graph = { inputs, outputs: parts, constants: [], replaces: [-1, -1] };
    const kinds = (without: Target["without"]): string[] =>
      compileGraph(graph, { ...target, without }).steps.map((step) =>
        step.kind === "launch" ? step.label : `loop of ${step.steps.length}`,
      );
    const there = kinds(new Set());
    const gone = kinds(new Set(["hoisting"]));
    expect(there.filter((label) => label.includes("pack"))).toHaveLength(1);
    expect(there.findIndex((l) => l.includes("pack"))).toBeLessThan(
      there.findIndex((l) => l.startsWith("loop")),
    );
    expect(there.filter((label) => !label.includes("pack"))).toEqual(gone);
  });

  test("of a matrix that a loop around makes anew", () => {
    const inputs = matrices([19, 19]);
    const outer = b.body(inputs, ([s, w]) => {
      const inner = b.body([s as Node, w as Node], ([t, v]) => [
        b.tanh(b.contract(t as Node, [0, 1], v as Node, [1, 2], [0, 2])),
      ]);
      const arg = { body: inner, carries: 1, stacked: 0, length: 3, reverse: false, loop };
      const [last] = b.scan(arg, [s as Node, w as Node]) as [Node];
      return [last, b.mul(w as Node, number(0.75))];
    });
    const arg = { body: outer, carries: 2, stacked: 0, length: 3, reverse: false, loop };
    check(inputs, b.scan(arg, inputs));
  });

  test("of a matrix that is made just before the loop, whose memory stays", () => {
    const inputs = matrices([19, 19]);
    const made = b.keep(b.exp(b.neg(b.mul(inputs[1] as Node, inputs[1] as Node))));
    const body = b.body([inputs[0] as Node, made], ([s, w]) => {
      const first = b.keep(b.contract(s as Node, [0, 1], w as Node, [1, 2], [0, 2]));
      return [b.tanh(b.contract(first, [0, 1], w as Node, [2, 1], [0, 2])), b.flip(first, [0, 1])];
    });
    const arg = { body, carries: 1, stacked: 0, length: 4, reverse: false, loop };
    const parts = b.scan(arg, [inputs[0] as Node, made]);
    check(inputs, [...parts, b.contract(made, [0, 1], made, [1, 2], [0, 2])]);
  });

  test("of a convolution's kernel", () => {
    const inputs = [input(0, 2, 4, 6, 6), input(1, 4, 4, 3, 3)];
    const body = b.body(inputs, ([s, w]) => {
      const padded = b.pad(s as Node, [0, 0, 1, 1], [0, 0, 1, 1]);
      const lines = b.window(padded, { axis: 2, ...sliding });
      const windows = b.window(lines, { axis: 4, ...sliding });
      const like = b.contract(windows, [0, 1, 2, 4, 3, 5], w as Node, [6, 1, 4, 5], [0, 6, 2, 3]);
      return [b.tanh(like)];
    });
    const arg = { body, carries: 1, stacked: 0, length: 3, reverse: false, loop };
    check(inputs, b.scan(arg, inputs));
  });
});
