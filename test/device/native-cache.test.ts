import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KernelCache } from "../../src/device/native/cache.ts";
import {
  clearKernelCache,
  openCacheFolder,
  removeAbandoned,
  trimCache,
} from "../../src/device/native/cache-folder.ts";
import { compilerInvocations } from "../../src/device/native/command.ts";
import { type Compiler, probeCompiler } from "../../src/device/native/compiler.ts";
import { type KernelText, kernelText } from "../../src/device/native/kernel-text.ts";
import { loadLauncher } from "../../src/device/native/load.ts";
import { affineKernel, lit, nativeBench } from "../support/native-program.ts";

const found = nativeBench();
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const bench = "reason" in found ? undefined : found;

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hebb-test-"));
  vi.stubEnv("HEBB_CACHE", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Kernels that nobody has built before in this process: each holds a number of its own. */
let fresh = Math.floor(Math.random() * 1e9);
function text(label = "test"): KernelText {
  const kernel = affineKernel();
  fresh++;
  return kernelText({
    ...kernel,
    name: label,
    variables: 7,
    body: [
      ...kernel.body,
      {
        kind: "compute",
        to: { kind: "variable", id: 6, type: "f64", lanes: 1 },
        op: "neg",
        args: [lit("f64", fresh)],
      },
    ],
  });
}

/** A cache over the real compiler or a script that stands in for it. */
function cacheWith(script?: string, patience?: number): KernelCache {
  const { compiler, launcher } = bench!;
  return new KernelCache({
    compiler: script === undefined ? compiler : { ...compiler, command: [executable(script)] },
    launcher,
    folder: openCacheFolder("key"),
    ...(patience && { patience }),
  });
}

function executable(script: string): string {
  const path = join(folder, `cc-${Math.random().toString(36).slice(2)}`);
  fs.writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const place = (): string => join(folder, "native", "key");
const calls = (work: () => void): number => {
  const before = compilerInvocations();
  work();
  return compilerInvocations() - before;
};

describe.skipIf(!bench)("the kernel cache", () => {
  it("builds a kernel once in a process, and not at all where the disk has it", () => {
    const kernel = text();
    const first = cacheWith();
    expect(calls(() => first.load([kernel, kernel]))).toBe(1);
    expect(calls(() => first.load([kernel]))).toBe(0);
    expect(first.load([kernel, kernel])[0]).toBe(first.load([kernel])[0]);
    expect(calls(() => cacheWith().load([kernel]))).toBe(0);
    fs.rmSync(place(), { recursive: true });
    expect(calls(() => first.load([kernel]))).toBe(0);
  });

  it("builds many kernels in a few units, all of them loadable from disk", () => {
    const kernels = Array.from({ length: 9 }, () => text());
    const number = calls(() => cacheWith().load(kernels));
    expect(number).toBeGreaterThanOrEqual(1);
    expect(number).toBeLessThanOrEqual(9);
    expect(calls(() => cacheWith().load([...kernels].reverse()))).toBe(0);
    expect(fs.readdirSync(place()).filter((name) => name.startsWith("build-"))).toEqual([]);
  });

  it("starts a compiler once it is told of enough kernels, and makes one object of them", () => {
    const { compiler } = bench!;
    const log = join(folder, "called");
    const cache = cacheWith(`echo called >> ${log}; exec ${compiler.command.join(" ")} "$@"`);
    const kernels = Array.from({ length: 60 }, () => text());
    const told = calls(() => {
      for (const kernel of kernels) cache.expect(kernel);
    });
    expect(told).toBe(availableParallelism() > 1 ? 1 : 0);
    cache.load(kernels);
    expect(fs.readFileSync(log, "utf8")).toMatch(/^(?:called\n)+$/);
    const names = fs.readdirSync(place());
    expect(names.filter((name) => name.endsWith(".so"))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith("build-"))).toEqual([]);
    expect(calls(() => cacheWith().load(kernels))).toBe(0);
  });

  it("leaves nothing of kernels that it was told of where the program did not come about", async () => {
    const ended = join(folder, "ended");
    const cache = cacheWith(`case "$*" in *" -c "*) sleep 0.3; touch ${ended};; esac; exit 4`);
    for (let i = 0; i < 60; i++) cache.expect(text());
    cache.abandon();
    const names = fs.existsSync(place()) ? fs.readdirSync(place()) : [];
    expect(names.filter((name) => name.startsWith("build-"))).toEqual([]);
    const before = compilerInvocations();
    expect(() => cache.load([text("next")])).toThrow(/status 4 on next\n/);
    expect(compilerInvocations() - before).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(fs.existsSync(ended)).toBe(false);
  });

  it("tells of a compiler that fails on kernels it was told of when they are loaded", () => {
    const cache = cacheWith("echo 'bad.c:3: error: something' >&2; exit 4");
    const kernels = Array.from({ length: 60 }, () => text("softmax"));
    for (const kernel of kernels) cache.expect(kernel);
    expect(() => cache.load(kernels)).toThrow(/status 4 on softmax\nbad\.c:3: error: something/);
  });

  it("gives up at once, however many kernels there are, where a compiler hangs", () => {
    const cache = cacheWith("sleep 30", 0.3);
    const kernels = Array.from({ length: 60 }, () => text());
    const number = calls(() =>
      expect(() => cache.load(kernels)).toThrow(/did not finish within 0\.3 s/),
    );
    expect(number).toBeLessThanOrEqual(availableParallelism());
  });

  it("builds again what is damaged, cut off or missing", () => {
    const kernel = text();
    cacheWith().load([kernel]);
    const object = (): string =>
      join(place(), fs.readdirSync(place()).find((n) => n.endsWith(".so"))!);
    const index = (): string =>
      join(place(), fs.readdirSync(place()).find((n) => n.startsWith("k"))!);
    const damages: (() => void)[] = [
      () => fs.truncateSync(object(), 100),
      () => fs.writeFileSync(object(), ""),
      () => fs.appendFileSync(object(), "x"),
      () => fs.rmSync(object()),
      () => fs.writeFileSync(index(), "nonsense"),
      () => fs.writeFileSync(index(), ""),
      () => fs.writeFileSync(index(), "0".repeat(64)),
    ];
    for (const damage of damages) {
      damage();
      expect(calls(() => cacheWith().load([kernel]))).toBe(1);
      expect(calls(() => cacheWith().load([kernel]))).toBe(0);
    }
  });

  it("makes its folders for the user alone, and refuses those that others may write to", () => {
    const mode = (path: string): number => fs.statSync(path).mode & 0o777;
    openCacheFolder("key");
    expect([mode(join(folder, "native")), mode(place())]).toEqual([0o700, 0o700]);
    fs.chmodSync(place(), 0o777);
    expect(openCacheFolder("key").temporary).toMatch(/can be written by others/);
    fs.chmodSync(place(), 0o700);
    expect(openCacheFolder("key")).toEqual({ path: place() });
    if (process.getuid?.() === 0) {
      fs.chownSync(place(), 12345, 12345);
      expect(openCacheFolder("key").path).toMatch(/hebb-kernels-/);
    }
  });

  it("uses a private temporary folder where the cache cannot be", () => {
    vi.stubEnv("HEBB_CACHE", "/dev/null/hebb");
    const opened = openCacheFolder("key");
    expect(opened.path).toMatch(/hebb-kernels-/);
    expect(fs.statSync(opened.path).mode & 0o777).toBe(0o700);
    expect(calls(() => cacheWith().load([text()]))).toBe(1);
  });

  it("moves to a temporary folder when the disk is full", () => {
    const { command } = bench!.compiler;
    const once = join(folder, "once");
    const cache = cacheWith(
      `if mkdir ${once} 2>/dev/null; then echo "error: No space left on device" >&2; exit 1; fi\nexec ${command.join(" ")} "$@"`,
    );
    const kernel = text();
    expect(calls(() => cache.load([kernel]))).toBe(2);
    expect(fs.readdirSync(place()).filter((name) => name.endsWith(".so"))).toEqual([]);
  });

  it("tells what the compiler said, and keeps the source", () => {
    const cache = cacheWith("echo 'bad.c:3: error: something' >&2; exit 4");
    expect(() => cache.load([text("softmax")])).toThrow(
      /status 4 on softmax\nbad\.c:3: error: something\ncommand: .*cc-/,
    );
    const kept = fs.readdirSync(place()).filter((name) => name.startsWith("build-"));
    expect(kept).toHaveLength(1);
    expect(fs.readFileSync(join(place(), kept[0]!), "utf8")).toContain("KERNEL void k");
  });

  it("gives up a compiler that hangs, with its children, and names the command", async () => {
    const started = join(folder, "pid");
    const cache = cacheWith(`sleep 30 & echo $! > ${started}; wait`, 0.3);
    expect(() => cache.load([text()])).toThrow(/did not finish within 0\.3 s: .*cc-/);
    expect(() => cacheWith("exec /nonexistent/cc").load([text()])).toThrow(
      /failed with status 127/,
    );
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("asks a compiler that crashes to optimise less", () => {
    const { command } = bench!.compiler;
    const cache = cacheWith(
      `case "$*" in *-fno-tree-vectorize*) exec ${command.join(" ")} "$@";; *) echo "internal compiler error: Segmentation fault"; exit 1;; esac`,
    );
    expect(calls(() => cache.load([text()]))).toBe(2);
  });

  it("is safe with several processes at once on an empty folder", async () => {
    const script = join(folder, "load.mjs");
    buildSync({
      entryPoints: [fileURLToPath(new URL("../support/native-worker.ts", import.meta.url))],
      outfile: script,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
    });
    const run = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [script, "load"], {
          env: { ...process.env, HEBB_CACHE: folder },
        });
        let out = "";
        child.stdout.on("data", (data) => {
          out += data;
        });
        child.stderr.on("data", (data) => {
          out += data;
        });
        child.once("error", reject);
        child.once("exit", () => resolve(out.trim()));
      });
    const outputs = await Promise.all([run(), run(), run(), run()]);
    expect(new Set(outputs).size).toBe(1);
    expect(JSON.parse(outputs[0]!)).toHaveLength(5);
    const [key] = fs.readdirSync(join(folder, "native"));
    const names = fs.readdirSync(join(folder, "native", key!));
    expect(names.filter((n) => n.startsWith("build-"))).toEqual([]);
    expect(names.filter((n) => /^k[0-9a-f]+$/.test(n))).toHaveLength(1);
  });

  it("removes temporary folders of processes that are gone, and no others", async () => {
    const gone = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await new Promise((resolve) => gone.once("exit", resolve));
    const kept = [`hebb-kernels-${process.pid}-abc`, "hebb-kernels-abcdef", "other-1-abc"];
    const left = `hebb-kernels-${gone.pid}-abc`;
    for (const name of [...kept, left]) fs.mkdirSync(join(folder, name));
    fs.writeFileSync(join(folder, left, "kernel.so"), "code");
    const link = `hebb-kernels-${gone.pid}-link`;
    fs.symlinkSync(join(folder, kept[1]!), join(folder, link));
    removeAbandoned(folder);
    expect(fs.readdirSync(folder).sort()).toEqual([...kept, link].sort());
  });

  it("removes the longest unused when it is too large, and everything on request", () => {
    const opened = openCacheFolder("key");
    for (let i = 0; i < 10; i++) {
      const path = join(opened.path, `${i}.so`);
      fs.writeFileSync(path, new Uint8Array(1000));
      fs.utimesSync(path, 1000 + i, 1000 + i);
    }
    trimCache(opened, 20_000);
    expect(fs.readdirSync(opened.path)).toHaveLength(10);
    trimCache(opened, 8000);
    expect(fs.readdirSync(opened.path).sort()).toEqual([
      "4.so",
      "5.so",
      "6.so",
      "7.so",
      "8.so",
      "9.so",
    ]);
    expect(clearKernelCache()).toEqual({ files: 6, bytes: 6000 });
    expect(clearKernelCache()).toEqual({ files: 0, bytes: 0 });
  });

  it("goes on after it was cleared", () => {
    const cache = cacheWith();
    cache.load([text()]);
    clearKernelCache();
    const kernel = text();
    expect(calls(() => cache.load([kernel]))).toBe(1);
    expect(calls(() => cacheWith().load([kernel]))).toBe(0);
  });

  it("loading touches an object, so that what is used stays", () => {
    const kernel = text();
    cacheWith().load([kernel]);
    const path = join(place(), fs.readdirSync(place()).find((n) => n.endsWith(".so"))!);
    fs.utimesSync(path, 1000, 1000);
    cacheWith().load([kernel]);
    expect(fs.statSync(path).mtimeMs).toBeGreaterThan(1e12);
  });
});

describe("the compiler's probe", () => {
  it("gives reasons instead of exceptions", () => {
    vi.stubEnv("PATH", folder);
    expect(probeCompiler()).toEqual({ reason: "no C compiler (tried cc, gcc, clang)" });
    vi.stubEnv("HEBB_CC", "/nonexistent/cc -v");
    expect(probeCompiler()).toEqual({ reason: "no C compiler (tried /nonexistent/cc -v)" });
    vi.stubEnv("PATH", process.env.PATH ?? "");
    vi.stubEnv("HEBB_CC", executable("echo out of order >&2; exit 3"));
    expect(probeCompiler()).toMatchObject({ reason: expect.stringMatching(/out of order/) });
    vi.stubEnv("HEBB_CC", executable("echo '#define __TINYC__ 1'"));
    expect(probeCompiler()).toMatchObject({
      reason: expect.stringMatching(/neither gcc nor clang/),
    });
  });

  it("asks a compiler once, until something is built or its file is another", () => {
    const log = join(folder, "asked");
    const script = `echo asked >> ${log}; echo '#define __GNUC__ 12'; echo '#define __GNUC_MINOR__ 2'`;
    const asked = (): number => fs.readFileSync(log, "utf8").split("\n").length - 1;
    const path = executable(script);
    vi.stubEnv("HEBB_CC", path);
    const probe = (): Compiler => {
      // Within a process answers are kept by the variables that lead to a compiler.
      vi.stubEnv("PATH", `${process.env.PATH}:/nowhere`);
      return (probeCompiler() as { compiler: Compiler }).compiler;
    };
    const first = probe();
    first.confirm();
    expect(asked()).toBe(1);
    const second = probe();
    expect(second).toMatchObject({ version: first.version, flags: first.flags });
    expect([second.version, asked()]).toEqual(["gcc 12.2", 1]);
    second.confirm();
    second.confirm();
    expect(asked()).toBe(2);
    fs.appendFileSync(path, "\n");
    probe();
    expect(asked()).toBe(3);
    const compilers = join(folder, "compilers");
    for (const name of fs.readdirSync(compilers)) fs.truncateSync(join(compilers, name), 100);
    probe();
    expect(asked()).toBe(4);
    fs.chmodSync(compilers, 0o777);
    probe();
    expect(asked()).toBe(5);
    clearKernelCache();
    expect(fs.existsSync(compilers)).toBe(false);
  });

  it.skipIf(!bench)("a compiler that cannot build the launcher is a clear error", () => {
    const compiler: Compiler = {
      ...bench!.compiler,
      command: [executable("echo no headers >&2; exit 1")],
    };
    expect(() => loadLauncher(compiler)).toThrow(
      /building the launcher ended with 1: .*\nno headers/,
    );
  });
});
