// Scenes of these tests run in processes of their own: a scene is a TypeScript file beside the tests,
// bundled once a test file, started with arguments, and it prints one line of JSON.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

/** A new folder under the system's temporary one. */
export function scratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), "hebb-promise-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a file beside this one into the folder; the path of the program. */
export function bundleScene(name: string, folder: string): string {
  const outfile = join(folder, name.replace(/\.ts$/, ".mjs"));
  buildSync({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  /** Variables set (or, with undefined, removed) on top of this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: readonly string[];
  /** Milliseconds after which the child is killed. Default 2 minutes. */
  readonly timeout?: number;
}

function environmentWith(env: ChildOptions["env"]): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: "", ...env };
}

/** Runs a program of Node to its end. */
export function runChild(
  program: string,
  args: readonly string[],
  { env, flags = [], timeout = 120_000 }: ChildOptions = {},
): Ended {
  const done = spawnSync(process.execPath, [...flags, program, ...args], {
    encoding: "utf8",
    env: environmentWith(env),
    timeout,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 28,
  });
  return { out: done.stdout, err: done.stderr, status: done.status, signal: done.signal };
}

/** Starts one, for tests that run several at once or talk to it. */
export function startChild(
  program: string,
  args: readonly string[],
  { env, flags = [], timeout = 120_000 }: ChildOptions = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...flags, program, ...args], {
    env: environmentWith(env),
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    killSignal: "SIGKILL",
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ out, err, status, signal }));
  });
  return { child, ended };
}

/** What a scene printed; throws with its messages if it did not end well. */
export function answerOf<T>({ out, err, status, signal }: Ended): T {
  if (status !== 0) throw new Error(`the scene ended with ${status ?? signal}:\n${err}\n${out}`);
  return JSON.parse(out.trim().split("\n").at(-1) as string) as T;
}
