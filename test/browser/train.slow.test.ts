// The network of `npm start` trains in headless Chromium, from the built package: with worker threads
// in an isolated page, with one thread elsewhere, and with nothing fetched but the page and its script.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundled, missing, openSite, type Script, type Site } from "./page.ts";

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

// With HEBB_CI=1 the reporter counts skipped tests as failed.
describe("a network in the browser", () => {
  let site: Site | undefined;
  let script: Script = { code: "", files: [], imports: [] };

  beforeEach(({ skip }) => skip(missing !== "", missing));
  beforeAll(async () => {
    if (missing) return;
    script = await bundled(program);
    site = await openSite(script.code);
  });

  afterAll(() => site?.close());

  it("is bundled from the package as published, with nothing of Node", () => {
    const { code, imports } = script;
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
    const { origin, visit } = site as Site;
    const result = await visit<Result>(path);
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
