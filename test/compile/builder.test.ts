// The kernel builder: where statements end up, and that equal values are computed once.

import { describe, expect, test } from "vitest";
import { KernelBuilder } from "../../src/compile/builder.ts";
import { literal } from "../../src/compile/math-arithmetic.ts";
import * as build from "../../src/ir/build.ts";
import { CompileError } from "../../src/ir/errors.ts";
import type { Atom, Kernel, Statement, Variable } from "../../src/ir/kernel.ts";

const source = build.input(0, [100], "f32");
const bodyOf = (b: KernelBuilder): readonly Statement[] => b.finish("test").kernel.body;
const kinds = (list: readonly Statement[] | undefined): string[] => (list ?? []).map((s) => s.kind);
const inner = (s: Statement | undefined): readonly Statement[] | undefined =>
  s?.kind === "for" || s?.kind === "if" ? s.body : undefined;

describe("hoisting", () => {
  test("what does not change in a loop is computed before it", () => {
    const b = new KernelBuilder(1);
    const out = b.writes(source, 0);
    b.loop(0, 10, 1, (i) => {
      b.loop(0, 10, 1, (j) => {
        const fixed = b.index.mul(b.unit, b.int(7, "rows"));
        const row = b.index.mul(i, b.int(3, "columns"));
        b.store(out, b.index.add(b.index.add(fixed, row), j), literal("f32", 1), 1);
      });
    });
    const [first, outer, ...rest] = bodyOf(b);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ kind: "compute", op: "mul" });
    expect(kinds(inner(outer))).toEqual(["compute", "compute", "for"]);
    expect(kinds(inner(inner(outer)?.[2]))).toEqual(["compute", "store"]);
  });

  test("loads of other kernels' memory leave loops, and never a condition", () => {
    const b = new KernelBuilder(1);
    const from = b.reads(source, 0);
    const out = b.writes(source, 50);
    b.loop(0, 10, 1, (i) => {
      b.store(out, i, b.load("f32", from, 0), 1);
      b.when(b.index.less(i, 5), () => b.store(out, i, b.load("f32", from, 1), 1));
    });
    const [load, loop] = bodyOf(b);
    expect(load).toMatchObject({ kind: "load", index: { value: 0 } });
    expect(kinds(inner(loop))).toEqual(["store", "compute", "if"]);
    expect(kinds(inner(inner(loop)?.[2]))).toEqual(["load", "store"]);
  });

  test("a fresh load stays where it is written", () => {
    const b = new KernelBuilder(1);
    const memory = b.writes(source, 0);
    b.loop(0, 10, 1, () => {
      const old = b.load("f32", memory, 0, { fresh: true });
      b.store(memory, 0, b.compute("add", "f32", old, literal("f32", 1)), 1);
    });
    expect(kinds(inner(bodyOf(b)[0]))).toEqual(["load", "compute", "store"]);
  });
});

describe("one value once", () => {
  test("equal values of one block are one variable", () => {
    const b = new KernelBuilder(1);
    const rows = b.int(7, "rows");
    expect(b.index.mul(b.unit, rows)).toBe(b.index.mul(b.unit, rows));
    expect(b.index.mul(b.unit, b.int(7, "columns"))).not.toBe(b.index.mul(b.unit, rows));
    expect(b.load("f32", b.reads(source, 0), 3)).toBe(b.load("f32", b.reads(source, 0), 3));
  });

  test("a variable that may be set again is read anew, until it is settled", () => {
    const b = new KernelBuilder(1);
    const sum = b.variable("f32", 1, literal("f32", 0));
    const twice = (): Atom => b.compute("add", "f32", sum, sum);
    expect(twice()).not.toBe(twice());
    b.settle(sum);
    expect(twice()).toBe(twice());
  });

  test("a value of one turn is not known in the next", () => {
    const b = new KernelBuilder(1);
    const seen: Atom[] = [];
    for (const turn of [0, 1]) {
      b.turn(() => {
        b.remember(5, b.int(turn, `turn${turn}`), 0);
        seen.push(b.recall(5) as Atom);
      });
      expect(b.recall(5)).toBeUndefined();
    }
    expect(seen[0]).not.toEqual(seen[1]);
  });

  test("addresses fold zeros, ones and known numbers", () => {
    const b = new KernelBuilder(1);
    const { add, sub, mul } = b.index;
    expect(add(b.unit, 0)).toBe(b.unit);
    expect(sub(b.unit, 0)).toBe(b.unit);
    expect(mul(1, b.unit)).toBe(b.unit);
    expect(mul(b.unit, 0)).toEqual(literal("index", 0));
    expect(add(mul(2, 3), 4)).toEqual(literal("index", 10));
    expect(bodyOf(b)).toEqual([]);
  });
});

describe("the launch", () => {
  test("one argument a role; a role has one value", () => {
    const b = new KernelBuilder(1);
    expect(b.int(3, "rows")).toEqual(b.int(3, "rows"));
    expect(b.int(3, "columns")).not.toEqual(b.int(3, "rows"));
    expect(b.ints).toEqual([3, 3]);
    expect(() => b.int(4, "rows")).toThrow(CompileError);
  });

  test("one buffer for each place in a source, scratch after them", () => {
    const b = new KernelBuilder(4);
    const scratch = b.scratch("f32", 100);
    const [near, far] = [b.reads(source, 0), b.reads(source, 8)];
    expect(b.reads(source, 0)).toBe(near);
    expect(b.writes(source, 0)).not.toBe(near);
    b.store(scratch, 0, b.load("f32", far, 0), 1);
    const { kernel, scratchBytes } = b.finish("test");
    expect(scratchBytes).toBeGreaterThanOrEqual(400);
    expect(b.uses.map((u) => u.offset)).toEqual([0, 8, 0]);
    expect(kernel.buffers.map((x) => x.scratch !== undefined)).toEqual([false, false, false, true]);
    expect(storedTo(kernel)).toBe(3);
  });

  test("a value has the lanes of its widest operand", () => {
    const b = new KernelBuilder(8);
    const vector = b.load("f32", b.reads(source, 0), 0, { lanes: 8 });
    const half = b.compute("mul", "f32", vector, literal("f32", 0.5)) as Variable;
    expect(half.lanes).toBe(8);
    expect((b.index.add(b.unit, 1) as Variable).lanes).toBe(1);
  });
});

function storedTo(kernel: Kernel): number | undefined {
  const store = kernel.body.find((s) => s.kind === "store");
  return store?.kind === "store" ? store.buffer : undefined;
}

describe("a routine", () => {
  test("is given what it takes from around it, once, and places what it computes within", () => {
    const b = new KernelBuilder(1);
    const out = b.writes(source, 0);
    const rows = b.int(7, "rows");
    const around = b.index.mul(b.unit, rows);
    b.routine(() => {
      b.loop(0, rows, 1, (i) => {
        const fixed = b.index.mul(b.unit, rows);
        b.store(out, b.index.add(b.index.add(fixed, around), i), literal("f32", 1), 1);
      });
    });
    const routine = bodyOf(b).at(-1) as Extract<Statement, { kind: "routine" }>;
    expect(routine.args).toEqual([b.unit, rows, around]);
    const [unit, count, given] = routine.parameters as [Variable, Variable, Variable];
    const [fixed, sum, loop] = routine.body as [Statement, Statement, Statement];
    expect(fixed).toMatchObject({ kind: "compute", op: "mul", args: [unit, count] });
    expect(sum).toMatchObject({ kind: "compute", op: "add", args: [{ kind: "variable" }, given] });
    expect(kinds(inner(loop))).toEqual(["compute", "store"]);
  });

  test("assigns to nothing around it", () => {
    const b = new KernelBuilder(1);
    const sum = b.variable("f32", 1, literal("f32", 0));
    expect(() => b.routine(() => b.set(sum, literal("f32", 1)))).toThrow(CompileError);
  });
});
