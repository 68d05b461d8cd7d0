// Language models learn: GPT a rule from examples in its context, BERT a toy grammar.

import { beforeEach, expect, test } from "vitest";
import { BERT, GPT, maskTokens } from "../../src/models/index.ts";
import { crossEntropy } from "../../src/nn/index.ts";
import { cosineAnnealing } from "../../src/optim/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realize } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { numbers, trainer } from "./trainer.ts";

beforeEach(() => {
  setDefaultDevice("auto");
  seed(1);
});

const i32 = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

/** Labels in place: what follows each token; −100 where nobody can know. */
function nextTokenLoss(model: GPT, ids: Tensor, labels: Tensor): Tensor {
  const logits = model.forward(ids).flatten(0, 1);
  return crossEntropy(logits, labels.reshape([-1]), { ignoreIndex: -100 });
}

test("TR-07 in-context copying: what came before comes again", async () => {
  const [letters, half] = [8, 8];
  const model = new GPT({
    vocabulary: letters,
    context: 16,
    width: 32,
    heads: 4,
    layers: 2,
    dropout: 0,
  });
  const learn = trainer(
    model,
    (batch: { ids: Tensor; labels: Tensor }) => nextTokenLoss(model, batch.ids, batch.labels),
    3e-3,
  );
  const draw = numbers(1);
  const make = (next: (below: number) => number, count: number) => {
    const rows = Array.from({ length: count }, () => {
      const part = Array.from({ length: half }, () => next(letters));
      return [...part, ...part];
    });
    // The first half is by chance; of the second, all can be known.
    const labels = rows.map((row) =>
      row.map((_, t) => (t >= half - 1 && t < 2 * half - 1 ? row[t + 1]! : -100)),
    );
    return { rows, ids: i32(rows), labels: i32(labels) };
  };
  for (let i = 0; i < 700; i++) {
    const { ids, labels } = make(draw, 64);
    await learn({ ids, labels });
  }
  const { rows } = make(numbers(91), 50);
  const written = await model.generate(
    rows.map((row) => row.slice(0, half + 1)),
    { count: half - 1, temperature: 0 },
  );
  const right = written
    .flat()
    .filter((token, i) => token === rows.flatMap((row) => row.slice(half + 1))[i]);
  expect(right.length / written.flat().length).toBeGreaterThanOrEqual(0.98);
});

test("TR-07 accuracy on a rule rises with the number of shots", async () => {
  // A rule names one of 5 answers, whatever is asked; a context shows questions with their answers,
  // drawn by chance in two cases of five, and then asks. Each further example is evidence of the rule.
  const [letters, shots] = [5, 8];
  const size = { vocabulary: 2 * letters, context: 2 * shots, width: 32, heads: 4, layers: 2 };
  const model = new GPT({ ...size, dropout: 0 });
  const learn = trainer(
    model,
    (batch: { ids: Tensor; labels: Tensor }) => nextTokenLoss(model, batch.ids, batch.labels),
    cosineAnnealing(4e-3, { steps: 1000 }),
  );
  const make = (draw: (below: number) => number, count: number) => {
    const right: number[][] = [];
    const rows = Array.from({ length: count }, () => {
      const rule = letters + draw(letters);
      const asked = Array.from({ length: shots }, () => draw(letters));
      const answers = asked.map(() => rule);
      right.push(answers);
      return asked.flatMap((letter, shot) => {
        const wrong = draw(5) < 2;
        return [letter, wrong ? letters + draw(letters) : answers[shot]!];
      });
    });
    const labels = rows.map((row) => row.map((_, t) => (t % 2 === 0 ? row[t + 1]! : -100)));
    return { right, ids: i32(rows), labels: i32(labels) };
  };
  const draw = numbers(2);
  for (let i = 0; i < 1000; i++) {
    const { ids, labels } = make(draw, 64);
    await learn({ ids, labels });
  }
  const { right, ids } = make(numbers(92), 1000);
  const said = (await model.forward(ids).argMax({ axis: -1 }).array()) as number[][];
  const accuracy = Array.from({ length: shots }, (_, shot) => {
    return right.filter((row, i) => said[i]![2 * shot] === row[shot]).length / right.length;
  });
  // None: by chance, 0.2. One: about as often as an example is right, 0.68.
  expect(accuracy[0]).toBeLessThan(0.3);
  expect(accuracy[1]).toBeGreaterThan(accuracy[0]! + 0.3);
  expect(accuracy[3]).toBeGreaterThan(accuracy[1]! + 0.05);
  expect(accuracy[7]).toBeGreaterThan(accuracy[3]! + 0.03);
});

test("TR-06 BERT names masked words of a toy grammar, 3 times as often as the unigram, and tells what follows", async () => {
  const [pad, mask, cls, sep, specials] = [0, 1, 2, 3, 4];
  // Two kinds of sentence over words of their own: subject, verb, object that goes with the verb.
  const vocabulary = specials + 2 * 9;
  const sentence = (draw: (below: number) => number, kind: number): number[] => {
    const [subject, verb] = [draw(3), draw(3)];
    return [subject, 3 + verb, 6 + ((subject + verb) % 3)].map(
      (word) => specials + 9 * kind + word,
    );
  };
  const make = (draw: (below: number) => number, count: number) => {
    const random = Array.from({ length: count }, () => draw(2));
    const rows = random.map((other) => {
      const kind = draw(2);
      // What follows is of the same kind.
      return [cls, ...sentence(draw, kind), sep, ...sentence(draw, other ? 1 - kind : kind), sep];
    });
    return { ids: i32(rows), isRandom: tensor(random, { dtype: "i32" }), rows };
  };
  const model = new BERT({ vocabulary, context: 9, width: 32, heads: 4, layers: 2, dropout: 0 });
  const segments = i32([[0, 0, 0, 0, 0, 1, 1, 1, 1]]);
  interface Batch {
    ids: Tensor;
    isRandom: Tensor;
  }
  const learn = trainer(
    model,
    ({ ids, isRandom }: Batch) => {
      const masked = maskTokens(ids, { mask, vocabulary, specials });
      return model.pretrainingLoss({ ...masked, isRandom, segments: segments.expand(ids.shape) });
    },
    2e-3,
  );
  const draw = numbers(3);
  for (let i = 0; i < 700; i++) {
    const { ids, isRandom } = make(draw, 64);
    await learn({ ids, isRandom });
  }
  model.eval();
  const { ids, isRandom, rows } = make(numbers(93), 300);
  const masked = maskTokens(ids, { mask, vocabulary, specials, rate: 0.2 });
  const held = { ids: masked.ids.keep(), labels: masked.labels.keep() };
  await realize(held);
  const states = model.forward(held.ids, { segments: segments.expand(ids.shape) });
  const wanted = held.labels.notEqual(-100);
  const right = model
    .tokenLogits(states)
    .argMax({ axis: -1 })
    .equal(held.labels)
    .logicalAnd(wanted);
  const accuracy = (await right.sum().item()) / (await wanted.sum().item());
  // The unigram's best guess is the most frequent word.
  const counts = new Map<number, number>();
  for (const word of rows.flat())
    if (word >= specials) counts.set(word, (counts.get(word) ?? 0) + 1);
  const unigram = Math.max(...counts.values()) / [...counts.values()].reduce((a, b) => a + b, 0);
  expect(accuracy).toBeGreaterThanOrEqual(3 * unigram);
  expect(accuracy).toBeGreaterThanOrEqual(0.4);
  const next = model.nextSentenceLogits(
    model.pooled(model.forward(ids, { segments: segments.expand(ids.shape) })),
  );
  const told = await next.argMax({ axis: -1 }).equal(isRandom).cast("f32").mean().item();
  expect(told).toBeGreaterThanOrEqual(0.9);
  expect(pad).toBe(0);
});
