// Connectionist temporal classification, and sequences padded and packed, against PyTorch.

import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, golden, type Row, tensorOf, tolerances } from "./golden.ts";

const values = golden<{
  ctc: {
    options: nn.CTCLossOptions;
    logits: Row;
    targets: number[][];
    steps: number[];
    lengths: number[];
    cotangent: Row;
    output: Row;
    gradient: Row;
  }[];
  sequences: Row[];
  packed: Row;
  batchSizes: number[];
  sortedIndices: number[];
  padded: Row;
  paddedBatchFirst: Row;
}>("nn/sequences.json");

const whole = (data: number[] | number[][]) => tensor(data, { dtype: "i32" });

describe.each(devicesHere)("on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test.each(["f64", "f32"] as const)("ctcLoss in %s", (dtype) => {
    for (const c of values.ctc) {
      const logits = tensorOf(c.logits, dtype);
      const [steps, lengths] = [whole(c.steps), whole(c.lengths)];
      const y = nn.ctcLoss(nn.logSoftmax(logits), whole(c.targets), steps, lengths, c.options);
      const [g] = gradients(y.mul(tensorOf(c.cotangent, dtype)).sum(), [logits]);
      const what = JSON.stringify(c.options);
      expectTensor(y, c.output, tolerances[dtype], what);
      expectTensor(g!, c.gradient, tolerances[dtype], `${what} by the logits`);
    }
  });
});

describe("sequences of several lengths", () => {
  beforeEach(() => setDefaultDevice("reference"));

  const sequences = () => values.sequences.map((row) => tensorOf(row, "f64"));
  const numbers = (all: readonly { arraySync(): unknown }[]) => all.map((t) => t.arraySync());

  test("padded as PyTorch pads them, and back", () => {
    const { padded, lengths } = nn.padSequence(sequences(), { value: 0.5 });
    expectTensor(padded, values.padded, 0);
    expect(lengths.arraySync()).toEqual([2, 5, 3, 1]);
    const { padded: rows } = nn.padSequence(sequences(), { batchFirst: true });
    expectTensor(rows, values.paddedBatchFirst, 0);
    expect(numbers(nn.unpadSequence(padded, [2, 5, 3, 1]))).toEqual(numbers(sequences()));
    expect(numbers(nn.unpadSequence(rows, [2, 5, 3, 1], { batchFirst: true }))).toEqual(
      numbers(sequences()),
    );
  });

  test("packed as PyTorch packs them, and back", () => {
    const packed = nn.packSequence(sequences());
    expectTensor(packed.data, values.packed, 0);
    expect(packed.batchSizes).toEqual(values.batchSizes);
    expect(packed.sortedIndices).toEqual(values.sortedIndices);
    const doubled = nn.unpackSequence({ ...packed, data: packed.data.mul(2) });
    expect(numbers(doubled)).toEqual(numbers(sequences().map((s) => s.mul(2))));
  });

  test("a recurrent layer with the lengths gives what each sequence gives alone", () => {
    const layer = new nn.LSTM(2, 3, { dtype: "f64" });
    const { padded, lengths } = nn.padSequence(sequences());
    const [output] = layer.forward(padded, undefined, { lengths });
    for (const [i, one] of nn.unpadSequence(output, [2, 5, 3, 1]).entries()) {
      const [alone] = layer.forward(sequences()[i]!.unsqueeze(1));
      expectTensor(one, { shape: [...one.shape], data: [...alone.dataSync()] as number[] }, 1e-14);
    }
  });

  test("what does not fit is told", () => {
    expect(() => nn.padSequence([])).toThrow(/sequences must not be empty/);
    expect(() => nn.packSequence([tensor([1]), tensor([[1]])])).toThrow(/packSequence/);
    expect(() => nn.unpadSequence(tensor([[1], [2]]), [3])).toThrow(/lengths \[3\]/);
    const packed = nn.packSequence([tensor([1, 2])]);
    expect(() => nn.unpackSequence({ ...packed, data: tensor([1]) })).toThrow(/2 steps/);
  });
});
