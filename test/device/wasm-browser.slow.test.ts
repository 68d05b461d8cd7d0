// The WebAssembly device in Chromium: isolated pages with threads, others with one, and pages whose
// policy forbids workers from blobs. The same bits everywhere.

import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const executablePath =
  process.env.HEBB_CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) console.log("skipped: there is no Chromium here (HEBB_CHROMIUM names one)");

const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const pages: Record<string, Record<string, string>> = {
  "/isolated": isolated,
  "/plain": {},
  "/policy": { "Content-Security-Policy": policy },
  "/isolated-policy": { ...isolated, "Content-Security-Policy": policy },
};

const script = `
import { probeWasm } from "../../src/device/wasm.ts";
import { input, job, launch, output, program, tile } from "../support/wasm-program.ts";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function compute() {
  const found = probeWasm({ threads: 3 });
  if ("reason" in found) return found;
  const { device } = found;
  const [units, k] = [512, 64];
  const a = Float32Array.from({ length: units * 6 * k }, (_, i) => Math.fround((i % 97) / 31));
  const b = Float32Array.from({ length: 8 * k }, (_, i) => Math.fround((i % 89) / 37));
  const [x, y, z] = [a.byteLength, b.byteLength, units * 48 * 4].map((n) => device.allocate(n));
  device.write(x, new Uint8Array(a.buffer));
  device.write(y, new Uint8Array(b.buffer));
  const work = { flops: 2 * units * 48 * k, bytes: 0 };
  const executable = device.load(program([tile()], [launch(
    [job(0, [input(0), input(1), output(0)], { units, ints: [k, 6 * k] })], work)]));
  const sum = () => new Float64Array(new Float32Array(device.read(z).buffer))
    .reduce((s, v, i) => s + v * (1 + (i % 7)), 0);
  executable.run([x, y], [z], []);
  const first = sum();
  for (let i = 0; i < 200 && device.ready < device.threads; i++) await wait(10);
  for (let i = 0; i < 50; i++) executable.run([x, y], [z], []);
  const again = sum();
  // The page goes on while a program of some hundred milliseconds runs.
  const many = device.load(program([tile()], [{ kind: "loop", count: 2000, steps: [launch(
    [job(0, [input(0), input(1), output(0)], { units, ints: [k, 6 * k] })], work)] }]));
  let [ticks, frames] = [0, 0];
  const timer = setInterval(() => ticks++, 1);
  const frame = () => { frames++; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  const running = many.start([x, y], [z], []);
  await running.ended;
  const { ms } = running.finish();
  clearInterval(timer);
  const endless = device.load(program([tile()], [{ kind: "loop", count: 1e9, steps: [launch(
    [job(0, [input(0), input(1), output(0)], { units, ints: [k, 6 * k] })], work)] }]));
  const stopped = endless.start([x, y], [z], []);
  setTimeout(() => stopped.cancel(), 20);
  await stopped.ended;
  let why = "";
  try { stopped.finish(); } catch (error) { why = error.message; }
  executable.run([x, y], [z], []);
  return {
    first, sum: again, last: sum(), ready: device.ready, description: device.description,
    ticks, frames, ms, why,
  };
}
compute().then((result) => { Object.assign(globalThis, { result }); });
`;

let server: Server;
let browser: Browser;
let origin = "";

beforeAll(async () => {
  if (!executablePath) return;
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: here, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const code = outputFiles[0]?.text;
  server = createServer((request, response) => {
    if (request.url === "/script.js") {
      response.writeHead(200, { "Content-Type": "text/javascript", ...isolated });
      response.end(code);
    } else {
      response.writeHead(200, { "Content-Type": "text/html", ...pages[request.url ?? ""] });
      response.end('<!doctype html><script type="module" src="/script.js"></script>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

interface Result {
  readonly first: number;
  readonly sum: number;
  readonly last: number;
  readonly ticks: number;
  readonly frames: number;
  readonly ms: number;
  readonly why: string;
  readonly ready: number;
  readonly description: string;
}

async function visit(path: string): Promise<Result> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(origin + path);
  await page.waitForFunction(() => "result" in globalThis, undefined, { timeout: 30_000 });
  const result = await page.evaluate(() => (globalThis as unknown as { result: Result }).result);
  await page.close();
  expect(errors).toEqual([]);
  return result;
}

describe.skipIf(!executablePath)("a page", () => {
  it.each([
    ["/isolated", 3, /^wasm \(3 threads, SIMD\)$/],
    ["/plain", 1, /^wasm \(1 thread, SIMD; threads skipped: page is not cross-origin isolated\)$/],
    ["/policy", 1, /page is not cross-origin isolated/],
    ["/isolated-policy", 1, /^wasm \(1 thread, SIMD; threads skipped: workers cannot start: .+\)$/],
  ])("%s computes on %i", async (path, ready, description) => {
    const result = await visit(path);
    expect(result.description).toMatch(description);
    expect(result.ready).toBe(ready);
    expect(result.sum).toBe(result.first);
    expect(result.last).toBe(result.first);
    expect(result.sum).toBe((await visit("/plain")).sum);
    const { ticks, frames, ms } = result;
    console.log(`${path}: ${ticks} timers and ${frames} frames in a run of ${ms.toFixed(0)} ms`);
    expect(ticks).toBeGreaterThan(2);
    expect(result.why).toMatch(/cancelled/);
  });
});
