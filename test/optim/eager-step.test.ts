import { beforeEach, describe, expect, test } from "vitest";
import { recordPrograms } from "../../src/engine/profile.ts";
import { crossEntropy, Linear, sequential, tanh } from "../../src/nn/index.ts";
import { Adam, GradientAccumulator, Optimizer, PolyakAverage } from "../../src/optim/index.ts";
import { type Cell, Parameter } from "../../src/tensor/cell.ts";
import { ones, tensor } from "../../src/tensor/create.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeSymbol } from "../../src/tensor/tree.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

type Tree = { [treeSymbol](): Iterable<readonly [name: string, cell: Cell]> };
const cellNamed = (tree: Tree, name: string): Cell => new Map(tree[treeSymbol]()).get(name) as Cell;

describe.each(devicesHere)("a step outside compile on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  /** Adam's first moment after steps with gradients of 1: 1 − 0.9ᵗ. */
  const moment = (steps: number): Float32Array => new Float32Array([1 - 0.9 ** steps]);

  function training(): { w: Parameter; optimizer: Adam; m: Cell; step: () => void } {
    const w = new Parameter(tensor([1]));
    const optimizer = new Adam([w], { lr: 0.01 });
    const step = (): void => optimizer.step([ones([1])]);
    step();
    return { w, optimizer, m: cellNamed(optimizer, "m.0"), step };
  }

  const expectMoment = (found: ArrayLike<number>, steps: number): void =>
    expect(found[0]).toBeCloseTo(moment(steps)[0] as number, 6);

  test("moments are written over where they are; parameters, which anyone may have read, are not", () => {
    const { w, m, step } = training();
    const [moments, weights] = [m.slot.storage(), w.slot.storage()];
    step();
    expect(m.slot.storage()).toBe(moments);
    expect(w.slot.storage()).not.toBe(weights);
    expectMoment(m.dataSync(), 2);
  });

  test("what was handed out stays: snapshots, checkpoints and what was computed from a moment", () => {
    const { optimizer, m, step } = training();
    const [snapshot, twice, saved] = [m.snapshot(), m.mul(2), optimizer.stateDict()["m.0"]];
    step();
    step();
    expectMoment(snapshot.dataSync(), 1);
    expectMoment(twice.div(2).dataSync(), 1);
    expectMoment((saved as Tensor).dataSync(), 1);
    expectMoment(m.dataSync(), 3);
    const moments = m.slot.storage();
    step(); // it was read since
    expect(m.slot.storage()).not.toBe(moments);
    step();
    expectMoment(m.dataSync(), 5);
  });

  test("a step that is refused or switched off leaves the moments as they were", () => {
    const w = new Parameter(tensor([[1, 2, 3]]));
    const optimizer = new Adam([w]);
    const train = (label: number): void =>
      optimizer.step(gradients(crossEntropy(w, tensor([label], { dtype: "i32" })), [w]));
    train(0);
    train(1);
    const before = optimizer.stateDict()["m.0"]?.arraySync();
    train(2);
    const between = optimizer.stateDict()["m.0"]?.arraySync();
    expect(between).not.toEqual(before);
    train(1);
    const last = optimizer.stateDict()["m.0"]?.arraySync();
    expect(() => train(3)).toThrow("index 3 lies outside");
    expect(optimizer.stateDict()["m.0"]?.arraySync()).toEqual(last);
    const gradient = gradients(w.sum(), [w]);
    optimizer.step(gradient, { when: tensor(false) });
    expect(optimizer.stateDict()["m.0"]?.arraySync()).toEqual(last);
  });

  test("an update that lets its state out gets an error later, never another value", () => {
    class Leaky extends Optimizer<object> {
      leaked: Tensor | undefined;
      constructor(parameters: unknown) {
        super(parameters, { lr: 1, settings: {} });
      }
      protected override slotNames(): readonly string[] {
        return ["sum"];
      }
      protected override update(
        p: Tensor,
        g: Tensor,
        { sum }: Readonly<Record<string, Tensor>>,
      ): { p: Tensor; state: Record<string, Tensor> } {
        this.leaked ??= (sum as Tensor).add(100);
        return { p, state: { sum: (sum as Tensor).add(g) } };
      }
    }
    const optimizer = new Leaky([new Parameter(tensor([1]))]);
    optimizer.step([ones([1])]);
    optimizer.leaked = undefined;
    optimizer.step([ones([1])]);
    const leaked = optimizer.leaked as unknown as Tensor;
    optimizer.step([ones([1])]);
    expect(() => leaked.dataSync()).toThrow("memory was given up");
  });

  test("a slot may take what another held: the memory of both is looked after", () => {
    /** The sum of all gradients, and what it was before. */
    class TwoSums extends Optimizer<object> {
      constructor(parameters: unknown) {
        super(parameters, { lr: 1, settings: {} });
      }
      protected override slotNames(): readonly string[] {
        return ["before", "last"];
      }
      protected override update(
        p: Tensor,
        g: Tensor,
        { last }: Readonly<Record<string, Tensor>>,
      ): { p: Tensor; state: Record<string, Tensor> } {
        return { p, state: { before: last as Tensor, last: (last as Tensor).add(g) } };
      }
    }
    const optimizer = new TwoSums([new Parameter(tensor([0]))]);
    const [before, last] = [cellNamed(optimizer, "before.0"), cellNamed(optimizer, "last.0")];
    for (let t = 1; t <= 5; t++) {
      optimizer.step([ones([1]).mul(t)]);
      const held = [before.slot.storage(), last.slot.storage()];
      expect(new Set(held).size).toBe(2);
    }
    expect(before.dataSync()).toEqual(new Float32Array([10]));
    expect(last.dataSync()).toEqual(new Float32Array([15]));
  });

  test("running means and sums of gradients are written over too", () => {
    const w = new Parameter(tensor([2]));
    const average = new PolyakAverage([w]);
    average.add();
    const mean = cellNamed(average, "0");
    const storage = mean.slot.storage();
    w.assign(4);
    average.add();
    expect(mean.slot.storage()).toBe(storage);
    expect(average.values()["0"]?.dataSync()).toEqual(new Float32Array([3]));

    const sums = new GradientAccumulator([w]);
    sums.add([ones([1])]);
    const sum = cellNamed(sums, "0").slot.storage();
    sums.add([tensor([5])]);
    expect(cellNamed(sums, "0").slot.storage()).toBe(sum);
    expect(sums.take()["0"]?.dataSync()).toEqual(new Float32Array([3]));
    sums.add([tensor([7])]);
    expect(sums.take()["0"]?.dataSync()).toEqual(new Float32Array([7]));
  });
});

test("a step of a deep network is one program", () => {
  setDefaultDevice("reference");
  const layers = Array.from({ length: 120 }, () => [new Linear(2, 2), tanh]).flat();
  const model = sequential(...layers);
  const optimizer = new Adam(model);
  const x = randn([2, 2]);
  const programs = recordPrograms(() => {
    optimizer.step(gradients(model.forward(x).sum(), model));
  });
  expect(programs).toHaveLength(1);
});
