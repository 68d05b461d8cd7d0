// Groups that are alike are lowered once, and each still takes its own tensors and numbers.
import { expect, it, vi } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import { add, constant, contract, input, mul } from "../../../src/ir/build.ts";
import type { TypedArray } from "../../../src/ir/dtype.ts";
import type { Node } from "../../../src/ir/node.ts";
import type { Program } from "../../../src/ir/program.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { evaluateOn } from "../../support/agreement.ts";

let lowered = 0;
vi.mock("../../../src/compile/lower/lower-group.ts", async (original) => {
  const real = await original<typeof import("../../../src/compile/lower/lower-group.ts")>();
  return {
    lowerGroup: (...args: Parameters<typeof real.lowerGroup>) => {
      lowered++;
      return real.lowerGroup(...args);
    },
  };
});

const target: Target = {
  vectorBytes: 16,
  vectorRegisters: 16,
  mixedWidths: false,
  fma: false,
  cache: { l1: 32 * 1024, l2: 1024 * 1024 },
  without: new Set(),
};

/** The program of some outputs, and how many groups were lowered for it. */
function compiled(
  outputs: readonly Node[],
  inputs: readonly Node[],
  constants: readonly Node[] = [],
): { program: Program; groups: number } {
  lowered = 0;
  const graph = { inputs, outputs, constants, replaces: outputs.map(() => -1) };
  const program = compileGraph(graph, target);
  return { program, groups: lowered };
}

const matrices = (count: number, size = 3): Node[] =>
  Array.from({ length: count }, (_, i) => input(i, [size, size], "f32"));

/** A product of matrices, and the first of them added to it. */
const layer = (x: Node, y: Node): Node => add(contract(x, [0, 1], y, [1, 2], [0, 2]), x);

it("lowers layers of one size once", () => {
  const [a, b, c, d] = matrices(4) as [Node, Node, Node, Node];
  expect(compiled([layer(a, b), layer(c, d), layer(b, d)], [a, b, c, d]).groups).toBe(1);
});

it("lowers anew what differs in size, structure or in which tensors are the same", () => {
  const [a, b, c] = matrices(3) as [Node, Node, Node];
  const [large, other] = [input(3, [5, 5], "f32"), input(4, [5, 5], "f32")];
  const inputs = [a, b, c, large, other];
  expect(compiled([layer(a, b), layer(large, other)], inputs).groups).toBe(2);
  expect(compiled([layer(a, b), mul(layer(a, c), c)], inputs).groups).toBe(2);
  expect(compiled([layer(a, b), layer(c, c)], inputs).groups).toBe(2);
});

it("gives each its own tensors and numbers", () => {
  const inputs = matrices(4, 2);
  const [a, b, c, d] = inputs as [Node, Node, Node, Node];
  const numbers = [constant(2, "f32", [2, 2]), constant(3, "f32", [2, 2])] as const;
  const outputs = [mul(layer(a, b), numbers[0]), mul(layer(c, d), numbers[1])];
  const { program, groups } = compiled(outputs, inputs, numbers);
  expect(groups).toBe(1);
  const jobs = program.steps.flatMap((step) => (step.kind === "launch" ? step.jobs : []));
  expect(jobs.map(({ floats }) => floats)).toEqual([[{ constant: 0 }], [{ constant: 1 }]]);
  const values = new Map<Node, TypedArray>(
    inputs.map((node, i) => [node, Float32Array.of(1, i, 2, 3)]),
  );
  // [[1, 0], [2, 3]] by [[1, 1], [2, 3]], and [[1, 2], [2, 3]] by [[1, 3], [2, 3]].
  const results = evaluateOn(target, inputs, [layer(a, b), layer(c, d)], values);
  expect(results).toEqual([Float32Array.of(2, 1, 10, 14), Float32Array.of(6, 11, 10, 18)]);
});
