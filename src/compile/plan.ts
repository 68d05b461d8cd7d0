// Groups in order, with memory: where each stored value lies, which results may take the place of an
// input, which launches of one kernel can be one step, and how a scan becomes a loop.

import * as build from "../ir/build.ts";
import { bytesOf } from "../ir/dtype.ts";
import type { Kernel } from "../ir/kernel.ts";
import { is, makeNode, type Node, rebuild, sortNodes } from "../ir/node.ts";
import type { Job, Location, Slot, Step, Work } from "../ir/program.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Target } from "../render/renderer.ts";
import { sameIndex } from "./affine.ts";
import { Allocation } from "./arena.ts";
import type { LaunchNumber } from "./emit.ts";
import { type LoweredGroup, lowerGroup } from "./lower-group.ts";
import type { LoweredJob } from "./lower-loop.ts";
import { type Group, makeSchedule, type Schedule } from "./schedule.ts";
import { simplify } from "./simplify.ts";

/** Bytes in a slot of the program or a piece of the arena; moved by `advance` in each loop around. */
export interface Place {
  readonly base: Slot | Allocation;
  readonly offset: number;
  readonly advance: readonly number[];
}

interface PlannedJob {
  readonly job: LoweredJob;
  readonly kernel: number;
  readonly places: readonly Place[];
}

type PlannedStep =
  | { readonly kind: "launch"; readonly jobs: readonly PlannedJob[]; readonly label: string }
  | { readonly kind: "loop"; readonly count: number; readonly steps: readonly PlannedStep[] };

export interface BlockRequest {
  readonly inputs: ReadonlyMap<Node, Place>;
  readonly outputs: readonly BlockOutput[];
  /** How many loops are around. */
  readonly level: number;
}

export interface BlockOutput {
  readonly node: Node;
  /** Where the value goes; if it may stand in place of `replaces`, there instead. */
  readonly place: Place;
  readonly replaces?: Node | undefined;
}

interface LoopScope {
  readonly parent: LoopScope | undefined;
  readonly first: number;
  /** Pieces from outside that are used within: needed until the loop ends. */
  readonly used: Set<Allocation>;
}

export const bytesOfNode = (node: Node): number => sizeOf(node.shape) * bytesOf(node.dtype);

export class Planner {
  readonly kernels: Kernel[] = [];
  readonly allocations: Allocation[] = [];
  readonly reports: string[] = [];
  kernelCount = 0;
  scratchBytes = 0;
  private readonly known = new Map<string, number>();
  private readonly homes = new Map<Allocation, LoopScope | undefined>();
  private readonly target: Target;
  private readonly runtime: ReadonlySet<Node>;
  private scope: LoopScope | undefined;
  private clock = 0;

  constructor(target: Target, runtime: ReadonlySet<Node>) {
    this.target = target;
    this.runtime = runtime;
  }

  /** Steps that compute the outputs, and for each output whether it may stand in place of what it replaces. */
  block(request: BlockRequest): { steps: PlannedStep[]; inPlace: boolean[] } {
    const inputs = new Set(request.inputs.keys());
    const fixed = new Set([...inputs, ...this.runtime]);
    const outputs = this.separate(
      prepareScans(
        simplify(
          request.outputs.map((o) => o.node),
          fixed,
        ),
        this.runtime,
        fixed,
      ),
      fixed,
    );
    const schedule = makeSchedule({ outputs, inputs, runtime: this.runtime });
    const updates = new Set(outputs.filter((_, i) => request.outputs[i]?.replaces));
    const order = orderGroups(schedule, updates);
    const lowered = new Map<Group, LoweredGroup>();
    for (const group of order) {
      if (group.kind === "scan") continue;
      lowered.set(
        group,
        lowerGroup(group, {
          inputs,
          runtime: this.runtime,
          stored: schedule.stored,
          groupOf: schedule.groupOf,
          target: this.target,
          reportCode: (operation) => this.reportCode(operation),
        }),
      );
    }
    const launches = this.gather(order, lowered);
    const inPlace = request.outputs.map(
      (o, i) =>
        o.replaces !== undefined && mayReplace(outputs[i] as Node, o.replaces, launches, lowered),
    );
    const places = new Map<Node, Place>(request.inputs);
    outputs.forEach((node, i) => {
      const { place, replaces } = request.outputs[i] as BlockOutput;
      places.set(
        node,
        inPlace[i] && request.level > 0 && replaces
          ? (request.inputs.get(replaces) as Place)
          : place,
      );
    });
    const steps: PlannedStep[] = [];
    for (const launch of launches)
      steps.push(...this.emit(launch, lowered, schedule, places, request.level));
    return { steps, inPlace };
  }

  private reportCode(operation: string): number {
    const at = this.reports.indexOf(operation);
    if (at >= 0) return at + 1;
    this.reports.push(operation);
    return this.reports.length;
  }

  /** Every output a node of its own, to be written to a place of its own. */
  private separate(outputs: readonly Node[], leaves: ReadonlySet<Node>): Node[] {
    const seen = new Set<Node>();
    return outputs.map((node) => {
      const own = leaves.has(node) || seen.has(node) ? build.keep(node) : node;
      seen.add(own);
      return own;
    });
  }

  /** Groups that launch one kernel and need nothing of each other go into one step. */
  private gather(order: readonly Group[], lowered: ReadonlyMap<Group, LoweredGroup>): Group[][] {
    const key = (group: Group): string | undefined => {
      const phases = lowered.get(group)?.phases;
      return phases?.length === 1
        ? String(this.kernelOf((phases[0] as LoweredJob).kernel))
        : undefined;
    };
    const launches: Group[][] = [];
    const at = new Map<Group, number>();
    const open = new Map<string, number>();
    for (const group of order) {
      const ready = Math.max(-1, ...[...group.after].map((g) => at.get(g) as number));
      const name = key(group);
      const where = name === undefined ? undefined : open.get(name);
      if (where !== undefined && where > ready) {
        (launches[where] as Group[]).push(group);
        at.set(group, where);
        continue;
      }
      at.set(group, launches.length);
      if (name !== undefined) open.set(name, launches.length);
      launches.push([group]);
    }
    return launches;
  }

  private kernelOf(kernel: Kernel): number {
    const key = JSON.stringify({ ...kernel, name: "" });
    const old = this.known.get(key);
    if (old !== undefined) return old;
    this.known.set(key, this.kernels.length);
    this.kernels.push(kernel);
    return this.kernels.length - 1;
  }

  // Memory

  private allocate(bytes: number): Place {
    const base = new Allocation(bytes);
    this.allocations.push(base);
    this.homes.set(base, this.scope);
    return { base, offset: 0, advance: [] };
  }

  private touch(place: Place): void {
    if (!(place.base instanceof Allocation)) return;
    place.base.touch(this.clock);
    const home = this.homes.get(place.base);
    for (let s = this.scope; s !== undefined && s !== home; s = s.parent) s.used.add(place.base);
  }

  private placeOf(node: Node, places: Map<Node, Place>): Place {
    const old = places.get(node);
    if (old) return old;
    const fresh = this.allocate(bytesOfNode(node));
    places.set(node, fresh);
    return fresh;
  }

  // Steps

  private emit(
    launch: readonly Group[],
    lowered: ReadonlyMap<Group, LoweredGroup>,
    schedule: Schedule,
    places: Map<Node, Place>,
    level: number,
  ): PlannedStep[] {
    const first = launch[0] as Group;
    if (first.kind === "scan") return this.loop(first, schedule, places, level);
    this.kernelCount++;
    const phases = Math.max(
      0,
      ...launch.map((g) => (lowered.get(g) as LoweredGroup).phases.length),
    );
    const steps: PlannedStep[] = [];
    for (let p = 0; p < phases; p++) {
      this.clock++;
      const jobs = launch
        .flatMap((group) => {
          const job = (lowered.get(group) as LoweredGroup).phases[p];
          return job ? [job] : [];
        })
        .map((job): PlannedJob => {
          const used = job.uses.map(({ source, offset }) => {
            const place = this.placeOf(source, places);
            this.touch(place);
            return { ...place, offset: place.offset + offset * bytesOf(source.dtype) };
          });
          this.scratchBytes = Math.max(this.scratchBytes, job.scratch);
          return { job, kernel: this.kernelOf(job.kernel), places: used };
        });
      const label = (jobs[0] as PlannedJob).job.kernel.name;
      steps.push({
        kind: "launch",
        jobs,
        label: jobs.length > 1 ? `${label} ×${jobs.length}` : label,
      });
    }
    return steps;
  }

  /** A scan: carries in memory of their own, stacked tensors seen a slice at a time. */
  private loop(
    group: Group,
    schedule: Schedule,
    places: Map<Node, Place>,
    level: number,
  ): PlannedStep[] {
    const scan = group.points[0] as Node<"scan">;
    const { body, carries, stacked, length, reverse } = scan.arg;
    const parts = new Map<number, Node>();
    for (const p of group.points)
      if (is(p, "part") && schedule.stored.has(p)) parts.set(p.arg.index, p);
    this.clock++;
    const outer = this.scope;
    const scope: LoopScope = { parent: outer, first: this.clock, used: new Set() };
    const still = (place: Place): Place => ({
      ...place,
      advance: [...place.advance, ...new Array<number>(level - place.advance.length).fill(0), 0],
    });
    const moving = (place: Place, bytes: number): Place => ({
      base: place.base,
      offset: place.offset + (reverse ? (length - 1) * bytes : 0),
      advance: [
        ...place.advance,
        ...new Array<number>(level - place.advance.length).fill(0),
        reverse ? -bytes : bytes,
      ],
    });
    const inputs = new Map<Node, Place>();
    const held: Place[] = [];
    const carryPlaces: Place[] = [];
    body.inputs.forEach((input, i) => {
      const source = this.placeOf(scan.src[i] as Node, places);
      this.touch(source);
      held.push(source);
      if (i < carries) carryPlaces.push(source);
      inputs.set(
        input,
        i >= carries && i < carries + stacked ? moving(source, bytesOfNode(input)) : still(source),
      );
    });
    const steps: PlannedStep[] = [];
    if (length > 0) {
      this.scope = scope;
      const outputs: BlockOutput[] = [];
      const carried: { at: number; next: Place }[] = [];
      body.outputs.forEach((node, i) => {
        if (i < carries) {
          const next = this.allocate(bytesOfNode(node));
          carried.push({ at: outputs.length, next });
          outputs.push({ node, place: next, replaces: body.inputs[i] });
        } else {
          const part = parts.get(i);
          if (!part) return;
          const place = this.placeOf(part, places);
          held.push(place);
          outputs.push({ node, place: moving(place, bytesOfNode(node)) });
        }
      });
      const inner = this.block({ inputs, outputs, level: level + 1 });
      const bodySteps = [...inner.steps];
      const copies = carried.filter(({ at }) => !inner.inPlace[at]);
      if (copies.length > 0) {
        const sources = new Map<Node, Place>();
        const targets = copies.map(({ next, at }): BlockOutput => {
          const to = inputs.get(body.inputs[at] as Node) as Place;
          const from = makeNode(
            "input",
            [],
            { slot: at },
            (body.inputs[at] as Node).shape,
            (body.inputs[at] as Node).dtype,
          );
          sources.set(from, next);
          return { node: from, place: to };
        });
        bodySteps.push(
          ...this.block({ inputs: sources, outputs: targets, level: level + 1 }).steps,
        );
      }
      this.scope = outer;
      this.clock++;
      steps.push({ kind: "loop", count: length, steps: bodySteps });
    }
    // What the loop used from outside is needed from its first step to its last.
    for (const a of scope.used) {
      a.touch(scope.first);
      a.touch(this.clock);
      for (let s = this.scope; s !== undefined && s !== this.homes.get(a); s = s.parent)
        s.used.add(a);
    }
    for (const place of held) this.touch(place);
    // The last carries are the results: copied out of the loop's own memory where somebody wants them.
    const wanted = [...parts].filter(([i]) => i < carries);
    if (wanted.length > 0) {
      const sources = new Map<Node, Place>();
      const targets = wanted.map(([i, part]): BlockOutput => {
        const from = makeNode("input", [], { slot: i }, part.shape, part.dtype);
        sources.set(from, carryPlaces[i] as Place);
        return { node: from, place: this.placeOf(part, places) };
      });
      steps.push(...this.block({ inputs: sources, outputs: targets, level }).steps);
    }
    return steps;
  }

  /** Steps with every place resolved; `arrange` has run. */
  resolve(steps: readonly PlannedStep[], constants: ReadonlyMap<Node, number>): Step[] {
    const locate = (place: Place): Location =>
      place.base instanceof Allocation
        ? { slot: arenaSlot, offset: place.base.offset + place.offset, advance: place.advance }
        : { slot: place.base, offset: place.offset, advance: place.advance };
    const number = (n: LaunchNumber): number | { constant: number } =>
      typeof n === "number" ? n : { constant: constants.get(n.node) as number };
    return steps.map((step): Step => {
      if (step.kind === "loop")
        return { kind: "loop", count: step.count, steps: this.resolve(step.steps, constants) };
      const work: Work = {
        flops: step.jobs.reduce((n, j) => n + j.job.flops, 0),
        bytes: step.jobs.reduce((n, j) => n + j.job.bytes, 0),
      };
      const jobs = step.jobs.map(
        ({ job, kernel, places }): Job => ({
          kernel,
          buffers: places.map(locate),
          ints: job.ints,
          floats: job.floats.map(number),
          units: job.units,
          scratch: job.scratch,
        }),
      );
      return { kind: "launch", jobs, label: step.label, work };
    });
  }
}

const arenaSlot: Slot = { kind: "arena" };

/** A scan gets its first carries, and numbers of the launch, as memory of its own. */
function prepareScans(
  outputs: readonly Node[],
  runtime: ReadonlySet<Node>,
  fixed: ReadonlySet<Node>,
): Node[] {
  if (!sortNodes(outputs, (n) => fixed.has(n)).some((n) => n.op === "scan")) return [...outputs];
  return rebuild(
    outputs,
    (node, src) => {
      if (fixed.has(node)) return node;
      if (!is(node, "scan")) return undefined;
      const own = src.map((s, i) => (i < node.arg.carries || runtime.has(s) ? build.keep(s) : s));
      return makeNode("scan", own, node.arg, node.shape, node.dtype, node.parts);
    },
    (node) => fixed.has(node),
  );
}

/** Sources before users; what overwrites a cell as late as may be. */
function orderGroups(schedule: Schedule, updates: ReadonlySet<Node>): Group[] {
  const waiting = new Map<Group, number>();
  const users = new Map<Group, Group[]>();
  for (const g of schedule.groups) {
    waiting.set(g, g.after.size);
    for (const before of g.after) users.set(before, [...(users.get(before) ?? []), g]);
  }
  const late = (g: Group): boolean => g.points.some((p) => updates.has(p));
  const ready = schedule.groups.filter((g) => g.after.size === 0);
  const order: Group[] = [];
  while (ready.length > 0) {
    const at = Math.max(
      0,
      ready.findIndex((g) => !late(g)),
    );
    const [group] = ready.splice(at, 1) as [Group];
    order.push(group);
    for (const user of users.get(group) ?? []) {
      const left = (waiting.get(user) as number) - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return order;
}

/** Whether writing `output` over `input` disturbs no one who still reads the input. */
function mayReplace(
  output: Node,
  input: Node,
  launches: readonly Group[][],
  lowered: ReadonlyMap<Group, LoweredGroup>,
): boolean {
  let written = false;
  for (const launch of launches) {
    const writer = launch.find((g) => g.points.includes(output));
    for (const group of launch) {
      if (group.kind === "scan") {
        const scan = group.points[0] as Node;
        if ((written || writer) && scan.src.includes(input)) return false;
        if (group === writer) return false;
        continue;
      }
      let writing = false;
      for (const job of (lowered.get(group) as LoweredGroup).phases) {
        const reads = job.reads.get(input);
        const place = job.writes.get(output);
        if (reads) {
          if (written) return false;
          if (writer && group !== writer) return false;
          if (place ? !reads.every((r) => sameIndex(r, place)) : writing) return false;
        }
        if (place) writing = true;
      }
    }
    if (writer) written = true;
  }
  return written;
}
