// Sequence models learn: reversal to 100 %, attention along a diagonal, captions of shapes, two-hop
// questions, a toy language.

import { beforeEach, expect, test } from "vitest";
import {
  Captioner,
  MemoryNetwork,
  Seq2Seq,
  TranslationTransformer,
} from "../../src/models/index.ts";
import { crossEntropy, sequenceNllLoss } from "../../src/nn/index.ts";
import { cosineAnnealing } from "../../src/optim/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { bleu, padSequences } from "../../src/text/index.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { numbers, trainer } from "./trainer.ts";

beforeEach(() => {
  setDefaultDevice("native");
  seed(1);
});

const i32 = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });
const [start, end, first, letters] = [1, 2, 3, 6];

interface Pairs {
  source: Tensor;
  lengths: Tensor;
  target: Tensor;
  targetLengths: Tensor;
}

/** Random words of 3 … 6 letters, and what becomes of them. */
function words(draw: (below: number) => number, count: number, turn: (row: number[]) => number[]) {
  const sources = Array.from({ length: count }, () =>
    Array.from({ length: 3 + draw(4) }, () => first + draw(letters)),
  );
  const targets = sources.map((row) => [...turn(row), end]);
  const [s, t] = [padSequences(sources, { size: 6 }), padSequences(targets, { size: 7 })];
  const batch: Pairs = {
    source: s.ids,
    lengths: s.lengths,
    target: t.ids,
    targetLengths: t.lengths,
  };
  return { sources, targets, batch };
}

const reversed = (row: number[]): number[] => [...row].reverse();
const vocabulary = first + letters;

test("SA-04 sequence reversal is learned to 100 %; SA-03 fed with itself it errs no less", async () => {
  const draw = numbers(5);
  const model = new Seq2Seq({
    ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary, width: 16, hidden: 48 },
  });
  const lossOf = ({ source, target, lengths, targetLengths }: Pairs) =>
    sequenceNllLoss(model.forward(source, target, { lengths }), target, { lengths: targetLengths });
  const learn = trainer(model, lossOf, 1e-2);
  for (let i = 0; i < 400; i++) await learn(words(draw, 64, reversed).batch);
  const { sources, targets } = words(numbers(77), 200, reversed);
  const written = await model.translate(sources, { maxLength: 8 });
  expect(written).toEqual(targets.map((row) => row.slice(0, -1)));
});

test("SA-03 exposure bias: fed with its own outputs a half-trained model errs at least as often", async () => {
  const draw = numbers(6);
  const model = new Seq2Seq({
    ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary, width: 16, hidden: 32 },
    attention: "none",
  });
  const lossOf = ({ source, target, lengths, targetLengths }: Pairs) =>
    sequenceNllLoss(model.forward(source, target, { lengths }), target, { lengths: targetLengths });
  const learn = trainer(model, lossOf, 1e-2);
  for (let i = 0; i < 120; i++) await learn(words(draw, 64, reversed).batch);
  const { batch, targets } = words(numbers(78), 300, reversed);
  const errors = async (feed: "target" | "greedy"): Promise<number> => {
    const { tokens } = model.decode(batch.source, batch.target, { lengths: batch.lengths, feed });
    const rows = (await tokens.array()) as number[][];
    let wrong = 0;
    for (const [i, row] of targets.entries())
      for (const [t, token] of row.entries()) if (rows[i]![t] !== token) wrong++;
    return wrong;
  };
  const [forced, free] = [await errors("target"), await errors("greedy")];
  expect(forced).toBeGreaterThan(0);
  expect(free).toBeGreaterThanOrEqual(forced);
});

test.each(["additive", "dot"] as const)(
  "SA-07 on a copy task attention (%s) is a diagonal",
  async (attention) => {
    const draw = numbers(7);
    const copied = (row: number[]): number[] => row;
    const model = new Seq2Seq({
      ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary, width: 16, hidden: 32 },
      attention,
    });
    const lossOf = ({ source, target, lengths, targetLengths }: Pairs) =>
      sequenceNllLoss(model.forward(source, target, { lengths }), target, {
        lengths: targetLengths,
      });
    const learn = trainer(model, lossOf, 1e-2);
    for (let i = 0; i < 250; i++) await learn(words(draw, 64, copied).batch);
    const { batch, sources } = words(numbers(79), 100, copied);
    const { weights, tokens } = model.decode(batch.source, batch.target, {
      lengths: batch.lengths,
    });
    const [maps, chosen] = [await weights.array(), await tokens.array()] as [
      number[][][],
      number[][],
    ];
    let [right, diagonal, places] = [0, 0, 0];
    for (const [i, row] of sources.entries()) {
      for (const [t, token] of row.entries()) {
        places++;
        if (chosen[i]![t] === token) right++;
        const looks = maps[i]![t]!;
        if (looks.indexOf(Math.max(...looks)) === t) diagonal++;
      }
    }
    expect(right / places).toBeGreaterThan(0.98);
    expect(diagonal / places).toBeGreaterThan(0.9);
  },
);

test("TR-04 a transformer learns to reverse; cached decoding writes what full decoding writes", async () => {
  const draw = numbers(8);
  const size = { width: 32, heads: 4, encoderLayers: 1, decoderLayers: 1, dimFeedforward: 64 };
  const model = new TranslationTransformer({ vocabulary, ...size, dropout: 0 });
  const lossOf = ({ source, target, lengths, targetLengths }: Pairs) => {
    const begin = zeros([target.shape[0] as number, 1], { dtype: "i32" }).add(start);
    const before = begin.concat([target.at(":", ":-1")], { axis: 1 });
    return sequenceNllLoss(model.forward(source, before, { lengths }), target, {
      lengths: targetLengths,
    });
  };
  const learn = trainer(model, lossOf, cosineAnnealing(4e-3, { steps: 600 }));
  for (let i = 0; i < 600; i++) await learn(words(draw, 64, reversed).batch);
  const { batch, targets } = words(numbers(80), 100, reversed);
  const { lengths } = batch;
  const cached = await model.translate(batch.source, { lengths, maxLength: 8 });
  expect(await model.translate(batch.source, { lengths, maxLength: 8, cached: false })).toEqual(
    cached,
  );
  const right = cached.filter((row, i) => `${row}` === `${targets[i]!.slice(0, -1)}`).length;
  expect(right).toBeGreaterThanOrEqual(95);
});

test("SA-12 two-hop questions: >= 95 % in two hops, and not in one", async () => {
  const things = 10;
  /** Facts "a has b", "b has c", shuffled; asked: what a's has. */
  const make = (draw: (below: number) => number, count: number) => {
    const [stories, questions, answers] = [[] as number[][][], [] as number[][], [] as number[]];
    for (let i = 0; i < count; i++) {
      const order = Array.from({ length: things }, (_, thing) => thing + 1);
      for (let j = things - 1; j > 0; j--) {
        const k = draw(j + 1);
        [order[j], order[k]] = [order[k]!, order[j]!];
      }
      const facts = order.slice(0, 5).map((thing, j) => [thing, order[j + 1]!]);
      for (let j = 4; j > 0; j--) {
        const k = draw(j + 1);
        [facts[j], facts[k]] = [facts[k]!, facts[j]!];
      }
      const at = draw(4);
      stories.push(facts);
      questions.push([order[at]!, 0]);
      answers.push(order[at + 2]!);
    }
    return {
      story: tensor(stories, { dtype: "i32" }),
      question: i32(questions),
      answer: tensor(answers, { dtype: "i32" }),
    };
  };
  const accuracy = async (hops: number): Promise<number> => {
    const draw = numbers(9);
    const model = new MemoryNetwork({ vocabulary: things + 1, width: 32, hops });
    const lossOf = ({ story, question, answer }: ReturnType<typeof make>) =>
      crossEntropy(model.forward(story, question), answer);
    const learn = trainer(model, lossOf, 1e-2);
    for (let i = 0; i < 800; i++) await learn(make(draw, 128));
    const { story, question, answer } = make(numbers(81), 500);
    const said = model.forward(story, question).argMax({ axis: -1 });
    return said.equal(answer).cast("f32").mean().item();
  };
  expect(await accuracy(2)).toBeGreaterThanOrEqual(0.95);
  expect(await accuracy(1)).toBeLessThan(0.7);
});

test("SA-05 captions of generated shapes: >= 95 % exact", async () => {
  const list = [
    "<pad>",
    "<start>",
    "<end>",
    "large",
    "small",
    "square",
    "cross",
    "bar",
    "left",
    "right",
    "above",
    "below",
  ];
  const number = (word: string): number => list.indexOf(word);
  const side = 16;
  /** A shape of one of two sizes in one of four quarters, and its four-word caption. */
  const make = (draw: (below: number) => number, count: number) => {
    const pixels = new Float32Array(count * side * side);
    const captions: number[][] = [];
    for (let i = 0; i < count; i++) {
      const [large, kind, right, below] = [draw(2), draw(3), draw(2), draw(2)];
      const size = large ? 6 : 4;
      const x0 = right * 8 + draw(8 - size + 1);
      const y0 = below * 8 + draw(8 - size + 1);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const middle = size / 2;
          const [onX, onY] = [x === middle || x === middle - 1, y === middle || y === middle - 1];
          const on = kind === 0 || (kind === 1 ? onX || onY : onY);
          if (on) pixels[(i * side + y0 + y) * side + x0 + x] = 1;
        }
      }
      const said = [large ? "large" : "small", ["square", "cross", "bar"][kind]!];
      const where = [below ? "below" : "above", right ? "right" : "left"];
      captions.push([...said, ...where].map(number));
    }
    const images = tensor(pixels, { shape: [count, 1, side, side] });
    return { images, captions, target: i32(captions.map((row) => [...row, end])) };
  };
  const draw = numbers(10);
  const model = new Captioner({
    vocabulary: list.length,
    channels: 1,
    maps: [16, 32],
    width: 16,
    hidden: 64,
  });
  const lossOf = ({ images, target }: { images: Tensor; target: Tensor }) =>
    sequenceNllLoss(model.forward(images, target), target);
  const learn = trainer(model, lossOf, 5e-3);
  for (let i = 0; i < 300; i++) {
    const { images, target } = make(draw, 64);
    await learn({ images, target });
  }
  const { images, captions } = make(numbers(82), 200);
  const said = await model.caption(images, 6);
  const exact = said.filter((row, i) => `${row}` === `${captions[i]}`).length;
  expect(exact / 200).toBeGreaterThanOrEqual(0.95);
});

test("MN-14 neural translation of a toy corpus: BLEU, greedy and with a beam", async () => {
  const nouns = ["hund/dog", "mann/man", "vogel/bird", "baum/tree"].map((pair) => pair.split("/"));
  const adjectives = ["alte/old", "kleine/small", "gute/good"].map((pair) => pair.split("/"));
  const verbs = ["gesehen/seen", "gefunden/found"].map((pair) => pair.split("/"));
  const german = [
    "<pad>",
    "<start>",
    "<end>",
    "der",
    "hat",
    "den",
    ...[...nouns, ...adjectives, ...verbs].map(([de]) => de!),
  ];
  const english = [
    "<pad>",
    "<start>",
    "<end>",
    "the",
    "has",
    ...[...nouns, ...adjectives, ...verbs].map(([, en]) => en!),
  ];
  /** "der alte mann hat den hund gesehen": the verb stands last in one language only. */
  const make = (draw: (below: number) => number, count: number) => {
    const [sources, targets] = [[] as string[][], [] as string[][]];
    for (let i = 0; i < count; i++) {
      const [subject, object] = [nouns[draw(4)]!, nouns[draw(4)]!];
      const [adjective, verb] = [adjectives[draw(4)], verbs[draw(2)]!];
      const middle = (at: 0 | 1): string[] => (adjective === undefined ? [] : [adjective[at]!]);
      sources.push(["der", ...middle(0), subject[0]!, "hat", "den", object[0]!, verb[0]!]);
      targets.push(["the", ...middle(1), subject[1]!, "has", verb[1]!, "the", object[1]!]);
    }
    const encode = (list: string[], rows: string[][]): number[][] =>
      rows.map((row) => row.map((word) => list.indexOf(word)));
    return {
      sources: encode(german, sources),
      targets: encode(english, targets),
      targetWords: targets,
    };
  };
  const model = new Seq2Seq({
    ...{ sourceVocabulary: german.length, targetVocabulary: english.length, width: 16, hidden: 32 },
  });
  const lossOf = ({ source, target, lengths, targetLengths }: Pairs) =>
    sequenceNllLoss(model.forward(source, target, { lengths }), target, { lengths: targetLengths });
  const learn = trainer(model, lossOf, 1e-2);
  const draw = numbers(11);
  for (let i = 0; i < 200; i++) {
    const { sources, targets } = make(draw, 32);
    const s = padSequences(sources, { size: 7 });
    const t = padSequences(
      targets.map((row) => [...row, end]),
      { size: 8 },
    );
    await learn({ source: s.ids, lengths: s.lengths, target: t.ids, targetLengths: t.lengths });
  }
  const { sources, targetWords } = make(numbers(83), 40);
  const references = targetWords.map((row) => [row]);
  for (const width of [1, 3]) {
    const written = await model.translate(sources, { maxLength: 10, width });
    const rows = written.map((row) => row.map((id) => english[id]!));
    expect(bleu(rows, references).score, `width ${width}`).toBeGreaterThanOrEqual(95);
  }
});
