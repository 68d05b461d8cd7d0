// The package as published: no install scripts, no addresses in the lock file, doors with types.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const manifest = JSON.parse(read("package.json"));

describe("package.json", () => {
  test("runs nothing at install and has no side effects", () => {
    for (const script of ["preinstall", "install", "postinstall", "prepare", "prepublish"]) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
    expect(manifest.sideEffects).toBe(false);
    expect(manifest.type).toBe("module");
  });

  test("every door names its types before its code, both under dist", () => {
    for (const [door, target] of Object.entries(manifest.exports as Record<string, unknown>)) {
      if (door === "./package.json") continue;
      const folder = door === "." ? "." : door;
      expect(Object.keys(target as object)).toEqual(["types", "default"]);
      const at = folder === "." ? "./dist/index" : `./dist/${folder.slice(2)}/index`;
      expect(target).toEqual({ types: `${at}.d.ts`, default: `${at}.js` });
    }
  });

  test("the core depends on nothing: pngjs serves the command only", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(["pngjs"]);
  });
});

test("the lock file holds no registry address", () => {
  expect(read("package-lock.json")).not.toContain('"resolved"');
});
