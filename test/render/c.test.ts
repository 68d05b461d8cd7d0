import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KernelBuilder } from "../../src/compile/builder.ts";
import { literal } from "../../src/compile/math.ts";
import { bytesOf } from "../../src/ir/dtype.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import { renderC, unitC } from "../../src/render/c.ts";
import { firstDifference, memories, randomInputs } from "../support/chosen-data.ts";
import {
  floatArguments,
  intArguments,
  outputElements,
  randomKernel,
} from "../support/chosen-kernel.ts";
import { evaluateKernel } from "../support/evaluate-kernel.ts";
import {
  bytesIn,
  input,
  job,
  launch,
  nativeBench,
  output,
  program,
  storageOf,
} from "../support/native-program.ts";
import { memoryCases, operationCases } from "../support/operation-kernels.ts";

const found = nativeBench();
const reason = "reason" in found ? found.reason : "";
if (reason) console.log(`skipped: ${reason}`);
const bench = "reason" in found ? undefined : found;
const fused = bench?.compiler.macros.has("__FMA__") || bench?.compiler.macros.has("__aarch64__");

function targetLanes(): number {
  const macros = bench!.compiler.macros;
  return macros.has("__AVX512F__") ? 16 : macros.has("__AVX__") ? 8 : 4;
}

const units = 3;
const scratchBytes = 4096;

/** Runs all kernels in one program; the outputs of each, per memory type. */
function runNative(kernels: readonly Kernel[], inputs: readonly Uint8Array[]): Uint8Array[][] {
  const sizes = memories.map((m) => bytesOf(m) * outputElements * units);
  const p = program(
    [...kernels],
    kernels.map((_, k) =>
      launch([
        job(
          k,
          [
            ...memories.map((_, i) => input(i)),
            ...memories.map((_, i) => output(k * memories.length + i)),
          ],
          {
            ints: [...intArguments, 0],
            floats: [...floatArguments],
            units,
            scratch: scratchBytes,
          },
        ),
      ]),
    ),
  );
  const outputs = kernels.flatMap(() => sizes.map((size) => storageOf(new Uint8Array(size))));
  const executable = bench!.load(p, {
    inputs: inputs.map((x) => x.byteLength),
    outputs: outputs.map((x) => x.bytes),
    constants: 0,
  });
  executable.run(inputs.map(storageOf), outputs, []);
  executable.dispose();
  return kernels.map((_, k) => memories.map((_, i) => bytesIn(outputs[k * memories.length + i]!)));
}

function runPlain(kernel: Kernel, inputs: readonly Uint8Array[]): Uint8Array[] {
  const outputs = memories.map((m) => new Uint8Array(bytesOf(m) * outputElements * units));
  evaluateKernel(
    kernel,
    {
      buffers: [...inputs, ...outputs],
      ints: [...intArguments, 0],
      floats: floatArguments,
      begin: 0,
      end: units,
      scratch: new Uint8Array(scratchBytes),
    },
    { fma: fused ? "once" : "twice" },
  );
  return outputs;
}

describe.skipIf(!bench)("C against the plain evaluator", () => {
  it("agrees bit for bit on random kernels of every instruction, type and addressing", () => {
    const lists = fc.array(fc.array(fc.nat(), { maxLength: 400, size: "max" }), {
      minLength: 1,
      maxLength: 24,
      size: "max",
    });
    fc.assert(
      fc.property(lists, fc.nat(), (choices, seed) => {
        const kernels = choices.map((c) =>
          randomKernel(c, { lanes: [16, 8, 4, 2, 1], mixedWidths: true }),
        );
        const inputs = randomInputs(seed);
        const native = runNative(kernels, inputs);
        kernels.forEach((kernel, k) => {
          const plain = runPlain(kernel, inputs);
          memories.forEach((memory, i) => {
            const at = firstDifference(memory, native[k]![i]!, plain[i]!);
            if (at !== undefined) {
              throw new Error(
                `kernel ${k} of ${kernels.length}, ${memory} element ${at}\n${renderC(kernel, "f").code}`,
              );
            }
          });
        });
      }),
      {
        numRuns: 5,
        interruptAfterTimeLimit: 40_000,
      },
    );
  });
});

describe.skipIf(!bench).each([1, bench ? targetLanes() : 4])("C with %i lanes", (lanes) => {
  it("gives the evaluator's bits for every operation and memory type", () => {
    const cases = [...operationCases(lanes, true), ...memoryCases(lanes)];
    let inputs = 0;
    const jobs = cases.map(({ kernel, buffers, units }, k) => {
      const at = buffers.slice(1).map(() => input(inputs++));
      return launch([job(k, [...at, output(k)], { ints: [kernel.lanes], units })]);
    });
    const from = cases.flatMap(({ buffers }) => buffers.slice(0, -1));
    const to = cases.map(({ buffers }) => storageOf(buffers.at(-1)!));
    const executable = bench!.load(
      program(
        cases.map((c) => c.kernel),
        jobs,
      ),
      { inputs: from.map((x) => x.byteLength), outputs: to.map((x) => x.bytes), constants: 0 },
    );
    executable.run(from.map(storageOf), to, []);
    const different: string[] = [];
    cases.forEach(({ title, kernel, buffers, units }, k) => {
      const copies = buffers.map((x) => x.slice());
      evaluateKernel(
        kernel,
        { buffers: copies, ints: [kernel.lanes], floats: [], begin: 0, end: units },
        { fma: fused ? "once" : "twice" },
      );
      const memory = kernel.buffers.at(-1)!.memory;
      const at = firstDifference(memory, bytesIn(to[k]!), copies.at(-1)!);
      if (at !== undefined) different.push(`${title}: element ${at}`);
    });
    expect(different).toEqual([]);
  });
});

describe("the text of a kernel", () => {
  /** Sums in so many vectors over a loop, after a number that lives on. */
  const sums = (count: number): string => {
    const b = new KernelBuilder(16);
    const memory = b.scratch("f32", 16 * count);
    const all = Array.from({ length: count }, () => b.variable("f32", 16, literal("f32", 0)));
    b.loop(0, b.int(9, "turns"), 1, (at) => {
      const read = b.load("f32", memory, at, { lanes: 16, fresh: true });
      for (const sum of all) b.set(sum, b.compute("add", "f32", sum, read));
    });
    for (const sum of all) b.store(memory, 0, sum, 16);
    return renderC(b.finish("sums").kernel, "f").code;
  };

  it("clears the registers once for a loop that fills them, before its first sum", () => {
    expect(sums(2)).not.toContain("CLEAR_REGISTERS");
    const text = sums(28);
    expect(text.split("CLEAR_REGISTERS")).toHaveLength(2);
    expect(text.indexOf("CLEAR_REGISTERS")).toBeLessThan(text.indexOf("f32x16 v"));
  });

  it("has the same routine as another kernel that surrounds it otherwise", () => {
    const make = (turns: number): string => {
      const b = new KernelBuilder(16);
      for (let i = 0; i < turns; i++) b.scratch("f32", 16);
      const memory = b.scratch("f32", 64);
      b.loop(turns, b.int(9, "end"), 1, (at) => {
        b.routine(() => {
          const read = b.load("f32", memory, at, { lanes: 16, fresh: true });
          b.store(memory, b.index.add(at, 16), read, 16);
        });
      });
      return renderC(b.finish("moves").kernel, "f").code;
    };
    const [one, two] = [make(1), make(2)].map((code) => code.split("KERNEL"));
    expect(one?.[0]).toMatch(/^ROUTINE void f_part0\(char \*const b0, const index v0\) \{/);
    expect(two?.[0]).toBe(one?.[0]);
    expect(two?.[1]).not.toBe(one?.[1]);
  });

  it("has one text wherever it transposes, whatever else the kernel around it has", () => {
    const make = (turns: number): string => {
      const b = new KernelBuilder(4);
      for (let i = 0; i < turns; i++) b.scratch("f32", 16);
      const memory = b.scratch("f32", 64);
      b.loop(turns, b.int(9, "end"), 1, (at) => {
        b.routine(() => {
          const row = b.load("f32", memory, at, { lanes: 4, fresh: true });
          for (const column of b.transpose([row, row, row, row])) b.store(memory, at, column, 4);
        });
      });
      return renderC(b.finish("turns").kernel, "f").code.split("KERNEL")[0] as string;
    };
    expect(make(1)).toContain("transpose_b4x4");
    expect(make(3)).toBe(make(1));
  });

  it("that is a stage is called like others, but gcc need not know its loops as well", () => {
    const b = new KernelBuilder(4);
    const memory = b.scratch("f32", 16);
    b.routine(() => b.store(memory, 4, b.load("f32", memory, 0, { lanes: 1, fresh: true }), 1));
    const { kernel } = b.finish("stage");
    const body = kernel.body.map((s) => (s.kind === "routine" ? { ...s, stage: true } : s));
    const code = renderC({ ...kernel, body }, "f").code;
    expect(code).toMatch(/^STAGE void f_part0\(/);
    const unit = unitC(
      [4],
      ["KERNEL void a(void) { f_part0(1); }"],
      code.split(/(?=KERNEL)/).slice(0, 1),
    );
    expect(unit).toContain("STAGE void f_part0(char *const b0);");
  });

  it("is declared in a unit that calls it, and there are the helpers that it needs and no other", () => {
    const routines = ["used", "unused"].map((name) => `ROUTINE void ${name}(index v0) {}`);
    const kernel = "KERNEL void a(void) { used(1); fma_f32x16(a, b, c); }";
    const unit = unitC([16], [kernel], routines);
    expect(unit).toContain("ROUTINE void used(index v0);\n");
    expect(unit).not.toContain("void unused");
    expect(unit).toContain("f32x16 fma_f32x16(");
    expect(unit).not.toMatch(/f32x16 (?:max|floor)_f32x16\(/);
    // The helpers of helpers too.
    const halves = unitC([4], ["KERNEL void c(void) { read_f16x4(a); }"], []);
    expect(halves).toContain("INLINE f32 read_f16(b2 a)");
    expect(halves).toContain("INLINE f32 bits_u32_f32(u32 a)");
  });

  it("depends on its structure alone", () => {
    const make = (name: string): Kernel => ({
      ...randomKernel(
        Array.from({ length: 300 }, (_, i) => (i * 7919) % 1009),
        { lanes: [16], mixedWidths: true },
      ),
      name,
    });
    expect(renderC(make("one"), "f").code).toBe(renderC(make("two"), "f").code);
    expect(renderC(make("one"), "f").code).toContain("void f(char *const *buf");
  });
});
