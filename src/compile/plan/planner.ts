// Blocks of steps from graphs: simplified, scheduled and lowered, the groups in order, each stored
// value in its place. Kernels of one text are one kernel, and what launches one kernel without need
// of each other is one step.

import * as build from "../../ir/build.ts";
import { bytesOf } from "../../ir/dtype.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { KnownGroups } from "../lower/known-groups.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import type { LoweringContext } from "../lower/lowering-context.ts";
import type { Group } from "../schedule/group.ts";
import { makeSchedule, type Schedule } from "../schedule/schedule.ts";
import { simplify } from "../simplify/simplify.ts";
import { type Fused, fuseStrips } from "../strips/fuse.ts";
import type { StripsRequest } from "../strips/regions.ts";
import type { Block, BlockOutput, BlockPlanner, BlockRequest } from "./block.ts";
import { checkEarly, type Launches } from "./early-checks.ts";
import { equalKernels } from "./equal-kernels.ts";
import { labelOf } from "./labels.ts";
import { loopIn, loopOf } from "./loop-form.ts";
import { Memory, outside, type Place } from "./memory.ts";
import { gatherLaunches, type Lowered, mayReplace, orderGroups, readersOfOld } from "./ordering.ts";
import { bytesOfNode, type PlannedJob, type PlannedStep } from "./steps.ts";

export class Planner implements BlockPlanner {
  readonly memory: Memory = new Memory();
  readonly kernels: Kernel[] = [];
  readonly reports: string[] = [];
  kernelCount = 0;
  scratchBytes = 0;
  /** The numbers of kernels by how many variables they have. */
  readonly #alike = new Map<number, number[]>();
  readonly #numbers = new Map<Kernel, number>();
  readonly #groups = new KnownGroups();
  readonly #target: Target;
  readonly #runtime: ReadonlySet<Node>;
  readonly #emit: (kernel: Kernel) => void;

  /** @param emit  hears of each kernel when it is new */
  constructor(target: Target, runtime: ReadonlySet<Node>, emit: (kernel: Kernel) => void) {
    this.#target = target;
    this.#runtime = runtime;
    this.#emit = emit;
  }

  /** Steps that compute the outputs. */
  block(request: BlockRequest): Block {
    const { level } = request;
    const inputs = new Set(request.inputs.keys());
    const outputs = this.#prepare(request.outputs, inputs);
    const schedule = makeSchedule({
      outputs,
      inputs,
      runtime: this.#runtime,
      fuse: !this.#target.without.has("fusion"),
      lanes: this.#target.without.has("vectors") ? 1 : this.#target.vectorBytes / 4,
    });
    const context: LoweringContext = {
      ...{ inputs, runtime: this.#runtime },
      hoisting: this.#target.without.has("hoisting") ? undefined : request.hoisting,
      ...{ stored: schedule.stored, groupOf: schedule.groupOf, target: this.#target },
      reportCode: (operation: string) => this.#reportCode(operation),
    };
    const updates = new Map(
      outputs.flatMap((node, i) => {
        const replaced = request.outputs[i]?.replaces;
        return replaced ? [[node, replaced]] : [];
      }),
    );
    const { groups, lowered } = this.#fused({
      ...{ groups: schedule.groups, lowered: this.#lower(schedule.groups, context) },
      ...{ outputs: new Set(outputs), updates, context },
      lower: (group, inContext) => this.#groups.lower(group, inContext),
    });
    // Compilers hear of what joined other kernels and what did not.
    for (const group of groups) {
      for (const job of lowered.get(group) ?? []) this.#kernelOf(job.kernel);
    }
    const order = orderGroups(groups, updates, lowered);
    const behind = readersOfOld(groups, updates, lowered);
    const nameOfKernel = (group: Group) => this.#kernelName(lowered.get(group));
    const launches = gatherLaunches(order, nameOfKernel, behind);
    const writers = this.#writersInPlace(request.outputs, outputs, launches, lowered);
    // Only what outlives the program must not be written over by half a step.
    const lasting = level > 0 ? [] : writers.filter((at) => at !== undefined);
    const early = checkEarly(lasting, launches, lowered);
    const places = new Map<Node, Place>(request.inputs);
    const inPlace = request.outputs.map(({ place, replaces }, i) => {
      const at = writers[i];
      const over = at !== undefined && (level > 0 || at >= early.before);
      const there = over && level > 0 ? request.inputs.get(replaces as Node) : undefined;
      places.set(outputs[i] as Node, there ?? place);
      return over;
    });
    const placeOf = (node: Node): Place => this.#placeOf(node, places);
    const before = this.#beforeLoop(groups, lowered, (node) => outside(placeOf(node), level - 1));
    const steps = launches.flatMap((launch, at) => {
      const checks = at === early.before ? early.jobs : [];
      const [scan] = (launch[0] as Group).points;
      const own =
        scan && is(scan, "scan")
          ? () =>
              loopOf(scan).plan(this, {
                scan,
                parts: wantedParts(launch[0] as Group, schedule),
                placeOf,
                level,
              })
          : () => this.#launch(launch, lowered, placeOf);
      return [...checks.map((jobs) => this.#step(jobs, placeOf)), ...own()];
    });
    return { before, steps, inPlace };
  }

  #fused(request: StripsRequest): Fused {
    const { without } = this.#target;
    return without.has("fusion") || without.has("strips") ? request : fuseStrips(request);
  }

  /** For each output that may stand in place of what it replaces, the launch that writes it. */
  #writersInPlace(
    requested: readonly BlockOutput[],
    outputs: readonly Node[],
    launches: Launches,
    lowered: Lowered,
  ): (number | undefined)[] {
    if (this.#target.without.has("inPlace")) return [];
    return requested.map(({ replaces }, i) => {
      const output = outputs[i] as Node;
      if (!replaces || !mayReplace(output, replaces, launches, lowered)) return undefined;
      return launches.findIndex((launch) => launch.some((g) => g.points.includes(output)));
    });
  }

  /** The outputs simplified, each a node of its own, to be written to a place of its own. */
  #prepare(outputs: readonly BlockOutput[], inputs: ReadonlySet<Node>): Node[] {
    const fixed = new Set([...inputs, ...this.#runtime]);
    const simplified = simplify(
      outputs.map((o) => o.node),
      fixed,
      this.#target.without,
    );
    const prepared = loopIn(simplified)?.prepare(simplified, this.#runtime, fixed) ?? simplified;
    const seen = new Set<Node>(fixed);
    return prepared.map((node) => {
      const own = seen.has(node) ? build.keep(node) : node;
      seen.add(own);
      return own;
    });
  }

  #lower(groups: readonly Group[], context: LoweringContext): Lowered {
    const lowered = new Map<Group, readonly LoweredJob[]>();
    for (const group of groups) {
      if (group.kind === "scan") continue;
      const jobs = this.#groups.lower(group, context);
      lowered.set(group, jobs);
      // Compilers hear at once of what cannot become a part of another kernel.
      for (const job of jobs) if (!job.leading) this.#kernelOf(job.kernel);
    }
    return lowered;
  }

  #reportCode(operation: string): number {
    const at = this.reports.indexOf(operation);
    return at >= 0 ? at + 1 : this.reports.push(operation);
  }

  // Kernels

  /** The number of a kernel; those that differ in name only are one. */
  #kernelOf(kernel: Kernel): number {
    let at = this.#numbers.get(kernel);
    if (at !== undefined) return at;
    const alike = this.#alike.get(kernel.variables) ?? [];
    at = alike.find((other) => equalKernels(this.kernels[other] as Kernel, kernel));
    if (at === undefined) {
      at = this.kernels.push(kernel) - 1;
      this.#alike.set(kernel.variables, [...alike, at]);
      this.#emit(kernel);
    }
    this.#numbers.set(kernel, at);
    return at;
  }

  /** What groups that run one kernel have in common. */
  #kernelName(jobs: readonly LoweredJob[] | undefined): string | undefined {
    const [only, another] = (jobs ?? []).filter((job) => !job.once);
    return only && !another ? String(this.#kernelOf(only.kernel)) : undefined;
  }

  // Steps

  #placeOf(node: Node, places: Map<Node, Place>): Place {
    const old = places.get(node);
    if (old) return old;
    const fresh = this.memory.allocate(bytesOfNode(node));
    places.set(node, fresh);
    return fresh;
  }

  /** The jobs of all turns, side by side: they read nothing that the loop makes. */
  #beforeLoop(
    groups: readonly Group[],
    lowered: Lowered,
    placeOf: (node: Node) => Place,
  ): PlannedStep[] {
    const jobs = groups.flatMap((group) => (lowered.get(group) ?? []).filter((job) => job.once));
    return jobs.length > 0 ? [this.memory.beforeLoop(() => this.#step(jobs, placeOf))] : [];
  }

  /** Groups side by side: their first jobs, then their second ones. */
  #launch(
    groups: readonly Group[],
    lowered: Lowered,
    placeOf: (node: Node) => Place,
  ): PlannedStep[] {
    this.kernelCount++;
    const jobs = groups.map((group) => (lowered.get(group) ?? []).filter((job) => !job.once));
    const phases = Math.max(0, ...jobs.map((list) => list.length));
    return Array.from({ length: phases }, (_, phase) =>
      this.#step(
        jobs.flatMap((list) => list[phase] ?? []),
        placeOf,
        groups.filter((_, i) => jobs[i]?.[phase]),
      ),
    );
  }

  /** `groups`: whose sizes the label shows. */
  #step(
    jobs: readonly LoweredJob[],
    placeOf: (node: Node) => Place,
    groups: readonly Group[] = [],
  ): PlannedStep {
    this.memory.tick();
    const planned = jobs.map((job) => this.#planJob(job, placeOf));
    const name = planned[0]?.job.kernel.name ?? "";
    return { kind: "launch", jobs: planned, label: labelOf(name, planned.length, groups) };
  }

  #planJob(job: LoweredJob, placeOf: (node: Node) => Place): PlannedJob {
    const places = job.uses.map(({ source, offset }): Place => {
      const place = placeOf(source);
      this.memory.touch(place);
      return { ...place, offset: place.offset + offset * bytesOf(source.dtype) };
    });
    this.scratchBytes = Math.max(this.scratchBytes, job.scratch);
    return { job, kernel: this.#kernelOf(job.kernel), places };
  }
}

function wantedParts(group: Group, schedule: Schedule): Map<number, Node> {
  const parts = new Map<number, Node>();
  for (const p of group.points)
    if (is(p, "part") && schedule.stored.has(p)) parts.set(p.arg.index, p);
  return parts;
}
