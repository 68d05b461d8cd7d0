// A report of a run that could have been, for the tests of its page.

import type { ReportData } from "../../src/cli/report-data.ts";

export function sampleReport(changes: Partial<ReportData> = {}): ReportData {
  const pixels = new Uint8Array(16).map((_, i) => i * 17);
  return {
    title: "digits",
    device: "device native (2 threads, AVX2, gcc 12)",
    dataset: "generated digits: 12,000 + 2,000",
    date: "2026-11-20T16:05:00Z",
    seconds: 93.4,
    config: [{ name: "lr", value: "0.001" }],
    parameters: [
      { name: "0.weight", shape: [2, 1, 3, 3], count: 18 },
      { name: "0.bias", shape: [2], count: 2 },
    ],
    history: {
      samples: Array.from({ length: 100 }, (_, i) => ({
        step: i + 1,
        epoch: (i + 1) / 50,
        loss: 2.3 * Math.exp(-i / 20),
      })),
      epochs: [
        { epoch: 1, trainLoss: 0.9, trainAccuracy: 0.8, validationAccuracy: 0.9, seconds: 4 },
        { epoch: 2, trainLoss: 0.2, trainAccuracy: 0.95, validationAccuracy: 0.97, seconds: 4 },
      ],
    },
    test: { accuracy: 0.99996, loss: 0.02, examples: 100_000 },
    confusion: {
      classes: ["cat", "dog"],
      counts: [
        [98, 2],
        [7, 93],
      ],
    },
    firstLayer: {
      name: "0.weight",
      count: 2,
      channels: 1,
      height: 3,
      width: 3,
      values: new Float32Array(18).map((_, i) => (i - 9) / 9),
    },
    mistakes: [
      { height: 4, width: 4, pixels, label: "dog", prediction: "cat", probability: 0.987 },
    ],
    kernels: [
      { label: "relu", ms: 10, runs: 100, share: 0.1, flops: 1e4, bytes: 2e5 },
      { label: "contract", ms: 90, runs: 100, share: 0.9, flops: 9e7, bytes: 4e6 },
    ],
    versions: [{ name: "hebb", value: "0.1.0" }],
    ...changes,
  };
}
