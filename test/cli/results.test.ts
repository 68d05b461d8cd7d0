// docs/results.md against the results that the command can train.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isReached, rounded } from "../../src/cli/results/reproduction.ts";
import { reproductions } from "../../src/cli/results/reproductions.ts";

const root = new URL("../../", import.meta.url);
const lines = readFileSync(new URL("docs/results.md", root), "utf8").split("\n");
const found = new Map(
  lines
    .map((line) => /^\| `(\w+)` \|(.*)\|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, rest]) => [name, (rest as string).split("|").map((cell) => cell.trim())]),
);

test.each(Object.keys(reproductions))(
  "%s is in docs/results.md, which says so where it misses its bound",
  async (name) => {
    const reproduction = await reproductions[name]!();
    expect(reproduction.name).toBe(name);
    const cells = found.get(name);
    expect(cells, `docs/results.md has no row for ${name}`).toBeDefined();
    const [about, metric, ours, published] = cells!;
    expect(about).toBe(reproduction.about);
    expect(metric).toBe(reproduction.metric);
    expect(published).toBe(`${reproduction.published}`);
    if (ours === "not yet measured") return;
    const [figure, missed] = (ours as string).split(", misses ");
    expect(figure).toMatch(/^\d+(?:\.\d+)?$/);
    expect(isReached(Number(figure), reproduction.bound), `${name}: ${ours}`).toBe(!missed);
    if (missed) expect(Object.values(reproduction.bound)).toEqual([Number(missed)]);
  },
);

test("nothing is in docs/results.md that cannot be trained", () => {
  expect([...found.keys()].sort()).toEqual(Object.keys(reproductions).sort());
});

test("bounds hold at their edge, and figures are rounded as they are published", () => {
  expect(isReached(99.1, { least: 99.1 })).toBe(true);
  expect(isReached(99.09, { least: 99.1 })).toBe(false);
  expect(isReached(1.35, { most: 1.35 })).toBe(true);
  expect(isReached(1.36, { most: 1.35 })).toBe(false);
  expect(rounded(99.32999)).toBe(99.33);
});
