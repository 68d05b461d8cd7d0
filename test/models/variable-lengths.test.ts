// Sequences of many lengths in batches: bucketed, padded and masked, they give what each gives alone.

import { beforeEach, expect, test } from "vitest";
import { BERT, Seq2Seq, TranslationTransformer } from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { bucketByLength, padSequences } from "../../src/text/index.ts";
import { expectClose } from "../nn/golden.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice("reference");
  seed(14);
});

const dtype = "f64";
const sequences = [[3, 1, 4], [1], [5, 2, 5, 3, 5], [2, 4], [3, 5, 1, 2], [4, 4, 1, 5, 2]];
/** What a decoder is told, the same of every sequence. */
const rows = (batch: number): Tensor => tensor([[1, 3, 4]], { dtype: "i32" }).expand([batch, 3]);

/** From padded ids and their lengths to [batch, time or steps, ...]. */
type Run = (ids: Tensor, lengths: Tensor) => Tensor;
const models: Record<string, () => Run> = {
  LSTM: () => {
    const embedding = new nn.Embedding(6, 3, { dtype });
    const lstm = new nn.LSTM(3, 2, { layers: 2, bidirectional: true, batchFirst: true, dtype });
    return (ids, lengths) => lstm.forward(embedding.forward(ids), undefined, { lengths })[0];
  },
  Seq2Seq: () => {
    const sizes = { sourceVocabulary: 6, targetVocabulary: 5, width: 3, hidden: 4, dtype } as const;
    const model = new Seq2Seq(sizes);
    return (ids, lengths) => model.forward(ids, rows(ids.shape[0]!), { lengths });
  },
  TranslationTransformer: () => {
    const layers = { encoderLayers: 1, decoderLayers: 1, dimFeedforward: 8, dtype } as const;
    const model = new TranslationTransformer({ vocabulary: 6, width: 4, heads: 2, ...layers });
    model.eval();
    return (ids, lengths) => model.forward(ids, rows(ids.shape[0]!), { lengths });
  },
  BERT: () => {
    const sizes = { vocabulary: 6, context: 8, width: 4, heads: 2, layers: 1, dtype } as const;
    const model = new BERT(sizes);
    model.eval();
    return (ids, lengths) => model.forward(ids, { mask: nn.paddingMask(lengths, ids.shape[1]!) });
  },
};

test.each(Object.entries(models))("%s in buckets is each sequence alone", (_, make) => {
  const run = make();
  const buckets = bucketByLength(
    sequences.map(({ length }) => length),
    2,
  );
  expect(buckets).toEqual([
    [1, 3],
    [0, 4],
    [2, 5],
  ]);
  for (const bucket of buckets) {
    const { ids, lengths } = padSequences(
      bucket.map((i) => sequences[i]!),
      { size: 7, padding: 5 },
    );
    const together = run(ids, lengths);
    for (const [place, i] of bucket.entries()) {
      const one = padSequences([sequences[i]!]);
      const alone = run(one.ids, one.lengths).at(0);
      const found = together.at(place, `:${alone.shape[0]}`);
      expectClose(found.dataSync(), alone.dataSync(), 1e-13);
    }
  }
});
