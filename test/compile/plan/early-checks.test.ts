// Steps over cells with indices in and out of range, in every mixture of what may be written over:
// out of range, the program says so and has written over nothing; else it gives what is right.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGraph } from "../../../src/compile/compile.ts";
import * as b from "../../../src/ir/build.ts";
import type { TypedArray } from "../../../src/ir/dtype.ts";
import { interpret, type OutOfRange } from "../../../src/ir/interpret.ts";
import type { Statement } from "../../../src/ir/kernel.ts";
import type { Node } from "../../../src/ir/node.ts";
import type { Graph, Program } from "../../../src/ir/program.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement } from "../../support/agreement.ts";
import { runProgram } from "../../support/run-program.ts";

const target = (vectorBytes: number): Target => ({
  vectorBytes,
  vectorRegisters: 16,
  mixedWidths: false,
  fma: true,
  cache: { l1: 32768, l2: 262144 },
  without: new Set(),
});
const [rows, columns] = [21, 5];
const shape = [rows, columns];
const number = (value: number): Node => b.constant(value, "f32");

/** What becomes of a cell, from its value, another cell's new value, and indices for rows or columns. */
interface Sources {
  readonly cell: Node;
  readonly other: Node;
  readonly row: Node;
  readonly column: Node;
}
const updates: readonly ((s: Sources) => Node)[] = [
  ({ cell }) => b.mul(cell, number(0.5)),
  ({ cell, other }) => b.add(cell, b.mul(other, number(2))),
  ({ cell, row }) => b.add(cell, b.gather(b.flip(cell, [1]), b.expand(row, shape), 0)),
  ({ cell, other, row }) => b.add(cell, b.gather(other, b.expand(row, shape), 0)),
  // One place a row: the kernel that writes is the one that looks.
  ({ cell, column }) => b.scatter(cell, column, number(3), 1, "add"),
  ({ cell, column }) => b.scatter(b.mul(cell, number(2)), column, number(0), 1, "set"),
  ({ cell, column }) =>
    b.add(cell, b.expand(b.gather(b.constant(1, "f32", shape), column, 1), shape)),
  ({ cell, row }) => b.scatter(cell, b.expand(row, shape), cell, 0, "add"),
  ({ cell, other }) => b.add(cell, b.expand(b.reduceKeep(other, "add", [1]), shape)),
  // Sums whose indices lie side by side, the last of them fewer than a vector has lanes.
  ({ cell, other, column }) => {
    const marked = b.scatter(b.mul(other, number(2)), column, number(1), 1, "add");
    return b.add(cell, b.expand(b.reduceKeep(marked, "add", [1]), shape));
  },
  ({ cell, other, column }) =>
    b.mul(cell, b.expand(b.reduceKeep(b.gather(other, column, 1), "add", [0, 1]), shape)),
  ({ cell, other }) => {
    const product = b.contract(cell, [0, 1], other, [2, 1], [0, 2]);
    return b.add(cell, b.sliceAxis(product, 1, 0, columns));
  },
];

interface Step {
  readonly graph: Graph;
  readonly cells: number;
}

function step(kinds: readonly (readonly [kind: number, other: number])[]): Step {
  const cells = kinds.map((_, i) => b.input(i, shape, "f32"));
  const row = b.input(cells.length, [rows, 1], "i32");
  const column = b.input(cells.length + 1, [rows, 1], "i32");
  const made: Node[] = [];
  kinds.forEach(([kind, which], i) => {
    // Values of cells before or after their update.
    const others = [...cells, ...made];
    const sources = {
      cell: cells[i] as Node,
      other: others[which % others.length] as Node,
      row,
      column,
    };
    made.push((updates[kind] as (typeof updates)[number])(sources));
  });
  return {
    graph: {
      inputs: [...cells, row, column],
      outputs: made,
      constants: [],
      replaces: made.map((_, i) => i),
    },
    cells: cells.length,
  };
}

const bytes = (array: TypedArray): Uint8Array<ArrayBuffer> =>
  new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength).slice();

function check(program: Program, { graph, cells }: Step, indices: readonly number[][]): void {
  const values = graph.inputs.map((node, i) =>
    node.dtype === "i32"
      ? Int32Array.from(indices[i - cells] as number[])
      : Float32Array.from({ length: rows * columns }, (_, k) => Math.sin(k + 10 * i)),
  );
  let wanted: OutOfRange | undefined;
  const results = interpret(graph.outputs, (n) => values[graph.inputs.indexOf(n)], {
    report: (fault) => {
      wanted = fault;
    },
  });
  const inputs = values.map(bytes);
  const outputs = graph.outputs.map((_, i) =>
    program.inPlace[i] ? (inputs[i] as Uint8Array) : new Uint8Array(4 * rows * columns),
  );
  const fault = runProgram(program, inputs, outputs);
  if (wanted) {
    expect(fault).toBeDefined();
    inputs.forEach((left, i) => {
      expect(Buffer.compare(left, bytes(values[i] as TypedArray)), `input ${i}`).toBe(0);
    });
    return;
  }
  expect(fault).toBeUndefined();
  graph.outputs.forEach((node, i) => {
    const got = new Float32Array((outputs[i] as Uint8Array).slice().buffer);
    expect(disagreement(node, got, results[i] as TypedArray), `output ${i}`).toBeUndefined();
  });
}

const index = (extent: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 60, arbitrary: fc.nat(extent - 1) },
    { weight: 1, arbitrary: fc.constantFrom(-1, extent, -(2 ** 31), 2 ** 31 - 1) },
  );
const indicesOf = (extent: number): fc.Arbitrary<number[]> =>
  fc.array(index(extent), { minLength: rows, maxLength: rows });

test.each([4, 16, 64])("random steps, vectors of %d bytes", (vectorBytes) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(updates.length - 1), fc.nat(100)), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(indicesOf(rows), indicesOf(columns)), { minLength: 3, maxLength: 3 }),
      (kinds, tries) => {
        const made = step(kinds);
        const program = compileGraph(made.graph, target(vectorBytes));
        for (const indices of tries) check(program, made, indices);
      },
    ),
    { numRuns: 200 },
  );
});

describe("what may be written over", () => {
  const compiled = (...kinds: number[]): Program =>
    compileGraph(step(kinds.map((kind) => [kind, 0] as const)).graph, target(16));
  const labels = (program: Program): string[] =>
    program.steps.map((s) => (s.kind === "launch" ? s.label : "loop"));

  test("a kernel that looks at indices and writes over a cell is checked ahead of it", () => {
    const program = compiled(4);
    expect(program.inPlace).toEqual([true]);
    expect(labels(program)).toEqual(["where check", expect.stringMatching(/^where \[/)]);
    expect(program.kernelCount).toBe(1);
    const stores = (body: readonly Statement[]): number =>
      body.reduce((n, s) => {
        if (s.kind === "for" || s.kind === "if") return n + stores(s.body);
        return n + (s.kind === "store" ? 1 : 0);
      }, 0);
    const [first] = program.steps;
    const job = first?.kind === "launch" ? first.jobs[0] : undefined;
    expect(stores(program.kernels[job?.kernel as number]?.body ?? [])).toBe(0);
  });

  test("steps that use no index gain nothing", () => {
    expect(labels(compiled(0, 1))).toHaveLength(compiled(0, 1).kernelCount);
    expect(compiled(0, 0).inPlace).toEqual([true, true]);
  });

  test("where the index reads another cell's new value, that one is not written over", () => {
    const [cells, row] = [
      [b.input(0, shape, "f32"), b.input(1, shape, "f32")],
      b.input(2, [rows, 1], "i32"),
    ];
    const [first, second] = cells as [Node, Node];
    const next = b.keep(b.mul(first, number(0.5)));
    const looked = b.gather(
      next,
      b.expand(b.add(row, b.cast(b.sliceAxis(next, 1, 0, 1), "i32")), shape),
      0,
    );
    const program = compileGraph(
      {
        inputs: [first, second, row],
        outputs: [next, b.add(second, looked)],
        constants: [],
        replaces: [0, 1],
      },
      target(16),
    );
    expect(program.inPlace).toEqual([false, true]);
  });

  test("what is written to places that are known early holds nothing up, however late it is", () => {
    const [first, second] = [b.input(0, shape, "f32"), b.input(1, shape, "f32")];
    const row = b.input(2, [rows, 1], "i32");
    const next = b.keep(b.mul(first, number(0.5)));
    const sums = b.scatter(b.constant(0, "f32", shape), b.expand(row, shape), next, 0, "add");
    const program = compileGraph(
      {
        inputs: [first, second, row],
        outputs: [next, b.add(second, sums)],
        constants: [],
        replaces: [0, 1],
      },
      target(16),
    );
    expect(program.inPlace).toEqual([true, true]);
    expect(labels(program)[0]).toBe("scatter check");
  });
});
