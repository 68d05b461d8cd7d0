import { beforeEach, describe, expect, test } from "vitest";
import { recordPrograms } from "../../src/engine/profile.ts";
import { commit, Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { memory, realize, realizeSync, tidy } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

describe.each(devicesHere)("cells on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  /** A linear model trained by gradient descent, as a plain function. */
  function descent(): { w: Parameter; step: (x: Tensor, y: Tensor) => Tensor } {
    const w = new Parameter(tensor([1, 2]));
    const step = (x: Tensor, y: Tensor): Tensor => {
      const loss = x.matmul(w).sub(y).square().mean();
      const [g] = gradients(loss, [w]) as [Tensor];
      commit([w], [w.sub(g.mul(0.125))]);
      return loss;
    };
    return { w, step };
  }
  const x = (): Tensor =>
    tensor([
      [1, 0],
      [0, 1],
    ]);
  const y = (): Tensor => tensor([3, 5]);
  // The gradient is w − y: w moves by an eighth of the way each step.
  const weightsAfter = (steps: number): number[] =>
    [1, 2].map((w, i) => {
      const target = [3, 5][i] as number;
      return target + (w - target) * 0.875 ** steps;
    });

  test("cells that nobody uses take no memory, however many and whatever else is trained", () => {
    const { step } = descent();
    step(x(), y()).dataSync(); // and with it what earlier tests left to be computed
    const before = memory();
    const idle = Array.from({ length: 300 }, () => new Parameter(randn([4096, 4096])));
    // The collector may free what earlier tests left.
    expect(memory().live).toBeLessThanOrEqual(before.live);
    step(x(), y()).dataSync();
    expect(memory().live - before.live).toBeLessThan(10_000);
    expect(idle).toHaveLength(300);
  });

  test.each(["eager", "compiled"])(
    "what was computed from old weights keeps them: %s",
    async (how) => {
      const { w, step } = descent();
      const run = how === "compiled" ? compile(step) : step;
      run(x(), y());
      run(x(), y());
      const old = w.mul(1);
      const snapshot = w.snapshot();
      run(x(), y());
      run(x(), y());
      expect([...(await old.data())]).toEqual(weightsAfter(2));
      expect([...(await snapshot.data())]).toEqual(weightsAfter(2));
      expect([...(await w.data())]).toEqual(weightsAfter(4));
    },
  );

  test.each(["eager", "compiled"])("a snapshot that is read between steps: %s", async (how) => {
    const { w, step } = descent();
    const run = how === "compiled" ? compile(step) : step;
    const seen: Tensor[] = [];
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) seen.push(w.snapshot());
      run(x(), y());
    }
    for (const [i, s] of seen.entries()) expect([...(await s.data())]).toEqual(weightsAfter(2 * i));
  });

  test("an operation uses the value at its line, assign sets it for later lines", () => {
    const c = new State(tensor([1, 2]));
    const before = c.add(0);
    c.assign(c.mul(10));
    const between = c.add(0);
    c.assign(7);
    expect(before.dataSync()).toEqual(new Float32Array([1, 2]));
    expect(between.dataSync()).toEqual(new Float32Array([10, 20]));
    expect(c.dataSync()).toEqual(new Float32Array([7, 7]));
  });

  test("the same inside one trace", () => {
    const c = new State(tensor([1, 2]));
    const step = compile((k: Tensor) => {
      const before = c.add(0);
      c.assign(c.mul(k));
      const between = c.add(0);
      c.assign(c.add(1));
      return { before, between, last: c };
    });
    const first = step(10);
    const second = step(2);
    expect(first.before.dataSync()).toEqual(new Float32Array([1, 2]));
    expect(first.between.dataSync()).toEqual(new Float32Array([10, 20]));
    expect(first.last.dataSync()).toEqual(new Float32Array([11, 21]));
    expect(second.before.dataSync()).toEqual(new Float32Array([11, 21]));
    expect(second.last.dataSync()).toEqual(new Float32Array([23, 43]));
    expect(c.dataSync()).toEqual(new Float32Array([23, 43]));
    expect(first.last.dataSync()).toEqual(new Float32Array([11, 21]));
  });

  test("cells trade values in one step", () => {
    const a = new State(tensor([1, 2]));
    const b = new State(tensor([3, 4]));
    const swap = compile(() => {
      const old = a.snapshot();
      a.assign(b);
      b.assign(old);
    });
    for (let i = 0; i < 3; i++) swap();
    expect(a.dataSync()).toEqual(new Float32Array([3, 4]));
    expect(b.dataSync()).toEqual(new Float32Array([1, 2]));
    const turn = compile(() => {
      const old = a.snapshot();
      a.assign(b.add(a));
      b.assign(old);
      return old;
    });
    const outs = [turn(), turn(), turn()];
    expect(outs.map((t) => t.arraySync())).toEqual([
      [3, 4],
      [4, 6],
      [7, 10],
    ]);
    expect(a.arraySync()).toEqual([11, 16]);
    expect(b.arraySync()).toEqual([7, 10]);
  });

  test("two cells with one value stay two cells", () => {
    const a = new State(zeros([2]));
    const b = new State(zeros([2]));
    const both = compile(() => {
      const next = a.add(1);
      a.assign(next);
      b.assign(next);
    });
    const one = compile(() => {
      a.assign(a.mul(2));
    });
    both();
    both();
    one();
    one();
    expect(a.arraySync()).toEqual([8, 8]);
    expect(b.arraySync()).toEqual([2, 2]);
  });

  test("10^4 unread eager steps", () => {
    const w = new Parameter(tensor([0, 1]));
    for (let i = 0; i < 10_000; i++) w.assign(w.add(1));
    expect(w.dataSync()).toEqual(new Float32Array([10_000, 10_001]));
  }, 120_000);

  test("10^4 unread eager steps with gradients", () => {
    const { w, step } = descent();
    for (let i = 0; i < 10_000; i++) step(x(), y());
    expect(w.dataSync()[0]).toBeCloseTo(3, 4);
  }, 120_000);

  test("an eager step computes weights, pending statistics and loss in one program", () => {
    const { w } = descent();
    const mean = new State(zeros([2]));
    const data = x().add(0.5);
    data.dataSync();
    const steps = () => {
      const out = data.matmul(w);
      mean.assign(mean.mul(0.9).add(out.mul(0.1)));
      const loss = out.square().mean();
      const [g] = gradients(loss, [w]) as [Tensor];
      commit([w], [w.sub(g)]);
      return loss;
    };
    steps();
    let loss = zeros([]);
    const programs = recordPrograms(() => {
      loss = steps();
      loss.itemSync();
      mean.dataSync();
      w.dataSync();
    });
    expect(programs).toHaveLength(1);
  });

  test("a step happens whole or not at all", () => {
    const a = new State(tensor([1, 2]));
    const b = new State(tensor([3, 4]));
    expect(() => commit([a, b], [a.add(1), tensor([1, 2, 3])])).toThrow(/shape \[2\].*\[3\]/);
    expect(a.arraySync()).toEqual([1, 2]);
    const leak: Tensor[] = [];
    compile((t: Tensor) => {
      leak.push(t);
      return t;
    })(tensor([1, 2]));
    expect(() => commit([a, b], [a.add(1), leak[0] as Tensor])).toThrow(/traced function/);
    expect(a.arraySync()).toEqual([1, 2]);
    expect(b.arraySync()).toEqual([3, 4]);
    const failing = compile((fail: boolean) => {
      a.assign(a.add(100));
      if (fail) throw new Error("halfway");
    });
    expect(() => failing(true)).toThrow("halfway");
    expect(a.arraySync()).toEqual([1, 2]);
    failing(false);
    expect(a.arraySync()).toEqual([101, 102]);
  });

  test("gradients work after a read, until a cell that was used is assigned", async () => {
    const w = new Parameter(tensor([1, 2]));
    const loss = w.square().sum();
    expect(await loss.item()).toBe(5);
    expect(gradients(loss, [w])[0]?.arraySync()).toEqual([2, 4]);
    w.assign(w.mul(2));
    expect(() => gradients(loss, [w])).toThrow(/assigned after/);
    const other = new Parameter(tensor([3, 3]));
    const both = w.mul(other).sum();
    both.itemSync();
    w.assign(0);
    expect(() => gradients(both, [other])).toThrow(/assigned after/);
    expect(gradients(w.mul(other).sum(), [other])[0]?.arraySync()).toEqual([0, 0]);
  });

  test("after a step the gradients of its loss are gone, and say so", () => {
    const { w, step } = descent();
    const loss = step(x(), y());
    expect(() => gradients(loss, [w])).toThrow(/before the step|assigned after/);
  });

  test("a loss that does not depend on the tensors says so", () => {
    const w = new Parameter(tensor([1, 2]));
    expect(() => gradients(tensor([3]).sum(), [w])).toThrow(/none of these/);
    const forward = compile(() => w.sum());
    expect(() => gradients(forward(), [w])).toThrow(/compiled function/);
    expect(() => gradients(w.mul(2), [w])).toThrow(/one number/);
  });

  test("an unread chain through a cell is computed once, not again at every read", async () => {
    const w = new State(tensor([0]));
    for (let i = 0; i < 20; i++) {
      w.assign(w.add(1));
      await realize(w.mul(2));
    }
    expect(w.node.pending).toBeLessThan(5);
    expect(w.arraySync()).toEqual([20]);
  });

  test("a cell keeps what it was given, whatever becomes of the tensors it was made of", async () => {
    const first = tensor([1, 2]);
    realizeSync(first);
    const w = new State(first);
    first.dispose();
    const made = tensor([3, 4]);
    realizeSync(made);
    const twice = new State(tensor([0, 0]));
    twice.assign(made.mul(2));
    made.dispose();
    const inside = new State(tensor([0, 0]));
    tidy(() => {
      const x = tensor([5, 6]);
      realizeSync(x);
      inside.assign(x.add(1));
    });
    expect(Array.from(await w.data())).toEqual([1, 2]);
    expect(Array.from(await twice.data())).toEqual([6, 8]);
    expect(Array.from(await inside.data())).toEqual([6, 7]);
  });

  test("shapes and types are checked where the value is assigned", () => {
    const c = new State(tensor([1, 2]));
    expect(() => c.assign(tensor([1]))).toThrow(/shape \[2\].*\[1\]/);
    expect(() => c.assign(tensor([1, 2], { dtype: "i32" }))).toThrow(/cast/);
  });

  test("a long chain of reads holds a bounded past", () => {
    let v = tensor([1, 2]);
    const w = tensor([0.5, 0.5]);
    for (let i = 0; i < 2500; i++) {
      v = v.add(w);
      v.dataSync();
    }
    let depth = 0;
    for (let at = v.node; at.src.length > 0 && depth < 5000; depth++) {
      at = at.src[0] as typeof at;
    }
    expect(depth).toBeLessThanOrEqual(1001);
    const x0 = tensor([1, 2]);
    let z = x0;
    for (let i = 0; i < 1500; i++) {
      z = z.add(w);
      z.dataSync();
    }
    expect(() => gradients(z.sum(), x0)).toThrow(/thousand values/);
  });
});
