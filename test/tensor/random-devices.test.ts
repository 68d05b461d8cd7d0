// One seed, the same numbers on every device: bits, integers and uniforms bit for bit, normals within
// 8 units in the last place or 1e-6.

import {
  bernoulli,
  normal,
  permutation,
  rand,
  randint,
  randn,
  randomBits,
  seed,
  type Tensor,
  uniform,
} from "hebb";
import { describe, expect, test } from "vitest";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const n = 3001;
const exact: Record<string, () => Tensor> = {
  bits: () => randomBits([n]),
  "bits of another shape": () => randomBits([7, 11, 3]),
  rand: () => rand([n]),
  "rand f64": () => rand([n], { dtype: "f64" }),
  "uniform around 0": () => uniform([n], { low: -0.3, high: 0.7 }),
  "uniform far from 0": () => uniform([n], { low: 1000, high: 1003.3 }),
  "uniform f64": () => uniform([n], { low: -Math.E, high: Math.PI, dtype: "f64" }),
  randint: () => randint([n], { low: -7, high: 1_000_003 }),
  permutation: () => permutation(n),
  bernoulli: () => bernoulli(0.37, { shape: [n] }),
};
const close: Record<string, () => Tensor> = {
  randn: () => randn([n]),
  "randn f64": () => randn([n], { dtype: "f64" }),
  normal: () => normal([n], { mean: 3, std: 0.1 }),
};

function on(device: (typeof devicesHere)[number], make: () => Tensor): number[] {
  setDefaultDevice(device);
  seed(123_456_789_012);
  return Array.from(make().dataSync());
}

describe.each(devicesHere.filter((d) => d !== "reference"))("%s against reference", (device) => {
  test.each(Object.keys(exact))("%s: bit for bit", (name) => {
    const make = exact[name] as () => Tensor;
    expect(on(device, make)).toEqual(on("reference", make));
  });

  test.each(Object.keys(close))("%s: within 8 units in the last place or 1e-6", (name) => {
    const make = close[name] as () => Tensor;
    const expected = on("reference", make);
    const unit = name.includes("f64") ? 2 ** -52 : 2 ** -23;
    const wrong = on(device, make).filter((v, i) => {
      const e = expected[i] as number;
      return !(Math.abs(v - e) <= Math.max(1e-6, 8 * unit * Math.abs(e)));
    });
    expect(wrong).toEqual([]);
  });
});
