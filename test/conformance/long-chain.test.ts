// Graphs that are long rather than wide: cut into kernels that a compiler can digest.

import { expect, test } from "vitest";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

test.each(devicesHere)("a chain of 1,500 elementwise operations on %s", async (name) => {
  setDefaultDevice(name);
  const f = compile((x: Tensor) => {
    let y = x;
    for (let i = 0; i < 750; i++) y = y.mul(0.5).add(1);
    return y;
  });
  expect(Array.from(await f(tensor([0, 2, 100])).data())).toEqual([2, 2, 2]);
});
