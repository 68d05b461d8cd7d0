// The WebAssembly renderer against the evaluator of the kernel language, bit for bit.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type DType } from "../../src/ir/dtype.ts";
import { CompileError } from "../../src/ir/errors.ts";
import type {
  Atom,
  ComputeOp,
  Kernel,
  Register,
  Statement,
  Variable,
} from "../../src/ir/kernel.ts";
import { printWasm, renderWasm } from "../../src/render/wasm.ts";
import { firstAddress } from "../../src/render/wasm-access.ts";
import { buildModule } from "../../src/render/wasm-module.ts";
import { kernelParameters } from "../../src/render/wasm-values.ts";
import { evaluateKernel, type Report } from "../support/evaluate-kernel.ts";
import { type OperationCase, operationCases } from "../support/operation-kernels.ts";
import {
  arity,
  opsOf,
  plain,
  type RandomKernel,
  randomKernel,
  special,
  typesOf,
} from "../support/wasm-kernel.ts";

const memory = new WebAssembly.Memory({ initial: 64 });

/** Runs a kernel on copies of its buffers. */
function run(random: RandomKernel): { buffers: Uint8Array[]; report: Report | undefined } {
  const { kernel, ints, floats } = random;
  const bytes = buildModule([renderWasm(kernel, "k").code], {
    parameters: kernelParameters,
    shared: false,
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const view = new Uint8Array(memory.buffer);
  view.fill(0);
  const words = new Int32Array(memory.buffer);
  let next = firstAddress + 4096;
  const at = random.buffers.map((content, i) => {
    const address = next;
    next += (content.length + 63) & ~63;
    view.set(content, address);
    words[256 + i] = address;
    return address;
  });
  words.set(ints, 1024);
  const doubles = new Float64Array(memory.buffer);
  doubles.set(floats, 1024);
  (instance.exports["0"] as (...args: number[]) => void)(
    1024,
    4096,
    8192,
    0,
    random.units,
    firstAddress,
    64,
  );
  const code = words[16] as number;
  return {
    buffers: random.buffers.map((content, i) =>
      view.slice(at[i] as number, (at[i] as number) + content.length),
    ),
    report: code ? { code, value: doubles[9] as number } : undefined,
  };
}

function expectSame(random: RandomKernel): void {
  const expected = random.buffers.map((bytes) => bytes.slice());
  const report = evaluateKernel(
    random.kernel,
    { ...random, buffers: expected, begin: 0, end: random.units, scratch: new Uint8Array(4096) },
    { fma: "twice" },
  );
  const actual = run(random);
  expect(actual.report).toEqual(report);
  random.kernel.buffers.forEach((buffer, i) => {
    if (!buffer.write || buffer.scratch !== undefined) return;
    expect(
      plain(actual.buffers[i] as Uint8Array, buffer.memory),
      `buffer ${i}, ${buffer.memory}`,
    ).toEqual(plain(expected[i] as Uint8Array, buffer.memory));
  });
}

const tape = fc.array(fc.nat(0xffff), { maxLength: 160, size: "max" });
const numRuns = Number(process.env.HEBB_RUNS ?? 300);
const index = (value: number): Atom => ({ kind: "literal", type: "index", value });

describe.each([1, 2, 4] as const)("random kernels of %i lanes", (lanes) => {
  it("are valid and give the evaluator's bits", () => {
    fc.assert(
      fc.property(tape, (numbers) => expectSame(randomKernel(lanes, numbers))),
      { numRuns },
    );
  });
});

/** out[k] = op(every pair of special values), in vectors where there are any. */
function sweep(lanes: 1 | 2 | 4, type: Register, op: ComputeOp, to: Register): RandomKernel {
  const values = special[type];
  const pairs = values.flatMap((a) => values.map((b) => [a, b, values[3] ?? b] as const));
  while (pairs.length % lanes) pairs.push(pairs[0] as (typeof pairs)[number]);
  const memoryOf = (register: Register): DType => (register === "index" ? "i32" : register);
  const array = (memory: DType, numbers: readonly number[]): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(numbers.length * bytesOf(memory));
    const view = new DataView(bytes.buffer);
    numbers.forEach((x, i) => {
      if (memory === "f32") view.setFloat32(4 * i, x, true);
      else if (memory === "f64") view.setFloat64(8 * i, x, true);
      else if (memory === "bool") bytes[i] = x;
      else view.setUint32(4 * i, x, true);
    });
    return bytes;
  };
  const wide = (id: number, register: Register): Variable => ({
    kind: "variable",
    id,
    type: register,
    lanes,
  });
  const unit: Variable = { kind: "variable", id: 0, type: "index", lanes: 1 };
  const at: Variable = { kind: "variable", id: 1, type: "index", lanes: 1 };
  const body: Statement[] = [{ kind: "compute", to: at, op: "mul", args: [unit, index(lanes)] }];
  const args = Array.from({ length: arity(op) }, (_, i): Variable => {
    const condition = op === "where" && i === 0;
    const arg = wide(2 + i, condition ? "bool" : type);
    body.push({ kind: "load", to: arg, buffer: condition ? 3 : i, index: at });
    return arg;
  });
  body.push({ kind: "compute", to: wide(5, to), op, args });
  body.push({ kind: "store", buffer: 4, index: at, value: wide(5, to), lanes });
  const memories: DType[] = [memoryOf(type), memoryOf(type), memoryOf(type), "bool", memoryOf(to)];
  const kernel: Kernel = {
    name: `${op} ${type}`,
    buffers: memories.map((m, i) => ({ memory: m, write: i === 4 })),
    ints: 0,
    floats: 0,
    lanes,
    variables: 6,
    unit,
    body,
  };
  const buffers = [
    ...[0, 1, 2].map((i) =>
      array(
        memoryOf(type),
        pairs.map((pair) => pair[i] as number),
      ),
    ),
    array(
      "bool",
      pairs.map((_, i) => i % 2),
    ),
    array(
      memoryOf(to),
      pairs.map(() => 0),
    ),
  ];
  return { kernel, units: pairs.length / lanes, ints: [], floats: [], buffers };
}

describe.each([1, 2, 4] as const)(
  "every operation in %i lanes on pairs of special values",
  (lanes) => {
    const cases = typesOf(lanes).flatMap((type) =>
      opsOf[type].flatMap((op): (readonly [ComputeOp, Register, Register])[] => {
        if (op === "cast") return typesOf(lanes).map((to) => [op, type, to] as const);
        if (op === "bitcast") return type === "f64" ? [] : [[op, type, type] as const];
        const test = op === "less" || op === "equal" || op === "isNaN";
        return [[op, type, test ? "bool" : type] as const];
      }),
    );
    it.each(cases)("%s of %s gives %s", (op, type, to) => {
      expectSame(sweep(lanes, type, op, to));
    });
  },
);

it.each([1, 4])("numbers times powers of two, in %i lanes", (lanes) => {
  const found = operationCases(lanes, false).find((c) => c.title.startsWith("scale"));
  const { kernel, units, buffers } = found as OperationCase;
  const copies = buffers.map((x) => Uint8Array.from(x));
  expectSame({ kernel, units, ints: [lanes], floats: [], buffers: copies });
});

describe("half floats", () => {
  const copy = (from: DType, to: DType, lanes: number, count: number): Kernel => {
    const unit: Variable = { kind: "variable", id: 0, type: "index", lanes: 1 };
    const at: Variable = { kind: "variable", id: 1, type: "index", lanes: 1 };
    const value: Variable = { kind: "variable", id: 2, type: "f32", lanes };
    return {
      name: "copy",
      buffers: [
        { memory: from, write: false },
        { memory: to, write: true },
      ],
      ints: 0,
      floats: 0,
      lanes,
      variables: count,
      unit,
      body: [
        { kind: "compute", to: at, op: "mul", args: [unit, index(lanes)] },
        { kind: "load", to: value, buffer: 0, index: at },
        { kind: "store", buffer: 1, index: at, value, lanes },
      ],
    };
  };
  const all = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);

  it.each(["f16", "bf16"] as const)("every %s is read", (type) => {
    const buffers = [all, new Uint8Array(4 * 65536)];
    expectSame({ kernel: copy(type, "f32", 4, 3), units: 16384, ints: [], floats: [], buffers });
  });

  it.each([
    ["f16", 4],
    ["bf16", 4],
    ["f16", 1],
    ["bf16", 1],
  ] as const)("floats around every %s are rounded to it, %i at a time", (type, lanes) => {
    // Around the halves between neighbours, and across the whole range of exponents.
    const floats = Float32Array.from({ length: 65536 }, (_, i) => {
      const shift = type === "f16" ? 13 : 16;
      const bits = Math.imul(i, 40503) >>> 0;
      const exponent = type === "f16" ? 90 + (i % 60) : i % 255;
      const nudge = [0, 1, -1, (1 << shift) >> 1][i % 4] as number;
      const word = ((bits & 0x8000) << 16) | (exponent << 23) | ((bits & 127) << shift);
      const half = (1 << shift) >> 1;
      return new Float32Array(Int32Array.of(word + half + nudge).buffer)[0] as number;
    });
    const buffers = [new Uint8Array(floats.buffer), new Uint8Array(2 * 65536)];
    const units = 65536 / lanes;
    expectSame({ kernel: copy("f32", type, lanes, 3), units, ints: [], floats: [], buffers });
  });
});

describe("a kernel's bytes", () => {
  const choices = Array.from({ length: 160 }, (_, i) => (i * 7919) % 1009);

  it("depend on its structure, not on its name", () => {
    const { kernel } = randomKernel(4, choices);
    const other = { ...randomKernel(4, choices).kernel, name: "other" };
    expect(renderWasm(other, "b").code).toEqual(renderWasm(kernel, "a").code);
  });

  it("keep what launches change out", () => {
    const random = randomKernel(1, choices);
    const other = { ...random, ints: [7, 9, 24], floats: [0, 1, 2, 3] };
    expect(renderWasm(other.kernel, "a").code).toEqual(renderWasm(random.kernel, "a").code);
  });

  it("splat where a value is made and fold literal offsets", () => {
    const unit: Variable = { kind: "variable", id: 0, type: "index", lanes: 1 };
    const at: Variable = { kind: "variable", id: 1, type: "index", lanes: 1 };
    const x: Variable = { kind: "variable", id: 2, type: "f32", lanes: 1 };
    const y: Variable = { kind: "variable", id: 3, type: "f32", lanes: 4 };
    const z: Variable = { kind: "variable", id: 4, type: "f32", lanes: 4 };
    const text = printWasm({
      name: "axpy",
      buffers: [
        { memory: "f32", write: false },
        { memory: "f32", write: true },
      ],
      ints: 0,
      floats: 0,
      lanes: 4,
      variables: 5,
      unit,
      body: [
        { kind: "compute", to: at, op: "add", args: [unit, index(3)] },
        { kind: "load", to: x, buffer: 0, index: at },
        { kind: "load", to: y, buffer: 1, index: unit },
        { kind: "compute", to: z, op: "fma", args: [x, y, y] },
        { kind: "store", buffer: 1, index: unit, value: z, lanes: 4 },
      ],
    });
    expect(text).toContain("v128.load32_splat offset=12");
    expect(text).not.toContain("f32x4.splat");
    expect(text.match(/i32\.const 3/g)).toBeNull();
  });

  it("find addresses outside the loops that do not change them", () => {
    const variable = (id: number, lanes = 1): Variable => {
      return { kind: "variable", id, type: lanes > 1 ? "f32" : "index", lanes };
    };
    const [unit, row, i, at, beyond] = [0, 1, 2, 3, 4].map((id) => variable(id)) as Variable[];
    const [x, y] = [variable(5, 4), variable(6, 4)];
    const place: Variable = { kind: "variable", id: 7, type: "i32", lanes: 1 };
    const sum = (to: Variable, a: Atom, b: Atom): Statement => {
      return { kind: "compute", to, op: "add", args: [a, b] };
    };
    const kernel: Kernel = {
      name: "rows",
      buffers: [
        { memory: "f32", write: false },
        { memory: "f32", write: true },
        { memory: "i32", write: true },
      ],
      ints: 1,
      floats: 0,
      lanes: 4,
      variables: 8,
      unit: unit as Variable,
      body: [
        { kind: "compute", to: row as Variable, op: "mul", args: [unit as Atom, index(8)] },
        {
          kind: "for",
          variable: i as Variable,
          start: index(0),
          stop: { kind: "int", at: 0, type: "index" },
          step: index(4),
          body: [
            sum(at as Variable, row as Atom, i as Atom),
            sum(beyond as Variable, at as Atom, index(1)),
            { kind: "load", to: x, buffer: 0, index: beyond as Atom },
            { kind: "compute", to: y, op: "add", args: [x, x] },
            { kind: "store", buffer: 1, index: at as Atom, value: y, lanes: 4 },
            { kind: "compute", to: place, op: "cast", args: [at as Atom] },
            { kind: "store", buffer: 2, index: i as Atom, value: place, lanes: 1 },
          ],
        },
      ],
    };
    const numbers = new Uint8Array(Float32Array.from({ length: 33 }, (_, k) => k / 2).buffer);
    const buffers = [numbers, new Uint8Array(4 * 32), new Uint8Array(4 * 8)];
    expectSame({ kernel, units: 4, ints: [8], floats: [], buffers });
    const text = printWasm(kernel);
    const [inside = ""] = text.slice(text.lastIndexOf("loop")).split("end");
    // Two addresses of their own, that of the third buffer, and the place as a number.
    expect(inside.match(/i32\.shl/g)).toHaveLength(3);
    expect(inside.match(/i32\.add/g)).toHaveLength(3 + 1 + 1);
    expect(inside).toContain("v128.load offset=4");
  });
});

describe("what cannot be rendered", () => {
  it.each([
    [{ kind: "variable", id: 1, type: "f64", lanes: 4 }, "4 lanes of f64"],
    [{ kind: "variable", id: 1, type: "f32", lanes: 2 }, "2 lanes of f32"],
  ] as const)("%o is a CompileError with the kernel", (to, message) => {
    const unit: Variable = { kind: "variable", id: 0, type: "index", lanes: 1 };
    const kernel: Kernel = {
      name: "wide",
      buffers: [{ memory: to.type, write: false }],
      ints: 0,
      floats: 0,
      lanes: to.lanes,
      variables: 2,
      unit,
      body: [{ kind: "load", to, buffer: 0, index: unit }],
    };
    expect(() => renderWasm(kernel, "wide")).toThrow(CompileError);
    expect(() => renderWasm(kernel, "wide")).toThrow(new RegExp(`kernel wide: ${message}`));
  });
});

describe("prefetch", () => {
  it.each([0, 3, -1, -40_000_000, 2 ** 22, 2 ** 30 - 1, 2 ** 31 - 1])(
    "is a hint, wherever element %i lies",
    (place) => {
      const hint = { kind: "prefetch", buffer: 0, write: false, near: false } as const;
      const kernel: Kernel = {
        name: "asks",
        lanes: 4,
        buffers: [
          { memory: "f32", write: false },
          { memory: "f32", write: true },
        ],
        ints: 1,
        floats: 0,
        variables: 1,
        unit: { kind: "variable", id: 0, type: "index", lanes: 1 },
        body: [
          { ...hint, index: { kind: "int", at: 0, type: "index" } },
          { ...hint, index: index(place) },
          {
            kind: "store",
            buffer: 1,
            index: index(0),
            value: { kind: "literal", type: "f32", value: 7 },
            lanes: 1,
          },
        ],
      };
      const buffers = [new Uint8Array(16), new Uint8Array(16)];
      expectSame({ kernel, ints: [place], floats: [], buffers, units: 1 });
      // Read, so that it comes, and no more.
      expect(printWasm(kernel).match(/i32\.load8_u[^\n]*\n\s*drop/g)).toHaveLength(2);
    },
  );
});
