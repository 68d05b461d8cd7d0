// hebb/text: words and their numbers, tokenizers, counting language models, translation by rules and
// by statistics, word vectors, scores.

export { bucketByLength, type PaddedBatch, type PadOptions, padSequences } from "./batches.ts";
export { type BleuOptions, type BleuScore, bleu } from "./bleu.ts";
export { type BytePairOptions, BytePairTokenizer, type Pair } from "./byte-pair.ts";
export { IBMModel1, type IBMModel1Options, type SentencePair } from "./ibm-model-1.ts";
export {
  BackoffModel,
  type BackoffOptions,
  type LanguageModel,
  NGramModel,
  type NGramOptions,
  perplexity,
  tableSize,
} from "./n-gram.ts";
export {
  type DictionaryEntry,
  type ReorderingRule,
  RuleTranslator,
  type RuleTranslatorOptions,
} from "./rule-translator.ts";
export { splitWords, Vocabulary, type VocabularyOptions } from "./vocabulary.ts";
export { type Neighbour, type NeighbourOptions, WordVectors } from "./word-vectors.ts";
