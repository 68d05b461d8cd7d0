// Recall from a memory: what one hop finds asks the next.

import { beforeEach, describe, expect, test } from "vitest";
import { associativeRecall } from "../../../src/nn/index.ts";
import { eye, tensor } from "../../../src/tensor/create.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../../support/devices.ts";
import { expectClose } from "../golden.ts";

beforeEach(() => setDefaultDevice("reference"));

describe("SA-12 recursive associative recall", () => {
  // Things 0 … 4; each leads to the next.
  const things = eye(5, { dtype: "f64" });
  const [keys, values] = [things, things.roll(-1, { axis: 0 })];

  test.each([true, false])("q leads to a in one hop, and to b in two (hard: %s)", (hard) => {
    // Softmax picks one value where scores are sharp.
    const scaled = hard ? keys : keys.mul(1000);
    const recall = (hops: number) =>
      associativeRecall(things.at(1), scaled, values, { hops, hard }).dataSync();
    expectClose(recall(1), things.at(2).dataSync(), 1e-12);
    expectClose(recall(2), things.at(3).dataSync(), 1e-12);
    expectClose(recall(0), things.at(1).dataSync(), 0);
  });

  test.each([true, false])("cells that a mask leaves out are not found (hard: %s)", (hard) => {
    const query = things.at(1).add(things.at(3).mul(0.5));
    const mask = tensor([true, false, true, true, true]);
    const recall = (options: { mask?: Tensor }) =>
      associativeRecall(query, keys.mul(1000), values, { hard, ...options }).dataSync();
    expectClose(recall({}), things.at(2).dataSync(), 1e-12);
    expectClose(recall({ mask }), things.at(4).dataSync(), 1e-12);
    // Of none there is nothing.
    const none = tensor([false, false, false, false, false]);
    expectClose(recall({ mask: none }), [0, 0, 0, 0, 0], 0);
  });

  test("a batch of memories, and an update of one's own", () => {
    const query = things.at(":2");
    const memories = keys.expand([2, 5, 5]);
    const found = associativeRecall(query, memories, values.expand([2, 5, 5]), {
      hops: 2,
      hard: true,
      update: (q, each, hop) => (hop === 0 ? each : q.add(each)),
    });
    const expected = things.at("1:3").add(things.at("2:4"));
    expect(found.arraySync()).toEqual(expected.arraySync());
  });
});
