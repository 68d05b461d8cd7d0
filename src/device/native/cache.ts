// Kernels by their text: in memory as function addresses, on disk as objects. An object is named by
// the SHA-256 of its own bytes, which is checked before it is opened; a file a kernel, which has its
// text too, names the object that has it. Both are written under another name and renamed, so two
// processes at once, a crash or a bad disk leave nothing worse than a kernel to build again.

import { CompileError } from "../../ir/errors.ts";
import { fileSystem, joinPath } from "../host.ts";
import { Build, type BuildOptions } from "./build.ts";
import { type CacheFolder, temporaryCacheFolder, trimCache, unique } from "./cache-folder.ts";
import { type KernelText, nameOf, sourceOf } from "./kernel-text.ts";
import type { KernelObject } from "./launcher.ts";
import { digest } from "./system.ts";

/** Characters of a SHA-256. */
const hashLength = 64;

export interface KernelCacheOptions extends BuildOptions {
  readonly folder: CacheFolder;
}

export class KernelCache {
  readonly #addresses = new Map<string, bigint>();
  /** The hash of the object that each of these kernels lies in. */
  readonly #homes = new Map<string, string>();
  readonly #objects = new Map<string, KernelObject>();
  readonly #options: KernelCacheOptions;
  #folder: CacheFolder;
  /** Of kernels that are on their way. */
  #coming: Build | undefined;
  #builds = 0;

  constructor(options: KernelCacheOptions) {
    this.#options = options;
    this.#folder = options.folder;
  }

  /** Says that a kernel will be loaded: where it has to be built, that may start. */
  expect(kernel: KernelText): void {
    if (this.has(kernel.name)) return;
    this.#coming ??= new Build(this.#folder.path, this.#options);
    this.#coming.add(kernel);
  }

  /** What was expected will not be loaded. */
  abandon(): void {
    this.#coming?.abandon();
    this.#coming = undefined;
  }

  /** The entry point of each kernel, built or loaded where it is not in memory. */
  load(kernels: readonly KernelText[]): BigUint64Array {
    for (const kernel of kernels) this.expect(kernel);
    const coming = this.#coming;
    this.#coming = undefined;
    if (coming) this.#build(coming);
    return BigUint64Array.from(kernels, ({ name }) => this.#addresses.get(name) as bigint);
  }

  /**
   * Whether a kernel is in memory, or on the disk and now in memory.
   *
   * @param home  the object that had it last, which saves looking it up
   */
  has(name: string, home?: string): boolean {
    if (this.#addresses.has(name)) return true;
    if (home !== undefined && this.#open(home, [name])) return true;
    const object = this.#index(name)?.slice(0, hashLength) ?? "";
    return /^[0-9a-f]{64}$/.test(object) && this.#open(object, [name]);
  }

  /** The object that a kernel in memory lies in. */
  home(name: string): string | undefined {
    return this.#homes.get(name);
  }

  /** The source of a kernel on the disk. */
  source(name: string): string | undefined {
    const source = this.#index(name)?.slice(hashLength + 1) ?? "";
    return nameOf(source) === name ? source : undefined;
  }

  /** What stands on the disk for a kernel: the hash of its object and, on the lines below, its text. */
  #index(name: string): string | undefined {
    try {
      return fileSystem().readFileSync(this.#path(name), "utf8");
    } catch {
      return undefined;
    }
  }

  // What belongs to kernels and is none

  /** The content of a file that was written whole. */
  read(name: string): Uint8Array | undefined {
    const path = this.#path(name);
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
      this.#place(name, Buffer.concat([Buffer.from(digest(content), "latin1"), content]));
    } catch {
      // no room
    }
  }

  /** A file under its name at once and whole. */
  #place(name: string, content: string | Uint8Array): void {
    const fs = fileSystem();
    const temporary = `${this.#path(name)}.${unique()}`;
    try {
      fs.writeFileSync(temporary, content, { mode: 0o600 });
      fs.renameSync(temporary, this.#path(name));
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Opens an object, if it is what its name says, and takes these kernels from it. */
  #open(hash: string, names: readonly string[]): boolean {
    const fs = fileSystem();
    const { launcher } = this.#options;
    let object = this.#objects.get(hash);
    if (!object) {
      const path = this.#objectPath(hash);
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
      this.#objects.set(hash, object);
    }
    for (const name of names) {
      try {
        this.#addresses.set(name, launcher.symbol(object, name));
        this.#homes.set(name, hash);
      } catch {
        return false; // the index is wrong
      }
    }
    return true;
  }

  #build(build: Build): void {
    try {
      this.#end(build);
    } catch (error) {
      // A full or read-only disk: the rest of this process builds elsewhere.
      if (this.#folder.temporary !== undefined) throw error;
      if (!isDiskFailure(error) && hasRoom(this.#folder.path)) throw error;
      this.#folder = temporaryCacheFolder((error as Error).message);
      const again = new Build(this.#folder.path, this.#options);
      for (const kernel of build.kernels.values()) again.add(kernel);
      this.#end(again);
    }
    if (this.#builds++ % 64 === 0) trimCache(this.#folder);
  }

  /** Waits for a build and moves its object to its place. */
  #end(build: Build): void {
    const fs = fileSystem();
    const { kernels } = build;
    build.finish((path) => {
      const hash = digest(fs.readFileSync(path));
      fs.renameSync(path, this.#objectPath(hash));
      for (const [name, text] of kernels) this.#place(name, `${hash}\n${sourceOf(text)}`);
      if (!this.#open(hash, [...kernels.keys()])) {
        throw new CompileError(
          `the kernels in ${this.#objectPath(hash)} were built and cannot be loaded`,
        );
      }
    });
  }

  #objectPath(hash: string): string {
    return joinPath(this.#folder.path, `${hash}.so`);
  }

  #path(name: string): string {
    return joinPath(this.#folder.path, name);
  }
}

/** Notes that a file was used, for whoever makes room. */
function touch(path: string): void {
  const now = new Date();
  fileSystem().utimesSync(path, now, now);
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
