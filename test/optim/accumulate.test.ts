import { expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam, GradientAccumulator } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../nn/golden.ts";

function problem() {
  seed(5);
  const model = nn.sequential(new nn.Linear(3, 4), nn.relu, new nn.Linear(4, 2));
  const optimizer = new Adam(model, { lr: 0.05 });
  const x = randn([8, 3]);
  const y = randn([8, 2]);
  return { model, optimizer, x, y };
}

test.each([true, false])(
  "four parts make the step of the whole batch (compiled: %s)",
  (compiled) => {
    const wrap = <A extends Tensor[]>(f: (...args: A) => void): ((...args: A) => void) =>
      compiled ? (compile(f) as (...args: A) => void) : f;
    const whole = problem();
    const parts = problem();
    const sums = new GradientAccumulator(parts.model);
    const add = wrap((x: Tensor, y: Tensor) =>
      sums.add(gradients(nn.mseLoss(parts.model.forward(x), y), parts.model)),
    );
    const finish = wrap(() => parts.optimizer.step(sums.take()));
    for (let round = 0; round < 3; round++) {
      const loss = nn.mseLoss(whole.model.forward(whole.x), whole.y);
      whole.optimizer.step(gradients(loss, whole.model));
      for (let i = 0; i < 4; i++) {
        const rows = `${2 * i}:${2 * i + 2}`;
        add(parts.x.at(rows), parts.y.at(rows));
      }
      finish();
    }
    for (const [name, p] of Object.entries(whole.model.parameters())) {
      expectClose(parts.model.parameters()[name]!.dataSync(), p.dataSync(), 1e-4, name);
    }
  },
);

test("a tied parameter has one sum", () => {
  const p = new Parameter(tensor([1, 2]));
  const sums = new GradientAccumulator({ a: p, b: p });
  for (let i = 0; i < 2; i++) sums.add(gradients(p.square().sum(), { a: p, b: p }));
  const { a, b } = sums.take();
  expect(a).toBe(b);
  expect(a!.arraySync()).toEqual([2, 4]);
  sums.add({ a: tensor([5, 5]) });
  expect(sums.take().a!.arraySync()).toEqual([5, 5]);
  expect(() => sums.add({ c: tensor([1, 1]) })).toThrow(/"c"/);
});
