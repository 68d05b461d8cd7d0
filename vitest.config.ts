// How the tests run. By the name of the file there are three kinds: the fast ones by default; with
// HEBB_TESTS=slow the `*.slow.test.ts` files instead (memory over 10^5 steps, kill -9, full disks,
// MNIST, Chromium), with HEBB_TESTS=learning the `*.learning.test.ts` files (models that must learn
// something, a quarter of a minute each and more). The fast ones are two projects: the core; and the
// library that is written on it, with the examples of the pages, on wasm, where building a kernel
// takes milliseconds. HEBB_TESTS=native runs the second on the native device. As many files run at
// once as there are cores, so one of the library has one thread. scripts/reporter.mjs prints the
// last line and records every outcome for `npm run systems`. Timeouts only stop a hang; no test
// asserts a time.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const here = fileURLToPath(new URL(".", import.meta.url));
const library = ["grad", "linalg", "models", "nn", "optim", "text", "theory", "train"];

const onLibrary = [...library.map((folder) => `test/${folder}/**/*.test.ts`), "test/docs.test.ts"];
const special = ["slow", "learning"].map((kind) => `test/**/*.${kind}.test.ts`);
const beside = ["**/node_modules/**"];

// What these measure is their own processes' memory, and no time.
const long = { testTimeout: 900_000, hookTimeout: 900_000 };

const projects: Record<string, NonNullable<TestProjectInlineConfiguration["test"]>> = {
  core: {
    include: ["test/**/*.test.ts"],
    exclude: [...beside, ...special, ...onLibrary],
  },
  library: {
    include: onLibrary,
    exclude: [...beside, ...special],
    env: { HEBB_DEVICE: "wasm", HEBB_THREADS: "1" },
  },
  native: {
    include: onLibrary,
    exclude: [...beside, ...special],
    env: { HEBB_DEVICE: "native", HEBB_THREADS: "1" },
    // Of many golden cases the kernels are built in one hook.
    hookTimeout: 300_000,
  },
  slow: { include: ["test/**/*.slow.test.ts"], ...long },
  learning: { include: ["test/**/*.learning.test.ts"], ...long, maxWorkers: 1 },
};

const kinds: Record<string, string[]> = {
  fast: ["core", "library"],
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
