// Kernels that are already machine code, by their bytes: a program brings only those that no program
// before it had, in one module. Kernels that no program uses stay for a while, the least recently
// used go first.

import { CompileError } from "../../ir/errors.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { renderWasm } from "../../render/wasm.ts";
import { buildModule } from "../../render/wasm-module.ts";
import { kernelParameters } from "../../render/wasm-values.ts";
import type { LinearMemory } from "./memory.ts";
import type { Workers } from "./workers.ts";

export type KernelFunction = (
  buffers: number,
  ints: number,
  floats: number,
  begin: number,
  end: number,
  scratch: number,
  status: number,
) => void;

export interface LoadedKernel {
  /** Its number on the worker threads. */
  readonly id: number;
  readonly call: KernelFunction;
  /** Messages a worker must have received to know it. */
  readonly needs: number;
  readonly key: string;
  users: number;
}

/** Kernels without a user that are kept. */
const mostIdle = 1024;

export class Kernels {
  readonly #memory: LinearMemory;
  readonly #workers: Workers | null;
  readonly #loaded = new Map<string, LoadedKernel>();
  #nextId = 0;
  #idle = 0;
  /** Kernels that had to be compiled. */
  compiled = 0;

  constructor(memory: LinearMemory, workers: Workers | null) {
    this.#memory = memory;
    this.#workers = workers;
  }

  /** The function of each kernel; each counts as used until `release`. */
  load(kernels: readonly Kernel[]): LoadedKernel[] {
    const bodies = kernels.map((kernel) => renderWasm(kernel, kernel.name).code);
    const keys = bodies.map(keyOf);
    const missing = new Map<string, number>();
    keys.forEach((key, i) => {
      if (!this.#loaded.has(key)) missing.set(key, i);
    });
    if (missing.size > 0) this.#compile([...missing], bodies, kernels);
    return keys.map((key) => {
      const kernel = this.#loaded.get(key) as LoadedKernel;
      if (kernel.users++ === 0) this.#idle--;
      this.#loaded.delete(key);
      this.#loaded.set(key, kernel);
      return kernel;
    });
  }

  release(kernels: readonly LoadedKernel[]): void {
    for (const kernel of kernels) if (--kernel.users === 0) this.#idle++;
    const drop: number[] = [];
    for (const [key, kernel] of this.#loaded) {
      if (this.#idle <= mostIdle) break;
      if (kernel.users > 0) continue;
      this.#loaded.delete(key);
      this.#idle--;
      drop.push(kernel.id);
    }
    if (drop.length > 0) this.#workers?.post({ drop });
  }

  #compile(
    missing: readonly (readonly [string, number])[],
    bodies: readonly Uint8Array[],
    kernels: readonly Kernel[],
  ): void {
    const { memory, shared } = this.#memory;
    const bytes = buildModule(
      missing.map(([, i]) => bodies[i] as Uint8Array),
      { parameters: kernelParameters, shared },
    );
    let module: WebAssembly.Module;
    try {
      module = new WebAssembly.Module(bytes);
    } catch (cause) {
      const names = missing.map(([, i]) => (kernels[i] as Kernel).name).join(", ");
      throw new CompileError(`wasm: the engine refuses a module of ${names}: ${cause}`, { cause });
    }
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const ids = missing.map(() => this.#nextId++);
    const needs = this.#workers?.post({ module, kernels: ids }) ?? 0;
    missing.forEach(([key], i) => {
      const call = exports[String(i)] as KernelFunction;
      this.#loaded.set(key, { id: ids[i] as number, call, needs, key, users: 0 });
      this.#idle++;
    });
    this.compiled += missing.length;
  }
}

/** Bytes as a string of one character a byte. */
function keyOf(bytes: Uint8Array): string {
  let key = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    key += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return key;
}
