// Layers against PyTorch: output, gradients by input and by parameters, and running statistics, of every
// case in a file that a make-*.py in golden/nn wrote.

import { beforeAll, describe, expect, test } from "vitest";
import type * as nn from "../../src/nn/index.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeSymbol } from "../../src/tensor/tree.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "./golden.ts";

interface Case {
  readonly name: string;
  readonly train: boolean;
  readonly repeats: number;
  readonly input: Row;
  readonly integer: boolean;
  readonly state: Record<string, Row>;
  readonly cotangent: Row;
  readonly output: Row;
  readonly inputGradient: Row | null;
  readonly gradients: Record<string, Row>;
  readonly after: Record<string, Row>;
}

/** Makes the layer of a case. */
export type MakeLayer = (dtype: Float) => nn.Module & nn.Layer;

interface Results {
  readonly y: Tensor;
  readonly x: readonly Tensor[];
  readonly parameters: Record<string, Tensor>;
  readonly after: Record<string, Tensor>;
}

/** Everything that a case computes, not yet computed. */
function prepare(c: Case, make: MakeLayer, dtype: Float): Results {
  const layer = make(dtype).train(c.train);
  const cells = new Map([...layer[treeSymbol]()]);
  layer.loadStateDict(
    Object.fromEntries(
      Object.entries(c.state).map(([key, row]) => [
        key,
        tensorOf(row, cells.get(key)!.dtype as Float | "i32"),
      ]),
    ),
  );
  const x = tensorOf(c.input, c.integer ? "i32" : dtype);
  for (let i = 1; i < c.repeats; i++) layer.forward(x);
  const y = layer.forward(x);
  const loss = y.mul(tensorOf(c.cotangent, dtype)).sum();
  const found = gradients(loss, { x: c.integer ? [] : [x], parameters: layer.parameters() });
  return { y, ...found, after: layer.stateDict() };
}

/** Declares the tests of a file of cases; `make` has a layer for each of their names. */
export function describeLayers(path: string, make: Readonly<Record<string, MakeLayer>>): void {
  const cases = golden<Case[]>(path);

  test("every golden layer is made, and every layer made is golden", () => {
    expect(cases.map((c) => c.name).sort()).toEqual(Object.keys(make).sort());
  });

  describe.each(devicesHere)("layers against PyTorch on %s", (device) => {
    describe.each(["f64", "f32"] as const)("%s", (dtype) => {
      const results = new Map<string, Results>();
      const tolerance = tolerances[dtype];

      // All cases are one program: one run of the compiler.
      beforeAll(() => {
        setDefaultDevice(device);
        for (const c of cases) results.set(c.name, prepare(c, make[c.name]!, dtype));
        realizeSync(Object.fromEntries(results));
      });

      test.each(cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
        const { y, x, parameters, after } = results.get(c.name)!;
        expect(y.dtype).toBe(dtype);
        expectTensor(y, c.output, tolerance, "output");
        if (c.inputGradient !== null) expectTensor(x[0]!, c.inputGradient, tolerance, "input");
        expect(Object.keys(parameters)).toEqual(Object.keys(c.gradients));
        for (const [name, row] of Object.entries(c.gradients)) {
          expectTensor(parameters[name]!, row, tolerance, name);
        }
        expect(Object.keys(after)).toEqual(Object.keys(c.after));
        for (const [name, row] of Object.entries(c.after)) {
          expectTensor(after[name]!, row, tolerance, name);
        }
      });
    });
  });
}
