import { expect, test } from "vitest";
import { type ContractCut, cutContraction } from "../../../src/compile/lower/contract-cut.ts";
import type { ContractLayout } from "../../../src/compile/lower/contract-layout.ts";
import type { Target } from "../../../src/render/renderer.ts";

const lanes = 16;
const width = 2 * lanes;
const heights = [14, 8, 4];

interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly batch?: number;
}

function cutOf({ m, k, n, batch = 1 }: Sizes, threads: number, l2 = 1 << 20): ContractCut {
  const target: Target = {
    vectorBytes: 4 * lanes,
    vectorRegisters: 32,
    mixedWidths: false,
    fma: true,
    threads,
    cache: { l1: 1 << 15, l2 },
    without: new Set(),
  };
  const side = (free: number) => ({ free: { size: free }, summed: { size: k } });
  const tiles = { heights, vectors: 2, depth: 384 };
  const layout = { rows: side(m), columns: side(n), batch: { size: batch }, tiles, lanes, width };
  return cutContraction(layout as unknown as ContractLayout, "f32", target);
}

/** Rows times columns that each thread begins with, tiles counted whole. */
function loads({ batch = 1 }: Sizes, cut: ContractCut, threads: number): number[] {
  const { panels, rowBlocks, columnBlocks, columnTiles } = cut;
  const tall = panels.heights.flatMap((h, i) => Array<number>(panels.counts[i] as number).fill(h));
  const start = (block: number, blocks: number, count: number): number =>
    Math.floor((block * count) / blocks);
  const units = Array.from({ length: batch * rowBlocks * columnBlocks }, (_, unit) => {
    const column = unit % columnBlocks;
    const row = Math.floor(unit / columnBlocks) % rowBlocks;
    const own = tall.slice(
      start(row, rowBlocks, tall.length),
      start(row + 1, rowBlocks, tall.length),
    );
    const tiles =
      start(column + 1, columnBlocks, columnTiles) - start(column, columnBlocks, columnTiles);
    return own.reduce((sum, h) => sum + h, 0) * tiles * width;
  });
  return Array.from({ length: threads }, (_, t) =>
    units
      .slice(start(t, threads, units.length), start(t + 1, threads, units.length))
      .reduce((sum, n) => sum + n, 0),
  );
}

const products: Sizes[] = [
  { m: 1024, k: 128, n: 384 },
  { m: 1024, k: 128, n: 128 },
  { m: 128, k: 1024, n: 512 },
  { m: 512, k: 1024, n: 128 },
  { m: 128, k: 784, n: 512 },
  { m: 1000, k: 1000, n: 1000 },
  { m: 256, k: 256, n: 256 },
  { m: 32, k: 64, n: 64, batch: 64 },
];

test.each(products)("threads begin with equal parts of a product of $m × $k × $n", (sizes) => {
  for (const threads of [1, 2, 4]) {
    const each = loads(sizes, cutOf(sizes, threads), threads);
    const all = each.reduce((sum, n) => sum + n, 0);
    expect(Math.max(...each) * threads).toBeLessThan(1.1 * all);
  }
});

test("units cover the rows and columns once, and none is larger than its scratch", () => {
  for (const sizes of products) {
    const cut = cutOf(sizes, 2);
    const rows = cut.panels.heights.reduce(
      (n, h, i) => n + h * (cut.panels.counts[i] as number),
      0,
    );
    const covered = loads(sizes, cut, 2).reduce((sum, n) => sum + n, 0);
    expect(covered).toBe((sizes.batch ?? 1) * rows * Math.ceil(sizes.n / width) * width);
    expect(cut.panelsMost * cut.rowBlocks).toBeGreaterThanOrEqual(cut.panels.count);
    expect(cut.tilesMost * cut.columnBlocks).toBeGreaterThanOrEqual(cut.columnTiles);
  }
});

test("a small product is one unit, a larger one two for each thread, one that takes long one for each", () => {
  const units = (n: number, threads: number): number =>
    cutOf({ m: n, k: n, n }, threads).units / threads;
  expect(cutOf({ m: 16, k: 16, n: 16 }, 2).units).toBe(1);
  expect(units(256, 2)).toBe(2);
  expect(units(1024, 2)).toBe(1);
  expect(units(1024, 16)).toBe(2);
  expect(units(4096, 16)).toBeLessThan(4);
});

test("a larger second cache takes more columns at a time, but no more than pay", () => {
  const blockOf = (k: number, l2: number): number =>
    cutOf({ m: 2048, k, n: 8192 }, 1, l2).blockEach;
  expect(blockOf(2048, 1 << 21)).toBeGreaterThan(1.25 * blockOf(2048, 1 << 20));
  expect(blockOf(16, 1 << 21)).toBe(1024);
});
