// What the six reference training steps take, as one table: kernels, launches, bytes moved and the
// arena, for one fixed target, so that a change to the compiler shows what it changed. No times.
// `npx vitest run test/compile/training-steps.test.ts -u` writes it anew.

import { expect, test, vi } from "vitest";
import type { Definition } from "../../src/cli/bench/definition.ts";
import { makeWorkload } from "../../src/cli/bench/steps.ts";
import { workloads } from "../../src/cli/bench/workloads.ts";
import { textTable } from "../../src/cli/table.ts";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { type Graph, launchCounts, type Program, type Step } from "../../src/ir/program.ts";
import type { Target } from "../../src/render/renderer.ts";

const wide: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 32 * 1024, l2: 1024 * 1024 },
  without: new Set(),
};

interface Planned {
  readonly program: Program;
  readonly replaces: readonly number[];
}

const made: Planned[] = [];
vi.mock("../../src/compile/compile.ts", async (original) => {
  const { compileGraph } = await original<typeof import("../../src/compile/compile.ts")>();
  return {
    // Planned for the fixed target, and then hollow: nobody looks at the numbers, so nothing runs.
    compileGraph: (graph: Graph) => {
      const program = compileGraph(graph, wide);
      made.push({ program, replaces: graph.replaces });
      return { ...program, kernels: [], steps: [] };
    },
  };
});

const names = ["tiny", "mlp", "cnn", "lstm", "gpt", "rbm"];

const planned = new Map<string, Promise<Planned>>();

function plannedStep(name: string): Promise<Planned> {
  const known = planned.get(name) ?? planStep(name);
  planned.set(name, known);
  return known;
}

async function planStep(name: string): Promise<Planned> {
  setDefaultDevice("wasm");
  const workload = makeWorkload(workloads.get(name) as Definition);
  await workload.step();
  // What a step needs at its start, such as an optimizer's zeros, is computed before it.
  return made.at(-1) as Planned;
}

/** The bytes that each launch of a program moves, in the order of the steps. */
const bytesOf = (steps: readonly Step[]): number[] =>
  steps.flatMap((step) => (step.kind === "loop" ? bytesOf(step.steps) : [step.work.bytes]));

function rowOf(name: string, { kernelCount, steps, arenaBytes }: Program): string[] {
  const counts = launchCounts(steps);
  const launches = counts.reduce((sum, count) => sum + count, 0);
  const moved = bytesOf(steps).reduce((sum, bytes, i) => sum + bytes * (counts[i] as number), 0);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(6);
  return [name, String(kernelCount), String(launches), megabytes(moved), megabytes(arenaBytes)];
}

test("kernels and bytes of the six training steps", async () => {
  const rows = [["step", "kernels", "launches", "MB moved", "arena MB"]];
  for (const name of names) rows.push(rowOf(name, (await plannedStep(name)).program));
  const table = textTable(rows).join("\n");
  await expect(`${table}\n`).toMatchFileSnapshot("../golden/training-steps.txt");
});

test.each(names)("%s writes every new version of a cell over the old one", async (name) => {
  const { program, replaces } = await plannedStep(name);
  const fresh = replaces.filter((cell, i) => cell >= 0 && !program.inPlace[i]);
  expect(replaces.some((cell) => cell >= 0)).toBe(true);
  expect(fresh).toEqual([]);
});
