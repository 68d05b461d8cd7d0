// The network of `npm start` trains in headless Chromium, from the built package: with worker threads
// in an isolated page, with one thread elsewhere, and with nothing fetched but the page and its script.

import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const executablePath =
  process.env.HEBB_CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const missing = !executablePath
  ? "there is no Chromium here (HEBB_CHROMIUM names one)"
  : existsSync(join(root, "dist", "index.js"))
    ? ""
    : "the package is not built (npm run build)";

/** What the page does; it names the package as a user would. */
const program = `
import { compile, gradients, seed, useDevice } from "hebb";
import { digitTensors, generateDigits, loader } from "hebb/data";
import { LeNet } from "hebb/models";
import * as nn from "hebb/nn";
import { Adam } from "hebb/optim";

async function train() {
  const chosen = await useDevice("auto");
  seed(1);
  const model = new LeNet();
  const optimizer = new Adam(model.parameters(), { lr: 2e-3 });
  const step = compile((images, labels) => {
    const x = images.cast("f32").div(255).unsqueeze(1);
    const loss = nn.crossEntropy(model.forward(x), labels);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  const losses = [];
  const data = loader(digitTensors(generateDigits({ count: 1200 })), { batchSize: 60, shuffle: true });
  for (let epoch = 0; epoch < 2; epoch++) {
    for await (const { images, labels } of data) {
      losses.push(await step(images, labels).item());
    }
  }
  // Threads start on their own time: what the device says at the end is what it came to.
  const description = await useDevice("wasm");
  const { crossOriginIsolated: isolated, navigator } = globalThis;
  return { chosen, description, losses, isolated, cores: navigator.hardwareConcurrency };
}
train().then(
  (result) => Object.assign(globalThis, { result }),
  (error) => Object.assign(globalThis, { result: { failure: String(error?.stack ?? error) } }),
);
`;

interface Result {
  readonly failure?: string;
  readonly chosen: string;
  readonly description: string;
  readonly losses: readonly number[];
  readonly isolated: boolean;
  readonly cores: number;
}

/** No code from text, and nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; img-src data:";
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

// With HEBB_CI=1 the reporter counts skipped tests as failed.
describe("a network in the browser", () => {
  let server: Server | undefined;
  let browser: Browser | undefined;
  let origin = "";
  let code = "";
  let imports: string[] = [];

  beforeEach(({ skip }) => skip(missing !== "", missing));
  beforeAll(async () => {
    if (missing) return;
    const bundle = await build({
      stdin: { contents: program, resolveDir: root, loader: "js" },
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      metafile: true,
      logLevel: "error",
      // Not our own paths, which lead to the sources: the names as users resolve them.
      tsconfigRaw: {},
    });
    code = bundle.outputFiles[0]?.text ?? "";
    const files = Object.values(bundle.metafile.inputs);
    imports = files.flatMap((file) => file.imports.map(({ path }) => path));
    server = createServer((request, response) => {
      const isScript = request.url === "/script.js";
      const headers = {
        "Content-Security-Policy": policy,
        ...(isScript || request.url === "/isolated" ? isolation : {}),
      };
      response.writeHead(200, {
        "Content-Type": isScript ? "text/javascript" : "text/html",
        ...headers,
      });
      const icon = '<link rel="icon" href="data:,">';
      response.end(
        isScript ? code : `<!doctype html>${icon}<script type="module" src="/script.js"></script>`,
      );
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
    browser = await chromium.launch({ executablePath: executablePath as string, args });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function visit(path: string): Promise<Result & { requests: string[]; messages: string[] }> {
    const page = await (browser as Browser).newPage();
    const requests: string[] = [];
    const messages: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => messages.push(String(error)));
    page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
    await page.goto(origin + path);
    await page.waitForFunction(() => "result" in globalThis, undefined, { timeout: 300_000 });
    const result = await page.evaluate(() => (globalThis as unknown as { result: Result }).result);
    await page.close();
    return { ...result, requests, messages };
  }

  it("is bundled from the package as published, with nothing of Node", () => {
    expect(imports.some((path) => path.startsWith("dist/"))).toBe(true);
    expect(imports.filter((path) => path.startsWith("src/"))).toEqual([]);
    expect(imports.filter((path) => /^node:|^(fs|path|os|worker_threads)$/.test(path))).toEqual([]);
    expect(/(?:from|import)\s*\(?\s*["']node:/.test(code)).toBe(false);
  });

  const losses = new Map<string, readonly number[]>();

  it.each([
    ["/isolated", true],
    ["/plain", false],
  ] as const)("learns digits at %s", async (path, isolated) => {
    const result = await visit(path);
    expect(result.failure).toBeUndefined();
    expect(result.isolated).toBe(isolated);
    const threads = result.cores === 1 ? "1 thread" : `${result.cores} threads`;
    expect(result.description).toBe(
      isolated
        ? `wasm (${threads}, SIMD)`
        : "wasm (1 thread, SIMD; threads skipped: page is not cross-origin isolated)",
    );
    expect(result.chosen).toMatch(/^wasm /);

    const mean = (some: readonly number[]) => some.reduce((sum, x) => sum + x, 0) / some.length;
    expect(result.losses).toHaveLength(40);
    expect(result.losses[0]).toBeGreaterThan(2);
    expect(mean(result.losses.slice(-5))).toBeLessThan(mean(result.losses.slice(0, 5)) / 3);
    losses.set(path, result.losses);

    const own = (url: string) => url.startsWith(`${origin}/`) || /^(?:blob|data):/.test(url);
    expect(result.requests.filter((url) => !own(url))).toEqual([]);
    const served = result.requests.filter((url) => url.startsWith(origin));
    expect(served).toEqual([origin + path, `${origin}/script.js`]);
    expect(result.messages).toEqual([]);
  });

  it("gives the same bits with and without threads", () => {
    expect(losses.size).toBe(2);
    expect(losses.get("/isolated")).toEqual(losses.get("/plain"));
  });
});
