// The checks that every layer must pass, one row of layers.samples.ts at a time.

import { beforeEach, describe, expect, test } from "vitest";
import { isFloat } from "../../src/ir/dtype.ts";
import * as nn from "../../src/nn/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { stack } from "../../src/tensor/functions.ts";
import { defaultGenerator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";
import { layerSamples } from "./layers.samples.ts";

/** Layers of eight bits: they have no gradients, and no f64. See quantization.test.ts. */
const untrained = ["QuantizedConv2d", "QuantizedLinear"];

/** Ways to move n numbers: one at a time or, where they are more than a few, all at once at random. */
function directions(n: number): Float64Array[] {
  if (n > 6) return Array.from({ length: 4 }, () => randn([n], { dtype: "f64" }).dataSync("f64"));
  return Array.from({ length: n }, (_, at) =>
    Float64Array.from({ length: n }, (_, i) => +(i === at)),
  );
}

test("there is a sample of every layer", () => {
  setDefaultDevice("reference");
  const layers = Object.entries(nn)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof nn.Module)
    .map(([name]) => name)
    .filter((name) => !untrained.includes(name));
  const parts = layerSamples.flatMap((sample) => [...sample.make().modules().values()]);
  const sampled = new Set(parts.map((part) => part.constructor.name));
  expect(layers.filter((name) => !sampled.has(name))).toEqual([]);
});

describe.each(layerSamples.map((sample) => [sample.name, sample] as const))("%s", (_, sample) => {
  beforeEach(() => {
    setDefaultDevice("reference");
    seed(1);
  });

  /** Drawn once, so that they are the same numbers wherever they are used. */
  const others = (): Tensor[] => {
    const drawn = sample.others?.() ?? [];
    realizeSync(drawn);
    return drawn;
  };

  test("gives the shape and the type that it should", () => {
    const y = sample.make().forward(sample.input(), ...others());
    expect(y.shape).toEqual(sample.output);
    expect(y.dtype).toBe("f64");
  });

  test("gradients agree with finite differences", () => {
    const layer = sample.make();
    const x = new Parameter(sample.input());
    const beside = others();
    const start = defaultGenerator().state;
    const weights = randn(sample.output, { dtype: "f64" }).keep();
    weights.dataSync();
    const loss = (): Tensor => {
      // The same mask each time.
      defaultGenerator().state = { ...start, draws: 1000 };
      return layer
        .forward(x, ...beside)
        .mul(weights)
        .sum();
    };
    const cells: Record<string, Parameter> = layer.parameters();
    if (isFloat(x.dtype)) cells.input = x;
    if (Object.keys(cells).length === 0) return;
    const found = gradients(loss(), cells);
    const step = 1e-6;
    for (const [name, cell] of Object.entries(cells)) {
      const [values, slopes] = [cell.dataSync("f64"), found[name]!.dataSync("f64")];
      const ways = directions(values.length);
      const differences = ways.map((way) => {
        const sides = [step, -step].map((by) => {
          const moved = values.map((value, i) => value + by * way[i]!);
          cell.assign(tensor(moved, { shape: cell.shape }));
          return loss();
        });
        return sides[0]!.sub(sides[1]!).div(2 * step);
      });
      cell.assign(tensor(values, { shape: cell.shape }));
      const expected = ways.map((way) =>
        slopes.reduce((sum, slope, i) => sum + slope * way[i]!, 0),
      );
      expectClose(expected, stack(differences).dataSync(), 1e-6, name);
    }
  });

  test("saves and loads strictly", () => {
    const [one, other] = [sample.make(), sample.make()];
    const x = sample.input();
    const beside = others();
    one.forward(x, ...beside);
    other.loadStateDict(one.stateDict());
    expect(Object.keys(other.stateDict())).toEqual(Object.keys(one.stateDict()));
    one.eval();
    other.eval();
    const [same, expected] = [other.forward(x, ...beside), one.forward(x, ...beside)];
    expect(same.dataSync()).toEqual(expected.dataSync());
  });

  test("evaluation is repeatable; training differs only where it should", () => {
    const layer = sample.make();
    const x = sample.input();
    const beside = others();
    const result = () => layer.forward(x, ...beside).dataSync();
    const training = result();
    layer.eval();
    const evaluation = result();
    expect(result()).toEqual(evaluation);
    if (sample.modes) expect(training).not.toEqual(evaluation);
    else expect(training).toEqual(evaluation);
    layer.train();
    const again = result();
    if (sample.random) expect(again).not.toEqual(training);
    else expect(again).toEqual(training);
  });

  test.each(devicesHere)("compiled, with its gradients, as eager on %s", (device) => {
    setDefaultDevice(device);
    const layer = sample.make();
    const x = sample.input();
    const beside = others();
    // The same numbers for both; state moves on in between, so it is put back.
    const before = layer.stateDict();
    x.dataSync();
    const work = (input: Tensor): Record<string, Tensor> => {
      const y = layer.forward(input, ...beside);
      const cells = layer.parameters();
      // Of squares alone, the gradient of a bias behind a normalisation is 0 but for rounding.
      const loss = y.square().add(y).sum();
      const g = Object.keys(cells).length === 0 ? {} : gradients(loss, cells);
      return { ...g, y };
    };
    const start = defaultGenerator().state;
    const results = work(x);
    realizeSync(results);
    const eager = Object.entries(results).map(([name, t]) => [name, t.dataSync()] as const);
    const states = Object.values(layer.stateDict()).map((t) => t.dataSync());
    layer.loadStateDict(before);
    defaultGenerator().state = start;
    const f = compile(work);
    const traced = f(x);
    for (const [name, values] of eager) expectClose(traced[name]!.dataSync(), values, 1e-12, name);
    for (const [i, t] of Object.values(layer.stateDict()).entries()) {
      expectClose(t.dataSync(), states[i]!, 1e-12);
    }
    f(x);
    expect(f.traceCount).toBe(1);
  });
});
