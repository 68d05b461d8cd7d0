// How the tests run: the fast ones by default; with HEBB_TESTS=slow the `*.slow.test.ts` files instead
// (memory over 10^5 steps, kill -9, MNIST, Chromium), with HEBB_TESTS=learning the
// `*.learning.test.ts` files (models that must learn something, a quarter of a minute each and more). scripts/reporter.mjs prints the last line and
// records every outcome for `npm run systems`. Timeouts only stop a hang; no test asserts a time.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = fileURLToPath(new URL(".", import.meta.url));
const kinds = ["slow", "learning"];
const kind = process.env.HEBB_TESTS ?? "fast";
if (kind !== "fast" && !kinds.includes(kind)) throw new RangeError(`there are no ${kind} tests`);
const slow = kind !== "fast";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^#devices$/, replacement: `${here}src/device/openers.ts` },
      { find: /^hebb$/, replacement: `${here}src/index.ts` },
      { find: /^hebb\/(.+)$/, replacement: `${here}src/$1/index.ts` },
    ],
  },
  test: {
    include: [slow ? `test/**/*.${kind}.test.ts` : "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...(slow ? [] : kinds.map((k) => `test/**/*.${k}.test.ts`))],
    setupFiles: ["./test/setup.ts"],
    passWithNoTests: true,
    pool: "forks",
    // Slow tests measure memory and time out by the clock: one at a time.
    maxWorkers: slow ? 1 : availableParallelism(),
    testTimeout: slow ? 900_000 : 60_000,
    hookTimeout: slow ? 900_000 : 60_000,
    reporters: [["default", { summary: false }], "./scripts/reporter.mjs"],
  },
});
