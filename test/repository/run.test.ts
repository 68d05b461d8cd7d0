// What `npm start` and the other scripts promise: nothing but the program's own output on stdout,
// its arguments, its exit code, and one Ctrl-C as one signal. On a copy of scripts/ with a compiler
// of its own that "builds" a small program.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = `
let heard = 0;
process.on("SIGINT", () => {
  heard++;
  console.log("interrupted " + heard);
  setTimeout(() => process.exit(30 + heard), 100);
});
console.log(JSON.stringify(process.argv.slice(2)));
if (process.argv.includes("--wait")) setTimeout(() => {}, 30_000);
else process.exit(process.argv.includes("--bad") ? 7 : 0);
`;
const compiler = `
const { mkdirSync, writeFileSync } = require("node:fs");
const out = process.argv[process.argv.indexOf("--outDir") + 1];
console.log("a compiler that talks");
mkdirSync(out + "/cli", { recursive: true });
writeFileSync(out + "/cli/main.js", ${JSON.stringify(program)});
`;
let root = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "hebb-run-"));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  cpSync(fileURLToPath(new URL("../../scripts", import.meta.url)), join(root, "scripts"), {
    recursive: true,
  });
  put("package.json", '{ "type": "module" }');
  put("package-lock.json", "{}");
  put("node_modules/.package-lock.json", "{}");
  put("node_modules/typescript/package.json", '{ "type": "commonjs" }');
  put("node_modules/typescript/bin/tsc", compiler);
  put("src/index.ts", "");
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: string[], onOutput?: (child: ChildProcess) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["scripts/run.mjs", ...args], { cwd: root });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      if (stdout === "") onOutput?.(child);
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

test("a first run builds on stderr; stdout is the program's alone, and so are the arguments", async () => {
  const { code, stdout, stderr } = await run(["hebb", "train", "--x", "a b"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '["train","--x","a b"]\n' });
  expect(stderr).toContain("a compiler that talks");
});

test("start and bench name their command, and the exit code is the program's", async () => {
  expect((await run(["start", "--once"])).stdout).toBe('["start","--once"]\n');
  expect((await run(["bench", "--bad"])).code).toBe(7);
});

test("two interrupts within a moment, as npm and a terminal send them, are one", async () => {
  const { code, stdout } = await run(["hebb", "--wait"], (child) => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGINT"), 20);
  });
  expect(stdout).toBe('["--wait"]\ninterrupted 1\n');
  expect(code).toBe(31);
});

test("an unknown script is named together with those there are", async () => {
  const { code, stderr } = await run(["fly"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/no script "fly"; there are start, hebb/);
});
