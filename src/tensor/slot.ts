// What a cell holds: the current version of its value, as a node or only as a storage, and whether
// anyone else can see it. A compiled program may overwrite a version that nobody else can see; every
// other write goes to a fresh storage, so a value once handed out never changes.

import { leaf, type Placed, storageOf } from "../engine/memory.ts";
import { realizeNodes } from "../engine/realize.ts";
import { detach, keep } from "../ir/build.ts";
import type { DType } from "../ir/dtype.ts";
import { DTypeError, ShapeError } from "../ir/errors.ts";
import { type Node, nodeClock } from "../ir/node.ts";
import { equalShapes, showShape } from "../ir/shape.ts";
import { Roster } from "./roster.ts";

/** A chain of unread updates this long is computed. */
const longestPending = 1000;
/** As many cells with unread updates as are remembered, so that a step computes them too. */
const mostPending = 256;

const pending = new Roster<Slot>();

/** The cell whose version a node is, now or once. */
export const slotOf = (node: Node): Slot | undefined => node.version?.owner as Slot | undefined;

/** When a version stopped being its cell's value: nodes with smaller ids existed. */
export const endOf = (version: Node): number => version.version?.end ?? 0;

/** Note that a node is a version of a cell. */
export function noteVersion(node: Node, slot: Slot): void {
  node.version = { owner: slot, end: 0 };
}

export interface Version {
  readonly node: Node | undefined;
  readonly storage: Placed | undefined;
  readonly shared: boolean;
}

export class Slot {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** What the cell is called where it lives, for messages. */
  name = "";
  /** Among the slots with a pending value. */
  place = -1;
  #node: Node | undefined;
  #storage: Placed | undefined;
  #shared = true;

  constructor(value: Node) {
    this.shape = value.shape;
    this.dtype = value.dtype;
    this.assign(value);
  }

  /** The current version as a node; it is not marked as seen. */
  get node(): Node {
    if (this.#node === undefined) {
      this.#node = leaf(this.#storage as Placed, this.shape, this.dtype);
      noteVersion(this.#node, this);
    }
    return this.#node;
  }

  /** The current version for someone who may keep it. */
  handOut(): Node {
    this.#shared = true;
    return this.node;
  }

  get shared(): boolean {
    return this.#shared;
  }

  isCurrent(node: Node): boolean {
    return node === this.#node;
  }

  /** Throws unless a value fits the cell. */
  check(value: Node): void {
    if (!equalShapes(value.shape, this.shape)) {
      throw new ShapeError(
        `assign: ${this.label} has shape ${showShape(this.shape)}, the value ${showShape(value.shape)}; they must be equal`,
      );
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `assign: ${this.label} holds ${this.dtype}, the value ${value.dtype}; cast it with .cast("${this.dtype}")`,
      );
    }
  }

  get label(): string {
    return this.name === "" ? "the cell" : this.name;
  }

  /**
   * Set the value, computed when it is needed; `later` leaves it to the caller to bound the chain.
   * No derivative flows through a cell's past.
   */
  assign(value: Node, { later = false }: { later?: boolean } = {}): void {
    this.check(value);
    const node = keep(detach(value));
    noteVersion(node, this);
    this.#end();
    this.#node = node;
    this.#storage = undefined;
    this.#shared = true;
    pending.add(this);
    if (later) return;
    if (node.pending > longestPending || pending.size > mostPending) computePending();
  }

  /** The storage of the current version, computed if it is not there. */
  storage(): Placed {
    if (this.#storage === undefined) {
      const node = this.#node as Node;
      realizeNodes([node]);
      pending.delete(this);
      this.#storage = node.storage as Placed;
      if (this.#storage.aliased) this.#shared = true;
    }
    if (this.#storage.freed) storageOf(this.node);
    return this.#storage;
  }

  /** A program wrote a new version. */
  write(storage: Placed, shared: boolean): void {
    if (this.#storage === undefined) pending.delete(this);
    this.#end();
    this.#storage = storage;
    this.#node = undefined;
    this.#shared = shared;
  }

  #end(): void {
    if (this.#node?.version !== undefined) this.#node.version.end = nodeClock();
  }

  version(): Version {
    return { node: this.#node, storage: this.#storage, shared: this.#shared };
  }

  restore({ node, storage, shared }: Version): void {
    pending.delete(this);
    if (storage === undefined && node?.storage === undefined) pending.add(this);
    this.#node = node;
    this.#storage = storage;
    this.#shared = shared;
  }

  /** After its node was computed by someone else. */
  settled(): void {
    pending.delete(this);
  }
}

/** Compute every cell's pending value, and what else is asked, in one program. */
export function computePending(also: readonly Node[] = []): void {
  const slots = pending.list();
  realizeNodes([...slots.map((s) => s.node), ...also]);
  for (const slot of slots) slot.settled();
}
