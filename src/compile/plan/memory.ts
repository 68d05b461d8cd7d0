// Where values lie between steps, and how long each piece of memory is needed: from the first step
// that touches it to the last, where a loop counts as a whole for what comes from outside it.

import type { Location, Slot } from "../../ir/program.ts";
import { Allocation } from "./arena.ts";

/** Bytes in a slot of the program or a piece of the arena; moved by `advance` in each loop around. */
export interface Place {
  readonly base: Slot | Allocation;
  readonly offset: number;
  readonly advance: readonly number[];
}

interface LoopScope {
  readonly parent: LoopScope | undefined;
  readonly first: number;
  /** Pieces from outside that are used within: needed until the loop ends. */
  readonly used: Set<Allocation>;
}

export class Memory {
  readonly #homes = new Map<Allocation, LoopScope | undefined>();
  #scope: LoopScope | undefined;
  #clock = 0;

  /** Another step begins. */
  tick(): void {
    this.#clock++;
  }

  allocate(bytes: number): Place {
    const base = new Allocation(bytes);
    this.#homes.set(base, this.#scope);
    return { base, offset: 0, advance: [] };
  }

  touch(place: Place): void {
    if (!(place.base instanceof Allocation)) return;
    place.base.touch(this.#clock);
    this.#noteUse(place.base);
  }

  #noteUse(piece: Allocation): void {
    const home = this.#homes.get(piece);
    for (let s = this.#scope; s !== undefined && s !== home; s = s.parent) s.used.add(piece);
  }

  /** What `make` plans happens again and again. */
  loop(make: () => void): void {
    this.tick();
    const scope: LoopScope = { parent: this.#scope, first: this.#clock, used: new Set() };
    this.#scope = scope;
    make();
    this.#scope = scope.parent;
    this.tick();
    // What the loop used from outside is needed from its first step to its last.
    for (const piece of scope.used) {
      piece.touch(scope.first);
      piece.touch(this.#clock);
      this.#noteUse(piece);
    }
  }

  /**
   * What `make` plans happens once, before the loop that is being planned. What it writes lasts
   * through the loop, which uses it, as does what it reads.
   */
  beforeLoop<T>(make: () => T): T {
    const scope = this.#scope;
    const clock = this.#clock;
    this.#scope = scope?.parent;
    this.#clock = scope?.first ?? clock;
    const made = make();
    this.#scope = scope;
    this.#clock = clock;
    return made;
  }

  /** The pieces that some step touches. */
  pieces(): Allocation[] {
    return [...this.#homes.keys()].filter((piece) => piece.last >= 0);
  }
}

/** The place as it is in another loop around. */
export const still = (place: Place, level: number): Place => moving(place, level, 0);

/** A place that stays as it is in a loop, as it is seen from outside. */
export const outside = (place: Place, level: number): Place => ({
  ...place,
  advance: place.advance.slice(0, level),
});

/** The place as it moves by some bytes with each turn of another loop around. */
export function moving(place: Place, level: number, bytes: number): Place {
  const outer = Array.from({ length: level }, (_, i) => place.advance[i] ?? 0);
  return { ...place, advance: [...outer, bytes] };
}

/** Where a place is in the end; offsets in the arena are known. */
export const locate = ({ base, offset, advance }: Place): Location =>
  base instanceof Allocation
    ? { slot: { kind: "arena" }, offset: base.offset + offset, advance }
    : { slot: base, offset, advance };
