// The rows of ops.samples.ts with their golden values, as checks of many operations in one program a
// type: what the tests on devices share.

import { readFileSync } from "node:fs";
import { type DType, grad, realizeSync, type Tensor, tensor } from "hebb";
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

function unpack(packed: Packed, float: "f32" | "f64"): Tensor {
  const dtype: DType = packed.dtype === "f64" ? float : packed.dtype;
  return tensor(Float64Array.from(packed.data.map(Number)), { shape: packed.shape, dtype });
}

function error(actual: ArrayLike<number>, expected: readonly number[]): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((e, i) => {
    const a = actual[i] as number;
    const same = Number.isFinite(e)
      ? Math.abs(a - e) / Math.max(1, Math.abs(e))
      : Object.is(a, e)
        ? 0
        : Number.NaN;
    worst = Number.isNaN(same) ? Number.POSITIVE_INFINITY : Math.max(worst, same);
  });
  return worst;
}

interface Check {
  readonly what: string;
  readonly result: Tensor;
  readonly expected: number[];
  readonly bound: number;
}

/** The value and, in f64, the gradients of one row. */
function checksOf(name: string, float: "f32" | "f64"): Check[] {
  const { run, f32 = 2e-6 } = samples[name] as (typeof samples)[string];
  const { inputs, output, gradients } = golden[name] as Golden;
  const tensors = inputs.map((x) => unpack(x, float));
  const bound = float === "f64" ? 1e-11 : (f32 ?? Number.POSITIVE_INFINITY) * 4;
  const checks: Check[] = [
    { what: name, result: run(...tensors), expected: output.data.map(Number), bound },
  ];
  if (float === "f32") return checks;
  let next = 0;
  inputs.forEach((packed, argument) => {
    const expected = packed.dtype === "f64" ? gradients?.[next++] : undefined;
    if (expected === undefined) return;
    const weighted = (x: Tensor): Tensor => {
      const y = run(...tensors.with(argument, x));
      const w = Float64Array.from({ length: y.size }, (_, i) => (i + 1) / Math.max(1, y.size));
      return y.mul(tensor(w, { shape: y.shape })).sum();
    };
    checks.push({
      what: `${name}, gradient of argument ${argument}`,
      result: grad(weighted)(tensors[argument] as Tensor),
      expected: expected.data.map(Number),
      bound: 1e-8,
    });
  });
  return checks;
}

const names = Object.keys(samples);

/** What is wrong in the values (in f64 the gradients too) of all rows on the default device. */
export function wrongOps(float: "f32" | "f64", groups = 8): string[] {
  const wrong: string[] = [];
  for (let g = 0; g < groups; g++) {
    const group = names.filter((_, i) => i % groups === g);
    const checks = group.flatMap((name) => checksOf(name, float));
    realizeSync(...checks.map((c) => c.result));
    for (const { what, result, expected, bound } of checks) {
      const off = error(result.dataSync(), expected);
      if (!(off < bound)) wrong.push(`${what}: ${off}`);
    }
  }
  return wrong;
}
