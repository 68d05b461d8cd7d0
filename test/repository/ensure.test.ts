// Making a checkout ready: the lock, and what is built when. On small trees with a compiler of their
// own, a script that writes one file and counts its calls.
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensure } from "../../scripts/ensure.mjs";
import { withLock } from "../../scripts/lock.mjs";

const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));
let root = "";

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const compiler = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const out = process.argv[process.argv.indexOf("--outDir") + 1];
appendFileSync("calls.txt", "x");
if (existsSync("slow")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
mkdirSync(out, { recursive: true });
writeFileSync(out + "/index.js", readFileSync("src/index.ts", "utf8"));
if (readFileSync("src/index.ts", "utf8").includes("wrong")) process.exit(2);
`;

const builds = (): number => readFileSync(join(root, "calls.txt"), "utf8").length;
const quiet = { say: (): void => {} };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hebb-ensure-"));
  put("package.json", "{}");
  put("package-lock.json", "{}");
  put("node_modules/.package-lock.json", "{}");
  put("node_modules/typescript/bin/tsc", compiler);
  put("src/index.ts", "export const a = 1;\n");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("ensure", () => {
  test("builds once, and again only when the text of a source changes", async () => {
    await ensure({ at: root, ...quiet });
    await ensure({ at: root, ...quiet });
    expect(builds()).toBe(1);

    utimesSync(join(root, "src/index.ts"), new Date(), new Date(Date.now() + 10_000));
    await ensure({ at: root, ...quiet });
    expect(builds()).toBe(1);

    put("src/index.ts", "export const a = 2;\n");
    await ensure({ at: root, ...quiet });
    expect(builds()).toBe(2);
    expect(readFileSync(join(root, "dist/index.js"), "utf8")).toBe("export const a = 2;\n");
  });

  test("a new source file and a missing dist are both reasons to build", async () => {
    await ensure({ at: root, ...quiet });
    put("src/other.ts", "");
    await ensure({ at: root, ...quiet });
    rmSync(join(root, "dist"), { recursive: true });
    await ensure({ at: root, ...quiet });
    expect(builds()).toBe(3);
  });

  test("a build that fails throws and leaves the last good one", async () => {
    await ensure({ at: root, ...quiet });
    put("src/index.ts", "wrong");
    await expect(ensure({ at: root, ...quiet })).rejects.toThrow(/tsc.* ended with code 2/);
    expect(readFileSync(join(root, "dist/index.js"), "utf8")).toBe("export const a = 1;\n");
    await expect(ensure({ at: root, ...quiet })).rejects.toThrow(/code 2/);
  });

  test("what was built from a source that is gone is gone too", async () => {
    await ensure({ at: root, ...quiet });
    put("dist/old.js", "");
    put("src/index.ts", "export const a = 3;\n");
    await ensure({ at: root, ...quiet });
    expect(existsSync(join(root, "dist/old.js"))).toBe(false);
  });

  test("two processes at once build once, and both end well", async () => {
    put("slow", "");
    const program = `
      const { ensure } = await import(${JSON.stringify(`file://${scripts}ensure.mjs`)});
      await ensure({ at: ${JSON.stringify(root)} });
    `;
    const run = (): Promise<{ code: number | null; stdout: string }> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
        let stdout = "";
        child.stdout.on("data", (chunk) => {
          stdout += chunk;
        });
        child.on("exit", (code) => resolve({ code, stdout }));
      });
    const ends = await Promise.all([run(), run()]);
    expect(ends).toEqual([
      { code: 0, stdout: "" },
      { code: 0, stdout: "" },
    ]);
    expect(builds()).toBe(1);
  });
});

describe("withLock", () => {
  test("holds others off until the work is done, also when it throws", async () => {
    const path = join(root, ".hebb/lock");
    const seen: string[] = [];
    const first = withLock(path, async () => {
      seen.push("first in");
      await new Promise((resolve) => setTimeout(resolve, 250));
      seen.push("first out");
      throw new Error("first failed");
    });
    const second = withLock(path, async () => void seen.push("second"));
    await expect(first).rejects.toThrow("first failed");
    await second;
    expect(seen).toEqual(["first in", "first out", "second"]);
    expect(existsSync(path)).toBe(false);
  });

  test("a lock whose owner is dead is broken", async () => {
    const path = join(root, ".hebb/lock");
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    put(".hebb/lock/owner.json", JSON.stringify({ pid, host: hostname() }));
    expect(await withLock(path, async () => "mine")).toBe("mine");
    expect(existsSync(path)).toBe(false);
  });

  test("a lock that nobody touched for a minute is broken, unsigned or from another machine", async () => {
    const path = join(root, ".hebb/lock");
    const old = new Date(Date.now() - 61_000);
    mkdirSync(path, { recursive: true });
    utimesSync(path, old, old);
    expect(await withLock(path, async () => "unsigned")).toBe("unsigned");
    put(".hebb/lock/owner.json", JSON.stringify({ pid: process.pid, host: "elsewhere" }));
    utimesSync(path, old, old);
    expect(await withLock(path, async () => "elsewhere")).toBe("elsewhere");
  });
});
