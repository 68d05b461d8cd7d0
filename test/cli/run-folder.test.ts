import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRun, newRunFolder, writeRunFile } from "../../src/cli/run-folder.ts";

let parent = "";
beforeEach(() => {
  parent = join(mkdtempSync(`${tmpdir()}/hebb-runs-`), "runs");
});
afterEach(() => rmSync(join(parent, ".."), { recursive: true, force: true }));

const date = new Date(2026, 0, 9, 23, 59);

describe("newRunFolder", () => {
  test("is named by day and name, and numbered from the second on", () => {
    const made = [1, 2, 3].map(() => basename(newRunFolder("digits", { parent, date })));
    expect(made).toEqual(["2026-01-09-digits", "2026-01-09-digits-2", "2026-01-09-digits-3"]);
    expect(existsSync(join(parent, "2026-01-09-digits-3"))).toBe(true);
  });

  test("--out is made, but a run in it is not written over", () => {
    const out = join(parent, "a", "b");
    expect(newRunFolder("digits", { out })).toBe(out);
    writeFileSync(join(out, "config.json"), "{}");
    expect(() => newRunFolder("digits", { out })).toThrow(/holds a run already.*--resume/);
  });
});

describe("a folder that cannot be had is an error that names it", () => {
  test("below a file, and where the system refuses", () => {
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, "file"), "");
    for (const out of [join(parent, "file"), join(parent, "file", "run"), "/proc/none/run"]) {
      expect(() => newRunFolder("digits", { out })).toThrow(/^the folder .* cannot be made: E/);
    }
  });

  test("nor is one of its files written", () => {
    expect(() => writeRunFile(join(parent, "none"), "config.json", "{}")).toThrow(
      /none.config\.json cannot be written: ENOENT/,
    );
  });
});

describe("findRun", () => {
  test("by folder or as the latest", () => {
    const [first, second] = [1, 2].map(() => newRunFolder("digits", { parent, date })) as [
      string,
      string,
    ];
    writeFileSync(join(second, "config.json"), '{ "epochs": 2 }');
    writeFileSync(join(first, "config.json"), '{ "epochs": 1 }');
    utimesSync(join(second, "config.json"), 1000, 1000);
    expect(findRun(second).config.epochs).toBe(2);
    expect(findRun("latest", parent)).toMatchObject({ folder: first, config: { epochs: 1 } });
  });

  test("says what is missing", () => {
    expect(() => findRun("latest", parent)).toThrow(/there is no run/);
    mkdirSync(parent, { recursive: true });
    expect(() => findRun(parent)).toThrow(/is not the folder of a run: it has no config\.json/);
  });
});
