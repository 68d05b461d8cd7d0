// Every row of ops.samples.ts on native: values and, in f64, gradients against PyTorch's.

import { expect, test } from "vitest";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { wrongOps } from "./golden-ops.ts";

test.for(["f32", "f64"] as const)("native: %s", (dtype, context) => {
  if (!devicesHere.includes("native")) context.skip("there is no C compiler here");
  setDefaultDevice("native");
  expect(wrongOps(dtype)).toEqual([]);
});
