// What losses refuse: shapes that differ, since a loss that broadcasts is a mistake, and options.

import { tensor, zeros } from "../../../src/tensor/create.ts";
import { each, type Refusal, type Refusals } from "./refusal.ts";

const reduction = each("average", 0);
const eps = each(-1, Number.NaN);
const margin = Number.NaN;
const x = () => zeros([3, 4]);
const pairs = () => [
  [x(), zeros([3])],
  [x(), zeros([3, 1])],
  [x(), zeros([4, 3])],
];
const pair: Refusal = { refuses: { reduction }, inputs: pairs };
const ofTwo = (refuses: Refusal["refuses"]): Refusal => ({
  refuses: { ...refuses, reduction },
  inputs: pairs,
});
const labels = (...ids: number[]) => tensor(ids, { dtype: "i32" });
const classes = () => [
  [x(), labels(0, 1)],
  [x(), zeros([3, 5])],
  [zeros([]), labels(0)],
];

export const losses: Refusals = {
  BCELoss: pair,
  BCEWithLogitsLoss: pair,
  CTCLoss: {
    refuses: { reduction, blank: each(-1, 0.5) },
    inputs: () => [
      [x(), zeros([3, 1], { dtype: "i32" }), labels(1), labels(1)],
      [zeros([4, 1, 3]), zeros([2, 1], { dtype: "i32" }), labels(1), labels(1)],
      [zeros([4, 1, 3]), zeros([1, 1], { dtype: "i32" }), labels(1, 1), labels(1)],
      [zeros([4, 1, 3]), zeros([1, 1]), labels(1), labels(1)],
    ],
  },
  CosineEmbeddingLoss: {
    refuses: { reduction, margin },
    inputs: () => [
      [x(), zeros([3, 5]), zeros([3])],
      [x(), x(), zeros([4])],
    ],
  },
  CosineSimilarity: {
    refuses: { axis: 0.5, eps },
    inputs: () => [
      [x(), zeros([3, 5])],
      [zeros([]), zeros([])],
    ],
  },
  CrossEntropyLoss: {
    refuses: { reduction, labelSmoothing: each(-0.1, 1.5), ignoreIndex: 0.5 },
    inputs: classes,
  },
  GaussianNLLLoss: {
    refuses: { reduction, eps },
    inputs: () => [
      [x(), zeros([3]), x()],
      [x(), x(), zeros([5])],
    ],
  },
  HingeEmbeddingLoss: ofTwo({ margin }),
  HingeLoss: pair,
  HuberLoss: ofTwo({ delta: each(0, -1) }),
  KLDivLoss: pair,
  L1Loss: pair,
  MSELoss: pair,
  MarginRankingLoss: {
    refuses: { reduction, margin },
    inputs: () => [
      [x(), zeros([3]), x()],
      [x(), x(), zeros([3])],
    ],
  },
  MultiLabelMarginLoss: pair,
  MultiLabelSoftMarginLoss: pair,
  MultiMarginLoss: { refuses: { reduction, margin, p: 3 }, inputs: classes },
  NLLLoss: { refuses: { reduction, ignoreIndex: 0.5 }, inputs: classes },
  PairwiseDistance: { refuses: { p: each(0, -1), eps }, inputs: () => [[x(), zeros([3, 5])]] },
  PerceptronLoss: pair,
  PoissonNLLLoss: ofTwo({ eps }),
  SmoothL1Loss: ofTwo({ beta: -1 }),
  SoftMarginLoss: pair,
  TanhSquaredLoss: pair,
  TripletMarginLoss: {
    refuses: { reduction, margin, p: 0, eps },
    inputs: () => [
      [x(), zeros([3]), x()],
      [x(), x(), zeros([4, 4])],
    ],
  },
};
