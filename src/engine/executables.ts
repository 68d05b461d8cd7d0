// Programs that a device has compiled, by the structure of the graph: a bounded cache, least recently
// used out first. A program that a compiled function replays is pinned: it lives until that lets go.

import type { Device, Executable } from "../device/device.ts";
import { now } from "../device/host.ts";
import { equalShapes } from "../ir/shape.ts";
import type { Key } from "./key.ts";
import { observer } from "./observer.ts";
import { recordProgram } from "./profile.ts";
import { type Described, toGraph } from "./signature.ts";

/** Programs kept per device. */
const limit = 256;

/** Milliseconds on paper below which no program can turn out to be long. */
const worthTiming = 0.5;
/** Milliseconds from which a program runs off the JavaScript thread: a hundred times what that costs. */
const long = 10;
/** Milliseconds for which a program may go on although it was cancelled. */
const mostTail = 50;

export interface Entry {
  readonly executable: Executable;
  /** Milliseconds that a run is expected to take: what the last one took, before that on paper. */
  expectedMs: number;
  /** Whether runs are timed: not where it would cost more than it could save. */
  readonly timed: boolean;
  /** The share of the work that comes after the first write over an input. */
  readonly tail: number;
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

/**
 * The program for a described graph on a device, compiled if it is new.
 *
 * @param isComplete  whether it can run then; otherwise it may still be being built
 */
export function entryFor(
  device: Device,
  described: Described,
  replaces: readonly number[],
  isComplete = true,
): Entry {
  let cache = caches.get(device);
  if (cache === undefined) {
    cache = new Map();
    caches.set(device, cache);
  }
  const { key } = described;
  const known = find(cache, key, replaces);
  if (known !== undefined) {
    if (isComplete) known.executable.complete?.();
    known.used = ++askings;
    return known;
  }
  const own = key.copy();
  const start = now();
  const executable = device.prepare(toGraph(described, replaces));
  if (isComplete) executable.complete?.();
  const ms = now() - start;
  recordProgram(device.name, executable, ms);
  observer()?.compiled(device, executable, described.order.length, ms);
  const [before, after] = expected(executable);
  const entry: Known = {
    key: own,
    replaces,
    executable,
    expectedMs: before + after,
    timed: before + after >= worthTiming,
    tail: after / (before + after || 1),
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

/** Whether a program runs off the JavaScript thread, where its device can do that. */
export const isLong = (entry: Entry): boolean => entry.expectedMs >= long;

/** Whether so little is left to do once it writes over its inputs that it cannot be stopped then. */
export const mayOverwrite = (entry: Entry): boolean => entry.tail * entry.expectedMs < mostTail;

/**
 * Milliseconds before and after the first write over an input, at 10 GFLOP/s, 5 GB/s and 0.2 µs a
 * launch: rather too long than too short.
 */
function expected({ steps, overwritesFrom }: Executable): [before: number, after: number] {
  const sums: [number, number] = [0, 0];
  steps.forEach(({ work, times = 1 }, i) => {
    sums[i < overwritesFrom ? 0 : 1] += times * (work.flops / 1e7 + work.bytes / 5e6 + 2e-4);
  });
  return sums;
}
