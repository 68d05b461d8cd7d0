// One workload, ours and the peers' in turn: a round times each once, and the median of the rounds
// counts. A round before them warms up: steps of microseconds get several times faster while an engine
// learns them. A peer far behind the best in it is not timed again.

import { type Definition, leastWork } from "./definition.ts";
import { median } from "./stopwatch.ts";

/** One that can be timed. */
export interface Contestant {
  readonly name: string;
  can(definition: Definition): boolean;
  /** Median time of a step in ms. @throws it cannot do this one */
  time(definition: Definition, seconds: number): Promise<number>;
}

/** What the machine does at best, a second: operations, and bytes moved as a workload moves them. */
export interface Rates {
  readonly flops: number;
  readonly bytes: number;
}

/** Measures the machine for a workload that moves so many bytes; undefined where nothing can. */
export type MeasureRates = (
  bytes: number,
  traffic: "read" | "copy",
) => Promise<Rates | undefined> | undefined;

/** A peer's time in ms, or why there is none. */
export interface PeerResult {
  readonly peer: string;
  readonly ms?: number;
  readonly reason?: string;
}

export interface Comparison {
  readonly workload: string;
  /** Our median in ms; NaN if `failure` says why there is none. */
  readonly ours: number;
  readonly failure?: string;
  /** The best peer, and how many times as long it takes. */
  readonly theirs?: number;
  readonly peer?: string;
  readonly ratio?: number;
  /** Least time in ms on this machine: the larger of operations and bytes at the best rates. */
  readonly limit?: number;
  /** The limit as a part of our time. */
  readonly share?: number;
  readonly rates?: Rates;
  readonly peers: readonly PeerResult[];
}

export interface CompareOptions {
  readonly rounds: number;
  /** For each contestant in each round. */
  readonly seconds: number;
  readonly rates?: MeasureRates;
}

/** A peer slower than the best of the round of warm-up by more than this is out. */
const hopeless = 1.3;

export async function compareWorkload(
  definition: Definition,
  ours: Contestant,
  peers: readonly Contestant[],
  options: CompareOptions,
): Promise<Comparison> {
  const { rounds, seconds } = options;
  const results = new Map<Contestant, number[]>();
  const reasons = new Map<Contestant, string>();
  const able = peers.filter((peer) => peer.can(definition));
  let contestants = [ours, ...able];
  for (let round = 0; round <= rounds; round++) {
    // There and back again, so that nobody always follows the same one.
    for (const one of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      try {
        const ms = await one.time(definition, seconds);
        results.set(one, [...(results.get(one) ?? []), ms]);
      } catch (error) {
        results.delete(one);
        reasons.set(one, (error as Error).message);
        contestants = contestants.filter((other) => other !== one);
      }
    }
    if (round > 0) continue;
    const best = Math.min(...able.flatMap((peer) => results.get(peer) ?? []));
    contestants = contestants.filter(
      (one) => one === ours || median(results.get(one) ?? []) <= hopeless * best,
    );
    for (const one of contestants) results.delete(one);
  }
  const mine = median(results.get(ours) ?? []);
  const listed = able.map((one): PeerResult => {
    const times = results.get(one);
    return times
      ? { peer: one.name, ms: median(times) }
      : { peer: one.name, reason: reasons.get(one) as string };
  });
  const best = listed
    .filter(({ ms }) => ms !== undefined)
    .sort((a, b) => (a.ms as number) - (b.ms as number))[0];
  const { flops, bytes, traffic } = leastWork(definition.task);
  const rates = await options.rates?.(bytes, traffic);
  const limit = rates && 1000 * Math.max(flops / rates.flops, bytes / rates.bytes);
  return {
    workload: definition.name,
    ours: mine,
    ...(reasons.has(ours) && { failure: reasons.get(ours) as string }),
    ...(best && { theirs: best.ms, peer: best.peer, ratio: (best.ms as number) / mine }),
    ...(limit !== undefined && { limit, share: limit / mine, rates: rates as Rates }),
    peers: listed,
  };
}
