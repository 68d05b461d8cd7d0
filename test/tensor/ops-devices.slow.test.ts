// Every row of ops.samples.ts in f64 on native: values and gradients against PyTorch's.

import { expect, test } from "vitest";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { wrongOps } from "./golden-ops.ts";

test("native: f64, with gradients", (context) => {
  if (!devicesHere.includes("native")) context.skip("there is no C compiler here");
  setDefaultDevice("native");
  expect(wrongOps("f64")).toEqual([]);
});
