// Contours as lines, paths over them, and the picture of both.

import { beforeEach, expect, test } from "vitest";
import { SGD } from "../../src/optim/index.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { contourPlot, contours, descentPath } from "../../src/theory/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

beforeEach(() => {
  setDefaultDevice("reference");
});

const bowl = (x: Tensor): Tensor => x.square().sum();
const plane = { x: [-2, 2], y: [-2, 2] } as const;

test("a circle is one closed line, whose points have the level's value", async () => {
  const lines = await contours(bowl, { ...plane, resolution: 41, levels: [2.25, 1] });
  expect(lines.map(({ level }) => level)).toEqual([1, 2.25]);
  for (const { level, points } of lines) {
    expect(points[0]).toEqual(points.at(-1));
    expect(points.length).toBeGreaterThan(50);
    // Lines between points of the grid: an error of its mesh, squared.
    for (const [x, y] of points) expect(Math.abs(x * x + y * y - level)).toBeLessThan(0.01);
  }
  expect(lines).toHaveLength(2);
});

test("lines that leave the map end at its edge, saddles are told apart, and nothing is crossed twice", async () => {
  const saddle = (p: Tensor): Tensor => p.at(0).mul(p.at(1));
  const lines = await contours(saddle, { ...plane, resolution: 20, levels: [-1, 1] });
  expect(lines).toHaveLength(4);
  for (const { level, points } of lines) {
    for (const [x, y] of points) expect(Math.abs(x * y - level)).toBeLessThan(0.05);
    for (const end of [points[0]!, points.at(-1)!]) {
      expect(Math.max(...end.map(Math.abs))).toBeCloseTo(2, 12);
    }
    const quadrant = new Set(points.map(([x, y]) => `${x > 0} ${y > 0}`));
    expect(quadrant.size).toBe(1);
  }
});

test("levels are spread so that as many values lie between each two", async () => {
  const lines = await contours(bowl, { ...plane, resolution: 30, levels: 8 });
  const levels = [...new Set(lines.map(({ level }) => level))];
  expect(levels).toHaveLength(8);
  for (let i = 1; i < 8; i++) expect(levels[i]).toBeGreaterThan(levels[i - 1]!);
  await expect(contours(bowl, { x: [1, 1], y: [0, 1] })).rejects.toThrow(RangeError);
  await expect(contours(bowl, { ...plane, resolution: 1 })).rejects.toThrow(/resolution/);
});

test("a path is where an optimiser has been, with the values there", async () => {
  const { points, values } = await descentPath(bowl, [1, -2], (x) => new SGD([x], { lr: 0.25 }), {
    steps: 3,
  });
  expect(points).toEqual([
    [1, -2],
    [0.5, -1],
    [0.25, -0.5],
    [0.125, -0.25],
  ]);
  expect(values).toEqual([5, 1.25, 0.3125, 0.078125]);
  await expect(descentPath(bowl, [1], (x) => new SGD([x]), { steps: -1 })).rejects.toThrow(
    RangeError,
  );
});

test("the picture holds every line and path, inside its frame, with names made safe", async () => {
  const lines = await contours(bowl, { ...plane, resolution: 20, levels: 5 });
  const { points } = await descentPath(bowl, [1, -2], (x) => new SGD([x], { lr: 0.25 }), {
    steps: 4,
  });
  const svg = contourPlot({
    ...plane,
    contours: lines,
    paths: [{ name: "a < b & c", points }],
    title: "bowl",
  });
  expect(svg.startsWith("<svg ")).toBe(true);
  expect(svg).toContain("a &lt; b &amp; c");
  const drawn = [...svg.matchAll(/<path d="M([^"]+)"/g)].map(([, d]) => d!);
  expect(drawn).toHaveLength(lines.length + 1);
  const stations = drawn
    .at(-1)!
    .split("L")
    .map((p) => p.split(" ").map(Number));
  expect(stations).toHaveLength(5);
  // (1, −2) is three quarters along and at the bottom.
  expect(stations[0]![0]).toBeCloseTo(12 + 0.75 * 456, 1);
  expect(stations[0]![1]).toBeCloseTo(348, 1);
  for (const open of svg.match(/<(\w+)[^>]*[^/]>/g) ?? []) {
    const tag = /<(\w+)/.exec(open)![1]!;
    expect(svg).toContain(`</${tag}>`);
  }
});
