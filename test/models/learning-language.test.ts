// Language models learn in a moment, when they are small: GPT to copy, BERT a toy grammar, a memory
// network to answer in two hops. Larger ones are in language.learning.test.ts.

import { beforeEach, expect, test } from "vitest";
import { BERT, GPT, MemoryNetwork, maskTokens } from "../../src/models/index.ts";
import { crossEntropy, Linear, Module } from "../../src/nn/index.ts";
import { tensor } from "../../src/tensor/create.ts";
import { realize } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { numbers, trainer } from "./trainer.ts";
import { i32 } from "./words.ts";

beforeEach(() => {
  setDefaultDevice(devicesHere.includes("wasm") ? "wasm" : "reference");
  seed(1);
});

test("TR-07 a small GPT copies what stands in its context", async () => {
  const [letters, half] = [5, 4];
  const size = { vocabulary: letters, context: 2 * half, width: 16, heads: 2, layers: 2 };
  const model = new GPT({ ...size, dropout: 0 });
  const learn = trainer(
    model,
    ({ ids, labels }: ReturnType<typeof make>) =>
      crossEntropy(model.forward(ids).flatten(0, 1), labels.reshape([-1]), { ignoreIndex: -100 }),
    8e-3,
  );
  const make = (draw: (below: number) => number, count: number) => {
    const rows = Array.from({ length: count }, () => {
      const part = Array.from({ length: half }, () => draw(letters));
      return [...part, ...part];
    });
    const labels = rows.map((row) =>
      row.map((_, t) => (t >= half - 1 && t < 2 * half - 1 ? row[t + 1]! : -100)),
    );
    return { ids: i32(rows), labels: i32(labels) };
  };
  const draw = numbers(1);
  for (let i = 0; i < 160; i++) await learn(make(draw, 32));
  const { ids } = make(numbers(91), 50);
  const rows = (await ids.array()) as number[][];
  const written = await model.generate(
    rows.map((row) => row.slice(0, half + 1)),
    { count: half - 1, temperature: 0 },
  );
  const right = written.filter((row, i) => `${row}` === `${rows[i]!.slice(half + 1)}`).length;
  expect(right).toBeGreaterThanOrEqual(48);
});

test("TR-06 a small BERT names masked words 3 times as often as the unigram", async () => {
  const [mask, cls, sep, specials] = [1, 2, 3, 4];
  const vocabulary = specials + 9;
  // Subject, verb, and the object that goes with the verb.
  const make = (draw: (below: number) => number, count: number) =>
    i32(
      Array.from({ length: count }, () => {
        const [subject, verb] = [draw(3), draw(3)];
        const words = [subject, 3 + verb, 6 + verb];
        return [cls, ...words.map((word) => specials + word), sep];
      }),
    );
  const model = new BERT({ vocabulary, context: 5, width: 16, heads: 2, layers: 1, dropout: 0 });
  const learn = trainer(
    model,
    ({ ids }: { ids: ReturnType<typeof make> }) => {
      const { ids: shown, labels } = maskTokens(ids, { mask, vocabulary, specials, rate: 0.3 });
      const logits = model.tokenLogits(model.forward(shown));
      return crossEntropy(logits.flatten(0, 1), labels.reshape([-1]), { ignoreIndex: -100 });
    },
    1e-2,
  );
  const draw = numbers(3);
  for (let i = 0; i < 150; i++) await learn({ ids: make(draw, 64) });
  model.eval();
  const masked = maskTokens(make(numbers(93), 300), { mask, vocabulary, specials, rate: 0.2 });
  const held = { ids: masked.ids.keep(), labels: masked.labels.keep() };
  await realize(held);
  const wanted = held.labels.notEqual(-100);
  const said = model.tokenLogits(model.forward(held.ids)).argMax({ axis: -1 });
  const right = said.equal(held.labels).logicalAnd(wanted);
  const accuracy = (await right.sum().item()) / (await wanted.sum().item());
  // The unigram's is 1/9, and three times that is what a word's place alone gives.
  expect(accuracy).toBeGreaterThanOrEqual(0.6);

  // Tuned to a task, which of three objects is spoken of, by nine sentences.
  class Task extends Module {
    readonly model: BERT = model;
    readonly head: Linear = new Linear(16, 3);
    forward(ids: Tensor): Tensor {
      return this.head.forward(this.model.pooled(this.model.forward(ids)));
    }
  }
  const task = new Task();
  const labelled = (ids: Tensor) => ({ ids, labels: ids.at(":", 3).sub(specials + 6) });
  const few = labelled(make(numbers(5), 9).keep());
  const tune = trainer(
    task,
    (batch: ReturnType<typeof labelled>) => crossEntropy(task.forward(batch.ids), batch.labels),
    5e-3,
  );
  for (let i = 0; i < 20; i++) await tune(few);
  const { ids, labels } = labelled(make(numbers(94), 200));
  const told = task.forward(ids).argMax({ axis: 1 }).equal(labels).cast("f32").mean();
  expect(await told.item()).toBeGreaterThanOrEqual(0.95);
});

test("SA-12 a small memory network answers in two hops", async () => {
  const things = 6;
  /** Facts "a has b", "b has c" of things in a chance order, shuffled; asked: what a's has. */
  const make = (draw: (below: number) => number, count: number) => {
    const shuffled = <T>(items: readonly T[]): T[] => {
      const made = [...items];
      for (let j = made.length - 1; j > 0; j--) {
        const k = draw(j + 1);
        [made[j], made[k]] = [made[k]!, made[j]!];
      }
      return made;
    };
    const rows = Array.from({ length: count }, () => {
      const order = shuffled(Array.from({ length: things }, (_, thing) => thing + 1));
      const facts = [0, 1, 2].map((j) => [order[j]!, order[j + 1]!]);
      const at = draw(2);
      return { story: shuffled(facts), question: [order[at]!, 0], answer: order[at + 2]! };
    });
    return {
      story: tensor(
        rows.map(({ story }) => story),
        { dtype: "i32" },
      ),
      question: i32(rows.map(({ question }) => question)),
      answer: tensor(
        rows.map(({ answer }) => answer),
        { dtype: "i32" },
      ),
    };
  };
  const model = new MemoryNetwork({ vocabulary: things + 1, width: 16, hops: 2 });
  const learn = trainer(
    model,
    ({ story, question, answer }: ReturnType<typeof make>) =>
      crossEntropy(model.forward(story, question), answer),
    2e-2,
  );
  const draw = numbers(9);
  for (let i = 0; i < 400; i++) await learn(make(draw, 64));
  const { story, question, answer } = make(numbers(81), 300);
  const said = model.forward(story, question).argMax({ axis: -1 });
  const accuracy = await said.equal(answer).cast("f32").mean().item();
  expect(accuracy).toBeGreaterThanOrEqual(0.95);
});
