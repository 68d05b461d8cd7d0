// kill -9 at any moment: a run that is killed again and again and gone on with ends with the weights
// of one that was not, bit for bit, and with a log in which every step stands once.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, hebb } from "./built.ts";

let cwd = "";
const config = {
  data: { source: "generated", train: 640, test: 64 },
  model: { maps: [4, 8], hidden: 16 },
  batchSize: 32,
  epochs: 30,
  checkpointEvery: 7,
};

beforeAll(async () => {
  await build();
  cwd = mkdtempSync(`${tmpdir()}/hebb-kill-`);
  writeFileSync(join(cwd, "config.json"), JSON.stringify(config));
}, 300_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const weights = (folder: string): Buffer => readFileSync(join(cwd, folder, "model.safetensors"));
const steps = (folder: string): string[] =>
  readFileSync(join(cwd, folder, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { type, step, loss } = JSON.parse(line);
      return `${type} ${step} ${loss}`;
    });

test("a run killed at many moments ends like one that was not", async () => {
  expect((await hebb(["train", "config.json", "--out", "whole"], { cwd })).code).toBe(0);
  let kills = 0;
  let words = ["train", "config.json", "--json", "--out", "killed"];
  // Moments spread over start, steps, checkpoints and the end of epochs.
  for (let attempt = 0; attempt < 60; attempt++) {
    const after = 1 + ((attempt * 37) % 61);
    const delay = (attempt * 13) % 23;
    let timer: NodeJS.Timeout | undefined;
    const outcome = await hebb(words, {
      cwd,
      onOutput: (stdout, kill) => {
        if (timer !== undefined || stdout.split("\n").length < after) return;
        timer = setTimeout(() => kill("SIGKILL"), delay);
      },
    });
    clearTimeout(timer);
    if (outcome.signal === "SIGKILL") kills++;
    else {
      expect(outcome).toMatchObject({ code: 0 });
      break;
    }
    if (existsSync(join(cwd, "killed", "config.json")))
      words = ["train", "--resume", "killed", "--json"];
  }
  if (!existsSync(join(cwd, "killed", "report.html"))) {
    expect((await hebb(["train", "--resume", "killed"], { cwd })).code).toBe(0);
  }
  expect(kills).toBeGreaterThan(5);
  expect(Buffer.compare(weights("killed"), weights("whole"))).toBe(0);
  expect(steps("killed")).toEqual(steps("whole"));
});
