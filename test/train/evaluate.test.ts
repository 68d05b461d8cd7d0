import { randn, seed, tensor, useDevice } from "hebb";
import { loader } from "hebb/data";
import * as nn from "hebb/nn";
import { accuracy, evaluate } from "hebb/train";
import { beforeAll, expect, test } from "vitest";
import { bits } from "./small.ts";

beforeAll(() => useDevice("reference"));

test("means over all examples, in evaluation mode, and nothing changes", async () => {
  seed(5);
  const model = nn.sequential(new nn.Linear(3, 4), new nn.Dropout(0.5), new nn.Linear(4, 2));
  const x = randn([7, 3]);
  const y = tensor([0, 1, 1, 0, 1, 0, 1], { dtype: "u8" });
  const before = await bits(model);
  const options = { loss: nn.crossEntropy, metrics: { accuracy } };
  const parts = await evaluate(model, loader({ x, y }, { batchSize: 3 }), options);
  const whole = await evaluate(model, [[x, y] as const], options);
  expect(parts.loss).toBeCloseTo(whole.loss as number, 6);
  expect(parts.accuracy).toBeCloseTo(whole.accuracy as number, 6);
  // Dropout would make two passes differ.
  expect(await evaluate(model, [[x, y] as const], options)).toEqual(whole);
  expect(model.training).toBe(true);
  expect(await bits(model)).toEqual(before);
});

test("a signal ends it with its reason", async () => {
  const model = nn.sequential(new nn.Linear(3, 2));
  const data = [{ x: randn([2, 3]), y: tensor([0, 1], { dtype: "u8" }) }];
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(evaluate(model, data, { loss: nn.crossEntropy, signal })).rejects.toThrow("enough");
});
