// `hebb bench` and `hebb explain --roofline` from outside, where they measure: each device at work,
// a comparison with its document, and a program held against the device's ceilings.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Roofline } from "hebb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, hebb, jsonLines, type Outcome } from "../built.ts";

let cwd = "";
const run = (...words: string[]): Promise<Outcome> => hebb(words, { cwd });

beforeAll(async () => {
  await build();
  cwd = mkdtempSync(`${tmpdir()}/hebb-bench-`);
}, 300_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("every device that works here runs the smallest workload", async () => {
  const devices = jsonLines(await run("devices", "--json")).filter((d) => d.available === true);
  expect(devices.length).toBeGreaterThan(0);
  for (const { name } of devices) {
    const words = ["bench", "tiny", "tiny-eager", "--seconds", "0"];
    const { stdout } = await run(...words, "--device", String(name), "--json");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => [line.peer, line.workload, line.ms > 0])).toEqual([
      [`hebb-${name}`, "tiny", true],
      [`hebb-${name}`, "tiny-eager", true],
    ]);
  }
});

test.each(["reference", "wasm"])(
  "a comparison on %s tells, tabulates and writes",
  async (device) => {
    const words = ["bench", "--compare", "tiny", "--rounds", "1", "--seconds", "0"];
    const asked = [...words, "--device", device];
    const { code, stdout, stderr } = await run(...asked, "--write", "benchmarks.md");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Hebb \\(${device}\\) `));
    expect(stdout).toMatch(/^workload +ours +theirs +best peer +ratio +limit +share$/m);
    // Peers take part, or it is said why not.
    if (device === "wasm") expect(stdout).toMatch(/^(tfjs: tfjs|skipped tfjs: .+ not installed)/m);
    const document = readFileSync(join(cwd, "benchmarks.md"), "utf8");
    expect(document).toContain(`by \`npm run bench -- ${words.slice(1).join(" ")}`);
    expect(document).toMatch(/^\| tiny \| [\d.]+ \| /m);
    const events = jsonLines(await run(...asked, "--json"));
    expect(events.at(-2)).toMatchObject({ type: "comparison", workload: "tiny" });
    expect(events.at(-1)).toMatchObject({ type: "report", comparisons: { chosen: [{}] } });
  },
);

test("a roofline holds each kernel against what the device does at best", async () => {
  const words = ["explain", "tiny", "--roofline", "--device", "wasm"];
  const { stdout } = await run(...words);
  expect(stdout).toMatch(/^kernel +times +MFLOP +MB +ms +time +GFLOP\/s +GB\/s +of ceiling$/m);
  expect(stdout).toMatch(/^contract\S* \[4, 2\]×\[2, 8\] .* \d+ % (flops|bytes)$/m);
  expect(stdout).toMatch(/^ceilings measured here: [\d.]+ GFLOP\/s; [\d.]+ GB\/s at 1 MiB/m);
  const [program] = jsonLines(await run(...words, "--json")) as [{ roofline: Roofline }];
  const { steps, ceilings } = program.roofline;
  expect(ceilings.flops).toBeGreaterThan(0);
  for (const { leastMs, measured } of steps) {
    expect(leastMs).toBeGreaterThan(0);
    expect(measured?.ofCeiling).toBeGreaterThan(0);
  }
});
