// The devices against the interpreter: random graphs, many to one compilation unit, and every op's
// samples with their gradients. A graph that disagrees is shrunk on its own.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Device } from "../../src/device/device.ts";
import { deviceNamed } from "../../src/device/devices.ts";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import { arrayOf, type TypedArray } from "../../src/ir/dtype.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { type Node, sortNodes } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import { fillWithGradients } from "../grad/values.ts";
import { samples, uniforms } from "../ir/ops.samples.ts";
import { disagreement, runOn } from "../support/agreement.ts";
import { devicesHere } from "../support/devices.ts";
import { randomGraph } from "../support/random-graph.ts";

interface Case {
  readonly name: string;
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly values: ReadonlyMap<Node, TypedArray>;
}

/** All cases as one graph, so that their kernels are built together; what disagrees, by name. */
function failures(device: Device, cases: readonly Case[]): string[] {
  const values = new Map(cases.flatMap((c) => [...c.values]));
  const outputs = cases.flatMap((c) => c.outputs);
  const got = runOn(device, [...values.keys()], outputs, values);
  const want = interpret(outputs, (n) => values.get(n));
  let at = 0;
  return cases.flatMap((c) =>
    c.outputs.flatMap((o) => {
      const wrong = disagreement(o, got[at] as TypedArray, want[at++] as TypedArray);
      return wrong ? [`${c.name}: ${wrong}`] : [];
    }),
  );
}

const compiled = devicesHere.filter((d) => d !== "reference");

describe.each(compiled)("%s", (name) => {
  const device = deviceNamed(name);

  test.each(["f32", "f64"] as const)("every op in %s, with its gradients", (float) => {
    const cases = samples.map(
      (sample): Case => ({ name: sample.name, ...fillWithGradients(sample, float) }),
    );
    expect(failures(device, cases)).toEqual([]);
  });

  test("layers of an empty batch, with their gradients", () => {
    const [x, w] = [b.input(0, [0, 4], "f32"), b.input(1, [4, 3], "f32")];
    const [image, filter] = [b.input(2, [0, 2, 5], "f32"), b.input(3, [3, 2, 2], "f32")];
    const windows = b.window(image, { axis: 2, size: 2, stride: 1, dilation: 1 });
    const index = b.input(4, [0], "i32");
    const outputs = [
      b.contract(x, [0, 1], w, [1, 2], [0, 2]),
      b.contract(windows, [0, 1, 2, 3], filter, [4, 1, 3], [0, 4, 2]),
      b.scatter(b.input(5, [0], "f32"), index, b.cast(index, "f32"), 0, "add"),
    ];
    const inputs = [x, w, image, filter];
    const ones = outputs.map((o) => b.constant(1, "f32", o.shape));
    const gradients = backward(outputs, ones, inputs) as Node[];
    const values = new Map(
      sortNodes(outputs)
        .filter((n) => n.op === "input")
        .map((n) => [n, arrayOf(n.dtype, sizeOf(n.shape))]),
    );
    const name = "empty";
    expect(
      failures(device, [{ name, inputs, outputs: [...outputs, ...gradients], values }]),
    ).toEqual([]);
  });

  test.each(["f32", "f64"] as const)("random graphs in %s", (float) => {
    const random = uniforms(Number(process.env.HEBB_TEST_SEED ?? 20261120));
    const tapes = Array.from({ length: 30 }, () =>
      Array.from({ length: 50 }, () => Math.floor(random() * 1000)),
    );
    const cases = tapes.map(
      (tape, i): Case => ({ name: `graph ${i}`, ...randomGraph(tape, float) }),
    );
    const wrong = failures(device, cases);
    if (wrong.length === 0) return;
    // Shrink the first that fails.
    const at = Number((/graph (\d+)/.exec(wrong[0] as string) as RegExpExecArray)[1]);
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 50 }), (tape) => {
        expect(failures(device, [{ name: "shrunk", ...randomGraph(tape, float) }])).toEqual([]);
      }),
      {
        examples: [[tapes[at] as number[]]],
        numRuns: 1,
        interruptAfterTimeLimit: 20_000,
        markInterruptAsFailure: true,
      },
    );
    throw new Error(`only wrong together: ${wrong.join("; ")}`);
  });
});
