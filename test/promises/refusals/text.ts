// What the classes of hebb/text refuse.

import { zeros } from "../../../src/tensor/create.ts";
import { each, type Refusals } from "./refusal.ts";

const sentences = [["a", "b"]];

export const text: Refusals = {
  BackoffModel: {
    takes: { sentences },
    refuses: { order: each(0, 1.5), discount: each(0, 1), minCount: -1 },
  },
  BytePairTokenizer: { takes: { merges: [[97, 98]] }, refuses: { merges: each([[97, 300]]) } },
  IBMModel1: {
    takes: { pairs: [[["a"], ["b"]]] },
    refuses: { pairs: each([]), iterations: each(-1, 0.5) },
  },
  NGramModel: { takes: { sentences }, refuses: { order: each(0, 1.5), smoothing: -1 } },
  RuleTranslator: {
    options: { dictionary: {} },
    refuses: { rules: each([{ categories: ["noun"], becomes: [1] }]) },
  },
  Vocabulary: { takes: { words: ["a"] }, refuses: { words: each(["a", "a"]), unknown: "?" } },
  WordVectors: {
    takes: { words: ["a"], vectors: zeros([1, 2]) },
    refuses: { vectors: each(zeros([2, 2]), zeros([1])) },
  },
};
