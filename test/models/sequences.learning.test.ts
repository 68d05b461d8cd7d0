// What sequence models learn in more time: a transformer reverses, exposure bias shows, two-hop
// questions are answered.

import { beforeEach, expect, test } from "vitest";
import { MemoryNetwork, Seq2Seq, TranslationTransformer } from "../../src/models/index.ts";
import { crossEntropy, sequenceNllLoss } from "../../src/nn/index.ts";
import { cosineAnnealing } from "../../src/optim/index.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { numbers, trainer } from "./trainer.ts";
import { i32, type Pairs, reversed, start, vocabulary, words } from "./words.ts";

beforeEach(() => {
  setDefaultDevice("auto");
  seed(1);
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
