// The kernel cache as whole programs meet it: two at once, damage, folders that are not ours or not
// writable, full disks, and compilers that are missing, fail, hang or vanish. Whatever happens to the
// disk, the numbers are the same.

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import {
  answerOf,
  bundleScene,
  type ChildOptions,
  type Ended,
  runChild,
  type ScratchFolder,
  scratchFolder,
  startChild,
} from "./child.ts";

interface Trained {
  readonly device: string;
  readonly digest: string;
  readonly builds: number;
  readonly folder: string | null;
  /** Why the folder is a temporary one. */
  readonly temporary: string | null;
}

/** Whether a process is there and more than an entry that nobody has collected. */
function isRunning(id: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${id}`], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

const isRoot = process.getuid?.() === 0;

describe.skipIf(!devicesHere.includes("native"))("the kernel cache", () => {
  let bundle: ScratchFolder;
  let program = "";
  /** What every run must give. */
  let right = "";
  /** A cache that a run has filled: copied where a test needs a warm one. */
  let warm = "";
  beforeAll(() => {
    bundle = scratchFolder();
    program = bundleScene("cache-scene.ts", bundle.path);
    warm = join(bundle.path, "warm");
    const first = answerOf<Trained>(runScene("train", { HEBB_CACHE: warm }));
    expect(first).toMatchObject({ device: "native" });
    expect(first.builds).toBeGreaterThan(0);
    right = first.digest;
  });
  afterAll(() => bundle.remove());

  let scratch: ScratchFolder;
  let cache = "";
  let mounts: string[] = [];
  beforeEach(() => {
    scratch = scratchFolder();
    cache = join(scratch.path, "cache");
  });
  afterEach(() => {
    for (const path of mounts) spawnSync("umount", [path]);
    mounts = [];
    scratch.remove();
  });

  type Variables = NonNullable<ChildOptions["env"]>;
  const cleared: Variables = { HEBB_DEVICE: undefined, HEBB_CC: undefined, HEBB_THREADS: "2" };
  function runScene(scene: string, env: Variables): Ended {
    return runChild(program, [scene], { env: { ...cleared, HEBB_CACHE: cache, ...env } });
  }
  const train = (env: Variables = {}): Trained => answerOf(runScene("train", env));
  const makeWarm = (): void => fs.cpSync(warm, cache, { recursive: true });

  /** Files of the machine's folder, by how their names end. */
  function cached(ending: RegExp): string[] {
    const root = join(cache, "native");
    return fs
      .readdirSync(root)
      .flatMap((key) => fs.readdirSync(join(root, key)).map((name) => join(root, key, name)))
      .filter((path) => ending.test(path));
  }

  /** A file system of its own; false where we may not mount. */
  function mount(path: string, options: string): boolean {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
    const done = spawnSync("mount", ["-t", "tmpfs", "-o", `mode=0700,${options}`, "none", path]);
    if (done.status !== 0) return false;
    mounts.push(path);
    return true;
  }
  const noMount = "only root may mount a file system here";

  /** A script that stands in for the compiler; `real` in it is the real one. */
  function compilerScript(script: string): string {
    const path = join(scratch.path, "cc");
    const real = (process.env.HEBB_CC ?? "cc").trim();
    fs.writeFileSync(path, `#!/bin/sh\nreal() { exec ${real} "$@"; }\n${script}\n`, {
      mode: 0o755,
    });
    return path;
  }

  test("two processes at once on an empty cache are both right, and leave it whole", async () => {
    const env = { ...cleared, HEBB_CACHE: cache };
    const both = await Promise.all(
      [1, 2, 3].map(() => startChild(program, ["train"], { env }).ended),
    );
    for (const ended of both) {
      expect(ended.err).toBe("");
      expect(answerOf<Trained>(ended).digest).toBe(right);
    }
    expect(cached(/build-|probe-|\.\d+-\w+$/)).toEqual([]);
    expect(train()).toMatchObject({ digest: right, builds: 0, temporary: null });
  });

  test("damaged, cut off and nonsensical files are built again", () => {
    const damages: Record<string, () => void> = {
      "objects cut in half": () => {
        for (const path of cached(/\.so$/)) fs.truncateSync(path, fs.statSync(path).size >> 1);
      },
      "objects with one bit changed": () => {
        for (const path of cached(/\.so$/)) {
          const bytes = fs.readFileSync(path);
          const at = bytes.length >> 1;
          bytes[at] = (bytes[at] as number) ^ 1;
          fs.writeFileSync(path, bytes);
        }
      },
      "an index cut off": () => {
        for (const path of cached(/\/k[0-9a-f]{40}$/)) fs.truncateSync(path, 10);
      },
      "the launcher damaged": () => {
        for (const path of cached(/\.node$/)) fs.truncateSync(path, 1000);
        for (const path of cached(/\.so$/)) fs.rmSync(path);
      },
    };
    makeWarm();
    expect(train()).toMatchObject({ digest: right, builds: 0 });
    for (const [what, damage] of Object.entries(damages)) {
      damage();
      const again = train();
      expect(again, what).toMatchObject({ digest: right, temporary: null });
      expect(again.builds, what).toBeGreaterThan(0);
      expect(train(), what).toMatchObject({ digest: right, builds: 0 });
    }
  });

  test("a folder that others may write to is refused, with the reason; nothing in it is loaded", () => {
    makeWarm();
    for (const folder of [cache, join(cache, "native")]) {
      fs.chmodSync(folder, 0o777);
      const refused = train();
      expect(refused.digest).toBe(right);
      expect(refused.temporary).toContain(`${folder} can be written by others`);
      expect(refused.builds).toBeGreaterThan(0);
      expect(fs.existsSync(refused.folder as string)).toBe(false);
      fs.chmodSync(folder, 0o700);
    }
    expect(train()).toMatchObject({ builds: 0, temporary: null });
  });

  test("a folder of another user is refused", (context) => {
    if (!isRoot) return context.skip("only root can give a folder away");
    makeWarm();
    fs.chownSync(join(cache, "native"), 12345, 12345);
    const refused = train();
    expect(refused).toMatchObject({ digest: right });
    expect(refused.temporary).toContain("belongs to another user");
    expect(refused.builds).toBeGreaterThan(0);
  });

  test("a read-only folder: a temporary one serves, and is removed", (context) => {
    // Root may write to any folder, but not on a file system that is read-only.
    if (isRoot && !mount(cache, "size=8m")) return context.skip(noMount);
    makeWarm();
    if (isRoot) spawnSync("mount", ["-o", "remount,ro", cache]);
    else for (const path of [...cached(/^/), cache]) fs.chmodSync(path, 0o500);
    const run = train();
    expect(run).toMatchObject({ device: "native", digest: right });
    expect(run.temporary).toMatch(/EROFS|EACCES|read-only|permission/i);
    expect(fs.existsSync(run.folder as string)).toBe(false);
  });

  test("a folder from which nothing may be executed: a temporary one serves", (context) => {
    if (!mount(cache, "size=8m,noexec")) return context.skip(noMount);
    const run = train();
    expect(run).toMatchObject({ device: "native", digest: right });
    expect(run.temporary).toMatch(/launcher does not load/);
  });

  // The launcher does not fit; the launcher fits and kernels do not; all but the last files fit.
  test.for([16, 96, 192])("a disk that is full after %i KiB", (size, context) => {
    if (!mount(cache, `size=${size}k`)) return context.skip(noMount);
    for (let i = 0; i < 2; i++) {
      const run = runScene("train", {});
      expect(run.err).toBe("");
      expect(answerOf<Trained>(run)).toMatchObject({ device: "native", digest: right });
    }
  });

  test("no room anywhere: wasm, and one line says why", (context) => {
    if (!mount(cache, "size=16k")) return context.skip(noMount);
    const run = runScene("train", { TMPDIR: cache });
    expect(answerOf<Trained>(run).device).toBe("wasm");
    expect(run.err.trim().split("\n")).toHaveLength(1);
    expect(run.err).toMatch(/native skipped: .*(space|ENOSPC)/i);
  });

  test("no home, no cache folder: a temporary one", () => {
    const run = train({ HEBB_CACHE: "/dev/null/hebb" });
    expect(run).toMatchObject({ device: "native", digest: right });
    expect(run.temporary).not.toBeNull();
  });

  test("the cache is removed while a program runs", () => {
    makeWarm();
    const run = runScene("clear", {});
    expect(run.err).toBe("");
    expect(answerOf<Trained>(run)).toMatchObject({ device: "native", digest: right });
    // What was built after is there, in a folder that is as private as before.
    expect(fs.statSync(join(cache, "native")).mode & 0o777).toBe(0o700);
    expect(train()).toMatchObject({ digest: right, temporary: null });
  });

  describe("without a compiler that works", () => {
    const first = (text: string): string => text.trim().split("\n")[0] as string;

    test("none on the PATH: wasm, and one line says why", () => {
      const run = runScene("train", { PATH: join(scratch.path, "nothing") });
      expect(answerOf<Trained>(run)).toMatchObject({ device: "wasm", builds: 0 });
      expect(run.err.trim().split("\n")).toHaveLength(1);
      expect(run.err).toMatch(/^hebb: device wasm .*native skipped: no C compiler \(tried cc, gcc/);
    });

    test("asked for by name, the native device is an error with the reason", () => {
      const run = runScene("train", {
        PATH: join(scratch.path, "nothing"),
        HEBB_DEVICE: "native",
      });
      expect(run.status).not.toBe(0);
      expect(run.err).toMatch(/DeviceError: native: no C compiler/);
    });

    test("one that fails at everything: wasm with what it said", () => {
      const run = runScene("train", {
        HEBB_CC: compilerScript("echo 'cc1: fatal error: out of luck' >&2; exit 1"),
      });
      expect(answerOf<Trained>(run).device).toBe("wasm");
      expect(first(run.err)).toMatch(/native skipped: .*out of luck/);
    });

    test("one that answers and builds nothing: wasm with what it said", () => {
      const run = runScene("train", {
        HEBB_CC: compilerScript(
          'case "$*" in *-dM*) real "$@";; esac\necho "ld: cannot find -lpthread" >&2; exit 1',
        ),
      });
      expect(answerOf<Trained>(run).device).toBe("wasm");
      expect(run.err).toMatch(/native skipped: building the launcher.*\n?.*cannot find -lpthread/);
    });

    test("one that fails on kernels only: an error that names kernel, message and command", () => {
      const run = runScene("train", {
        HEBB_CC: compilerScript(
          'case "$*" in *-ffp-contract*) echo "internal error: no" >&2; exit 1;; esac\nreal "$@"',
        ),
      });
      expect(run.status).not.toBe(0);
      expect(run.err).toMatch(/CompileError: the C compiler failed with status 1 on \w+/);
      expect(run.err).toMatch(/internal error: no/);
      expect(run.err).toMatch(/command: .*cc .*-ffp-contract/);
    });

    test("one that hangs when asked: given up, wasm", () => {
      const run = runScene("train", {
        HEBB_CC: compilerScript("exec sleep 100"),
        HEBB_CC_TIMEOUT: "0.5",
      });
      expect(answerOf<Trained>(run).device).toBe("wasm");
      expect(run.err).toMatch(/native skipped: .*cc did not answer within 0\.5 s/);
    });

    test("one that hangs on kernels: given up with its children, an error with the command", () => {
      const pid = join(scratch.path, "pid");
      const run = runScene("train", {
        HEBB_CC: compilerScript(
          `case "$*" in *-ffp-contract*) sleep 100 & echo $! > ${pid}; wait; exit 1;; esac\nreal "$@"`,
        ),
        // The launcher is built by the same call: time for that.
        HEBB_CC_TIMEOUT: "5",
      });
      expect(run.status).not.toBe(0);
      expect(run.err).toMatch(/CompileError: the C compiler did not finish within 5 s: .*cc/);
      const child = Number(fs.readFileSync(pid, "utf8"));
      expect(isRunning(child)).toBe(false);
    });
  });
});
