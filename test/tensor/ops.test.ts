// Every row of ops.samples.ts against PyTorch's values and gradients, in f64 and f32, through views,
// and against finite differences.

import { readFileSync } from "node:fs";
import { type DType, grad, jvp, stack, type Tensor, tensor, vmap } from "hebb";
import { beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../support/devices.ts";
import { samples } from "./ops.samples.ts";

interface Packed {
  readonly shape: number[];
  readonly dtype: "f64" | "i32" | "bool";
  readonly data: (number | string)[];
}
interface Golden {
  readonly inputs: Packed[];
  readonly output: Packed;
  readonly gradients?: Packed[];
}

const path = new URL("../golden/ops.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Record<string, Golden>;

const numbers = (packed: Packed): number[] => packed.data.map(Number);

function unpack(packed: Packed, float: "f32" | "f64" = "f64"): Tensor {
  const dtype: DType = packed.dtype === "f64" ? float : packed.dtype;
  return tensor(Float64Array.from(numbers(packed)), { shape: packed.shape, dtype });
}

/** Largest error relative to max(1, |expected|); NaN and infinities must be equal. */
function error(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  expected.forEach((e, i) => {
    const a = actual[i] as number;
    if (Number.isNaN(e) || !Number.isFinite(e)) {
      if (!Object.is(a, e)) worst = Infinity;
    } else
      worst = Math.max(
        worst,
        Number.isNaN(a) ? Infinity : Math.abs(a - e) / Math.max(1, Math.abs(e)),
      );
  });
  return worst;
}

/** Weights that the golden gradients were taken with. */
function weighted(y: Tensor): Tensor {
  const n = y.size;
  const w = Float64Array.from({ length: n }, (_, i) => (i + 1) / Math.max(1, n));
  return y.mul(tensor(w, { shape: y.shape })).sum();
}

beforeAll(() => setDefaultDevice("reference"));

test("every golden case has a row and every row a golden case", () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(golden).sort());
});

describe.each(Object.keys(samples))("%s", (name) => {
  const { run, smooth = false, f32 = 2e-6 } = samples[name] as (typeof samples)[string];
  const { inputs, output, gradients } = golden[name] as Golden;

  test("value in f64, shape and type", () => {
    const y = run(...inputs.map((x) => unpack(x)));
    expect(y.shape).toEqual(output.shape);
    expect(y.dtype).toBe(output.dtype);
    expect(error(y.dataSync(), numbers(output))).toBeLessThan(1e-12);
  });

  test("value in f32", () => {
    const y = run(...inputs.map((x) => unpack(x, "f32")));
    expect(y.dtype).toBe(output.dtype === "f64" ? "f32" : output.dtype);
    if (f32 !== null) expect(error(y.dataSync(), numbers(output))).toBeLessThan(f32);
  });

  test("operands that are views", () => {
    // Reversed in memory and seen backwards: the same numbers, strides below zero.
    const views = inputs.map((x) =>
      tensor(unpack(x).flip().dataSync(), { shape: x.shape, dtype: x.dtype }).flip(),
    );
    expect(error(run(...views).dataSync(), numbers(output))).toBeLessThan(1e-12);
  });

  if (gradients) {
    test("gradient, at kinks and extremes too", () => {
      const tensors = inputs.map((x) => unpack(x));
      let next = 0;
      inputs.forEach((packed, argument) => {
        if (packed.dtype !== "f64") return;
        const g = grad((x: Tensor) => weighted(run(...tensors.with(argument, x))))(
          tensors[argument] as Tensor,
        );
        const expected = gradients[next++] as Packed;
        expect(g.shape).toEqual(expected.shape);
        expect(error(g.dataSync(), numbers(expected)), `argument ${argument}`).toBeLessThan(1e-9);
      });
    });
  }

  const argument = inputs.findIndex((x) => x.dtype === "f64");

  if (gradients) {
    test("forward mode agrees with reverse mode", () => {
      const tensors = inputs.map((x) => unpack(x));
      const at = tensors[argument] as Tensor;
      const along = tensor(
        Float64Array.from({ length: at.size }, (_, i) => Math.cos(1 + 2 * i)),
        { shape: at.shape },
      );
      const f = (x: Tensor): Tensor => weighted(run(...tensors.with(argument, x)));
      const forward = jvp(f, [at], [along])[1].itemSync();
      const reverse = grad(f)(at).mul(along).sum().itemSync();
      // A kink's slope is a choice that both make; where it is infinite neither has one.
      if (Number.isFinite(reverse)) expect(error([forward], [reverse])).toBeLessThan(1e-9);
    });
  }

  if (argument >= 0) {
    test("vmap is a loop", () => {
      const tensors = inputs.map((x) => unpack(x));
      const at = tensors[argument] as Tensor;
      // Another input of the same domain: the same numbers in another order.
      const rows = [at, at.flip()];
      const f = (x: Tensor): Tensor => run(...tensors.with(argument, x));
      const looped = rows.map((row) => Array.from(f(row).dataSync()));
      const mapped = vmap(f)(stack(rows));
      expect(mapped.shape).toEqual([2, ...output.shape]);
      expect(error(mapped.dataSync(), looped.flat())).toBeLessThan(1e-12);
    });
  }

  if (smooth) {
    test("second derivative against finite differences of the first", () => {
      const tensors = inputs.map((x) => unpack(x));
      const at = tensors[argument] as Tensor;
      const data = at.dataSync("f64");
      const direction = Float64Array.from(data, (_, i) => Math.cos(1 + 2 * i));
      const slope = (x: Tensor): Tensor =>
        grad((z: Tensor) => weighted(run(...tensors.with(argument, z)).square()))(x);
      const along = tensor(direction, { shape: at.shape });
      const second = grad((x: Tensor) => slope(x).mul(along).sum())(at).dataSync("f64");
      const h = 1e-5;
      const moved = (sign: number): Float64Array =>
        slope(
          tensor(
            data.map((v, i) => v + sign * h * (direction[i] as number)),
            { shape: at.shape },
          ),
        ).dataSync("f64");
      const [up, down] = [moved(1), moved(-1)];
      const expected = Array.from(up, (v, i) => (v - (down[i] as number)) / (2 * h));
      const scale = Math.max(1, ...expected.map(Math.abs));
      expect(error(second, expected) / scale).toBeLessThan(2e-6);
    });
  }
});
