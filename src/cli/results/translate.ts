// Seq2Seq with attention on Multi30k, from German to English: words in lower case, marks by themselves.
// Test sentences are those of test_2016 of at most 15 German words (marks not counted), all of them;
// BLEU is over the corpus, against the one reference, in lower case. Where the decoder looks is
// compared with IBM model 1, which was never told: both say for a word of the reference from which
// word of the source it comes.

import { multi30k, shuffledOrder, type TranslatedSentence } from "../../data/index.ts";
import { compile, gradients, seed, type Tensor } from "../../index.ts";
import { Seq2Seq } from "../../models/index.ts";
import * as nn from "../../nn/index.ts";
import { Adam, clipByNorm, cosineAnnealing } from "../../optim/index.ts";
import {
  bleu,
  bucketByLength,
  IBMModel1,
  padSequences,
  splitWords,
  Vocabulary,
} from "../../text/index.ts";
import { type Reproduction, rounded } from "./reproduction.ts";

/** A sentence and its translation, in words. */
export interface WordPair {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

export interface TranslationSetup {
  /** Words and marks of a training sentence at most, in either language. */
  readonly longest: number;
  /** Words that occur more rarely are unknown. */
  readonly minCount: number;
  readonly width: number;
  readonly hidden: number;
  readonly batch: number;
  readonly epochs: number;
  readonly lr: number;
}

const setup: TranslationSetup = {
  ...{ longest: 16, minCount: 5, width: 96, hidden: 192 },
  ...{ batch: 64, epochs: 4, lr: 4e-3 },
};
const specials = ["<pad>", "<start>", "<end>", "<unknown>"];
const [start, end] = [1, 2];
const seedOfAll = 2015;
const longestTranslation = 25;

/** Sentences as words; with `most`, those of at most so many German words, marks not counted. */
export function wordPairs(sentences: readonly TranslatedSentence[], most = Infinity): WordPair[] {
  const words = ({ source }: WordPair): number =>
    source.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  return sentences
    .map(({ german, english }) => ({ source: splitWords(german), target: splitWords(english) }))
    .filter((pair) => words(pair) <= most);
}

/** A model with its two vocabularies. */
export class Translator {
  readonly from: Vocabulary;
  readonly to: Vocabulary;
  readonly model: Seq2Seq;

  constructor(pairs: readonly WordPair[], { minCount, width, hidden }: TranslationSetup) {
    const words = { specials, unknown: "<unknown>", minCount };
    this.from = Vocabulary.of(
      pairs.map(({ source }) => source),
      words,
    );
    this.to = Vocabulary.of(
      pairs.map(({ target }) => target),
      words,
    );
    const sizes = { sourceVocabulary: this.from.size, targetVocabulary: this.to.size };
    this.model = new Seq2Seq({ ...sizes, width, hidden, attention: "dot", start, end });
  }

  /** Both sides padded to one length, a multiple of four: few lengths, few programs. */
  batchOf(pairs: readonly WordPair[]) {
    const sources = pairs.map(({ source }) => this.from.encode(source));
    const targets = pairs.map(({ target }) => [...this.to.encode(target), end]);
    const longest = Math.max(...[...sources, ...targets].map((ids) => ids.length));
    const size = 4 * Math.ceil(longest / 4);
    const [s, t] = [padSequences(sources, { size }), padSequences(targets, { size })];
    return { source: s.ids, lengths: s.lengths, target: t.ids, targetLengths: t.lengths };
  }

  async translate(sources: readonly (readonly string[])[], beams: number): Promise<string[][]> {
    const ids = sources.map((words) => this.from.encode(words));
    const written: number[][] = [];
    for (let at = 0; at < ids.length; at += 100) {
      const some = ids.slice(at, at + 100);
      const options = {
        maxLength: longestTranslation,
        width: beams,
        lengthPenalty: beams > 1 ? 1 : 0,
      };
      written.push(...(await this.model.translate(some, options)));
    }
    return written.map((row) => this.to.decode(row));
  }

  /** For each word of each target, the place in the source that the decoder looked at most. */
  async looks(pairs: readonly WordPair[]): Promise<number[][]> {
    const { source, target, lengths } = this.batchOf(pairs);
    const { weights } = this.model.decode(source, target, { lengths });
    const places = (await weights.argMax({ axis: -1 }).array()) as number[][];
    return pairs.map((pair, i) => (places[i] as number[]).slice(0, pair.target.length));
  }
}

/** Trains on pairs of about one length at a time, in a new order each epoch. */
export async function trainTranslator(
  pairs: readonly WordPair[],
  options: TranslationSetup,
  say: (line: string) => void,
): Promise<Translator> {
  seed(seedOfAll);
  const { longest, batch, epochs, lr } = options;
  const short = pairs.filter(
    ({ source, target }) => source.length <= longest && target.length < longest,
  );
  const translator = new Translator(short, options);
  const { model } = translator;
  const count = Math.floor(short.length / batch);
  const steps = epochs * count;
  const optimizer = new Adam(model.parameters(), {
    lr: cosineAnnealing(lr, { steps, warmUp: Math.floor(steps / 20) }),
  });
  type Batch = ReturnType<Translator["batchOf"]>;
  const step = compile(({ source, target, lengths, targetLengths }: Batch): Tensor => {
    const logits = model.forward(source, target, { lengths });
    const loss = nn.sequenceNllLoss(logits, target, { lengths: targetLengths, reduction: "sum" });
    const mean = loss.div(targetLengths.sum().cast("f32"));
    optimizer.step(clipByNorm(gradients(mean, model), 1));
    return mean;
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    // Equals in length keep their shuffled order, so batches are others each time.
    const mixed = shuffledOrder(short.length, { seed: seedOfAll, epoch });
    const sizes = Array.from(mixed, (i) => lengthOf(short[i] as WordPair));
    const batches = bucketByLength(sizes, batch).slice(0, count);
    let sum = 0;
    for (const at of shuffledOrder(count, { seed: seedOfAll, epoch })) {
      const rows = (batches[at] as number[]).map((row) => short[mixed[row] as number] as WordPair);
      sum += await step(translator.batchOf(rows)).item();
    }
    say(`epoch ${epoch + 1}/${epochs}: loss ${(sum / count).toFixed(3)} nats a word`);
  }
  model.eval();
  return translator;
}

const lengthOf = ({ source, target }: WordPair): number =>
  Math.max(source.length, target.length + 1);

/**
 * How often two say the same of where words come from, and how often the diagonal and mere chance do.
 *
 * @param looks   for each pair and word of its target, a place in the source
 * @param aligner what they are compared with, where it names a place
 * @returns       shares in [0, 1]
 */
export function agreement(
  pairs: readonly WordPair[],
  looks: readonly (readonly number[])[],
  aligner: IBMModel1,
): { attention: number; diagonal: number; chance: number } {
  let [all, same, diagonal, chance] = [0, 0, 0, 0];
  for (const [i, { source, target }] of pairs.entries()) {
    for (const [t, place] of aligner.align([source, target]).entries()) {
      if (place < 0) continue;
      all++;
      if (looks[i]?.[t] === place) same++;
      if (Math.min(t, source.length - 1) === place) diagonal++;
      chance += 1 / source.length;
    }
  }
  return { attention: same / all, diagonal: diagonal / all, chance: chance / all };
}

export const translate: Reproduction = {
  name: "translate",
  about: `Seq2Seq with attention on Multi30k, German to English, ${setup.epochs} epochs; at most 15 words`,
  metric: "BLEU, greedy",
  published: 28.11,
  source: "github.com/bentrevett/pytorch-seq2seq, notebook 4: all sentences of the test split",
  bound: { least: 20 },
  async run(say) {
    const { train, test } = await multi30k();
    const pairs = wordPairs(train);
    const unseen = wordPairs(test, 15);
    const translator = await trainTranslator(pairs, setup, say);
    const sources = unseen.map(({ source }) => source);
    const references = unseen.map(({ target }) => [target]);
    const scoreOf = async (beams: number): Promise<number> =>
      rounded(bleu(await translator.translate(sources, beams), references).score);
    const greedy = await scoreOf(1);
    say(`greedy ${greedy}`);
    const beam = await scoreOf(4);
    const words = pairs.map(({ source, target }) => [source, target] as const);
    const aligner = new IBMModel1(words, { iterations: 5 });
    const looks: number[][] = [];
    for (let at = 0; at < unseen.length; at += 100)
      looks.push(...(await translator.looks(unseen.slice(at, at + 100))));
    const { attention, diagonal, chance } = agreement(unseen, looks, aligner);
    return {
      ours: greedy,
      details: {
        ...{ beam, sentences: unseen.length },
        ...{ aligned: rounded(attention), diagonal: rounded(diagonal), chance: rounded(chance) },
      },
      holds: {
        "20 with four beams too": beam >= 20,
        "attention finds the words that IBM model 1 finds, three times as often as chance":
          attention >= 3 * chance,
      },
    };
  },
};
