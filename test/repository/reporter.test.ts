// The reporter on a run of its own: one test passes, one fails, one is skipped with a reason, and one
// file does not load.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../../", import.meta.url));
let folder = "";

beforeAll(() => {
  mkdirSync(join(repository, ".hebb"), { recursive: true });
  folder = mkdtempSync(join(repository, ".hebb/reporter-"));
  writeFileSync(join(folder, "vitest.config.mjs"), "export default {};");
  writeFileSync(
    join(folder, "a.test.js"),
    `import { describe, expect, test } from "vitest";
     describe("TL-01 neuron", () => { test("passes", () => {}); });
     test("skips", (context) => context.skip("there is no data"));`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function vitest(environment: Record<string, string>): { lines: string[]; status: number | null } {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--root", folder];
  const { stdout, status } = spawnSync(
    process.execPath,
    [...args, `--reporter=${join(repository, "scripts/reporter.mjs")}`],
    {
      cwd: repository,
      encoding: "utf8",
      env: { ...process.env, HEBB_CI: "", HEBB_TESTS: undefined, ...environment },
    },
  );
  return { lines: stdout.trim().split("\n"), status };
}

test("ends with the counts, gives the reason of a skip, and records every test", () => {
  const { lines, status } = vitest({});
  expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
  expect(lines).toContain("skipped: a.test.js > skips: there is no data");
  expect(status).toBe(0);
  const { tests } = JSON.parse(readFileSync(join(folder, ".hebb/test-results.json"), "utf8"));
  expect(tests).toEqual([
    { name: "passes", fullName: "TL-01 neuron > passes", file: "a.test.js", state: "passed" },
    {
      name: "skips",
      fullName: "skips",
      file: "a.test.js",
      state: "skipped",
      reason: "there is no data",
    },
  ]);
});

test("under HEBB_CI a skipped test is a failure", () => {
  const { lines, status } = vitest({ HEBB_CI: "1" });
  expect(lines.at(-1)).toBe("1 passed, 1 failed, 0 skipped");
  expect(status).toBe(1);
});

test("failed tests and files that do not load are failures", () => {
  writeFileSync(join(folder, "b.test.js"), 'import "./gone.js";');
  writeFileSync(
    join(folder, "c.test.js"),
    'import { expect, test } from "vitest"; test("fails", () => expect(1).toBe(2));',
  );
  const { lines, status } = vitest({});
  expect(lines.at(-1)).toBe("1 passed, 2 failed, 1 skipped");
  expect(status).toBe(1);
});
