// A page in headless Chromium with a script that was bundled from the built package, and what it gives.

import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const executablePath =
  process.env.HEBB_CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Why there can be no page, or nothing. */
export const missing: string = !executablePath
  ? "there is no Chromium here (HEBB_CHROMIUM names one)"
  : existsSync(join(root, "dist", "index.js"))
    ? ""
    : "the package is not built (npm run build)";

/** A script for browsers, the files that it was made of and the modules that they import. */
export interface Script {
  readonly code: string;
  readonly files: readonly string[];
  readonly imports: readonly string[];
}

/** A program as a user's bundler makes it for browsers: names resolve as users resolve them. */
export async function bundled(contents: string, options: BuildOptions = {}): Promise<Script> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "js" },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
    // Not our own paths, which lead to the sources.
    tsconfigRaw: {},
    ...options,
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.inputs);
  return {
    code: outputFiles[0]?.text ?? "",
    files: Object.keys(metafile.inputs),
    imports: inputs.flatMap((file) => file.imports.map(({ path }) => path)),
  };
}

/** No code from text, and nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; img-src data:";
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What a visit saw, beside what the page left in `globalThis.result`. */
export interface Visit {
  readonly requests: string[];
  readonly messages: string[];
}

/** A browser and the server of a script. */
export interface Site {
  readonly origin: string;
  /** Opens a page with the script: "/isolated" may have threads. Waits for `globalThis.result`. */
  visit<R>(path: string): Promise<R & Visit>;
  close(): Promise<void>;
}

/** Serves a script, and nothing else. */
export async function openSite(code: string): Promise<Site> {
  const server = createServer((request, response) => {
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
  const browser = await chromium.launch({ executablePath: executablePath as string, args });

  async function visit<R>(path: string): Promise<R & Visit> {
    const page = await browser.newPage();
    const requests: string[] = [];
    const messages: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => messages.push(String(error)));
    page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
    // Committed, not loaded: the script may be long at work by then.
    await page.goto(origin + path, { waitUntil: "commit" });
    await page.waitForFunction(() => "result" in globalThis, undefined, { timeout: 300_000 });
    const result = await page.evaluate(() => (globalThis as unknown as { result: R }).result);
    await page.close();
    return { ...result, requests, messages };
  }

  async function close(): Promise<void> {
    await browser.close();
    server.close();
  }

  return { origin, visit, close };
}
