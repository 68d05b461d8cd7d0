// The row MN-25, eight bits after training; its accuracy on MNIST is in quantization.learning.test.ts.

import { beforeEach, expect, test } from "vitest";
import { DataError } from "../../src/ir/errors.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

beforeEach(() => {
  setDefaultDevice("reference");
  seed(6);
});

const network = (): nn.Sequential =>
  nn.sequential(
    nn.sequential(new nn.Conv2d(2, 3, 3, { padding: 1 }), nn.relu, new nn.MaxPool2d(2)),
    nn.flatten,
    new nn.Dropout(0.5),
    new nn.Linear(12, 4),
  );

test("MN-25 weights and activations come back from bytes within half a step", () => {
  const weight = randn([3, 5]).mul(tensor([[1], [100], [0.01]]));
  const { values, scale } = nn.quantizeWeight(weight);
  expect(values.dtype).toBe("i8");
  const back = values.cast("f32").mul(scale.unsqueeze(1));
  const steps = back.sub(weight).abs().div(scale.unsqueeze(1));
  expect(steps.amax().itemSync()).toBeLessThanOrEqual(0.5001);
  // Each channel uses its whole range.
  expect(new Set(numbers(values.cast("i32").abs().amax({ axis: 1 })))).toEqual(new Set([127]));
  const x = tensor([-0.5, 0, 0.25, 1.5]);
  const range = nn.activationRange(x.amin(), x.amax());
  const q = nn.quantizeActivation(x, range);
  expect(q.dtype).toBe("i32");
  expect(q.at(1).itemSync()).toBe(0); // 0 is 0
  expect(q.cast("f32").mul(range.scale).sub(x).abs().amax().itemSync()).toBeLessThan(1 / 255);
  // 0 is in the range of what is all above it, or all below.
  const [above, below] = [
    nn.activationRange(tensor(2), tensor(5)),
    nn.activationRange(tensor(-5), tensor(-2)),
  ];
  expect([above, below].map(({ scale }) => scale.itemSync())).toEqual([
    Math.fround(5 / 255),
    Math.fround(5 / 255),
  ]);
  expect([above, below].map(({ zero }) => zero.itemSync())).toEqual([0, 255]);
  // Beyond the range it is cut off, whole range within 255 steps.
  const wide = numbers(nn.quantizeActivation(tensor([-9, 9]), range));
  expect(wide[1]! - wide[0]!).toBe(255);
});

test("MN-25 a network in eight bits answers nearly the same, in a quarter of the memory", async () => {
  const model = network();
  const examples = rand([64, 2, 4, 4]);
  const small = await nn.quantize(model, examples);
  expect(model.training).toBe(false);
  const [wanted, found] = [model.forward(examples), small.forward(examples)];
  const error = found.sub(wanted).norm().div(wanted.norm()).itemSync();
  expect(error).toBeLessThan(0.02);
  expect(error).toBeGreaterThan(0);
  const dict = small.stateDict();
  expect(dict["0.0.weight"]?.dtype).toBe("i8");
  expect(dict["3.weight"]?.shape).toEqual([4, 12]);
  // Into a network of other weights the bytes can be loaded.
  const other = await nn.quantize(network(), examples.mul(3));
  expect(numbers(other.forward(examples))).not.toEqual(numbers(found));
  other.loadStateDict(dict);
  expect(numbers(other.forward(examples))).toEqual(numbers(found));
  await expect(nn.quantize(nn.sequential(nn.relu), examples)).rejects.toThrow(DataError);
});

test("MN-25 a convolution on bytes keeps its steps, gaps, borders and groups", () => {
  const options = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 } as const;
  const layer = new nn.Conv2d(4, 6, 3, options);
  const x = randn([2, 4, 7, 6]).add(1); // 0 is not in the middle of the range
  const small = new nn.QuantizedConv2d(layer, nn.activationRange(x.amin(), x.amax()));
  const [wanted, found] = [layer.forward(x), small.forward(x)];
  expect(found.shape).toEqual(wanted.shape);
  expect(found.sub(wanted).norm().div(wanted.norm()).itemSync()).toBeLessThan(0.02);
});

test.each(devicesHere)("MN-25 whole numbers are the same on every device: %s", async (device) => {
  const run = async (): Promise<number[]> => {
    seed(6);
    const examples = rand([8, 2, 4, 4]);
    return numbers((await nn.quantize(network(), examples)).forward(examples));
  };
  const wanted = await run();
  setDefaultDevice(device);
  for (const [i, value] of (await run()).entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
});
