// What the figures were measured on.

import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
  /** What computes: "native (2 threads, AVX-512, gcc 12)". */
  readonly device: string;
  /** "2026-11-20". */
  readonly date: string;
}

export function describeMachine(device: string, date: Date = new Date()): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    device,
    date: date.toISOString().slice(0, 10),
  };
}
