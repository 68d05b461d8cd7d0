// What a cell holds: the current version of its value, as a node or only as a storage, and whether
// anyone else can see it. A compiled program may overwrite a version that nobody else can see; every
// other write goes to a fresh storage, so a value once handed out never changes.

import type { Fault } from "../device/device.ts";
import { type Job, jobUnderWay } from "../engine/job.ts";
import { copyOf, indexError, leaf, type Placed, release, storageOf } from "../engine/memory.ts";
import { beginNodes, realizeNodes } from "../engine/realize.ts";
import { detach, keep } from "../ir/build.ts";
import type { DType } from "../ir/dtype.ts";
import { DTypeError, ShapeError } from "../ir/errors.ts";
import { type Node, nodeClock, sortNodes } from "../ir/node.ts";
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
  /** The version before those assigned since the last was computed. */
  #base: Version | undefined;
  /** Nobody has looked at the first value: another takes its place as if it had been given first. */
  #untouched = true;

  constructor(value: Node) {
    this.shape = value.shape;
    this.dtype = value.dtype;
    // Not pending: a first value is computed when it is used, and a network that is only counted or
    // summed up takes no memory.
    this.#node = keep(detach(value));
    noteVersion(this.#node, this);
    hold(value);
  }

  /** The current version as a node; it is not marked as seen. */
  get node(): Node {
    this.#untouched = false;
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
    if (this.#untouched && !later) {
      hold(value);
      this.#node = node;
      return;
    }
    this.#untouched = false;
    const job = jobUnderWay();
    if (job !== undefined) this.#noteChange(job);
    if (this.#node !== undefined || this.#storage !== undefined) this.#base ??= this.version();
    this.#end();
    this.#node = node;
    this.#storage = undefined;
    this.#shared = true;
    pending.add(this);
    if (later) return;
    if (node.pending > longestPending || pending.size > mostPending) computePending();
  }

  /** Whether the current version may have to be computed. */
  get isPending(): boolean {
    return this.#storage === undefined;
  }

  /** The storage of the current version, computed if it is not there. */
  storage(): Placed {
    this.#untouched = false;
    if (this.#storage === undefined) {
      const node = this.#node as Node;
      realizeNodes([node]);
      const storage = storageOf(node);
      this.#settle();
      this.#storage = storage;
      if (this.#storage.aliased) this.#shared = true;
    }
    if (this.#storage.freed) storageOf(this.node);
    this.#storage.job?.wait();
    return this.#storage;
  }

  /** A program wrote a new version. */
  write(storage: Placed, shared: boolean): void {
    const job = jobUnderWay();
    if (job !== undefined) this.#noteChange(job, storage);
    if (this.#storage === undefined) this.#settle();
    this.#end();
    const old = this.#shared ? undefined : this.#storage;
    this.#storage = storage;
    this.#node = undefined;
    this.#shared = shared;
    // Nobody else can see the version before. Its memory need not wait for the collector.
    if (old === undefined || old === storage) return;
    if (job === undefined) release(old);
    else job.ifDone(() => release(old));
  }

  #end(): void {
    if (this.#node?.version !== undefined) this.#node.version.end = nodeClock();
  }

  version(): Version {
    this.#untouched = false;
    return { node: this.#node, storage: this.#storage, shared: this.#shared };
  }

  restore({ node, storage, shared }: Version): void {
    if (storage === undefined && node?.storage === undefined) pending.add(this);
    else this.#settle();
    if (node?.version !== undefined) node.version.end = 0;
    this.#node = node;
    this.#storage = storage;
    this.#shared = shared;
  }

  /** A version that rests on a program under way is taken back if that fails. */
  #noteChange(job: Job, written?: Placed): void {
    const before = this.version();
    job.ifUndone(() => {
      if (!this.#restsOn(job)) return;
      if (before.storage === undefined || before.storage !== written) this.restore(before);
      else this.#recover(before.storage);
    });
  }

  #restsOn(failed: Job): boolean {
    if (this.#storage !== undefined) return this.#storage.job === failed;
    const order = sortNodes([this.#node as Node], isThere);
    return order.some(({ storage }) => (storage as Placed | undefined)?.job === failed);
  }

  /** The old value is still where the new one should have come. Who was promised that gets the failure. */
  #recover(storage: Placed): void {
    const seen = this.#node !== undefined || this.#shared;
    if (!seen) storage.job = undefined;
    this.restore({ node: undefined, storage: seen ? copyOf(storage) : storage, shared: false });
  }

  /** After its node was computed by someone else. */
  settled(): void {
    this.#settle();
  }

  #settle(): void {
    pending.delete(this);
    this.#base = undefined;
  }

  /** Whether an index out of range went into the value. */
  get isFaulty(): boolean {
    return isFaulty(this.node);
  }

  /** Its pending value is to be computed again; a forgotten expression cannot be. */
  recompute(): void {
    const node = this.#node as Node;
    if (node.src.length > 0) (node as { storage: Placed | undefined }).storage = undefined;
  }

  /** The version before the pending one, if it was handed to nobody: its memory may be written over. */
  get replaceable(): Node | undefined {
    const { node, shared = true } = this.#base ?? {};
    const isKept = (node?.storage as Placed | undefined)?.freed === false;
    return isKept && !shared ? node : undefined;
  }

  /** After a step computed it: nobody has seen it yet. */
  settledUnseen(): void {
    this.#settle();
    this.#shared = (this.node.storage as Placed).aliased;
  }

  /** Back to the version before those assigned since the last was computed. */
  revert(): void {
    if (this.#base !== undefined) this.restore(this.#base);
  }
}

const isThere = ({ storage }: Node): boolean => storage !== undefined;

/** What a first value rests on stays, whoever gives it up: it is computed when somebody looks. */
function hold(value: Node): void {
  for (const { storage } of sortNodes([value], isThere)) {
    if (storage !== undefined) (storage as Placed).aliased = true;
  }
}

const isFaulty = ({ storage }: Node): boolean =>
  (storage as Placed | undefined)?.fault !== undefined;

/** Begin to compute the pending values of some cells, and what else is asked, in one program. */
export function beginCells(slots: readonly Slot[], also: readonly Node[]): void {
  const waiting = slots.filter((slot) => slot.isPending);
  beginNodes([...waiting.map((slot) => slot.node), ...also]);
}

/** Compute every cell's pending value, and what else is asked, in one program. */
export function computePending(also: readonly Node[] = []): void {
  const slots = pending.list();
  realizeNodes([...slots.map((s) => s.node), ...also]);
  for (const slot of slots) slot.settled();
}

/** Compute the pending values if one of them rests on a storage, which is about to be given up. */
export function computeFrom(storage: Placed): void {
  if (pending.size === 0 || storage.freed || storage.aliased) return;
  const nodes = pending.list().map((slot) => slot.node);
  const below = sortNodes(nodes, isThere);
  if (below.some((node) => node.storage === storage)) computePending();
}

/**
 * No pending value is computed before it is read. For one process that runs programs which have nothing
 * to do with each other, as tests do: a read in one does not compute what another left.
 */
export function forgetPending(): void {
  for (const slot of pending.list()) pending.delete(slot);
}

/**
 * The same for a step, which sets some cells. Throws IndexError if an index was out of range: then
 * it is as if the line that used the index had thrown. What cells were to hold by then they will;
 * what was assigned since (running statistics) goes. Old values that nobody else can see are written
 * over where they are.
 */
export function computeStep(set: readonly Slot[], also: readonly Node[]): void {
  const slots = pending.list();
  const replaces = new Map<Node, Node>();
  for (const slot of set) {
    const old = slot.replaceable;
    if (old !== undefined) replaces.set(slot.node, old);
  }
  realizeNodes([...slots.map((s) => s.node), ...also], replaces);
  const refused = set.find((slot) => slot.isFaulty);
  if (refused === undefined) {
    for (const slot of slots) slot.settled();
    for (const slot of set) slot.settledUnseen();
    return;
  }
  const { fault } = refused.node.storage as Placed;
  const line = firstIndex(set.map((slot) => slot.node));
  const earlier: Slot[] = [];
  for (const slot of slots) {
    if (!slot.isFaulty || set.includes(slot)) continue;
    slot.recompute();
    if (slot.node.id > line) slot.revert();
    else if (firstIndex([slot.node]) < Infinity) earlier.push(slot);
  }
  // What the program gave does not tell to which of its results an index belongs.
  realizeNodes(earlier.map((slot) => slot.node));
  for (const slot of earlier) if (slot.isFaulty) slot.revert();
  throw indexError(fault as Fault, "the step was not made");
}

/** The id of the first node below that uses an index, or has a value that one out of range went into. */
function firstIndex(nodes: readonly Node[]): number {
  const asked = new Set(nodes);
  const isDone = (n: Node): boolean => n.storage !== undefined && !asked.has(n);
  let first = Infinity;
  for (const n of sortNodes(nodes, isDone)) {
    const uses = n.op === "gather" || n.op === "scatter" || n.parts !== undefined;
    const isBroken = isFaulty(n) && (isDone(n) || n.src.length === 0);
    if ((uses && !isDone(n)) || isBroken) first = Math.min(first, n.id);
  }
  return first;
}
