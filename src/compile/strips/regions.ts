// Which kernels run strip by strip. Kernels that read what others write, all over the same leading axes,
// need no more of each other's values at once than a strip: one kernel does for a strip what they do,
// one after another, and what none but they read is never stored whole. The attention of a transformer
// is such a region: scores, softmax and mixture of one head of one example after another.
//
// A value of one region that another reads as well would have to be stored. Where it is cheap the other
// makes it again.
//
// A strip runs the kernels' own code over their own units, so every bit is what it would be without.
// The idea of not storing attention's weights is Rabe and Staats 2021 (Self-attention does not need
// O(n²) memory) and Dao et al. 2022 (FlashAttention).

import type { Node } from "../../ir/node.ts";
import type { Leading, LoweredJob } from "../lower/lowered-job.ts";
import type { Lowered } from "../plan/ordering.ts";
import { bytesOfNode } from "../plan/steps.ts";
import type { Group } from "../schedule/group.ts";
import { type Cut, cutInto } from "./cut.ts";
import {
  type Draft,
  everyGroup,
  exchangedIn,
  inputsOfJob,
  isAligned,
  isConvex,
  matricesOf,
} from "./draft.ts";
import { type Lowering, shortcutTo } from "./shortcut.ts";

/** Fewer strips are too few to share out among threads. */
const fewestStrips = 4;
/** Kernels of one region, those it runs again among them. */
const mostMembers = 16;
/** Bytes of a strip's values. */
const mostKept = 2 ** 26;
/** What is so many times smaller than what is made again may be stored for it. */
const few = 8;
/** Operations that may be done again for each byte that is then not stored. */
const mostAgain = 80;

export interface StripsRequest extends Lowering {
  readonly groups: readonly Group[];
  readonly lowered: Lowered;
  /** What must be in memory at the end. */
  readonly outputs: ReadonlySet<Node>;
  /** New versions of cells, which may be written over the old ones: no region writes them. */
  readonly updates: ReadonlyMap<Node, Node>;
}

/** A member of a region: a group, or one of another region that runs again. */
export interface RegionMember {
  readonly group: Group;
  readonly job: LoweredJob;
  readonly cut: Cut;
}

export interface Region {
  readonly strips: number;
  /** In the order in which they run. */
  readonly members: readonly RegionMember[];
  /** Those of the members that run again: another region has them too. */
  readonly again: ReadonlySet<Group>;
  /** Values that nobody outside reads. */
  readonly kept: ReadonlySet<Node>;
}

export interface Regions {
  readonly regions: readonly Region[];
  /** The jobs of all groups, of which some may store more than before. */
  readonly lowered: Lowered;
}

/** The regions of a schedule. */
export function findRegions(request: StripsRequest): Regions {
  return new Search(request).run();
}

class Search {
  readonly #request: StripsRequest;
  readonly #lowered: Map<Group, readonly LoweredJob[]>;
  readonly #position: Map<Group, number>;
  /** The job of each group that can be cut into strips. */
  readonly #jobs = new Map<Group, LoweredJob>();
  readonly #draftOf = new Map<Group, Draft>();
  readonly #makerOf = new Map<Node, Group>();
  readonly #readersOf = new Map<Node, Group[]>();

  constructor(request: StripsRequest) {
    this.#request = request;
    this.#lowered = new Map(request.lowered);
    this.#position = new Map(inOrder(request.groups).map((group, i) => [group, i]));
    for (const group of request.groups) {
      const [job, another] = request.lowered.get(group) ?? [];
      for (const node of this.#inputsOf(group)) {
        const readers = this.#readersOf.get(node);
        if (readers) readers.push(group);
        else this.#readersOf.set(node, [group]);
      }
      if (!job || another || !job.leading || job.once || job.reports) continue;
      if (group.points.some((point) => request.updates.has(point))) continue;
      this.#jobs.set(group, job);
      for (const node of job.writes.keys()) this.#makerOf.set(node, group);
      this.#draftOf.set(group, { strips: matricesOf(job), groups: [group], again: [] });
    }
  }

  run(): Regions {
    const made = [...this.#makerOf].filter(([node]) => !this.#request.outputs.has(node));
    for (const [node, maker] of made) {
      for (const reader of this.#readers(node)) this.#join([maker, reader]);
    }
    for (const maker of new Set(made.map(([, group]) => group))) this.#makeAgain(maker);
    const drafts = new Set(this.#draftOf.values());
    const regions = [...drafts].flatMap((draft) => this.#finished(draft) ?? []);
    return { regions, lowered: this.#lowered };
  }

  /** What a group finds in memory. */
  #inputsOf(group: Group): readonly Node[] {
    if (group.kind === "scan") return (group.points[0] as Node).src;
    return [...new Set((this.#lowered.get(group) ?? []).flatMap(inputsOfJob))];
  }

  #readers(node: Node): readonly Group[] {
    return this.#readersOf.get(node) ?? [];
  }

  /** Make one region of those that some groups are in, if they can be one. */
  #join(groups: readonly Group[], again: readonly Group[] = []): boolean {
    if (!groups.every((group) => this.#draftOf.has(group))) return false;
    const parts = [...new Set(groups.map((group) => this.#draftOf.get(group) as Draft))];
    if (parts.length === 1 && again.length === 0) return true;
    const draft: Draft = {
      strips: parts.find(({ strips }) => strips !== undefined)?.strips ?? this.#stripsOfAny(again),
      groups: this.#sorted(parts.flatMap((part) => part.groups)),
      again: this.#sorted([...parts.flatMap((part) => part.again), ...again]),
    };
    if (!this.#isSound(draft)) return false;
    for (const group of draft.groups) this.#draftOf.set(group, draft);
    return true;
  }

  /** Each once, behind those whose values it uses. */
  #sorted(groups: readonly Group[]): Group[] {
    return [...new Set(groups)].sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
  }

  #placeOf(group: Group): number {
    return this.#position.get(group) as number;
  }

  #stripsOfAny(groups: readonly Group[]): number | undefined {
    return groups
      .map((g) => matricesOf(this.#jobs.get(g) as LoweredJob))
      .find((n) => n !== undefined);
  }

  // What a region must be

  #isSound(draft: Draft): boolean {
    const { strips } = draft;
    const members = everyGroup(draft);
    if (strips === undefined || strips < fewestStrips || members.length > mostMembers) return false;
    const jobs = members.map((group) => this.#jobs.get(group) as LoweredJob);
    if (jobs.some((job) => (matricesOf(job) ?? strips) !== strips)) return false;
    const lanes = new Set(jobs.map((job) => job.kernel.lanes).filter((n) => n > 1));
    const exchanged = exchangedIn(jobs, draft.again.length);
    const bytes = [...exchanged].reduce((sum, node) => sum + bytesOfNode(node), 0);
    if (lanes.size > 1 || bytes > mostKept * strips) return false;
    return isAligned(jobs, exchanged, strips) && isConvex(draft, this.#draftOf);
  }

  // Values that are made again

  /** Where what a group made is read outside its region only by another, let that make it for itself. */
  #makeAgain(maker: Group): void {
    const home = this.#draftOf.get(maker) as Draft;
    if (home.groups.length === 1) return;
    const isOutside = (group: Group): boolean => !home.groups.includes(group);
    const writes = [...(this.#jobs.get(maker) as LoweredJob).writes.keys()];
    const most = Math.max(...writes.map(bytesOfNode));
    const values = writes.filter(
      (node) =>
        bytesOfNode(node) === most &&
        !this.#request.outputs.has(node) &&
        this.#readers(node).some(isOutside),
    );
    const outside = values.flatMap((node) => this.#readers(node).filter(isOutside));
    if (outside.length === 0 || !outside.every((group) => this.#draftOf.has(group))) return;
    const bytes = values.reduce((sum, node) => sum + bytesOfNode(node), 0);
    if (this.#makeShort(maker, home, values, outside, bytes)) return;
    const again = this.#neededFor(maker, home);
    if (this.#isWorthwhile(again, outside, bytes)) this.#join(outside, again);
  }

  #makeShort(
    maker: Group,
    home: Draft,
    values: readonly Node[],
    outside: readonly Group[],
    bytes: number,
  ): boolean {
    const products = this.#inputsOf(maker).flatMap((node) => this.#makerOf.get(node) ?? []);
    const product = products.find((group) => home.groups.includes(group));
    const isInside = (group: Group): boolean => home.groups.includes(group);
    const wanted = (value: Node): boolean => this.#readers(value).some(isInside);
    const request = { ...this.#request, wanted };
    const short = product && shortcutTo(values, maker, product, request);
    if (!short?.job.leading) return false;
    const { group, job, rows } = short;
    this.#jobs.set(group, job);
    this.#lowered.set(group, [job]);
    this.#position.set(group, this.#placeOf(product as Group));
    if (!this.#isWorthwhile([group], outside, bytes) || !this.#join(outside, [group])) return false;
    this.#jobs.set(maker, rows);
    this.#lowered.set(maker, [rows]);
    for (const node of rows.writes.keys()) this.#makerOf.set(node, maker);
    for (const node of this.#inputsOf(group)) this.#readersOf.get(node)?.push(group);
    for (const node of rows.writes.keys()) {
      if (!this.#readersOf.has(node)) this.#readersOf.set(node, [group]);
    }
    return true;
  }

  /** Whether groups cost little to run again, and what they are made of is there anyway. */
  #isWorthwhile(again: readonly Group[], takers: readonly Group[], bytes: number): boolean {
    const drafts = takers.map((group) => this.#draftOf.get(group) as Draft);
    const known = new Set(drafts.flatMap((draft) => draft.again));
    const flops = again
      .filter((group) => !known.has(group))
      .reduce((sum, group) => sum + (this.#jobs.get(group) as LoweredJob).flops, 0);
    if (flops > mostAgain * bytes) return false;
    const there = new Set([
      ...drafts.flatMap((draft) => draft.groups).flatMap((group) => this.#inputsOf(group)),
      ...again.flatMap((group) => [...(this.#jobs.get(group) as LoweredJob).writes.keys()]),
    ]);
    const needed = again.flatMap((group) => this.#inputsOf(group));
    return needed.every(
      (node) => there.has(node) || !this.#isMade(node) || bytesOfNode(node) * few < bytes,
    );
  }

  #isMade(node: Node): boolean {
    return this.#request.groups.some(({ points }) => points.includes(node));
  }

  /** A group with those of its region that it needs. */
  #neededFor(maker: Group, home: Draft): Group[] {
    const needed = new Set([maker]);
    for (const group of needed) {
      for (const input of this.#inputsOf(group)) {
        const by = this.#makerOf.get(input);
        if (by && everyGroup(home).includes(by)) needed.add(by);
      }
    }
    return [...needed];
  }

  // Regions

  #finished(draft: Draft): Region | undefined {
    const { strips, groups } = draft;
    const again = new Set(draft.again);
    if (strips === undefined || groups.length + again.size < 2) return undefined;
    const members = this.#sorted(everyGroup(draft)).map((group): RegionMember => {
      const job = this.#jobs.get(group) as LoweredJob;
      return { group, job, cut: cutInto(job.leading as Leading, strips) as Cut };
    });
    const kept = new Set(
      members.flatMap(({ group, job }) =>
        [...job.writes.keys()].filter((node) => again.has(group) || this.#staysIn(draft, node)),
      ),
    );
    return kept.size > 0 ? { strips, members, again, kept } : undefined;
  }

  /** Whether whoever reads a value outside its region makes it again. */
  #staysIn({ groups }: Draft, node: Node): boolean {
    if (this.#request.outputs.has(node)) return false;
    const makes = (group: Group): boolean => this.#jobs.get(group)?.writes.has(node) ?? false;
    return this.#readers(node).every(
      (group) => groups.includes(group) || this.#draftOf.get(group)?.again.some(makes),
    );
  }
}

/** Groups, each behind those whose values it uses. */
function inOrder(groups: readonly Group[]): Group[] {
  const waiting = new Map(groups.map((group) => [group, group.after.size]));
  const order = groups.filter((group) => group.after.size === 0);
  const users = new Map<Group, Group[]>(groups.map((group) => [group, []]));
  for (const group of groups) for (const before of group.after) users.get(before)?.push(group);
  for (const group of order) {
    for (const user of users.get(group) ?? []) {
      const left = (waiting.get(user) as number) - 1;
      waiting.set(user, left);
      if (left === 0) order.push(user);
    }
  }
  return order;
}
