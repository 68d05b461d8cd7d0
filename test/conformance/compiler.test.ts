// The compiler against the interpreter: every op's samples with their gradients, and random graphs,
// lowered for narrow, wide and single lanes, with each optimization off and with all off, and run by
// the kernel evaluator.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prefetchLines } from "../../src/compile/lower/prefetch-lines.ts";
import { rowSums } from "../../src/compile/lower/row-sums.ts";
import * as b from "../../src/ir/build.ts";
import type { TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import type { Node } from "../../src/ir/node.ts";
import { allOptimizations, optimizationsOff } from "../../src/ir/optimizations.ts";
import type { Target } from "../../src/render/renderer.ts";
import { type Filled, fillWithGradients } from "../grad/values.ts";
import { samples } from "../ir/ops.samples.ts";
import { disagreement, evaluateOn } from "../support/agreement.ts";
import { randomGraph } from "../support/random-graph.ts";

const target = (vectorBytes: number, mixedWidths: boolean, vectorRegisters: number): Target => ({
  vectorBytes,
  mixedWidths,
  vectorRegisters,
  fma: true,
  ...(vectorBytes > 16 ? { prefetching: prefetchLines(64), rowSums: rowSums(16) } : {}),
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
});
const targets: Readonly<Record<string, Target>> = {
  "1 lane": target(4, false, 16),
  "4 lanes": target(16, false, 16),
  "16 lanes": target(64, true, 32),
};

function check(
  t: Target,
  inputs: readonly Node[],
  outputs: readonly Node[],
  values: Filled["values"],
): void {
  const want = interpret(outputs, (n) => values.get(n));
  const got = evaluateOn(t, inputs, outputs, values);
  outputs.forEach((o, i) => {
    const wrong = disagreement(o, got[i] as never, want[i] as never);
    if (wrong) throw new Error(`output ${i}: ${wrong}`);
  });
}

describe.each(Object.entries(targets))("%s", (_, t) => {
  for (const float of ["f32", "f64"] as const) {
    test.each(samples.map((s) => [s.name, s] as const))(
      `${float} %s, with its gradients`,
      (_name, sample) => {
        const { inputs, outputs, values } = fillWithGradients(sample, float);
        check(t, inputs, outputs, values);
      },
    );
  }

  test.each([1, 6])("rows gathered at indices put together from pieces of %i", (wide) => {
    const x = b.input(0, [4, 9], "f32");
    const end = b.input(1, [4, 1], "i32");
    const each = b.expand(end, [4, wide]);
    const none = [0, 0];
    const at = b.add(b.pad(each, none, [0, wide]), b.pad(b.neg(each), [0, wide], none));
    const read = b.gather(x, b.max(at, b.constant(0, "i32", [4, 2 * wide])), 1);
    const most = b.expand(b.reduceKeep(read, "max", [1]), read.shape);
    const shares = b.exp(b.sub(read, most));
    const values = new Map<Node, TypedArray>([
      [x, Float32Array.from({ length: 36 }, (_, i) => Math.sin(i))],
      [end, Int32Array.from([8, 4, 2, 0])],
    ]);
    check(t, [x, end], [shares, b.reduce(shares, "add", [1])], values);
  });

  test("random graphs", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 }),
        fc.constantFrom("f32", "f64"),
        (tape, float) => {
          const { inputs, outputs, values } = randomGraph(tape, float as "f32" | "f64");
          check(t, inputs, outputs, values);
        },
      ),
      { numRuns: 150 },
    );
    expect.assertions(0);
  });
});

describe.each([...allOptimizations, "all"])("4 lanes without %s", (name) => {
  const t: Target = { ...target(16, false, 16), without: optimizationsOff(`-${name}`) };

  test("every op with its gradients", () => {
    for (const sample of samples) {
      const { inputs, outputs, values } = fillWithGradients(sample, "f32");
      expect(() => check(t, inputs, outputs, values), sample.name).not.toThrow();
    }
  });

  test("random graphs", () => {
    const tapes = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });
    const property = fc.property(tapes, (tape) => {
      const { inputs, outputs, values } = randomGraph(tape, "f32");
      check(t, inputs, outputs, values);
    });
    expect(() => fc.assert(property, { numRuns: 40 })).not.toThrow();
  });
});
