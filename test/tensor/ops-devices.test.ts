// Every row of ops.samples.ts on every device of this machine, against PyTorch's values, and in f64 on
// wasm against its gradients. Native's f64, whose kernels take the compiler longest, is in the slow file.

import { expect, test } from "vitest";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { wrongOps } from "./golden-ops.ts";

test.each(devicesHere.filter((d) => d !== "reference"))("%s: f32", (device) => {
  setDefaultDevice(device);
  expect(wrongOps("f32")).toEqual([]);
});

test.each(devicesHere.filter((d) => d === "wasm"))("%s: f64, with gradients", (device) => {
  setDefaultDevice(device);
  expect(wrongOps("f64")).toEqual([]);
});
