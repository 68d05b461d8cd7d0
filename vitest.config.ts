// How the tests run. By the name of the file there are three kinds: the fast ones by default; with
// HEBB_TESTS=slow the `*.slow.test.ts` files instead (memory over 10^5 steps, kill -9, full disks,
// MNIST, Chromium), with HEBB_TESTS=learning the `*.learning.test.ts` files (models that must learn
// something, a quarter of a minute each and more). The fast ones are of the core, on all devices, and
// of the library that is written on it, with the examples of the pages, on wasm, where building a
// kernel takes milliseconds; HEBB_TESTS=native runs the latter on the native device. Files share a
// process, so that modules are loaded and compiled once, and test/setup-shared.ts lets none see what
// another has set; a few have one of their own. As many processes run at once as there are cores, so
// one of the library has one thread. scripts/reporter.mjs prints the last line and records every
// outcome for `npm run systems`. Timeouts only stop a hang; no test asserts a time.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

type Options = NonNullable<TestProjectInlineConfiguration["test"]>;

const here = fileURLToPath(new URL(".", import.meta.url));
const tests = (names: readonly string[]): string[] => names.map((name) => `test/${name}.test.ts`);

const beside = ["**/node_modules/**", ...tests(["**/*.slow", "**/*.learning"])];

const library = tests([
  ...["grad", "linalg", "models", "nn", "optim", "text", "theory", "train"].map((f) => `${f}/**/*`),
  // What is said of tensors on any device.
  ...["compile", "reading", "state", "transforms"].map((file) => `tensor/${file}`),
  ...["faults", "state"].map((file) => `promises/${file}`),
  "docs",
]);

// Those that put modules of their own in the place of Hebb's, open devices in altered surroundings,
// count their process's memory to the byte, or start processes, which is slow from a large one.
const aloneInCore = tests([
  ...["compile/golden-kernels", "compile/training-steps", "compile/lower/known-groups"],
  ...["cli/main", "cli/results", "device/**/*", "engine/key", "promises/key", "promises/memory"],
  "repository/**/*",
]);
const aloneInLibrary = tests(["models/counts", "nn/convolution", "nn/module"]);

const shared: Options = {
  isolate: false,
  setupFiles: ["./test/setup.ts", "./test/setup-shared.ts"],
};
const onWasm: Options = { env: { HEBB_DEVICE: "wasm", HEBB_THREADS: "1" } };
// What these measure is their own processes' memory, and no time.
const long: Options = { testTimeout: 900_000, hookTimeout: 900_000 };

const projects: Record<string, Options> = {
  core: {
    include: tests(["**/*"]),
    exclude: [...beside, ...aloneInCore, ...library],
    ...shared,
  },
  "core alone": { include: aloneInCore, exclude: beside },
  library: { include: library, exclude: [...beside, ...aloneInLibrary], ...onWasm, ...shared },
  "library alone": { include: aloneInLibrary, exclude: beside, ...onWasm },
  native: {
    include: library,
    exclude: beside,
    env: { HEBB_DEVICE: "native", HEBB_THREADS: "1" },
    // Of many golden cases the kernels are built in one hook.
    hookTimeout: 300_000,
  },
  slow: { include: tests(["**/*.slow"]), ...long },
  learning: { include: tests(["**/*.learning"]), ...long, maxWorkers: 1 },
};

const kinds: Record<string, string[]> = {
  fast: ["core", "core alone", "library", "library alone"],
  native: ["native"],
  slow: ["slow"],
  learning: ["learning"],
};
const kind = process.env.HEBB_TESTS ?? "fast";
const chosen = kinds[kind];
if (chosen === undefined) throw new RangeError(`there are no ${kind} tests`);

export default defineConfig({
  resolve: {
    alias: [
      { find: /^#devices$/, replacement: `${here}src/device/openers.ts` },
      { find: /^#observer$/, replacement: `${here}src/engine/observer-at-start.ts` },
      { find: /^hebb$/, replacement: `${here}src/index.ts` },
      { find: /^hebb\/(.+)$/, replacement: `${here}src/$1/index.ts` },
    ],
  },
  test: {
    passWithNoTests: true,
    pool: "forks",
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["./test/setup.ts"],
    reporters: [["default", { summary: false }], "./scripts/reporter.mjs"],
    projects: chosen.map((name) => ({ extends: true as const, test: { name, ...projects[name] } })),
  },
});
