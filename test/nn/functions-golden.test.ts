// Activations and losses against PyTorch: results and gradients by every input, ties, zeros and
// infinities among them; each module as its function.

import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "./golden.ts";

interface Case {
  readonly name: string;
  readonly module: string | null;
  readonly options: unknown;
  readonly weight?: Row;
  readonly inputs: readonly Row[];
  readonly integers: readonly boolean[];
  readonly cotangent: Row;
  readonly output: Row;
  readonly gradients: readonly (Row | null)[];
}

type Function = (...args: unknown[]) => Tensor;
type Make = new (options: unknown) => { forward(...inputs: Tensor[]): Tensor };

const functions = nn as unknown as Record<string, Function | Make>;

interface Results {
  readonly y: Tensor;
  readonly gradients: readonly Tensor[];
  readonly ofModule: Tensor | undefined;
}

function prepare(c: Case, dtype: Float): Results {
  const inputs = c.inputs.map((row, i) => tensorOf(row, c.integers[i] ? "i32" : dtype));
  const weight = c.weight === undefined ? {} : { weight: tensorOf(c.weight, dtype) };
  const options = typeof c.options === "object" ? { ...c.options, ...weight } : c.options;
  const ofModule =
    c.module === null
      ? undefined
      : new (functions[c.module] as Make)({ ...(options as object), dtype }).forward(...inputs);
  // Options that only the module has go by its name.
  const y = /^[A-Z]/.test(c.name)
    ? (ofModule as Tensor)
    : (functions[c.name] as Function)(...inputs, ...(isEmpty(options) ? [] : [options]));
  const asked = inputs.filter((_, i) => c.gradients[i] !== null);
  const found = gradients(y.mul(tensorOf(c.cotangent, dtype)).sum(), asked);
  return { y, gradients: found, ofModule };
}

/** leakyRelu takes a number where others take options. */
const isEmpty = (options: unknown): boolean =>
  typeof options === "object" && Object.keys(options as object).length === 0;

const title = (c: Case): string =>
  `${c.name} ${JSON.stringify(c.options)} of ${c.inputs.map((row) => `[${row.shape}]`).join(" ")}`;

describe.each(["activations", "loss-functions"])("%s against PyTorch", (file) => {
  const cases = golden<Case[]>(`nn/${file}.json`);

  describe.each(devicesHere)("on %s", (device) => {
    test.each(["f64", "f32"] as const)("in %s", (dtype) => {
      setDefaultDevice(device);
      // All cases are one program: one run of the compiler.
      const results = cases.map((c) => prepare(c, dtype));
      realizeSync(results);
      for (const [i, c] of cases.entries()) {
        const { y, gradients: found, ofModule } = results[i]!;
        const tolerance = tolerances[dtype];
        expect(y.dtype, title(c)).toBe(dtype);
        expectTensor(y, c.output, tolerance, title(c));
        const expected = c.gradients.filter((row) => row !== null);
        expect(found.length, title(c)).toBe(expected.length);
        for (const [j, row] of expected.entries()) {
          expectTensor(found[j]!, row, tolerance, `${title(c)} by input ${j}`);
        }
        if (ofModule !== undefined) expectTensor(ofModule, c.output, tolerance, `${c.module}`);
      }
    });
  });
});
