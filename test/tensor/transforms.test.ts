import { beforeEach, describe, expect, test } from "vitest";
import { compiledPrograms } from "../../src/engine/profile.ts";
import { Parameter, State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor, zeros } from "../../src/tensor/create.ts";
import {
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  valueAndGrad,
  vjp,
} from "../../src/tensor/derivatives.ts";
import { withCells } from "../../src/tensor/engine.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand } from "../../src/tensor/random.ts";
import { checkpoint, customVjp, stopGradient } from "../../src/tensor/rules.ts";
import { scan } from "../../src/tensor/scan.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { treeMap, treeSymbol } from "../../src/tensor/tree.ts";
import { vmap } from "../../src/tensor/vmap.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";

const f64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: "f64" });
const close = (a: Tensor, b: Tensor, digits = 9): void => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  for (let i = 0; i < y.length; i++) expect(x[i]).toBeCloseTo(y[i] as number, digits);
};

/** A module: two parameters, one of them frozen, and a state. */
class Affine {
  readonly weight = new Parameter(f64([2, 3]));
  readonly bias = new Parameter(f64([0.5]));
  readonly frozen = new Parameter(f64([7]));
  readonly mean = new State(f64([0]));
  constructor() {
    this.frozen.requiresGrad = false;
  }
  forward(x: Tensor): Tensor {
    return x.mul(this.weight).add(this.bias).add(this.frozen);
  }
  *[treeSymbol](): Generator<readonly [string, Parameter | State]> {
    yield ["weight", this.weight];
    yield ["bias", this.bias];
    yield ["frozen", this.frozen];
    yield ["mean", this.mean];
  }
}

describe.each(devicesHere)("transforms on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  const f = (x: Tensor): Tensor => x.sin().mul(x).sum();
  const x = (): Tensor => f64([0.3, -1.2, 2]);

  test("grad, to any order", () => {
    close(grad(f)(x()), x().cos().mul(x()).add(x().sin()));
    const second = grad((y: Tensor) => grad(f)(y).sum());
    close(second(x()), x().cos().mul(2).sub(x().sin().mul(x())));
    const third = grad((y: Tensor) => second(y).sum());
    close(third(x()), x().sin().mul(-3).sub(x().cos().mul(x())));
  });

  test("valueAndGrad, arguments, trees and numbers", () => {
    const loss = (p: { w: Tensor; b: Tensor[] }, x: Tensor): Tensor =>
      x
        .mul(p.w)
        .add(p.b[0] as Tensor)
        .square()
        .sum();
    const p = { w: f64([1, 2]), b: [f64([3])] };
    const [value, g] = valueAndGrad(loss)(p, f64([1, 1]));
    expect(value.itemSync()).toBe(16 + 25);
    expect(g.w.arraySync()).toEqual([8, 10]);
    expect(g.b[0]?.arraySync()).toEqual([18]);
    expect(grad(loss, { argument: 1 })(p, f64([1, 1])).arraySync()).toEqual([8, 20]);
    expect((grad((k: number | Tensor) => f64([1, 2]).mul(k).sum())(3) as Tensor).itemSync()).toBe(
      3,
    );
    expect(() => grad((y: Tensor) => y)(x())).toThrow(/one number/);
    expect(() => grad((y: Tensor) => y.sum())(tensor([1], { dtype: "i32" }))).toThrow(/i32/);
    expect(() => grad((y: Tensor) => y.sum(), { argument: 1 as 0 })(x())).toThrow(/no argument 1/);
  });

  test("a module is a tree keyed like its state dict; frozen parameters and states are left out", () => {
    const model = new Affine();
    const loss = model.forward(f64([1, 2])).sum();
    const g = gradients(loss, model);
    expect(Object.keys(g)).toEqual(["weight", "bias"]);
    expect(g.weight?.arraySync()).toEqual([1, 2]);
    expect(g.bias?.arraySync()).toEqual([2]);
    const h = grad((m: Affine, x: Tensor) => m.forward(x).square().sum())(model, f64([1, 2]));
    expect(Object.keys(h)).toEqual(["weight", "bias"]);
    expect(h.bias?.arraySync()).toEqual([2 * 9.5 + 2 * 13.5]);
    const nested = grad(
      (m: Affine) =>
        grad((n: Affine) =>
          n
            .forward(f64([1, 2]))
            .pow(3)
            .sum(),
        )(m).bias?.sum() as Tensor,
    )(model);
    expect(nested.weight?.arraySync()).toEqual([6 * 9.5, 12 * 13.5]);
  });

  test("vjp and jvp agree: ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩", () => {
    const g = (a: Tensor, b: Tensor): { s: Tensor; p: Tensor } => ({
      s: a.add(b).exp(),
      p: a.mul(b).sum(),
    });
    const [a, b] = [x(), f64([0.1, 0.2, 0.3])];
    const [da, db] = [f64([1, -2, 0.5]), f64([0.3, 0.4, 2])];
    const [, pullback] = vjp(g, a, b);
    const [z, dy] = jvp(g, [a, b], [da, db]);
    close(z.s, a.add(b).exp());
    const [sBar, pBar] = [f64([0.7, -1, 2]), f64(1.5)];
    const [aBar, bBar] = pullback({ s: sBar, p: pBar });
    const left = dy.s.mul(sBar).sum().add(dy.p.mul(pBar));
    close(left, aBar.mul(da).sum().add(bBar.mul(db).sum()));
    expect(() => pullback({ s: f64([1]), p: pBar })).toThrow(/shape \[1\].*\[3\]/);
  });

  test("jacobian, hessian and hvp", () => {
    close(
      jacobian((y: Tensor) => y.square())(f64([1, 2])),
      f64([
        [2, 0],
        [0, 4],
      ]),
    );
    const m = f64([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    close(jacobian((y: Tensor) => m.matmul(y))(x()), m);
    expect(jacobian((_: Tensor) => m.mul(2))(x()).shape).toEqual([2, 3, 3]);
    const h = hessian((y: Tensor) => y.pow(3).sum().add(y.prod()))(f64([1, 2]));
    close(
      h,
      f64([
        [6, 1],
        [1, 12],
      ]),
    );
    const v = f64([0.5, -1]);
    close(
      hvp((y: Tensor) => y.pow(3).sum().add(y.prod()), f64([1, 2]), v),
      h.matmul(v),
    );
    const third = jacobian(hessian((y: Tensor) => y.pow(3).sum()))(f64([1, 2]));
    close(
      third,
      f64([
        [
          [6, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 6],
        ],
      ]),
    );
  });

  test("vmap puts the examples where outAxes says, counted from the end too", () => {
    const wide = (outAxes: number) =>
      vmap((y: Tensor) => y.add(f64([1, 2])), { outAxes })(x()).shape;
    expect([wide(0), wide(1), wide(-1), wide(-2)]).toEqual([
      [3, 2],
      [2, 3],
      [2, 3],
      [3, 2],
    ]);
    expect(() => wide(2)).toThrow("vmap: axis 2 does not exist");
  });

  test("customVjp refuses what is no gradient for its argument", () => {
    const of = (rule: unknown) => () =>
      grad(customVjp((y: Tensor) => y.sum(), rule as never) as (y: Tensor) => Tensor)(x());
    expect(of((g: Tensor) => g)).toThrow("the rule must return a list");
    expect(of((g: Tensor) => [g])).toThrow("a gradient of shape [] for a tensor of [3]");
  });

  test("vmap is a loop: axes, captured tensors, and grad inside and outside", () => {
    const w = f64([1, 2, 3]);
    const g = (a: Tensor, b: Tensor): Tensor => a.mul(w).sum().mul(b.max());
    const [as, bs] = [
      f64([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      f64([
        [7, 8],
        [9, 1],
        [2, 3],
      ]),
    ];
    const loop = [0, 1].map((i) => g(as.at(i), bs.at(":", i)).itemSync());
    const out = vmap(g, { axes: [0, 1] })(as, bs);
    expect(out.arraySync()).toEqual(loop);
    close(vmap(grad(f))(as), grad(f)(as));
    close(grad((a: Tensor) => vmap(f)(a).sum())(as), grad(f)(as));
    close(
      vmap(
        vmap((a: Tensor, b: Tensor) => a.mul(b)),
        { axes: [0, null] },
      )(as, f64([1, 1, 2])),
      as.mul(f64([1, 1, 2])),
    );
    expect(
      vmap((a: Tensor) => ({ twice: a.mul(2), same: w }), { outAxes: 1 })(as).same.shape,
    ).toEqual([3, 2]);
    expect(() => vmap(g)(as, bs)).toThrow(/2 examples.*3/);
    expect(() => vmap((a: Tensor) => a.sum().itemSync())(as)).toThrow(/vmap/);
  });

  test("vmap draws independently, jacobian and checkpoint draw once", () => {
    seed(3);
    const draws = vmap((a: Tensor) => rand([4]).add(a))(zeros([3])).arraySync() as number[][];
    expect(new Set(draws.flat()).size).toBe(12);
    seed(3);
    const noise = vmap(vmap((a: Tensor) => rand([]).add(a)))(zeros([3, 5])).dataSync();
    expect(new Set(noise).size).toBe(15);
    seed(3);
    const rows = jacobian((a: Tensor) => a.mul(rand([3])))(ones([3])).arraySync() as number[][];
    seed(3);
    const once = rand([3]).arraySync() as number[];
    expect(rows).toEqual(once.map((v, i) => once.map((_, k) => (i === k ? v : 0))));
    seed(3);
    const y = (a: Tensor): Tensor =>
      a
        .mul(rand([3]))
        .square()
        .sum();
    const slope = grad(checkpoint(y))(ones([3])).arraySync() as number[];
    for (const [i, s] of slope.entries()) expect(s).toBeCloseTo(2 * (once[i] as number) ** 2, 5);
  });

  test("stopGradient, detach", () => {
    expect(grad((y: Tensor) => y.mul(stopGradient({ y }).y).sum())(f64([3])).arraySync()).toEqual([
      3,
    ]);
    expect(grad((y: Tensor) => y.mul(y.detach()).sum())(f64([3])).arraySync()).toEqual([3]);
  });

  test("checkpoint: the same values and derivatives, with captured cells and assignments", () => {
    const w = new Parameter(f64([2, 3, 4]));
    const mean = new State(f64([0, 0, 0]));
    const layer = (a: Tensor): Tensor => {
      const y = a.mul(w).sin();
      mean.assign(mean.mul(0.5).add(y.mul(0.5)));
      return y.exp().mul(mean);
    };
    const plain = layer(x()).sum();
    const [g] = gradients(plain, [w]) as [Tensor];
    const stats = mean.dataSync();
    mean.assign(0);
    const again = checkpoint(layer)(x()).sum();
    close(again, plain);
    close((gradients(again, [w]) as [Tensor])[0], g);
    expect(mean.dataSync()).toEqual(stats);
    const second = (h: typeof f) => grad((y: Tensor) => grad(h)(y).square().sum())(x());
    close(
      second((y) => checkpoint(f)(y)),
      second(f),
    );
  });

  test("customVjp: its own rule, arguments without one, higher orders", () => {
    const clipped = customVjp(
      (a: Tensor, k: number) => a.mul(k),
      (g: Tensor, result: Tensor, a: Tensor, k: number) => [
        g.mul(k).clamp(-1, 1).add(result.mul(0)).add(a.mul(0)),
        null,
      ],
    );
    expect(clipped(f64([1, 2]), 5).arraySync()).toEqual([5, 10]);
    expect(grad((a: Tensor) => clipped(a, 5).sum())(f64([1, 2])).arraySync()).toEqual([1, 1]);
    const square = customVjp(
      (a: Tensor) => a.square(),
      (g: Tensor, _: Tensor, a: Tensor) => [g.mul(a).mul(3)],
    );
    expect(
      grad((a: Tensor) => grad((b: Tensor) => square(b).sum())(a).sum())(f64([1, 2])).arraySync(),
    ).toEqual([3, 3]);
    const scale = f64([10, 10]);
    const captured = customVjp(
      (a: Tensor) => a.mul(scale),
      (g: Tensor) => [g.mul(scale)],
    );
    expect(grad((a: Tensor) => captured(a).sum())(f64([1, 2])).arraySync()).toEqual([10, 10]);
    expect(
      vmap((a: Tensor) => captured(a).sum())(
        f64([
          [1, 2],
          [3, 4],
        ]),
      ).arraySync(),
    ).toEqual([30, 70]);
  });

  test("withCells gives cells other values", () => {
    const model = new Affine();
    const run = (weight: Tensor): Tensor =>
      withCells([[model.weight, weight]], () => model.forward(f64([1, 1])).sum());
    expect(run(f64([0, 0])).itemSync()).toBe(15);
    expect(model.weight.arraySync()).toEqual([2, 3]);
    expect(
      vmap(run)(
        f64([
          [0, 0],
          [1, 2],
        ]),
      ).arraySync(),
    ).toEqual([15, 18]);
    expect(grad(run)(f64([0, 0])).arraySync()).toEqual([1, 1]);
    withCells([[model.weight, f64([5, 5])]], () => {
      model.weight.assign(f64([6, 6]));
      expect(model.weight.arraySync()).toEqual([6, 6]);
    });
    expect(model.weight.arraySync()).toEqual([2, 3]);
  });

  test("everything inside compile", () => {
    const g = compile((a: Tensor) => ({
      hessian: hessian((y: Tensor) => y.pow(3).sum())(a),
      each: vmap(grad(f))(a.unsqueeze(0)),
      scanned: grad((y: Tensor) => scan((c: Tensor, r: Tensor) => [c.mul(r), c], f64(1), y)[0])(a),
    }));
    const out = g(f64([1, 2, 3]));
    close(
      out.hessian,
      f64([
        [6, 0, 0],
        [0, 12, 0],
        [0, 0, 18],
      ]),
    );
    close(out.each.at(0), grad(f)(f64([1, 2, 3])));
    close(out.scanned, f64([6, 3, 2]));
  });

  test("treeMap keeps the structure", () => {
    const out = treeMap({ a: f64([1]), b: [f64([2]), "x"] as [Tensor, string] }, (t, path) =>
      t.add(path.length),
    );
    expect(out.a.arraySync()).toEqual([2]);
    expect([out.b[0].arraySync(), out.b[1]]).toEqual([[5], "x"]);
  });
});

describe.each(devicesHere)("scan on %s", (device) => {
  beforeEach(() => {
    setDefaultDevice(device);
  });

  const sums = (s: Tensor, v: Tensor): readonly [Tensor, Tensor] => {
    const next = s.add(v);
    return [next, next];
  };

  test("carries, outputs, reverse, axis, length, trees", () => {
    const [total, all] = scan(sums, tensor(0), tensor([1, 2, 3]));
    expect(total.itemSync()).toBe(6);
    expect(all.arraySync()).toEqual([1, 3, 6]);
    expect(scan(sums, tensor(0), tensor([1, 2, 3]), { reverse: true })[1].arraySync()).toEqual([
      6, 5, 3,
    ]);
    const rows = tensor([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    const [last, out] = scan(sums, zeros([2]), rows, { axis: 1 });
    expect(last.arraySync()).toEqual([6, 60]);
    expect(out.arraySync()).toEqual([
      [1, 3, 6],
      [10, 30, 60],
    ]);
    expect(scan(sums, zeros([2]), rows, { axis: -1 })[1].arraySync()).toEqual(out.arraySync());
    const [{ n }, none] = scan(
      (c: { n: Tensor }) => [{ n: c.n.mul(2) }, null],
      { n: tensor(1) },
      { length: 10 },
    );
    expect(n.itemSync()).toBe(1024);
    expect(none).toBeNull();
    const [, empty] = scan(sums, tensor(5), zeros([0]));
    expect(empty.shape).toEqual([0]);
    expect(() => scan(sums, tensor(0), zeros([2, 2]))).toThrow(/carry 0/);
    expect(() => scan((c: Tensor) => c as never, tensor(0), { length: 2 })).toThrow(/next carry/);
  });

  test("captured tensors and cells receive gradients, with and without checkpoint", () => {
    const w = new Parameter(
      f64([
        [0.5, -0.2],
        [0.1, 0.3],
      ]),
    );
    const b = f64([0.1, 0.2]);
    const xs = f64([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const unrolled = (b: Tensor): Tensor => {
      let h = f64([0, 0]);
      for (let t = 0; t < 3; t++) h = h.matmul(w).add(xs.at(t)).add(b).tanh();
      return h.sum();
    };
    for (const recompute of [false, true]) {
      const scanned = (b: Tensor): Tensor =>
        scan(
          (h: Tensor, row: Tensor) => [h.matmul(w).add(row).add(b).tanh(), null],
          f64([0, 0]),
          xs,
          { checkpoint: recompute },
        )[0].sum();
      close(scanned(b), unrolled(b));
      close(grad(scanned)(b), grad(unrolled)(b));
      close(
        (gradients(scanned(b), [w]) as [Tensor])[0],
        (gradients(unrolled(b), [w]) as [Tensor])[0],
      );
      close(hessian(scanned)(b), hessian(unrolled)(b));
    }
  });

  test("a cell that is first read in the body of a compiled function", () => {
    const w = new Parameter(f64([2]));
    const f = compile((xs: Tensor) => {
      const [last] = scan((c: Tensor, v: Tensor) => [c.mul(w).add(v), null], f64([1]), xs);
      const [g] = gradients(last.sum(), [w]) as [Tensor];
      w.assign(w.sub(g));
      return { last, g };
    });
    // c₂ = (w + x₀)·w + x₁; dc₂/dw = 2w + x₀.
    const out = f(f64([[1], [5]]));
    expect(out.last.arraySync()).toEqual([11]);
    expect(out.g.arraySync()).toEqual([5]);
    expect(w.arraySync()).toEqual([-3]);
    expect(f(f64([[1], [5]])).g.arraySync()).toEqual([-5]);
  });

  test("random operations draw anew each time, and the program stays the same", () => {
    const body = (c: Tensor, _: unknown): readonly [Tensor, Tensor] => [
      c.add(1),
      rand([3]).add(rand([3]).mul(10)),
    ];
    seed(5);
    const first = scan(body, tensor(0), { length: 4 })[1].dataSync();
    expect(new Set(first).size).toBe(12);
    const before = compiledPrograms();
    const second = scan(body, tensor(0), { length: 4 })[1].dataSync();
    expect(compiledPrograms()).toBe(before);
    expect([...second]).not.toEqual([...first]);
    seed(5);
    const f = compile(() => scan(body, tensor(0), { length: 4 })[1]);
    expect(f().dataSync()).toEqual(first);
    expect(f().dataSync()).toEqual(second);
    expect(new Set([...first, ...second]).size).toBe(24);
  });

  test("assigning a cell or reading in the body throws", () => {
    const s = new State(tensor(0));
    expect(() =>
      scan(
        (c: Tensor) => {
          s.assign(c);
          return [c, c];
        },
        tensor(0),
        { length: 2 },
      ),
    ).toThrow(/put the value in the carry/);
    expect(() => scan((c: Tensor) => [tensor(c.itemSync()), c], tensor(0), { length: 2 })).toThrow(
      /given to scan/,
    );
  });

  test("vmap of a scan and a scan of a vmap", () => {
    const xs = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const run = (v: Tensor): Tensor => scan(sums, tensor(0), v)[1];
    expect(vmap(run)(xs).arraySync()).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    const [last] = scan((c: Tensor, v: Tensor) => [vmap(sums)(c, v)[0], null], zeros([2]), xs, {
      axis: 1,
    });
    expect(last.arraySync()).toEqual([6, 15]);
    seed(9);
    const noise = vmap((v: Tensor) => scan((c: Tensor) => [c, rand([2])], v, { length: 3 })[1])(
      zeros([4]),
    ).dataSync();
    expect(new Set(noise).size).toBe(24);
  });

  test("a recurrence of 1,000 steps is one program with one small body", () => {
    const w = new Parameter(
      tensor([
        [0.5, 0.1],
        [0.1, 0.5],
      ]),
    );
    const xs = ones([1000, 2]);
    const loss = compile(() => {
      const [h] = scan((c: Tensor, v: Tensor) => [c.matmul(w).add(v).tanh(), null], zeros([2]), xs);
      return gradients(h.sum(), [w])[0] as Tensor;
    });
    const before = compiledPrograms();
    const g = loss().dataSync();
    expect(compiledPrograms() - before).toBeLessThanOrEqual(2);
    expect(g.every((v) => Number.isFinite(v) && v !== 0)).toBe(true);
  });
});
