import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cora } from "../../src/data/index.ts";
import { DataError } from "../../src/ir/errors.ts";
import { setDefaultDevice } from "../support/devices.ts";

let folder: string;
const given = process.env.HEBB_DATA;
beforeEach(() => {
  setDefaultDevice("reference");
  folder = mkdtempSync(join(tmpdir(), "hebb-cora-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const texts = {
  "nodes.tsv": "0\t1\t0 3\n1\t0\t2\n2\t-1\t\n3\t0\t1 2 3\n",
  "edges.txt": "0 1\n1 3\n",
  "split.json": '{"train":[0],"val":[1],"test":[3,2]}',
};

function fill(place: string, changes: Partial<Record<string, string>> = {}): void {
  mkdirSync(place, { recursive: true });
  for (const [name, text] of Object.entries({ ...texts, ...changes })) {
    writeFileSync(join(place, name), text as string);
  }
  vi.stubEnv("HEBB_DATA", folder);
}

describe("cora", () => {
  test.each(["graphs/cora", "cora", "."])(
    "reads the three files in HEBB_DATA/%s",
    async (place) => {
      fill(join(folder, place));
      const graph = await cora();
      expect(graph.features.shape).toEqual([4, 4]);
      const words = graph.features.toDense().arraySync() as number[][];
      expect(words.slice(0, 3)).toEqual([
        [0.5, 0, 0, 0.5],
        [0, 0, 1, 0],
        [0, 0, 0, 0],
      ]);
      expect(graph.edges).toEqual([
        [0, 1],
        [1, 3],
      ]);
      expect([...graph.labels.dataSync()]).toEqual([1, 0, -1, 0]);
      expect(graph.classes).toBe(2);
      expect([...graph.test.dataSync()]).toEqual([3, 2]);
      expect(graph.origin).toMatch(/^Cora from .* \(HEBB_DATA\)$/);
    },
  );

  test.each([
    ["nodes.tsv", "0\t1\t0\n2\t0\t1\n", /nodes\.tsv, line 2: expected node 1.*"2\\?\t0/s],
    ["nodes.tsv", "0\t1\t0 x\n", /nodes\.tsv, line 1: "x" is not the place of a word/],
    ["edges.txt", "0 1\n1 9\n", /edges\.txt, line 2: expected two of the 4 nodes, not "1 9"/],
    ["edges.txt", "0\n", /edges\.txt, line 1/],
    ["split.json", "{", /split\.json, line 1/],
    ["split.json", '{"train":[0],"val":[7],"test":[]}', /"val" must be a list of nodes below 4/],
  ])("a damaged %s is named", async (name, text, message) => {
    fill(folder, { [name]: text });
    await expect(cora()).rejects.toThrow(message);
    await expect(cora()).rejects.toThrow(DataError);
  });

  test("says where it looked and what to do", async () => {
    vi.stubEnv("HEBB_DATA", "/nowhere");
    await expect(cora()).rejects.toThrow(
      "Cora: not all files are in /nowhere/graphs/cora or /nowhere/cora or /nowhere; put nodes.tsv, edges.txt, split.json into one folder",
    );
    vi.stubEnv("HEBB_DATA", "");
    await expect(cora()).rejects.toThrow(/^Cora: HEBB_DATA is not set/);
  });

  const there = existsSync(`${given}/graphs/cora/nodes.tsv`);
  test.skipIf(!there)(`reads the graph itself${there ? "" : " (missing)"}`, async () => {
    const { features, edges, labels, classes, train, validation, test: held } = await cora();
    expect(features.shape).toEqual([2708, 1433]);
    expect([edges.length, classes]).toEqual([5278, 7]);
    const counts = [...labels.binCount(7).dataSync()];
    expect(counts).toEqual([351, 217, 418, 818, 426, 298, 180]);
    expect([train, validation, held].map(({ shape }) => shape[0])).toEqual([140, 500, 1000]);
    expect(new Set(labels.take(train).binCount(7).dataSync())).toEqual(new Set([20]));
    for (const sum of features.rowSums().dataSync()) expect(sum).toBeCloseTo(1, 5);
  });
});
