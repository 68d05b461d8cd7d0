// How far devices drift apart in training: they take sums in other orders and round fma their own way.

import { expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import { tasks, train } from "../support/drift.ts";

/** The slow tests, which import this file, take the larger one. */
const name = process.env.HEBB_TESTS === "slow" ? "gpt" : "mlp";

test(`after 3 steps of a small ${name}, all devices agree to 1e-5`, async () => {
  const runs = [];
  for (const device of devicesHere)
    runs.push(await train(device, tasks[name], { steps: 3, optimizer: "SGD" }));
  const [first, ...others] = runs as [(typeof runs)[0], ...typeof runs];
  for (const other of others) {
    other.losses.forEach((loss, i) => {
      expect(Math.abs(loss / (first.losses[i] as number) - 1)).toBeLessThan(1e-5);
    });
    other.weights.forEach((weights, i) => {
      const mine = first.weights[i] as Float32Array;
      const most = Math.max(...mine.map(Math.abs));
      const apart = Math.max(...weights.map((w, j) => Math.abs(w - (mine[j] as number))));
      expect(apart / most).toBeLessThan(1e-5);
    });
  }
  expect(others.length).toBe(devicesHere.length - 1);
});
