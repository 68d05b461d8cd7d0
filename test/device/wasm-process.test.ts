// The WebAssembly device in processes of its own: worker threads must not keep one alive.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hebb-wasm-"));
  await build({
    stdin: {
      contents: `export { probeWasm } from "../../src/device/wasm.ts";
export * from "../support/wasm-program.ts";`,
      resolveDir: here,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: join(folder, "wasm.mjs"),
    logLevel: "error",
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const setUp = `
const open = (threads) => {
  const { device, reason } = probeWasm({ threads });
  if (reason) throw new Error(reason);
  return device;
};
const started = async (device) => {
  device.start();
  while (device.ready < device.threads) await new Promise((resolve) => setTimeout(resolve, 2));
};
const units = 4096, k = 64;
const compute = (device, times) => {
  const [a, b, c] = [units * 6 * k * 4, 8 * k * 4, units * 48 * 4].map((n) => device.allocate(n));
  device.write(a, new Uint8Array(new Float32Array(units * 6 * k).fill(1).buffer));
  device.write(b, new Uint8Array(new Float32Array(8 * k).fill(2).buffer));
  const work = { flops: 2 * units * 48 * k, bytes: 0 };
  const executable = device.load(program([tile()], [launch(
    [job(0, [input(0), input(1), output(0)], { units, ints: [k, 6 * k] })], work)]));
  for (let i = 0; i < times; i++) executable.run([a, b], [c], []);
  const sums = new Float32Array(device.read(c).buffer);
  return sums.every((x) => x === 2 * k);
};
`;

/** Runs a script; what it printed, and how it ended. A hang is killed and has no status. */
function run(
  script: string,
  options: readonly string[] = [],
): { out: string; status: number | null } {
  const names = "probeWasm, tile, program, launch, job, input, output";
  const source = `import { ${names} } from ${JSON.stringify(join(folder, "wasm.mjs"))};\n${setUp}${script}`;
  const file = join(folder, "script.mjs");
  writeFileSync(file, source);
  const fromInput = options.includes("--input-type=module");
  const done = spawnSync(process.execPath, [...options, ...(fromInput ? [] : [file])], {
    ...(fromInput && { input: source }),
    encoding: "utf8",
    timeout: 30_000,
  });
  return { out: done.stdout + done.stderr, status: done.status };
}

describe("a process", () => {
  it("ends by itself while workers wait", () => {
    const script = `const device = open(4); await started(device); console.log(compute(device, 20));`;
    expect(run(script)).toEqual({ out: "true\n", status: 0 });
  });

  it("ends by itself while workers start", () => {
    expect(run(`console.log(compute(open(4), 1));`)).toEqual({ out: "true\n", status: 0 });
  });

  it("ends with its own code while workers look for work", () => {
    const script = `const device = open(3); await started(device);
      process.on("exit", () => console.log("bye"));
      compute(device, 5); process.exit(3);`;
    expect(run(script)).toEqual({ out: "bye\n", status: 3 });
  });

  it("starts workers whatever flags it runs with", () => {
    const script = `const device = open(2); await started(device);
      console.log(compute(device, 3), device.description);`;
    const out = "true wasm (2 threads, SIMD)\n";
    expect(run(script, ["--input-type=module"])).toEqual({ out, status: 0 });
    expect(run(script, ["--stack-trace-limit=50"])).toEqual({ out, status: 0 });
  });

  it("uses them without ever turning its event loop", () => {
    const script = `const device = open(2);
      const end = performance.now() + 20000;
      device.start();
      while (device.ready < 2 && performance.now() < end);
      console.log(device.ready, compute(device, 3));`;
    expect(run(script)).toEqual({ out: "2 true\n", status: 0 });
  });

  it("may have a device in each of its threads", () => {
    const script = `
      import { Worker, isMainThread, parentPort } from "node:worker_threads";
      const device = open(2);
      await started(device);
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        const other = new Promise((resolve) => worker.once("message", resolve));
        const mine = compute(device, 20);
        console.log(mine, await other);
      } else parentPort.postMessage(compute(device, 20));`;
    expect(run(script)).toEqual({ out: "true true\n", status: 0 });
  });
});
