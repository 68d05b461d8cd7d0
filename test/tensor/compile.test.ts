import { beforeEach, describe, expect, test, vi } from "vitest";
import { compiledPrograms } from "../../src/engine/profile.ts";
import { Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { grad } from "../../src/tensor/derivatives.ts";
import { defaultGenerator, seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { guard } from "../../src/tensor/trace.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

describe.each(devicesHere)("compile on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  test("traces once per signature: shapes, types, structure, strings and booleans", () => {
    let traced = 0;
    const f = compile((x: Tensor, options: { mode: string; on: boolean; more: Tensor[] }) => {
      traced++;
      const y = options.mode === "double" ? x.mul(2) : x;
      return options.more.reduce((sum, t) => sum.add(t), options.on ? y.add(0.5) : y);
    });
    const x = tensor([1, 2]);
    const more = [tensor([10, 20])];
    expect(f(x, { mode: "double", on: true, more }).arraySync()).toEqual([12.5, 24.5]);
    expect(f(x.add(1), { mode: "double", on: true, more }).arraySync()).toEqual([14.5, 26.5]);
    expect(traced).toBe(1);
    expect(f(x, { mode: "same", on: true, more }).arraySync()).toEqual([11.5, 22.5]);
    expect(f(x, { mode: "same", on: false, more }).arraySync()).toEqual([11, 22]);
    expect(f(x, { mode: "same", on: false, more: [] }).arraySync()).toEqual([1, 2]);
    expect(f(tensor([[1, 2]]), { mode: "same", on: false, more }).arraySync()).toEqual([[11, 22]]);
    expect(f(tensor([1, 2], { dtype: "i32" }), { mode: "same", on: false, more: [] }).dtype).toBe(
      "i32",
    );
    expect(traced).toBe(6);
    f(x, { mode: "double", on: true, more });
    expect(traced).toBe(6);
  });

  test("a number is an input and never retraces", () => {
    let traced = 0;
    const f = compile((x: Tensor, k: Tensor) => {
      traced++;
      return { y: x.mul(k), k: k.add(1), same: k };
    });
    for (const k of [2, 0.5, 0, 1, -1, 1e-3, Number.NaN]) {
      const { y, k: next, same } = f(tensor([1, 2]), k);
      expect(y.dataSync()).toEqual(new Float32Array([k, 2 * k]));
      expect(next.itemSync()).toBe(Math.fround(Math.fround(k) + 1));
      expect(same.itemSync()).toBe(Math.fround(k));
    }
    expect(traced).toBe(1);
    // Beside f64 the number keeps its digits.
    expect(f(tensor([1], { dtype: "f64" }), 0.1).y.itemSync()).toBe(0.1);
    expect(() => compile((k: Tensor) => Number(k) + 1)(2)).toThrow(/not a number/);
  });

  test("a thousand steps with changing numbers and a short last batch compile twice", () => {
    const w = new Parameter(tensor([1, 2]));
    const step = compile((x: Tensor, rate: Tensor) => {
      const loss = x.matmul(w).square().mean();
      const [g] = gradients(loss, [w]) as [Tensor];
      w.assign(w.sub(g.mul(rate)));
      return loss;
    });
    const full = tensor([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const short = tensor([[1, 0]]);
    step(full, 0.1);
    step(short, 0.1);
    const before = compiledPrograms();
    for (let i = 0; i < 1000; i++) step(i % 10 === 9 ? short : full, 0.01 + i * 1e-6);
    expect(compiledPrograms()).toBe(before);
    expect(step.traceCount).toBe(2);
    expect(w.dataSync()[0]).toBeLessThan(1);
  });

  test("captured tensors are inputs by identity; other values are fixed at the trace", () => {
    const a = tensor([1, 2]).mul(3); // not computed yet
    let factor = 2;
    const f = compile((x: Tensor) => x.add(a).mul(factor));
    expect(f(tensor([0, 0])).arraySync()).toEqual([6, 12]);
    expect(a.node.storage).toBeDefined();
    factor = 100;
    expect(f(tensor([1, 1])).arraySync()).toEqual([8, 14]);
    // Returned as they are: an argument, a captured tensor, plain values.
    const g = compile((x: Tensor) => ({ x, a, n: 3, s: "text", list: [x.neg(), null] }));
    const out = g(tensor([5]));
    expect(out.x.arraySync()).toEqual([5]);
    expect(out.a.arraySync()).toEqual([3, 6]);
    expect([out.n, out.s, out.list[1]]).toEqual([3, "text", null]);
    expect((out.list[0] as Tensor).arraySync()).toEqual([-5]);
  });

  test("each call's outputs have memory of their own", () => {
    const s = new State(tensor([0]));
    const f = compile(() => {
      s.assign(s.add(1));
      return s.mul(1);
    });
    const results = Array.from({ length: 5 }, () => f());
    expect(results.map((r) => r.itemSync())).toEqual([1, 2, 3, 4, 5]);
  });

  test("a cell that nobody else sees is overwritten in place", () => {
    const s = new State(zeros([1000]));
    const f = compile(() => {
      s.assign(s.add(1));
    });
    f();
    f();
    const storage = s.slot.storage();
    f();
    const inPlace = s.slot.storage() === storage;
    const seen = s.snapshot();
    f();
    expect(s.slot.storage()).not.toBe(seen.node.storage);
    expect(seen.dataSync()[0]).toBe(3);
    expect(s.dataSync()[0]).toBe(4);
    expect(inPlace).toBe(true);
  });

  test("guards select another trace and come back to the first", () => {
    const module = { training: true, head: "a" };
    let traced = 0;
    const f = compile((x: Tensor) => {
      traced++;
      const training = guard(() => module.training);
      return training ? x.mul(2) : x.mul(3);
    });
    const x = tensor([1]);
    expect(f(x).itemSync()).toBe(2);
    module.training = false;
    expect(f(x).itemSync()).toBe(3);
    module.training = true;
    expect(f(x).itemSync()).toBe(2);
    expect(traced).toBe(2);
  });

  test("random state moves on at every call, as it does without compile", () => {
    const draw = (): Tensor => rand([4]).add(rand([4]).mul(10));
    seed(11);
    const eager = Array.from({ length: 3 }, () => draw().arraySync());
    const after = defaultGenerator().state;
    seed(11);
    const f = compile(draw);
    const compiled = Array.from({ length: 3 }, () => f().arraySync());
    expect(compiled).toEqual(eager);
    expect(defaultGenerator().state).toEqual(after);
    expect(new Set(compiled.flat(3)).size).toBe(12);
    expect(f.traceCount).toBe(1);
    defaultGenerator().state = { seed: 11, draws: 2 };
    expect(f().arraySync()).toEqual(eager[1]);
  });

  test("the values at the start of a call are those of before the call", () => {
    const w = new Parameter(tensor([1]));
    w.assign(w.add(1)); // pending
    const f = compile(() => {
      w.assign(w.mul(3));
      return w.add(0.5);
    });
    expect(f().itemSync()).toBe(6.5);
    w.assign(10);
    expect(f().itemSync()).toBe(30.5);
  });

  test("gradients by a cell assigned before in the same trace", () => {
    const w = new Parameter(tensor([3]));
    const f = compile(() => {
      const first = w.square().sum();
      w.assign(w.sub((gradients(first, [w]) as [Tensor])[0].mul(0.25)));
      const second = w.square().sum();
      return gradients(second, [w]);
    });
    expect(f()[0]?.arraySync()).toEqual([3]);
    expect(w.arraySync()).toEqual([1.5]);
    const late = compile(() => {
      const loss = w.square().sum();
      w.assign(0);
      return gradients(loss, [w]);
    });
    expect(() => late()).toThrow(/assigned after/);
  });

  test("reads and async functions throw and name the line", () => {
    const x = tensor([1, 2]);
    expect(() => compile((t: Tensor) => t.sum().itemSync())(x)).toThrow(
      /itemSync|dataSync.*compile\.test\.ts:\d+/,
    );
    expect(() => compile(() => x.dataSync())()).toThrow(/compile\.test\.ts:\d+/);
    expect(() => compile(async (t: Tensor) => t)).toThrow(/async/);
    expect(() => compile((t: Tensor) => Promise.resolve(t))(x)).toThrow(/async/);
    expect(() => compile((t: Float32Array) => t.length)(new Float32Array(2))).toThrow(
      /tensor\(array\)/,
    );
  });

  test("a fault is reported by the results, or by the call that returns nothing", async () => {
    const table = tensor([1, 2, 3]);
    const s = new State(tensor([0]));
    const look = compile((index: Tensor) => {
      const y = table.take(index).sum();
      s.assign(s.add(1));
      return y;
    });
    const bad = tensor([5], { dtype: "i32" });
    const good = tensor([1], { dtype: "i32" });
    await expect(look(bad).item()).rejects.toThrow(/index 5/);
    expect(s.arraySync()).toEqual([0]);
    expect(await look(good).item()).toBe(2);
    expect(s.arraySync()).toEqual([1]);
    const silent = compile((index: Tensor) => {
      s.assign(table.take(index));
    });
    expect(() => silent(bad)).toThrow(/index 5/);
    expect(s.arraySync()).toEqual([1]);
    silent(good);
    expect(s.arraySync()).toEqual([2]);
  });

  test("inside another transform the function is part of it", () => {
    const f = compile((x: Tensor, k: Tensor) => x.pow(3).mul(k).sum());
    expect(grad((x: Tensor) => f(x, 2))(tensor([1, 2])).arraySync()).toEqual([6, 24]);
    const outer = compile((x: Tensor) => f(x, 0.5).add(1));
    expect(outer(tensor([2])).itemSync()).toBe(5);
    expect(f.traceCount).toBe(0);
  });

  test("after eight signatures a warning names the argument that changes", () => {
    const warn = vi.spyOn(console, "error").mockImplementation(() => {});
    const f = compile((x: Tensor, y: Tensor) => x.sum().add(y));
    for (let n = 1; n <= 12; n++) f(tensor([1]), zeros([n]));
    const lines = warn.mock.calls
      .map((call) => String(call[0]))
      .filter((l) => l.includes("traced"));
    warn.mockRestore();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/argument 1 changes: f32 \[8\], then f32 \[9\]/);
  });

  test("a tensor of another trace is refused by name", () => {
    const leak: Tensor[] = [];
    compile((t: Tensor) => {
      leak.push(t.add(0.5));
      return t;
    })(tensor([1]));
    expect(() => (leak[0] as Tensor).dataSync()).toThrow(/only inside a traced function/);
    expect(() => compile((t: Tensor) => t.add(leak[0] as Tensor))(tensor([1]))).toThrow(
      /traced function/,
    );
  });

  test("the program as data", () => {
    const f = compile((x: Tensor) => x.mul(2.5).add(1.5).relu());
    expect(f.explain()).toBeUndefined();
    f(tensor([1, -2]));
    expect(f.kernelCount).toBe(1);
    expect(f.explain()?.device).toBe(device);
    expect(f.explain()?.steps.length).toBeGreaterThan(0);
  });
});
