// What a compiler said of a machine, kept between processes. Asking it is most of what the first step
// of a process waits for once all kernels are on the disk: a process is started, and what that takes
// of Node is loaded. The compiler is told by its file, the machine by its processor. A file that only
// calls another compiler looks the same after that was replaced, so an answer is good for finding
// kernels that were built before; whoever builds asks again.

import {
  builtin,
  cacheDirectory,
  environment,
  fileSystem,
  joinPath,
  makeDirectorySync,
  platform,
  writeFileAtomicSync,
} from "../host.ts";
import { compilersFolder, refuseForeign } from "./cache-folder.ts";
import { digest, nodeProcess } from "./system.ts";

/** What was asked of a compiler and what it answered. */
export interface CompilerAnswer {
  /** The flag that names this very machine; empty where the compiler has none. */
  readonly machine: string;
  /** Its predefined macros, a line each. */
  readonly output: string;
}

/** Characters of a SHA-256. */
const hashLength = 64;

interface Processors {
  cpus(): readonly { readonly model: string }[];
}

/** What this compiler answered on this machine, if it was asked before. */
export function recallAnswer(command: readonly string[]): CompilerAnswer | undefined {
  try {
    const path = pathOf(command);
    // What is read here is passed to a compiler.
    for (const folder of [cacheDirectory() as string, joinPath(path, "..")]) refuseForeign(folder);
    const text = fileSystem().readFileSync(path, "utf8");
    const content = text.slice(hashLength);
    if (digest(content) !== text.slice(0, hashLength)) return undefined;
    return JSON.parse(content) as CompilerAnswer;
  } catch {
    return undefined; // never asked, or the compiler or what it said is gone
  }
}

/** Keeps an answer where there is room for it. */
export function keepAnswer(command: readonly string[], answer: CompilerAnswer): void {
  const content = JSON.stringify(answer);
  try {
    const path = pathOf(command);
    makeDirectorySync(joinPath(path, ".."), 0o700);
    writeFileAtomicSync(path, digest(content) + content);
  } catch {
    // no room, or no such compiler
  }
}

/** Throws where there is no such compiler, or no folder. */
function pathOf(command: readonly string[]): string {
  const fs = fileSystem();
  const path = fs.realpathSync(fileOf(command[0] as string));
  const { size, mtimeMs, ino } = fs.statSync(path);
  const facts = [command, path, size, mtimeMs, ino, processor(), nodeProcess().arch];
  const name = digest(JSON.stringify(facts)).slice(0, 40);
  return joinPath(cacheDirectory() as string, compilersFolder, name);
}

/** Where a command lies, as a shell finds it. */
function fileOf(command: string): string {
  if (command.includes("/")) return command;
  const folders = (environment("PATH") ?? "").split(":");
  const isThere = (path: string): boolean => fileSystem().existsSync(path);
  return folders.map((folder) => joinPath(folder || ".", command)).find(isThere) ?? command;
}

/** What processor this is: two of one text have the same instructions. */
function processor(): string {
  if (platform() !== "linux") return builtin<Processors>("node:os")?.cpus()[0]?.model ?? "";
  const fs = fileSystem();
  const file = fs.openSync("/proc/cpuinfo", "r");
  try {
    // All are alike; the first one's speed changes from moment to moment.
    const start = new Uint8Array(4096);
    const text = new TextDecoder().decode(start.subarray(0, fs.readSync(file, start)));
    const [first = ""] = text.split("\n\n");
    return first.replace(/^.*MHz.*$/m, "");
  } finally {
    fs.closeSync(file);
  }
}
