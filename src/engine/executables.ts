// Programs that a device has compiled, by the structure of the graph: a bounded cache, least recently
// used out first. A program that a compiled function replays is pinned: it lives until that lets go.

import type { Device, Executable } from "../device/device.ts";
import { now } from "../device/host.ts";
import { equalShapes } from "../ir/shape.ts";
import { debugLevel, printProgram } from "./debug.ts";
import type { Key } from "./key.ts";
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

/** Programs of a device by the hash of their key. */
type Programs = Map<number, Known[]>;

interface Known extends Entry {
  readonly key: Key;
  readonly replaces: readonly number[];
}

const caches = new WeakMap<Device, Programs>();

/** The program for a described graph on a device, compiled if it is new. */
export function entryFor(device: Device, described: Described, replaces: readonly number[]): Entry {
  let cache = caches.get(device);
  if (cache === undefined) {
    cache = new Map();
    caches.set(device, cache);
  }
  const { key } = described;
  const known = find(cache, key, replaces);
  if (known !== undefined) {
    known.used = ++askings;
    return known;
  }
  const own = key.copy();
  const start = now();
  const executable = device.prepare(toGraph(described, replaces));
  const ms = now() - start;
  recordProgram(device.name, executable, ms);
  if (debugLevel() >= 1) printProgram(device.name, executable, described.order.length, ms);
  const entry: Known = {
    key: own,
    replaces,
    executable,
    expectedMs: expected(executable),
    used: ++askings,
    pins: 0,
    evicted: false,
  };
  const alike = cache.get(own.hash);
  if (alike === undefined) cache.set(own.hash, [entry]);
  else alike.push(entry);
  evict(cache);
  return entry;
}

function find(cache: Programs, key: Key, replaces: readonly number[]): Known | undefined {
  for (const known of cache.get(key.hash) ?? []) {
    if (known.key.equals(key) && equalShapes(known.replaces, replaces)) return known;
  }
  return undefined;
}

/** Drops the least recently used while there are too many. */
function evict(cache: Programs): void {
  const all = [...cache.values()].flat();
  if (all.length <= limit) return;
  const oldest = all.reduce((a, b) => (b.used < a.used ? b : a));
  const alike = cache.get(oldest.key.hash) as Known[];
  alike.splice(alike.indexOf(oldest), 1);
  if (alike.length === 0) cache.delete(oldest.key.hash);
  oldest.evicted = true;
  if (oldest.pins === 0) oldest.executable.dispose();
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
