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
// These put a module of their own in the place of one of Hebb's, before it is loaded.
const replacing = ["golden-kernels", "training-steps", "lower/known-groups"];
const library = ["grad", "linalg", "models", "nn", "optim", "text", "theory", "train"];

const filesOf = (folders: string[]): string[] =>
  folders.map((folder) => `test/${folder}/**/*.test.ts`);

const onProcesses = [
  ...filesOf(["browser", "cli", "device", "engine", "promises", "repository"]),
  ...replacing.map((name) => `test/compile/${name}.test.ts`),
];
const onLibrary = [...filesOf(library), "test/docs.test.ts"];
const special = ["slow", "learning"].map((kind) => `test/**/*.${kind}.test.ts`);
const beside = ["**/node_modules/**"];

// What these measure is their own processes' memory, and no time.
const long = { testTimeout: 900_000, hookTimeout: 900_000 };

// Files that share a process.
const shared = { isolate: false, setupFiles: ["./test/setup.ts", "./test/setup-shared.ts"] };

const projects: Record<string, NonNullable<TestProjectInlineConfiguration["test"]>> = {
  processes: { include: onProcesses, exclude: [...beside, ...special] },
  core: {
    include: ["test/**/*.test.ts"],
    exclude: [...beside, ...special, ...onProcesses, ...onLibrary],
    ...shared,
  },
  library: {
    include: onLibrary,
    exclude: [...beside, ...special],
    env: { HEBB_DEVICE: "wasm", HEBB_THREADS: "1" },
    ...shared,
  },
  native: {
    include: onLibrary,
    exclude: [...beside, ...special],
    env: { HEBB_DEVICE: "native", HEBB_THREADS: "1" },
    ...shared,
    // Of many golden cases the kernels are built in one hook.
    hookTimeout: 300_000,
  },
  slow: { include: ["test/**/*.slow.test.ts"], ...long },
  learning: { include: ["test/**/*.learning.test.ts"], ...long, maxWorkers: 1 },
};

const kinds: Record<string, string[]> = {
  fast: ["processes", "core", "library"],
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
