// Steps of recurrences along time: padding leaves the state as it is.

import { beforeEach, expect, test } from "vitest";
import { paddingMask } from "../../../src/nn/attention/masks.ts";
import { GatedStep, MemoryStep, runRecurrence } from "../../../src/nn/sequence/recurrent-cell.ts";
import { tensor } from "../../../src/tensor/create.ts";
import { realizeSync } from "../../../src/tensor/engine.ts";
import { seed } from "../../../src/tensor/generator.ts";
import { randn } from "../../../src/tensor/random.ts";
import { setDefaultDevice } from "../../support/devices.ts";
import { expectClose } from "../golden.ts";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(2);
});

test.each([false, true])("a padded batch is each sequence alone (reverse: %s)", (reverse) => {
  for (const cell of [
    new GatedStep(3, 4, { dtype: "f64" }),
    new MemoryStep(3, 4, { dtype: "f64" }),
  ]) {
    const x = randn([3, 5, 3], { dtype: "f64" }).keep();
    realizeSync(x);
    const lengths = [5, 2, 1];
    const mask = paddingMask(tensor(lengths, { dtype: "i32" }), 5);
    const together = runRecurrence(cell, x, { mask, reverse });
    for (const [i, length] of lengths.entries()) {
      const alone = runRecurrence(cell, x.at(`${i}:${i + 1}`, `:${length}`), { reverse });
      expect(together.state).toHaveLength(cell.stateCount);
      for (const [j, state] of together.state.entries()) {
        expectClose(state.at(i).dataSync(), alone.state[j]!.at(0).dataSync(), 1e-14);
      }
      const outputs = together.outputs.at(i, `:${length}`);
      expectClose(outputs.dataSync(), alone.outputs.at(0).dataSync(), 1e-14);
    }
  }
});
