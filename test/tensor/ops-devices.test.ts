// Every row of ops.samples.ts on wasm, against PyTorch's values and, in f64, gradients. Native, whose
// compiler takes longest for them, is in the slow file; conformance/devices.test.ts holds all devices
// against the interpreter.

import { expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";
import { wrongOps } from "./golden-ops.ts";

test.each(["f32", "f64"] as const)("wasm: %s", (dtype) => {
  setDefaultDevice("wasm");
  expect(wrongOps(dtype)).toEqual([]);
});
