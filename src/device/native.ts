// The native device: kernels in C, built by the machine's compiler, run by a small add-on on a pool
// of threads. Tensors are ordinary ArrayBuffers. Whatever is missing (a compiler, a folder that
// code may be loaded from) is a reason to use another device, never an exception while probing.

import { prefetchLines } from "../compile/lower/prefetch-lines.ts";
import { rowSums } from "../compile/lower/row-sums.ts";
import { bytesOf } from "../ir/dtype.ts";
import { DeviceError } from "../ir/errors.ts";
import type { Node, Storage } from "../ir/node.ts";
import { optimizationsOff } from "../ir/optimizations.ts";
import type { Graph, Program } from "../ir/program.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Target } from "../render/renderer.ts";
import type { Device, Executable } from "./device.ts";
import { availableParallelism, environment } from "./host.ts";
import { KernelCache } from "./native/cache.ts";
import type { CacheFolder } from "./native/cache-folder.ts";
import { cachesOfThread, someCaches } from "./native/caches.ts";
import { type Compiler, probeCompiler } from "./native/compiler.ts";
import { loadProgram } from "./native/executable.ts";
import { programOf, type RenderedProgram, rendered } from "./native/known-programs.ts";
import type { Launcher } from "./native/launcher.ts";
import { roomFor } from "./native/launcher-memory.ts";
import { loadLauncher } from "./native/load.ts";
import type { Signature } from "./native/plan.ts";
import { Runner } from "./native/runner.ts";
import { bufferOf, contentOf, MemoryAccount, type NativeStorage } from "./native/storage.ts";
import { isMainThread, nodeProcess } from "./native/system.ts";

export { clearKernelCache } from "./native/cache-folder.ts";
export { compilerInvocations } from "./native/command.ts";

export interface NativeOptions {
  /** Default: HEBB_THREADS, else as many as can run at once. */
  readonly threads?: number;
  /** Whether executables measure their steps. Default: no */
  readonly profile?: boolean;
}

export interface NativeDevice extends Device {
  readonly target: Target;
  /** Where kernel objects are kept, and why not in the user's cache where they are not. */
  readonly folder: CacheFolder;
  /** Loads a program that has been compiled for `target`. */
  load(program: Program, signature: Signature): Executable;
}

/** What compiling may know of this machine, from what its compiler predefines. */
export function targetOf(compiler: Pick<Compiler, "macros">): Target {
  const has = (name: string): boolean => compiler.macros.has(name);
  const wide = has("__AVX512F__");
  const arm = has("__aarch64__");
  return {
    vectorBytes: wide ? 64 : has("__AVX__") ? 32 : 16,
    vectorRegisters: wide || arm ? 32 : 16,
    mixedWidths: true,
    prefetching: prefetchLines(64),
    ...(wide || arm ? { rowSums: rowSums(16) } : {}),
    fma: has("__FMA__") || arm,
    cache: { ...cachesOfThread(), forms: someCaches.l2 },
    without: optimizationsOff(environment("HEBB_OPTIMIZE") ?? ""),
  };
}

function instructionsOf({ macros }: Compiler): string {
  const names: readonly (readonly [string, string])[] = [
    ["__AVX512F__", "AVX-512"],
    ["__AVX2__", "AVX2"],
    ["__AVX__", "AVX"],
    ["__aarch64__", "NEON"],
  ];
  return names.find(([macro]) => macros.has(macro))?.[1] ?? "128-bit vectors";
}

const loaded = new Map<Compiler, Loaded>();
interface Loaded {
  readonly launcher: Launcher;
  readonly runner: Runner;
  readonly folder: CacheFolder;
  readonly cache: KernelCache;
}

/**
 * The native device, or why it does not work here. Never throws.
 *
 * @param options.threads  how many threads take part in a kernel. Default: HEBB_THREADS, else all
 * @param options.profile  whether executables measure their steps. Default: no
 * @cost    some ms; 0.3 s on a machine's first time, when the compiler is asked and builds the add-on
 */
export function probeNative(
  options: NativeOptions = {},
): { readonly device: NativeDevice } | { readonly reason: string } {
  const found = probeCompiler();
  if ("reason" in found) return found;
  const { compiler } = found;
  try {
    let parts = loaded.get(compiler);
    if (!parts) {
      const { launcher, folder } = loadLauncher(compiler);
      const cache = new KernelCache({ compiler, launcher, folder });
      parts = { launcher, runner: new Runner(launcher), folder, cache };
      loaded.set(compiler, parts);
      // A run off the thread would hold up the end of the process, or of this worker thread.
      const everywhere = isMainThread();
      nodeProcess().once("exit", () => launcher.stop(everywhere));
    }
    return { device: makeDevice(compiler, parts, options) };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

function threadsFor(options: NativeOptions): number {
  const wish = options.threads ?? Number(environment("HEBB_THREADS") ?? availableParallelism());
  if (Number.isInteger(wish) && wish >= 1 && wish <= 1024) return wish;
  throw new DeviceError(`native: ${wish} threads; a whole number from 1 to 1024 is expected`);
}

function makeDevice(compiler: Compiler, parts: Loaded, options: NativeOptions): NativeDevice {
  const { launcher, runner, folder, cache } = parts;
  const threads = threadsFor(options);
  const target = { ...targetOf(compiler), threads };
  const account = new MemoryAccount();
  const load = (program: RenderedProgram, signature: Signature): Executable =>
    loadProgram(program, signature, {
      launcher,
      runner,
      cache,
      threads,
      profile: options.profile ?? false,
      live: () => account.live(),
    });
  const copy = (storage: Storage): Uint8Array<ArrayBuffer> => contentOf(storage, launcher).slice();

  return {
    name: "native",
    description: `native (${threads} ${threads === 1 ? "thread" : "threads"}, ${instructionsOf(compiler)}, ${compiler.version})`,
    threads,
    synchronous: true,
    target,
    folder,
    load: (program, signature) => load(rendered(program), signature),
    allocate(bytes) {
      return account.storage(bytes, allocateBuffer(bytes, account));
    },
    write(storage, bytes) {
      if (bytes.byteLength !== storage.bytes) {
        throw new DeviceError(
          `write: ${bytes.byteLength} bytes do not fill a storage of ${storage.bytes}`,
        );
      }
      contentOf(storage, launcher).set(bytes);
    },
    read: copy,
    readAsync: async (storage) => copy(storage),
    free(storage) {
      launcher.free(bufferOf(storage));
      (storage as NativeStorage).buffer = undefined;
      account.freed(storage as NativeStorage);
    },
    prepare(graph: Graph) {
      return load(programOf(graph, target, cache), {
        inputs: graph.inputs.map(bytesOfNode),
        outputs: graph.outputs.map(bytesOfNode),
        constants: graph.constants.length,
      });
    },
    memory: () => ({ live: account.live(), peak: account.peak(), reserved: launcher.reserved() }),
  };
}

const bytesOfNode = (node: Node): number => sizeOf(node.shape) * bytesOf(node.dtype);

/** From here on unzeroed memory is cheaper to get than zeroed. */
const large = 2 ** 17;

/** Memory with whatever was in it: a kernel writes all of its outputs. */
function allocateBuffer(bytes: number, account: MemoryAccount): ArrayBuffer {
  try {
    const room = roomFor(bytes);
    if (room < large) return new ArrayBuffer(room);
    return globalThis.Buffer.allocUnsafeSlow(room).buffer as ArrayBuffer;
  } catch (cause) {
    throw new DeviceError(
      `native: no memory for ${bytes} bytes; tensors of ${account.live()} bytes are alive, ` +
        `${account.peak()} at most so far`,
      { cause },
    );
  }
}
