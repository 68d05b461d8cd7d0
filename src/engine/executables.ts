// Programs that a device has compiled, by the structure of the graph: a bounded cache, least recently
// used out first. A program that a compiled function replays is pinned: it lives until that lets go.

import type { Device, Executable } from "../device/device.ts";
import { now } from "../device/host.ts";
import { debugLevel, printProgram } from "./debug.ts";
import { recordProgram } from "./profile.ts";
import { type Described, toGraph } from "./signature.ts";

/** Programs kept per device. */
const limit = 256;

export interface Entry {
  readonly executable: Executable;
  /** Milliseconds that a run is expected to take, from the work on paper. */
  readonly expectedMs: number;
  /** When it was last asked for, as a count of askings. */
  used: number;
  /** How many replays hold it. */
  pins: number;
  /** Out of the cache: disposed of when the last replay lets go. */
  evicted: boolean;
}

let askings = 0;
const caches = new WeakMap<Device, Map<string, Entry>>();

/** The program for a described graph on a device, compiled if it is new. */
export function entryFor(device: Device, described: Described, replaces: readonly number[]): Entry {
  let cache = caches.get(device);
  if (cache === undefined) {
    cache = new Map();
    caches.set(device, cache);
  }
  const key = `${replaces.join()}|${described.key}`;
  const known = cache.get(key);
  if (known !== undefined) {
    // Not put back as the last of the map: that would hold a fresh copy of the key after each call.
    known.used = ++askings;
    return known;
  }
  const start = now();
  const executable = device.prepare(toGraph(described, replaces));
  const ms = now() - start;
  recordProgram(device.name, executable, ms);
  if (debugLevel() >= 1) printProgram(device.name, executable, described.order.length, ms);
  const entry: Entry = {
    executable,
    expectedMs: expected(executable),
    used: ++askings,
    pins: 0,
    evicted: false,
  };
  cache.set(key, entry);
  if (cache.size > limit) evict(cache);
  return entry;
}

function evict(cache: Map<string, Entry>): void {
  let oldest: [string, Entry] | undefined;
  for (const one of cache) if (oldest === undefined || one[1].used < oldest[1].used) oldest = one;
  const [key, entry] = oldest as [string, Entry];
  cache.delete(key);
  entry.evicted = true;
  if (entry.pins === 0) entry.executable.dispose();
}

/** A replay holds the program. */
export function pin(entry: Entry): void {
  entry.pins++;
}

/** A replay lets go of the program. */
export function unpin(entry: Entry): void {
  entry.pins--;
  if (entry.pins === 0 && entry.evicted) entry.executable.dispose();
}

/** At 10 GFLOP/s, 5 GB/s and 0.2 µs a launch: rather too long than too short. */
function expected(executable: Executable): number {
  let ms = 0;
  for (const { work, times = 1 } of executable.steps) {
    ms += times * (work.flops / 1e7 + work.bytes / 5e6 + 2e-4);
  }
  return ms;
}
