// The launcher in several threads of JavaScript at once, and in processes that end while it runs.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  affineKernel,
  input,
  job,
  launch,
  nativeBench,
  output,
  program,
  storageOf,
} from "../support/native-program.ts";

const found = nativeBench();
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const bench = "reason" in found ? undefined : found;

describe.skipIf(!bench)("several threads of JavaScript and ending processes", () => {
  let folder = "";
  let script = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hebb-test-"));
    script = join(folder, "worker.mjs");
    buildSync({
      entryPoints: [fileURLToPath(new URL("../support/native-worker.ts", import.meta.url))],
      outfile: script,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inWorker = (scene: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData: scene });
      worker.once("message", resolve);
      worker.once("error", reject);
    });

  it("two worker threads run at once with pools of their own", async () => {
    const results = await Promise.all([inWorker("many"), inWorker("many"), inWorker("many")]);
    for (const result of results)
      expect(result).toEqual({ first: (results[0] as { first: unknown }).first, same: true });
  });

  it("a worker that ends leaves the others working", async () => {
    const worker = new Worker(script, { workerData: "load" });
    await new Promise((resolve) => worker.once("exit", resolve));
    expect(await inWorker("many")).toMatchObject({ same: true });
    const copy = job(0, [input(0), output(0)], { ints: [4], floats: [1, 1] });
    const p = program([affineKernel()], [launch([copy])]);
    const e = bench!.load(p, { inputs: [16], outputs: [16], constants: 0 });
    expect(
      e.run([storageOf(new Float32Array(4))], [storageOf(new Float32Array(4))], []),
    ).toBeUndefined();
  });

  it("process.exit during a run off the thread ends the process with its code", () => {
    const done = spawnSync(process.execPath, [script, "exit while running"], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(done.stderr).toBe("");
    expect(done.stdout.trim()).toBe('"leaving"');
    expect(done.status).toBe(7);
  });

  it("process.exit while a worker thread is inside a run ends the process", () => {
    const done = spawnSync(process.execPath, [script, "exit while a worker is busy"], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(done.stderr).toBe("");
    expect(done.status).toBe(5);
  });
});
