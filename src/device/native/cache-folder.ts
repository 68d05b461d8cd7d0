// Where kernel objects are kept: a folder of this machine and compiler inside the user's cache, or
// a private temporary one that is removed when the process ends. Code is loaded from it, so a folder
// that someone else owns or may write to is refused.

import { DeviceError } from "../../ir/errors.ts";
import {
  cacheDirectory,
  fileSystem,
  joinPath,
  makeDirectorySync,
  temporaryDirectory,
} from "../host.ts";
import { nodeProcess } from "./system.ts";

export interface CacheFolder {
  readonly path: string;
  /** Why it is not the user's cache; undefined where it is. */
  readonly temporary?: string;
}

/** Of the cache: what compilers said, a small file each. */
export const compilersFolder = "compilers";

/** Total size of all kernel objects. */
export const cacheLimit: number = 2 ** 30;

/** The user's folder for this machine key, created; else a temporary one, with the reason. */
export function openCacheFolder(key: string): CacheFolder {
  const cache = cacheDirectory();
  if (cache === undefined) return temporaryCacheFolder("there is no home folder");
  const fs = fileSystem();
  const path = joinPath(cache, "native", key);
  try {
    makeDirectorySync(cache, 0o700);
    refuseForeign(cache);
    for (const folder of [joinPath(cache, "native"), path]) {
      makeDirectorySync(folder, 0o700);
      refuseForeign(folder);
    }
    const probe = joinPath(path, `probe-${unique()}`);
    fs.writeFileSync(probe, "writable", { flag: "wx" });
    fs.rmSync(probe);
    return { path };
  } catch (error) {
    return temporaryCacheFolder((error as Error).message);
  }
}

/** Throws where others could have put a file. */
export function refuseForeign(path: string): void {
  const stat = fileSystem().statSync(path);
  const user = nodeProcess().getuid?.();
  if (user !== undefined && stat.uid !== user) {
    throw new DeviceError(`${path} belongs to another user`);
  }
  if (stat.mode & 0o022) {
    throw new DeviceError(`${path} can be written by others (chmod go-w ${path} to use it)`);
  }
}

let temporary: CacheFolder | undefined;
/** Of a temporary folder's name; the number of the process that has it follows. */
const temporaryPrefix = "hebb-kernels-";

/** A folder for this process alone; one serves for its whole life. Throws where there is none. */
export function temporaryCacheFolder(reason: string): CacheFolder {
  if (temporary) return temporary;
  let path: string;
  try {
    path = temporaryDirectory(`${temporaryPrefix}${nodeProcess().pid}-`);
  } catch (error) {
    throw new DeviceError(
      `no folder for kernels: ${reason}; and no temporary one: ${(error as Error).message}`,
      { cause: error },
    );
  }
  nodeProcess().once("exit", () => {
    fileSystem().rmSync(path, { recursive: true, force: true });
  });
  removeAbandoned(joinPath(path, ".."));
  temporary = { path, temporary: reason };
  return temporary;
}

/**
 * Removes temporary folders of ours whose process was killed before it could. A process that lives
 * where we cannot see it, in another container say, would only have to build its kernels again.
 */
export function removeAbandoned(root: string): void {
  const fs = fileSystem();
  const user = nodeProcess().getuid?.();
  for (const name of listed(root)) {
    const [, owner] = /^hebb-kernels-(\d+)-\w+$/.exec(name) ?? [];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const path = joinPath(root, name);
    try {
      const stat = fs.lstatSync(path);
      if (stat.isDirectory() && stat.uid === user) fs.rmSync(path, { recursive: true });
    } catch {
      // another process removed it
    }
  }
}

/** Whether there is a process of this number, whoever's. */
function isAlive(pid: number): boolean {
  try {
    nodeProcess().kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** A file name part that no other process or moment has. */
export function unique(): string {
  return `${nodeProcess().pid}-${Math.random().toString(36).slice(2, 10)}`;
}

/**
 * Removes every cached kernel object.
 *
 * @returns how many files went and how many bytes they had
 */
export function clearKernelCache(): { readonly files: number; readonly bytes: number } {
  const cache = cacheDirectory();
  if (cache === undefined) return { files: 0, bytes: 0 };
  const root = joinPath(cache, "native");
  const files = filesBelow(root);
  for (const folder of [root, joinPath(cache, compilersFolder)])
    fileSystem().rmSync(folder, { recursive: true, force: true });
  return { files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** Removes what was used longest ago until the cache is well below its limit. */
export function trimCache(folder: CacheFolder, limit: number = cacheLimit): void {
  if (folder.temporary !== undefined) return;
  const fs = fileSystem();
  const files = filesBelow(joinPath(folder.path, ".."));
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= limit) return;
  files.sort((a, b) => a.used - b.used);
  for (const file of files) {
    if (total <= limit * 0.75) return;
    fs.rmSync(file.path, { force: true });
    total -= file.bytes;
  }
}

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was last loaded, in milliseconds. */
  readonly used: number;
}

/** Files of all machine folders; those that vanish meanwhile are left out. */
function filesBelow(root: string): CachedFile[] {
  const fs = fileSystem();
  const found: CachedFile[] = [];
  for (const folder of listed(root)) {
    for (const name of listed(joinPath(root, folder))) {
      const path = joinPath(root, folder, name);
      try {
        const stat = fs.statSync(path);
        if (stat.isFile()) found.push({ path, bytes: stat.size, used: stat.mtimeMs });
      } catch {
        // another process removed it
      }
    }
  }
  return found;
}

/** The names in a folder; none where it cannot be read. */
function listed(path: string): string[] {
  try {
    return fileSystem().readdirSync(path);
  } catch {
    return [];
  }
}
