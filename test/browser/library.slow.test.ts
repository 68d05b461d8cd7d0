// MN-25: the network library in a browser. Layers of every family, models that train and a network in
// eight bits give in headless Chromium, from the built package, the bits that they give here.

import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { libraryNumbers, type Numbers } from "./library-scene.ts";
import { bundled, missing, openSite, type Site } from "./page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What tests import from the sources comes from the doors of the built package. */
const built: Plugin = {
  name: "built",
  setup({ onResolve }) {
    onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = relative(join(root, "src"), resolve(resolveDir, path));
      const door = file.startsWith("tensor/") ? "index.ts" : file;
      return { path: join(root, "dist", door.replace(/\.ts$/, ".js")), sideEffects: false };
    });
  },
};

const program = `
import { libraryNumbers } from "./test/browser/library-scene.ts";
libraryNumbers().then(
  (numbers) => Object.assign(globalThis, { result: { numbers } }),
  (error) => Object.assign(globalThis, { result: { failure: String(error?.stack ?? error) } }),
);
`;

interface Result {
  readonly failure?: string;
  readonly numbers: Numbers;
}

describe("the network library in the browser", () => {
  let site: Site | undefined;
  beforeEach(({ skip }) => skip(missing !== "", missing));
  afterAll(() => site?.close());

  it("MN-25 gives the numbers that it gives in Node", async () => {
    const { code, files } = await bundled(program, { plugins: [built] });
    expect(files.filter((file) => file.startsWith("src/"))).toEqual([]);
    expect(files).toContain("dist/nn/index.js");
    site = await openSite(code);
    const [here, there] = [await libraryNumbers(), await site.visit<Result>("/isolated")];
    expect(there.failure).toBeUndefined();
    expect(there.messages).toEqual([]);
    expect(Object.keys(there.numbers)).toEqual(Object.keys(here));
    for (const [name, numbers] of Object.entries(here)) {
      expect(there.numbers[name], name).toEqual(numbers);
    }
    for (const name of ["GPT losses", "LSTM losses"]) {
      const losses = here[name] as number[];
      expect(losses.at(-1)!, name).toBeLessThan(0.8 * losses[0]!);
    }
  });
});
