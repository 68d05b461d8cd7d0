// The quick start: MNIST where it is found, generated digits elsewhere, both to at least 99 %; and
// with no compiler on the PATH.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, hebb } from "./built.ts";

let cwd = "";
beforeAll(async () => {
  await build();
  cwd = mkdtempSync(`${tmpdir()}/hebb-digits-`);
}, 300_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const accuracyOf = (stdout: string): number => Number(/test accuracy (\S+)/.exec(stdout)?.[1]);

test("start --once reaches 99 % on MNIST with a cold kernel cache", async (context) => {
  if (!process.env.HEBB_DATA) context.skip("HEBB_DATA is not set, so there is no MNIST");
  const env = { HEBB_CACHE: join(cwd, "cache") };
  const { code, stdout } = await hebb(["start", "--once"], { cwd, env });
  expect(code).toBe(0);
  expect(stdout).toContain("MNIST from");
  expect(accuracyOf(stdout)).toBeGreaterThanOrEqual(0.99);
});

test("train reaches 99 % on generated digits", async () => {
  writeFileSync(join(cwd, "generated.json"), '{ "data": { "source": "generated" } }');
  const { stdout } = await hebb(["train", "generated.json"], { cwd });
  expect(accuracyOf(stdout)).toBeGreaterThanOrEqual(0.99);
});

test("without a compiler it runs on wasm and says why", async () => {
  // A PATH with nothing but node.
  const bin = join(cwd, "bin");
  const { mkdirSync } = await import("node:fs");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  const config = { data: { source: "generated", train: 2000, test: 500 }, epochs: 3 };
  writeFileSync(join(cwd, "short.json"), JSON.stringify(config));
  const env = { PATH: bin, CC: "", HEBB_CACHE: join(cwd, "empty-cache") };
  const { code, stdout, stderr } = await hebb(["start", "short.json", "--once"], { cwd, env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^device wasm/);
  expect(stderr).toMatch(/native skipped: .*compiler/);
  expect(accuracyOf(stdout)).toBeGreaterThan(0.5);
});
