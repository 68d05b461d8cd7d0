// Kernels by their text: in memory as function addresses, on disk as objects. An object is named by
// the SHA-256 of its own bytes, which is checked before it is opened; a file a kernel, which has its
// text too, names the object that has it. Both are written under another name and renamed, so two processes at once,
// a crash or a bad disk leave nothing worse than a kernel to build again.

import { CompileError, DeviceError } from "../../ir/errors.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { type FunctionC, functionC, unitC } from "../../render/c.ts";
import { availableParallelism, fileSystem, joinPath, makeDirectorySync } from "../host.ts";
import { type CacheFolder, temporaryCacheFolder, trimCache, unique } from "./cache-folder.ts";
import type { Compiler } from "./compiler.ts";
import type { KernelObject, Launcher } from "./launcher.ts";
import { digest, patience } from "./system.ts";

/** A kernel in C. */
export interface KernelText extends FunctionC {
  /** What it computes, for messages. */
  readonly label: string;
  readonly lanes: number;
  /** What `nameOf` makes of its source. */
  readonly name: string;
}

export function kernelText(kernel: Kernel): KernelText {
  const made = functionC(kernel, (text) => `r${digest(text).slice(0, 40)}`);
  return { ...made, label: kernel.name, lanes: kernel.lanes, name: nameOf(sourceOf(made)) };
}

/** All of a kernel's text but its name. */
export const sourceOf = ({ routines, body }: FunctionC): string => [...routines, body].join("\n");

/** Characters of a SHA-256. */
const hashLength = 64;

let invocations = 0;

/** How often the C compiler has been called for kernels by this thread of JavaScript. */
export function compilerInvocations(): number {
  return invocations;
}

export interface KernelCacheOptions {
  readonly compiler: Compiler;
  readonly launcher: Launcher;
  readonly folder: CacheFolder;
  /** Seconds until a compiler is given up. Default: HEBB_CC_TIMEOUT, else 60 */
  readonly patience?: number;
}

export class KernelCache {
  private readonly addresses = new Map<string, bigint>();
  /** The hash of the object that each of these kernels lies in. */
  private readonly homes = new Map<string, string>();
  private readonly objects = new Map<string, KernelObject>();
  private readonly options: KernelCacheOptions;
  private folder: CacheFolder;
  private builds = 0;

  constructor(options: KernelCacheOptions) {
    this.options = options;
    this.folder = options.folder;
  }

  /** The entry point of each kernel, built or loaded where it is not in memory. */
  load(kernels: readonly KernelText[]): BigUint64Array {
    const missing = new Map<string, KernelText>();
    for (const kernel of kernels) if (!this.has(kernel.name)) missing.set(kernel.name, kernel);
    if (missing.size > 0) this.build(missing);
    return BigUint64Array.from(kernels, ({ name }) => this.addresses.get(name) as bigint);
  }

  /**
   * Whether a kernel is in memory, or on the disk and now in memory.
   *
   * @param home  the object that had it last, which saves looking it up
   */
  has(name: string, home?: string): boolean {
    if (this.addresses.has(name)) return true;
    if (home !== undefined && this.open(home, [name])) return true;
    const object = this.index(name)?.slice(0, hashLength) ?? "";
    return /^[0-9a-f]{64}$/.test(object) && this.open(object, [name]);
  }

  /** The object that a kernel in memory lies in. */
  home(name: string): string | undefined {
    return this.homes.get(name);
  }

  /** The source of a kernel on the disk. */
  source(name: string): string | undefined {
    const source = this.index(name)?.slice(hashLength + 1) ?? "";
    return nameOf(source) === name ? source : undefined;
  }

  /** What stands on the disk for a kernel: the hash of its object and, on the lines below, its text. */
  private index(name: string): string | undefined {
    try {
      return fileSystem().readFileSync(this.path(name), "utf8");
    } catch {
      return undefined;
    }
  }

  // What belongs to kernels and is none

  /** The content of a file that was written whole. */
  read(name: string): Uint8Array | undefined {
    const path = this.path(name);
    try {
      const bytes = fileSystem().readFileSync(path);
      const content = bytes.subarray(hashLength);
      if (digest(content) !== bytes.toString("latin1", 0, hashLength)) return undefined;
      touch(path);
      return content;
    } catch {
      return undefined;
    }
  }

  /** Writes a file if there is room for it: what it holds can be had again. */
  write(name: string, content: Uint8Array): void {
    try {
      const { Buffer } = globalThis;
      this.place(name, Buffer.concat([Buffer.from(digest(content), "latin1"), content]));
    } catch {
      // no room
    }
  }

  /** A file under its name at once and whole. */
  private place(name: string, content: string | Uint8Array): void {
    const fs = fileSystem();
    const temporary = `${this.path(name)}.${unique()}`;
    try {
      fs.writeFileSync(temporary, content, { mode: 0o600 });
      fs.renameSync(temporary, this.path(name));
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Opens an object, if it is what its name says, and takes these kernels from it. */
  private open(hash: string, names: readonly string[]): boolean {
    const fs = fileSystem();
    const { launcher } = this.options;
    let object = this.objects.get(hash);
    if (!object) {
      const path = this.objectPath(hash);
      try {
        if (digest(fs.readFileSync(path)) !== hash) {
          fs.rmSync(path, { force: true });
          return false;
        }
        object = launcher.open(path);
        touch(path);
      } catch {
        if (!object) return false; // gone, or not loadable here: it is built again
      }
      this.objects.set(hash, object);
    }
    for (const name of names) {
      try {
        this.addresses.set(name, launcher.symbol(object, name));
        this.homes.set(name, hash);
      } catch {
        return false; // the index is wrong
      }
    }
    return true;
  }

  private build(kernels: ReadonlyMap<string, KernelText>): void {
    try {
      this.compile(kernels);
    } catch (error) {
      // A full or read-only disk: the rest of this process builds elsewhere.
      if (this.folder.temporary !== undefined) throw error;
      if (!isDiskFailure(error) && hasRoom(this.folder.path)) throw error;
      this.folder = temporaryCacheFolder((error as Error).message);
      this.compile(kernels);
    }
    if (this.builds++ % 64 === 0) trimCache(this.folder);
  }

  private compile(kernels: ReadonlyMap<string, KernelText>): void {
    const fs = fileSystem();
    const { compiler, launcher } = this.options;
    compiler.confirm();
    const units = divide(kernels, availableParallelism());
    const stem = joinPath(this.folder.path, `build-${unique()}-`);
    const sources = units.map((_, k) => `${stem}${k}.c`);
    const objects = units.map((_, k) => `${stem}${k}.so`);
    const logs = units.map((_, k) => `${stem}log-${k}`);
    let keep = "";
    // The cache may have been cleared since it was opened.
    makeDirectorySync(this.folder.path, 0o700);
    try {
      units.forEach((unit, k) => {
        const lanes = unit.map(([, kernel]) => kernel.lanes);
        const texts = unit.map(([, kernel]) => kernel);
        fs.writeFileSync(sources[k] as string, unitC(lanes, texts), { mode: 0o600 });
      });
      const commands = units.map((_, k) => [
        ...compiler.command,
        ...compiler.flags,
        sources[k] as string,
        "-o",
        objects[k] as string,
        ...compiler.libraries,
      ]);
      const limit = this.options.patience ?? patience();
      const logOf = (k: number): string => readText(logs[k] as string);
      const statuses = callCompiler(launcher, commands, `${stem}log-`, limit);
      // A compiler that crashes does so while optimising; with less of it the bits are the same.
      commands.forEach((command, k) => {
        if ((statuses[k] as number) <= 0 || !logOf(k).includes("internal compiler error")) return;
        const careful = [...command, "-O1", "-fno-tree-vectorize"];
        fs.rmSync(logs[k] as string, { force: true });
        logs[k] = `${stem}again-${k}-0`;
        const [status] = callCompiler(launcher, [careful], `${stem}again-${k}-`, limit);
        statuses[k] = status as number;
      });
      const failed = statuses.findIndex((status) => status !== 0);
      if (failed >= 0) {
        keep = sources[failed] as string;
        throw failure({
          status: statuses[failed] as number,
          command: commands[failed] as string[],
          log: logOf(failed),
          labels: (units[failed] as Unit).map(([, kernel]) => kernel.label),
          limit,
        });
      }
      units.forEach((unit, k) => {
        this.keep(objects[k] as string, unit);
      });
    } finally {
      for (const path of [...sources, ...objects, ...logs]) {
        if (path !== keep) fs.rmSync(path, { force: true });
      }
    }
  }

  /** Moves a fresh object to its place and opens it. */
  private keep(path: string, unit: Unit): void {
    const fs = fileSystem();
    const hash = digest(fs.readFileSync(path));
    fs.renameSync(path, this.objectPath(hash));
    for (const [name, text] of unit) this.place(name, `${hash}\n${sourceOf(text)}`);
    const names = unit.map(([name]) => name);
    if (!this.open(hash, names)) {
      throw new CompileError(
        `the kernels in ${this.objectPath(hash)} were built and cannot be loaded`,
      );
    }
  }

  private objectPath(hash: string): string {
    return joinPath(this.folder.path, `${hash}.so`);
  }

  private path(name: string): string {
    return joinPath(this.folder.path, name);
  }
}

function callCompiler(
  launcher: Launcher,
  commands: readonly (readonly string[])[],
  log: string,
  limit: number,
): number[] {
  invocations += commands.length;
  return launcher.build(commands, log, limit);
}

/** Notes that a file was used, for whoever makes room. */
function touch(path: string): void {
  const now = new Date();
  fileSystem().utimesSync(path, now, now);
}

/** The name of a kernel's function and of its file. */
export function nameOf(source: string): string {
  return `k${digest(source).slice(0, 40)}`;
}

type Unit = [name: string, kernel: KernelText][];

/**
 * Kernels in at most this many units of about equal length: the largest first, each to the unit that
 * is smallest with it. A routine counts once a unit, so kernels come to those that share theirs.
 */
function divide(kernels: ReadonlyMap<string, KernelText>, count: number): Unit[] {
  const units = Array.from({ length: Math.min(count, kernels.size) }, () => ({
    size: 0,
    routines: new Set<string>(),
    unit: [] as Unit,
  }));
  const sizeOf = (texts: readonly string[]): number => texts.reduce((n, t) => n + t.length, 0);
  const order = [...kernels]
    .map((entry) => ({ entry, size: sourceOf(entry[1]).length }))
    .sort((a, b) => b.size - a.size);
  for (const { entry } of order) {
    const { routines, body } = entry[1];
    const grown = units.map((unit) => {
      const more = routines.filter((routine) => !unit.routines.has(routine));
      return { unit, more, size: unit.size + sizeOf([...more, body]) };
    });
    const { unit, more, size } = grown.reduce((least, one) =>
      one.size < least.size ? one : least,
    );
    unit.size = size;
    unit.unit.push(entry);
    for (const routine of more) unit.routines.add(routine);
  }
  return units.map(({ unit }) => unit).filter((unit) => unit.length > 0);
}

function failure(what: {
  status: number;
  command: readonly string[];
  log: string;
  labels: readonly string[];
  limit: number;
}): Error {
  const command = what.command.join(" ");
  if (what.status === -1) return new DeviceError(`the C compiler does not start: ${command}`);
  if (what.status === -2) {
    return new CompileError(`the C compiler did not finish within ${what.limit} s: ${command}`);
  }
  const lines = what.log.trim().split("\n").slice(0, 8).join("\n");
  return new CompileError(
    `the C compiler failed with status ${what.status} on ${what.labels.join(", ")}\n${lines}\ncommand: ${command}`,
  );
}

function isDiskFailure(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOENT"].includes(code)) return true;
  return (
    error instanceof CompileError &&
    /no space left|read-only file system|quota exceeded/i.test(error.message)
  );
}

/** On a full disk the compiler's log has no room for the reason either: so a megabyte is tried. */
function hasRoom(folder: string): boolean {
  const fs = fileSystem();
  const path = joinPath(folder, `room-${unique()}`);
  try {
    fs.writeFileSync(path, new Uint8Array(2 ** 20));
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(path, { force: true });
  }
}

function readText(path: string): string {
  try {
    return fileSystem().readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
