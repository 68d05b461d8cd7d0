// Numbers for tests of layers, drawn once, and derivatives by central differences.

import { tensor } from "../../src/tensor/create.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

export const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

/** Numbers that are drawn once. */
export function drawn(...shape: number[]): Tensor {
  const x = randn(shape, { dtype: "f64" });
  x.dataSync();
  return x;
}

/** The derivative of f at x by central differences. */
export function differences(f: (x: Tensor) => Tensor, x: Tensor, step = 1e-5): number[] {
  const values = x.dataSync("f64");
  return [...values].map((_, i) => {
    const at = (by: number): number => {
      const moved = values.slice();
      moved[i]! += by;
      return f(tensor(moved, { shape: x.shape })).itemSync();
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}
