import { describe, expect, it } from "vitest";
import type { NativeStorage } from "../../src/device/native/storage.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import type { Location, Program, Step } from "../../src/ir/program.ts";
import { ended } from "../support/ended.ts";
import {
  affineKernel,
  arena,
  bytesIn,
  floatsIn,
  input,
  int,
  job,
  launch,
  lit,
  nativeBench,
  output,
  program,
  storageOf,
  variable,
} from "../support/native-program.ts";

const found = nativeBench();
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const bench = "reason" in found ? undefined : found;

const floatsOf = (storage: NativeStorage): number[] => [...floatsIn(storage)];
const load = (
  p: Program,
  inputs: number[],
  outputs: number[],
  more: { constants?: number; threads?: number; profile?: boolean } = {},
) => bench!.load(p, { inputs, outputs, constants: more.constants ?? 0 }, more);

describe.skipIf(!bench)("a plan", () => {
  it("runs launches in order, with constants of each call", () => {
    const p = program(
      [affineKernel()],
      [
        launch([
          job(0, [input(0), arena()], { ints: [4], floats: [2, { constant: 0 }], units: 2 }),
        ]),
        launch([
          job(0, [arena(), output(0)], { ints: [4], floats: [{ constant: 1 }, 0], units: 2 }),
        ]),
      ],
      { arenaBytes: 32 },
    );
    const e = load(p, [32], [32], { constants: 2 });
    const x = storageOf(Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7]));
    const y = storageOf(new Float32Array(8));
    expect(e.run([x], [y], [1, 10])).toBeUndefined();
    expect(floatsOf(y)).toEqual([10, 30, 50, 70, 90, 110, 130, 150]);
    e.run([x], [y], [0, -1]);
    expect(floatsOf(y)).toEqual([0, -2, -4, -6, -8, -10, -12, -14]);
  });

  it("moves locations through nested loops, outermost first", () => {
    // out[a][b] = in[b] + 100, then each row is doubled in place by the outer loop.
    const copy = launch([
      job(0, [input(0, 0, [0, 4]), output(0, 0, [12, 4])], { ints: [1], floats: [1, 100] }),
    ]);
    const double = launch([
      job(0, [output(0, 0, [12]), output(0, 0, [12])], { ints: [3], floats: [2, 0] }),
    ]);
    const p = program(
      [affineKernel()],
      [{ kind: "loop", count: 2, steps: [{ kind: "loop", count: 3, steps: [copy] }, double] }],
    );
    const e = load(p, [12], [24], { profile: true });
    const y = storageOf(new Float32Array(6));
    e.run([storageOf(Float32Array.from([1, 2, 3]))], [y], []);
    expect(floatsOf(y)).toEqual([202, 204, 206, 202, 204, 206]);
    expect(e.steps.map((s) => s.label)).toEqual(["test", "test"]);
    expect(e.profile?.().map((t) => t.runs)).toEqual([6, 2]);
    expect(e.steps[0]?.source?.()).toContain("for (index v0 = begin");
  });

  it("gives the same bits at every thread count, with many jobs in a launch", () => {
    const rows = 40;
    const width = 1024;
    const bytes = 4 * rows * width;
    const jobs = Array.from({ length: rows }, (_, r) =>
      job(0, [input(0, 4 * r * width), output(0, 4 * r * width)], {
        ints: [64],
        floats: [1 / (r + 3), r * 0.1],
        units: width / 64,
      }),
    );
    const p = program(
      [affineKernel()],
      [launch(jobs, { flops: 2 * rows * width, bytes: 2 * bytes })],
    );
    const x = storageOf(Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i)));
    const results = [1, 2, 3, 8].map((threads) => {
      const e = load(p, [bytes], [bytes], { threads });
      const y = storageOf(new Float32Array(rows * width));
      for (let i = 0; i < 20; i++) e.run([x], [y], []);
      return bytesIn(y);
    });
    const plain = floatsOf(x).map((v, i) => {
      const r = Math.floor(i / width);
      return v * (1 / (r + 3)) + r * 0.1;
    });
    const close = [...new Float32Array(results[0]!.buffer)];
    close.forEach((v, i) => {
      expect(Math.abs(v - (plain[i] as number))).toBeLessThan(1e-6);
    });
    for (const other of results.slice(1)) expect(Buffer.compare(other, results[0]!)).toBe(0);
  });

  it("gives every thread scratch of its own", () => {
    // y[unit] = the sum over a scratch row that the unit filled with its number.
    const unit = variable(0, "index");
    const i = variable(1, "index");
    const k = variable(2, "index");
    const u = variable(3, "f32");
    const sum = variable(4, "f32");
    const v = variable(5, "f32");
    const next = variable(6, "f32");
    const zero = lit("index", 0);
    const one = lit("index", 1);
    const kernel: Kernel = {
      name: "rows",
      ints: 2,
      floats: 0,
      lanes: 1,
      variables: 7,
      unit,
      buffers: [
        { memory: "f32", write: true },
        { memory: "f32", write: true, scratch: 0 },
      ],
      body: [
        { kind: "compute", to: u, op: "cast", args: [unit] },
        {
          kind: "for",
          variable: i,
          start: zero,
          stop: int(1),
          step: one,
          body: [{ kind: "store", buffer: 1, index: i, value: u, lanes: 1 }],
        },
        { kind: "var", to: sum, value: lit("f32", 0) },
        {
          kind: "for",
          variable: k,
          start: zero,
          stop: int(1),
          step: one,
          body: [
            { kind: "load", to: v, buffer: 1, index: k },
            { kind: "compute", to: next, op: "add", args: [sum, v] },
            { kind: "set", to: sum, value: next },
          ],
        },
        { kind: "store", buffer: 0, index: unit, value: sum, lanes: 1 },
      ],
    };
    const units = 500;
    const p = program(
      [kernel],
      [
        launch([job(0, [output(0)], { ints: [128, 100], units, scratch: 128 + 400 })], {
          flops: 1e6,
          bytes: 0,
        }),
      ],
    );
    const y = storageOf(new Float32Array(units));
    const e = load(p, [], [4 * units], { threads: 4 });
    for (let r = 0; r < 20; r++) e.run([], [y], []);
    expect(floatsOf(y)).toEqual(Array.from({ length: units }, (_, j) => 100 * j));
  });

  it("returns what an index operation reports", () => {
    const unit = variable(0, "index");
    const bad = variable(1, "bool");
    const kernel: Kernel = {
      name: "check",
      buffers: [{ memory: "f32", write: true }],
      ints: 2,
      floats: 0,
      lanes: 1,
      variables: 2,
      unit,
      body: [
        { kind: "compute", to: bad, op: "less", args: [int(0), unit] },
        { kind: "if", condition: bad, body: [{ kind: "report", code: int(1), value: unit }] },
      ],
    };
    const make = (limit: number): Program =>
      program([kernel], [launch([job(0, [output(0)], { ints: [limit, 2], units: 5 })])], {
        reports: ["gather", "scatter"],
      });
    expect(load(make(3), [], [4]).run([], [storageOf(new Float32Array(1))], [])).toEqual({
      operation: "scatter",
      value: 4,
    });
    expect(load(make(9), [], [4]).run([], [storageOf(new Float32Array(1))], [])).toBeUndefined();
  });

  it("copes with empty programs, launches of no units and loops of no rounds", () => {
    expect(load(program([], []), [], []).run([], [], [])).toBeUndefined();
    const none = job(0, [input(0), output(0)], { ints: [4], floats: [1, 1], units: 0 });
    const p = program(
      [affineKernel()],
      [
        launch([none], { flops: 1e9, bytes: 0 }),
        { kind: "loop", count: 0, steps: [launch([{ ...none, units: 1 }])] },
      ],
    );
    const y = storageOf(new Float32Array(4));
    load(p, [16], [16], { threads: 2 }).run([storageOf(new Float32Array(4).fill(3))], [y], []);
    expect(floatsOf(y)).toEqual([0, 0, 0, 0]);
  });
});

describe.skipIf(!bench)("bad calls are exceptions", () => {
  const p = program(
    [affineKernel()],
    [launch([job(0, [input(0), output(0)], { ints: [4], floats: [1, 1] })])],
  );
  const full = () => storageOf(new Float32Array(4));

  it("of buffers that are too small, detached, foreign or missing", () => {
    const e = load(p, [16], [16]);
    expect(() => e.run([storageOf(new Float32Array(3))], [full()], [])).toThrow(
      /input 0 has 12 bytes and must have 16/,
    );
    expect(() => e.run([full()], [storageOf(new Float32Array(0))], [])).toThrow(
      /output 0 has 0 bytes/,
    );
    expect(() => e.run([], [full()], [])).toThrow(/takes 1 inputs and is given 0/);
    expect(() => e.run([full()], [full()], [1])).toThrow(/takes 0 constants and is given 1/);
    expect(() => e.run([{ bytes: 16 }], [full()], [])).toThrow(/another device/);
    const moved = full();
    structuredClone(moved.buffer, { transfer: [moved.buffer as ArrayBuffer] });
    expect(() => e.run([moved], [full()], [])).toThrow(/input 0 has 0 bytes/);
    const freed = full();
    bench!.launcher.free(freed.buffer as ArrayBuffer);
    expect(() => e.run([full()], [freed], [])).toThrow(/output 0 has 0 bytes/);
    expect(() => bench!.launcher.run(3 as never, [], [], new Float64Array(0))).toThrow(
      /a plan is expected/,
    );
    expect(e.run([full()], [full()], [])).toBeUndefined();
  });

  it("of a disposed program and of damaged tapes", async () => {
    const e = load(p, [16], [16]);
    e.dispose();
    expect(() => e.run([full()], [full()], [])).toThrow(/disposed/);
    expect(() => e.start?.([full()], [full()], [])).toThrow(/disposed/);
    e.dispose();
    const kernels = new BigUint64Array(1);
    for (const tape of [
      [],
      [1, 1e9],
      [1, 0, 0, 0, 0, 1, 1, 0, 0, 0, -1, 0, 1, 5],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [1, 0, 0, -3, 0, 0, 0, 0, 0, 0],
    ]) {
      expect(() => bench!.launcher.plan(Float64Array.from(tape), kernels)).toThrow(/damaged/);
    }
  });

  it("of an arena that does not fit in memory, after which it still works", () => {
    const huge = load({ ...p, arenaBytes: 2 ** 52 }, [16], [16]);
    expect(() => huge.run([full()], [full()], [])).toThrow(
      /no memory for 4503599627370496 bytes of intermediate/,
    );
    expect(load(p, [16], [16]).run([full()], [full()], [])).toBeUndefined();
  });

  it("of programs whose parts do not fit", () => {
    const bad = (kernels: Kernel[], j: Parameters<typeof job>) => () =>
      load(program(kernels, [launch([job(...j)])]), [16], [16]);
    expect(bad([affineKernel()], [0, [input(0)], { ints: [1], floats: [1, 1] }])).toThrow(
      /takes 2 buffers/,
    );
    expect(
      bad([affineKernel()], [0, [input(3), output(0)], { ints: [1], floats: [1, 1] }]),
    ).toThrow(/input 3 is not one of 1/);
    expect(bad([affineKernel()], [1, [], {}])).toThrow(/no kernel 1/);
    expect(
      bad([affineKernel()], [0, [input(0, 0, [4]), output(0)], { ints: [1], floats: [1, 1] }]),
    ).toThrow(/more loops/);
  });
});

describe.skipIf(!bench)("off the thread", () => {
  const n = 1 << 14;
  const slow = (rounds: number): Program => {
    const work = { flops: n, bytes: n };
    const step = launch(
      [job(0, [output(0), output(0)], { ints: [64], floats: [0.5, 1], units: n / 64 })],
      work,
    );
    return program([affineKernel()], [{ kind: "loop", count: rounds, steps: [step] }]);
  };

  it("the event loop turns while a program runs, and the result is the same", async () => {
    const e = load(slow(100_000), [], [4 * n], { threads: 2 });
    const y = storageOf(new Float32Array(n));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { fault, ms } = await ended(e.start?.([], [y], []));
    clearInterval(timer);
    expect(fault).toBeUndefined();
    expect(turns).toBeGreaterThan(0);
    expect(ms).toBeGreaterThan(0);
    expect(floatsOf(y).every((v) => v === 2)).toBe(true);
  });

  it("a cancelled run ends soon and says so; the program can run again", async () => {
    const e = load(slow(1e9), [], [4 * n]);
    const y = storageOf(new Float32Array(n));
    for (const delay of [0, 20]) {
      const running = e.start?.([], [y], []);
      setTimeout(() => running?.cancel(), delay);
      await expect(ended(running)).rejects.toThrow(/cancelled/);
    }
    const short = load(slow(10), [], [4 * n]);
    expect((await ended(short.start?.([], [y], []))).fault).toBeUndefined();
  });

  it("a cancelled run ends in the middle of a kernel, on one thread too", async () => {
    // One launch of many units, said to be as much work as it is.
    const work = { flops: 1e12, bytes: 0 };
    const many = [job(0, [output(0), output(0)], { ints: [0], floats: [0.5, 1], units: 1e11 })];
    for (const threads of [1, 2]) {
      const e = load(program([affineKernel()], [launch(many, work)]), [], [4 * n], { threads });
      const running = e.start?.([], [storageOf(new Float32Array(n))], []);
      setTimeout(() => running?.cancel(), 5);
      await expect(ended(running)).rejects.toThrow(/cancelled/);
    }
  });

  it("a run that writes over its input comes to its end", async () => {
    const work = { flops: n, bytes: n };
    const block = { ints: [64], floats: [0.5, 1], units: n / 64 };
    const rounds = (count: number, to: Location): Step => ({
      kind: "loop",
      count,
      steps: [launch([job(0, [input(0), to], block)], work)],
    });
    // Half a second of something else, then the same over the input.
    const p = program([affineKernel()], [rounds(50_000, arena()), rounds(50_000, output(0))], {
      arenaBytes: 4 * n,
      inPlace: [true],
    });
    const e = load(p, [4 * n], [4 * n], { threads: 2 });
    expect(e.overwritesFrom).toBe(1);
    const x = storageOf(new Float32Array(n));
    const early = e.start?.([x], [x], []);
    early?.cancel();
    await expect(ended(early)).rejects.toThrow(/cancelled/);
    expect(floatsOf(x).every((v) => v === 0)).toBe(true);
    // To a place of its own it can be stopped anywhere; over the input only before.
    const late = e.start?.([x], [x], []);
    while (floatsOf(x)[0] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    late?.cancel();
    expect((await ended(late)).fault).toBeUndefined();
    expect(floatsOf(x).every((v) => v === 2)).toBe(true);
  });

  it("whoever runs something meanwhile waits for it", async () => {
    const long = load(slow(50_000), [], [4 * n], { threads: 2 });
    const short = load(slow(10), [], [4 * n], { threads: 2 });
    const [a, b] = [storageOf(new Float32Array(n)), storageOf(new Float32Array(n))];
    const first = long.start?.([], [a], []);
    const second = long.start?.([], [a], []);
    expect(floatsOf(a)[5]).not.toBe(0);
    short.run([], [b], []);
    expect(floatsOf(b)[5]).toBe(2 - 2 ** -9);
    expect(second?.finish().fault).toBeUndefined();
    expect((await ended(first)).fault).toBeUndefined();
    expect(floatsOf(a)[5]).toBe(2);
  });

  it("a program may be disposed and its buffers dropped while it runs", async () => {
    const e = load(slow(50_000), [], [4 * n], { threads: 2 });
    const running = e.start?.([], [storageOf(new Float32Array(n))], []);
    e.dispose();
    expect((await ended(running)).fault).toBeUndefined();
  });
});
