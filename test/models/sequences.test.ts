// Sequence models learn: reversal to 100 %, attention along a diagonal, captions of shapes, a toy
// language.

import { beforeEach, expect, test } from "vitest";
import { Captioner, Seq2Seq } from "../../src/models/index.ts";
import { sequenceNllLoss } from "../../src/nn/index.ts";
import { cosineAnnealing } from "../../src/optim/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { bleu, padSequences } from "../../src/text/index.ts";
import { numbers, trainer } from "./trainer.ts";
import { end, i32, type Pairs, reversed, vocabulary, words } from "./words.ts";

beforeEach(() => {
  seed(1);
});

test("SA-04 sequence reversal is learned to 100 %", async () => {
  const draw = numbers(5);
  const model = new Seq2Seq({
    ...{ sourceVocabulary: vocabulary, targetVocabulary: vocabulary, width: 16, hidden: 48 },
  });
  const lossOf = ({ source, target, lengths, targetLengths }: Pairs) =>
    sequenceNllLoss(model.forward(source, target, { lengths }), target, { lengths: targetLengths });
  const learn = trainer(model, lossOf, cosineAnnealing(1e-2, { steps: 300 }));
  for (let i = 0; i < 300; i++) await learn(words(draw, 64, reversed).batch);
  const { sources, targets } = words(numbers(77), 200, reversed);
  const written = await model.translate(sources, { maxLength: 8 });
  expect(written).toEqual(targets.map((row) => row.slice(0, -1)));
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
    const learn = trainer(model, lossOf, cosineAnnealing(1e-2, { steps: 350 }));
    for (let i = 0; i < 350; i++) await learn(words(draw, 64, copied).batch);
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
