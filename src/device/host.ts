// The one door to the machine around the library: environment, clock, folders, files, network,
// hashing, (de)compression.
//
// Node's built-in modules are reached through process.getBuiltinModule, which is synchronous and
// leaves no `node:` import for a bundler or browser to trip over. In a browser the same functions
// exist: those that have a web form work, files throw a DeviceError that says so. Nothing is
// looked up before the first call.

import { DataError, DeviceError } from "../ir/errors.ts";

/** Node's process where there is one; bundlers' imitations lack getBuiltinModule. */
function nodeProcess(): NodeJS.Process | undefined {
  const found: NodeJS.Process | undefined = globalThis.process;
  return typeof found?.getBuiltinModule === "function" ? found : undefined;
}

/** A built-in module of Node by its full name ("node:fs"), or undefined outside Node. */
export function builtin<T>(name: string): T | undefined {
  return nodeProcess()?.getBuiltinModule(name) as T | undefined;
}

/** Whether this is Node (or something that offers Node's built-in modules the same way). */
export function isNode(): boolean {
  return nodeProcess() !== undefined;
}

/** "linux", "darwin", "win32", …, or "browser". */
export function platform(): string {
  return nodeProcess()?.platform ?? "browser";
}

/** An environment variable; undefined where it is unset, empty, or there is no environment. */
export function environment(name: string): string | undefined {
  return nodeProcess()?.env[name] || undefined;
}

/** Milliseconds since some fixed moment; never runs backwards. */
export function now(): number {
  return performance.now();
}

/** How many threads can run at once here; at least 1. */
export function availableParallelism(): number {
  const os = builtin<typeof import("node:os")>("node:os");
  return Math.max(
    1,
    os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1),
  );
}

/** Bytes of ArrayBuffers that the collector has not freed; undefined where nobody tells. */
export function arrayBufferBytes(): number | undefined {
  return nodeProcess()?.memoryUsage().arrayBuffers;
}

/**
 * A thread of Node's that runs JavaScript text and does not keep the process alive. It starts
 * without the parent's flags: a loader or an --input-type of its own would only be in the way.
 */
export function startThread(
  source: string,
  failed: (error: Error) => void,
): { post(message: unknown): void; stop(): void } {
  const threads = node<typeof import("node:worker_threads")>(
    "node:worker_threads",
    "starting a thread",
  );
  const worker = new threads.Worker(source, { eval: true, execArgv: [], name: "hebb" });
  worker.on("error", failed);
  worker.unref();
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() };
}

/** Lets the event loop turn once: timers, signals and finalisers run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const immediate = globalThis.setImmediate as undefined | typeof setImmediate;
    if (immediate) immediate(() => resolve());
    else afterMessage(resolve);
  });
}

/** A page makes timers wait for 4 ms once they follow each other; a message comes at once. */
function afterMessage(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(null);
}

// Folders

/** Joins path segments with the platform's separator. */
export function joinPath(...segments: string[]): string {
  return node<typeof import("node:path")>("node:path", "joining paths").join(...segments);
}

/**
 * Where downloads and built kernels are kept: HEBB_CACHE, else XDG_CACHE_HOME/hebb, else the
 * platform's usual place under the home folder. Undefined where there is no home. Not created.
 */
export function cacheDirectory(): string | undefined {
  const path = builtin<typeof import("node:path")>("node:path");
  if (!path) return undefined;
  const own = environment("HEBB_CACHE");
  if (own) return path.resolve(own);
  const shared = environment("XDG_CACHE_HOME");
  // The XDG specification: a relative path here is invalid and must be ignored.
  if (shared && path.isAbsolute(shared)) return path.join(shared, "hebb");
  if (platform() === "win32") {
    const local = environment("LOCALAPPDATA");
    if (local) return path.join(local, "hebb");
  }
  const home = homeDirectory();
  if (!home) return undefined;
  if (platform() === "darwin") return path.join(home, "Library", "Caches", "hebb");
  return path.join(home, ".cache", "hebb");
}

/** The user's home folder, or undefined where there is none. */
export function homeDirectory(): string | undefined {
  try {
    return builtin<typeof import("node:os")>("node:os")?.homedir() || undefined;
  } catch {
    return undefined; // an account without an entry in the user database
  }
}

/** A new, empty folder for scratch files; the caller removes it. */
export function temporaryDirectory(prefix = "hebb-"): string {
  const os = node<typeof import("node:os")>("node:os", "making a temporary folder");
  return fileSystem().mkdtempSync(joinPath(os.tmpdir(), prefix));
}

// Files

/** Node's file system, synchronous; a DeviceError outside Node. */
export function fileSystem(): typeof import("node:fs") {
  return node<typeof import("node:fs")>("node:fs", "reading and writing files");
}

/** The whole file. A DataError names the path where it cannot be read. */
export async function readFile(path: string): Promise<Uint8Array> {
  const buffer = await fileSystem()
    .promises.readFile(path)
    .catch((cause: Error) => {
      throw new DataError(`cannot read ${path}: ${cause.message}`, { cause });
    });
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * Writes a file whole or not at all: a crash at any moment leaves the old or the new content.
 * The bytes go to a temporary name in the same folder, are flushed to the disk, then renamed.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const fs = fileSystem().promises;
  const temporary = temporaryName(path);
  try {
    const file = await fs.open(temporary, "wx");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw new DataError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  await syncFolder(path);
}

/** writeFileAtomic for places that cannot wait, such as the kernel cache. */
export function writeFileAtomicSync(path: string, content: Uint8Array | string): void {
  const fs = fileSystem();
  const temporary = temporaryName(path);
  try {
    const file = fs.openSync(temporary, "wx");
    try {
      fs.writeFileSync(file, content);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw new DataError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Adds to the end of a file, creating it if need be. */
export async function appendFile(path: string, content: Uint8Array | string): Promise<void> {
  await fileSystem()
    .promises.appendFile(path, content)
    .catch((cause: Error) => {
      throw new DataError(`cannot append to ${path}: ${cause.message}`, { cause });
    });
}

/** Whether a file or folder is there. */
export function exists(path: string): boolean {
  return isNode() && fileSystem().existsSync(path);
}

/** Creates a folder with its parents; nothing happens if it is there. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    makeDirectorySync(path);
  } catch (cause) {
    throw new DataError(`cannot create the folder ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * makeDirectory for places that cannot wait; throws what Node throws.
 *
 * One folder after the other: Node's own recursive form tries for ever where a file system such as
 * /proc refuses with "no such file".
 *
 * @param mode  permissions of the folders that are made
 */
export function makeDirectorySync(path: string, mode?: number): void {
  const fs = fileSystem();
  const isFolder = (at: string): boolean => fs.existsSync(at) && fs.statSync(at).isDirectory();
  if (isFolder(path)) return;
  const above = node<typeof import("node:path")>("node:path", "making a folder").dirname(path);
  if (above !== path) makeDirectorySync(above, mode);
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have been first.
    if (!isFolder(path)) throw error;
  }
}

/** Removes a file or a folder with all it holds; nothing happens if it is absent. */
export async function remove(path: string): Promise<void> {
  await fileSystem().promises.rm(path, { recursive: true, force: true });
}

/** The names in a folder, sorted; empty where the folder is absent. */
export async function list(path: string): Promise<string[]> {
  if (!exists(path)) return [];
  return (await fileSystem().promises.readdir(path)).sort();
}

// Network

export interface FetchOptions {
  headers?: Record<string, string>;
  /** Milliseconds until the response's headers must be here. Default 10,000. */
  connectTimeout?: number;
  /** Milliseconds that the body may stand still. Default 15,000. */
  stallTimeout?: number;
  signal?: AbortSignal;
}

export interface FetchedStream {
  status: number;
  headers: Headers;
  /** The body, piece by piece; throws where the connection breaks or stands still. */
  body: AsyncGenerator<Uint8Array, void, void>;
  /** Ends the connection, whether or not the body was read. */
  cancel: () => void;
}

/** Starts a download. Both waits are bounded, so a dead server costs a known time. */
export async function fetchStream(url: string, options: FetchOptions = {}): Promise<FetchedStream> {
  const { connectTimeout = 10_000, stallTimeout = 15_000, signal } = options;
  const control = new AbortController();
  const forward = (): void => control.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  const bounded = async <T>(work: Promise<T>, limit: number, waiting: string): Promise<T> => {
    const timer = setTimeout(() => {
      control.abort(new DataError(`${waiting} for ${limit / 1000} s`));
    }, limit);
    try {
      return await work;
    } catch (cause) {
      const reason = control.signal.aborted ? control.signal.reason : cause;
      throw new DataError(`${url}: ${explain(reason)}`, { cause: reason });
    } finally {
      clearTimeout(timer);
    }
  };
  const close = (): void => signal?.removeEventListener("abort", forward);
  let response: Response;
  try {
    const request = fetch(url, { headers: options.headers ?? {}, signal: control.signal });
    response = await bounded(request, connectTimeout, "no answer");
  } catch (error) {
    close();
    throw error;
  }
  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    const reader = response.body?.getReader();
    try {
      while (reader) {
        const { done, value } = await bounded(reader.read(), stallTimeout, "nothing received");
        if (done) break;
        yield value;
      }
    } finally {
      cancel();
    }
  }
  const cancel = (): void => {
    close();
    control.abort();
  };
  return { status: response.status, headers: response.headers, body: pieces(), cancel };
}

// Hashing and compression

/** SHA-256 in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    throw new DeviceError("sha256: no crypto.subtle here; pages need https or localhost for it");
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export type Compression = "gzip" | "deflate" | "deflate-raw";

/**
 * Decompresses; rejects on damaged or cut-off input.
 *
 * @param limit  bytes of output after which to stop with a DataError. Default: none
 */
export function inflate(
  bytes: Uint8Array,
  format: Compression,
  limit: number = Infinity,
): Promise<Uint8Array> {
  return throughStream(bytes, new DecompressionStream(format), limit);
}

/** Compresses. */
export function deflate(bytes: Uint8Array, format: Compression): Promise<Uint8Array> {
  return throughStream(bytes, new CompressionStream(format), Infinity);
}

async function throughStream(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const feed = async (): Promise<void> => {
    // In pieces, so that reaching the limit stops the work early.
    for (let start = 0; start < bytes.length; start += 1 << 16) {
      await writer.write(bytes.subarray(start, start + (1 << 16)) as BufferSource & Uint8Array);
    }
    await writer.close();
  };
  const fed = feed();
  fed.catch(() => {}); // the reader rejects with the same error
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      const error = new DataError(`more than the expected ${limit} bytes come out`);
      await reader.cancel(error).catch(() => {});
      throw error;
    }
    pieces.push(value);
  }
  await fed;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function node<T>(name: string, purpose: string): T {
  const found = builtin<T>(name);
  if (found === undefined) throw new DeviceError(`${purpose} needs Node; there is no ${name} here`);
  return found;
}

function temporaryName(path: string): string {
  const random = Math.random().toString(36).slice(2, 10);
  return `${path}.${nodeProcess()?.pid}-${random}.tmp`;
}

/** Flushes the folder entry, so that the rename survives a power cut (not possible on Windows). */
async function syncFolder(path: string): Promise<void> {
  const folder = node<typeof import("node:path")>("node:path", "writing files").dirname(path);
  try {
    const handle = await fileSystem().promises.open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some file systems refuse to sync a folder; the file itself is safe.
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  const detail = cause?.code ?? cause?.message;
  return detail && !error.message.includes(detail) ? `${error.message} (${detail})` : error.message;
}
