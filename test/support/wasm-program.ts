// Hand-made kernels and programs for tests of the WebAssembly device.

import type { Atom, Kernel, Register, Statement, Variable } from "../../src/ir/kernel.ts";
import type { Job, Location, Program, Step } from "../../src/ir/program.ts";

export const literal = (type: Register, value: number): Atom => ({ kind: "literal", type, value });
export const int = (at: number): Atom => ({ kind: "int", at, type: "index" });
export const float = (at: number, type: Register): Atom => ({ kind: "float", at, type });
export const variable = (id: number, type: Register, lanes = 1): Variable => ({
  kind: "variable",
  id,
  type,
  lanes,
});

/** y[4u … 4u + 3] = a·x + b; a and b are floats 0 and 1. */
export function affine(): Kernel {
  const [unit, at] = [variable(0, "index"), variable(1, "index")];
  const [x, y] = [variable(2, "f32", 4), variable(3, "f32", 4)];
  return {
    name: "affine",
    buffers: [
      { memory: "f32", write: false },
      { memory: "f32", write: true },
    ],
    ints: 0,
    floats: 2,
    lanes: 4,
    variables: 4,
    unit,
    body: [
      { kind: "compute", to: at, op: "mul", args: [unit, literal("index", 4)] },
      { kind: "load", to: x, buffer: 0, index: at },
      { kind: "compute", to: y, op: "fma", args: [x, float(0, "f32"), float(1, "f32")] },
      { kind: "store", buffer: 1, index: at, value: y, lanes: 4 },
    ],
  };
}

/** Reports x[u] as `code` where it is not below ints[0]; writes x[u] + 1, by way of scratch memory. */
export function checked(code: number): Kernel {
  const unit = variable(0, "index");
  const [x, i, bad, y, z] = [
    variable(1, "i32"),
    variable(2, "index"),
    variable(3, "bool"),
    variable(4, "i32"),
    variable(5, "i32"),
  ];
  const zero = literal("index", 0);
  const body: Statement[] = [
    { kind: "load", to: x, buffer: 0, index: unit },
    { kind: "compute", to: i, op: "cast", args: [x] },
    { kind: "compute", to: bad, op: "less", args: [int(0), i] },
    {
      kind: "if",
      condition: bad,
      body: [{ kind: "report", code: literal("i32", code), value: i }],
    },
    { kind: "compute", to: y, op: "add", args: [x, literal("i32", 1)] },
    { kind: "store", buffer: 2, index: zero, value: y, lanes: 1 },
    { kind: "load", to: z, buffer: 2, index: zero },
    { kind: "store", buffer: 1, index: unit, value: z, lanes: 1 },
  ];
  return {
    name: "checked",
    buffers: [
      { memory: "i32", write: false },
      { memory: "i32", write: true },
      { memory: "i32", write: true, scratch: 1 },
    ],
    ints: 2,
    floats: 0,
    lanes: 1,
    variables: 6,
    unit,
    body,
  };
}

/** c[6 rows, 8 columns] += a[k, 6]ᵀ · b[k, 8] over k below ints[0], from packed panels. */
export function tile(): Kernel {
  const body: Statement[] = [];
  let id = 0;
  const make = (type: Register, lanes = 1): Variable => variable(id++, type, lanes);
  const unit = make("index");
  const compute = (to: Variable, op: "add" | "mul" | "fma", ...args: Atom[]): Variable => {
    into.push({ kind: "compute", to, op, args });
    return to;
  };
  let into = body;
  const rows = [0, 1, 2, 3, 4, 5];
  const sums = rows.map(() => [make("f32", 4), make("f32", 4)] as const);
  for (const pair of sums) {
    for (const to of pair) body.push({ kind: "var", to, value: literal("f32", 0) });
  }
  const offset = compute(make("index"), "mul", unit, int(1));
  const k = make("index");
  const inner: Statement[] = [];
  into = inner;
  const left = compute(
    make("index"),
    "add",
    offset,
    compute(make("index"), "mul", k, literal("index", 6)),
  );
  const right = compute(make("index"), "mul", k, literal("index", 8));
  const columns = [0, 4].map((column) => {
    const at = compute(make("index"), "add", right, literal("index", column));
    const to = make("f32", 4);
    inner.push({ kind: "load", to, buffer: 1, index: at });
    return to;
  }) as [Variable, Variable];
  for (const row of rows) {
    const at = compute(make("index"), "add", left, literal("index", row));
    const x = make("f32");
    inner.push({ kind: "load", to: x, buffer: 0, index: at });
    (sums[row] as readonly [Variable, Variable]).forEach((to, i) => {
      const value = compute(make("f32", 4), "fma", x, columns[i] as Variable, to);
      inner.push({ kind: "set", to, value });
    });
  }
  into = body;
  const [start, step] = [literal("index", 0), literal("index", 1)];
  body.push({ kind: "for", variable: k, start, stop: int(0), step, body: inner });
  const out = compute(make("index"), "mul", unit, literal("index", 48));
  sums.forEach((pair, row) => {
    pair.forEach((value, i) => {
      const index = compute(make("index"), "add", out, literal("index", 8 * row + 4 * i));
      body.push({ kind: "store", buffer: 2, index, value, lanes: 4 });
    });
  });
  return {
    name: "tile",
    buffers: [
      { memory: "f32", write: false },
      { memory: "f32", write: false },
      { memory: "f32", write: true },
    ],
    ints: 2,
    floats: 0,
    lanes: 4,
    variables: id,
    unit,
    body,
  };
}

const location =
  (kind: "input" | "output") =>
  (index: number, offset = 0, advance: readonly number[] = []): Location => ({
    slot: { kind, index },
    offset,
    advance,
  });
export const input: (index: number, offset?: number, advance?: readonly number[]) => Location =
  location("input");
export const output: (index: number, offset?: number, advance?: readonly number[]) => Location =
  location("output");
export const arena = (offset = 0, advance: readonly number[] = []): Location => ({
  slot: { kind: "arena" },
  offset,
  advance,
});

export function job(kernel: number, buffers: readonly Location[], more: Partial<Job> = {}): Job {
  return { kernel, buffers, ints: [], floats: [], units: 1, scratch: 0, ...more };
}

export function launch(jobs: readonly Job[], work = { flops: 0, bytes: 0 }): Step {
  return { kind: "launch", jobs, label: "test", work };
}

export function program(
  kernels: readonly Kernel[],
  steps: readonly Step[],
  more: Partial<Program> = {},
): Program {
  return {
    kernels,
    steps,
    arenaBytes: 0,
    scratchBytes: 0,
    inPlace: [],
    kernelCount: kernels.length,
    reports: [],
    ...more,
  };
}
