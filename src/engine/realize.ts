// Making values exist: from nodes without a value down to leaves that have one, through a compiled
// program, and the results put back on the nodes.
//
// Computed besides what is asked: `keep` nodes on the way (a cell's pending value is one), so that a
// loop of lazy updates does not compute its past again and again. A computed node keeps its sources,
// so that derivatives still work; a long chain of computed values is cut, so that memory is bounded.

import type { Device, Fault } from "../device/device.ts";
import { defaultDevice, openDevices } from "../device/devices.ts";
import { now } from "../device/host.ts";
import { bytesOf } from "../ir/dtype.ts";
import { CompileError, DeviceError } from "../ir/errors.ts";
import { type Node, type Storage, sortNodes } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { throwIfCancelled } from "./cancel.ts";
import { type Entry, entryFor, isLong } from "./executables.ts";
import { Job, jobUnderWay, waitForJob } from "./job.ts";
import { Key } from "./key.ts";
import { allocate, faulty, giveUp, type Placed, storageOf } from "./memory.ts";
import { observer } from "./observer.ts";
import { recordRun } from "./profile.ts";
import { describe, strip } from "./signature.ts";

/** Computed values in a row that an expression may hold, and bytes once there are some. */
const longest = 1000;
const heaviest = { reads: 32, bytes: 256 * 2 ** 20 };

const nothing: ReadonlyMap<Node, Node> = new Map();

/** Gives up the expression of a computed node. */
export function forget(node: Node): void {
  if (node.src.length === 0) return;
  node.forgotten = true;
  (node as { src: readonly Node[] }).src = [];
}

/** A run about to happen. */
interface Run extends Given {
  readonly targets: readonly Node[];
  /** For each target the leaf whose memory it takes. */
  readonly over: readonly (Node | undefined)[];
  /** What all this is for. */
  readonly wanted: readonly Node[];
}

/**
 * Give every node a value: in one program, unless they live on several devices or are very deep.
 *
 * @param replaces  for some of the nodes a leaf that nobody reads afterwards: if the program allows
 *   it, the value takes that leaf's memory, and the leaf is gone; unless anything throws or has a fault
 */
export function realizeNodes(
  nodes: readonly Node[],
  replaces: ReadonlyMap<Node, Node> = nothing,
): void {
  if (nodes.every(isLeaf)) return;
  waitForJob();
  for (let run = plan(nodes, replaces); run !== undefined; run = plan(nodes, replaces)) {
    finish(run, launch(run));
  }
}

/**
 * The same, but what the device still builds runs only when somebody looks at a result or the event
 * loop turns: until then more can be compiled, and be built together with it.
 */
export function beginNodes(nodes: readonly Node[]): void {
  if (nodes.every(isLeaf)) return;
  waitForJob();
  const next = (): Run | undefined => plan(nodes, nothing, false);
  for (let run = next(); run !== undefined; run = next()) {
    if (run.entry.executable.complete === undefined || begin(run) === undefined) {
      finish(run, launch(run));
    }
  }
}

/** The same, off the JavaScript thread where it is expected to take long. */
export async function realizeNodesAsync(nodes: readonly Node[]): Promise<void> {
  throwIfCancelled();
  if (nodes.some(isAwaited)) await valuesOf(nodes);
  while (!nodes.every(isLeaf)) {
    // Looked at again after each wait: somebody else may have been first.
    for (let job = jobUnderWay(); job !== undefined; job = jobUnderWay()) await job.over;
    throwIfCancelled();
    const run = plan(nodes);
    if (run === undefined) return;
    const { device, entry } = run;
    const job = !device.synchronous || isLong(entry) ? begin(run) : undefined;
    if (job === undefined) finish(run, launch(run));
    else {
      await job.over;
      job.wait();
      throwIfCancelled();
    }
  }
}

const jobOf = ({ storage }: Node): Job | undefined => (storage as Placed | undefined)?.job;

const isAwaited = (node: Node): boolean => jobOf(node) !== undefined;

/** Waits for what is being computed. */
async function valuesOf(nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) {
    const job = jobOf(node);
    if (job === undefined) continue;
    await job.over;
    // Without a place any more it can be computed again.
    if (node.storage !== undefined) job.wait();
    throwIfCancelled();
  }
}

/** Starts a run, if its device can go on without JavaScript; its results have their place at once. */
function begin(run: Run): Job | undefined {
  const { targets, outputs } = run;
  const job = start(run, (fault) => finish(run, fault));
  if (job === undefined) return undefined;
  targets.forEach((node, i) => {
    node.storage = outputs[i] as Placed;
  });
  job.ifUndone(() => {
    for (const node of targets) node.storage = undefined;
  });
  return job;
}

/** If a node only shows another's value (alias, reshape, …), let it share that storage. */
function adopt(node: Node): boolean {
  if (node.storage !== undefined) return true;
  let at: Node = node;
  while (at.storage === undefined && showsSource(at)) at = at.src[0] as Node;
  if (at.storage === undefined) return false;
  const storage = at.storage as Placed;
  storage.aliased = true;
  node.storage = storage;
  cutDetached(node);
  return true;
}

/** No derivative passes a detached value that was kept (a cell's): its past can go at once. */
function cutDetached(node: Node): boolean {
  const cut = node.op === "keep" && node.src[0]?.op === "detach";
  if (cut) (node as { src: readonly Node[] }).src = [];
  return cut;
}

/** A cell's pending value, or what a user asked to keep: computed once and for all. */
const isCached = ({ op, src }: Node): boolean =>
  op === "keep" && (src[0]?.op === "detach" || src[0]?.op === "alias");

/** Row-major values in the same order: a reshape is one too. */
const showsSource = ({ op }: Node): boolean =>
  op === "alias" || op === "detach" || op === "keep" || op === "reshape";

const isLeaf = (node: Node): boolean => node.storage !== undefined;
const roleOf = (node: Node): "leaf" | "inner" => (isLeaf(node) ? "leaf" : "inner");

/** Written anew for each program; the cache keeps copies. */
const key = new Key();

/** The next program that the nodes need; undefined when all have a value. */
function plan(nodes: readonly Node[], replaces = nothing, isComplete = true): Run | undefined {
  const missing: Node[] = [];
  for (const node of nodes) if (!adopt(node)) missing.push(strip(node));
  if (missing.length === 0) return undefined;
  const wanted = together(missing);
  const first = stage(wanted);
  // What is overwritten cannot be had back: only the last program does it, after which nothing can throw.
  const isLast = first === wanted && wanted.length === missing.length;
  const targets = new Set(first);
  let device: Device | undefined;
  let order = sortNodes(first, isLeaf);
  let adopted = false;
  for (const node of order) {
    if (node.storage !== undefined) {
      device = sameDevice(device, storageOf(node));
    } else if (isCached(node)) {
      if (adopt(node)) adopted = true;
      else targets.add(node);
    } else if (node.op === "input" || node.op === "buffer") {
      throw new CompileError(
        "a value was read that exists only inside a traced function; return it from the function instead",
      );
    }
  }
  device ??= deviceOf(wanted[0] as Node);
  const list = [...targets];
  if (adopted) order = sortNodes(list, isLeaf);
  const described = describe(list, roleOf, { key, order });
  observer()?.planned(described.order);
  const slots = list.map((node) => {
    const old = isLast ? replaces.get(node) : undefined;
    // Another of the nodes may have turned out to be the very value that is there.
    const isKept = old === undefined || (old.storage as Placed).aliased;
    return isKept ? -1 : described.leaves.indexOf(old);
  });
  const entry = entryFor(device, described, slots, isComplete);
  const over = slots.map((slot, i) =>
    entry.executable.inPlace[i] ? described.leaves[slot] : undefined,
  );
  const at = device;
  return {
    entry,
    device,
    over,
    inputs: described.leaves.map(storageOf),
    outputs: list.map((node, i) => {
      const old = over[i];
      return old === undefined
        ? allocate(at, sizeOf(node.shape) * bytesOf(node.dtype))
        : storageOf(old);
    }),
    constants: described.numbers.map((node) => (node.arg as { value: number }).value),
    targets: list,
    wanted,
  };
}

/** The nodes that are computed where the first is; those of other devices have their turn after them. */
function together(nodes: readonly Node[]): readonly Node[] {
  if (nodes.length === 1 || openDevices().length === 1) return nodes;
  const device = deviceOf(nodes[0] as Node);
  return nodes.filter((node) => deviceOf(node) === device);
}

/** Chains longer than `deep` are computed in stages of `stageDepth`, which mostly are one program. */
const deep = 5000;
const stageDepth = 250;

/** What to compute first: the nodes asked for or, of a very deep graph, those that its first stage gives. */
function stage(wanted: readonly Node[]): readonly Node[] {
  if (wanted.every((node) => node.pending <= deep)) return wanted;
  const order = sortNodes(wanted, isLeaf);
  const depths = new Map<Node, number>();
  let deepest = 0;
  for (const node of order) {
    let depth = 0;
    if (!isLeaf(node)) for (const s of node.src) depth = Math.max(depth, depths.get(s) as number);
    if (node.src.length > 0 && !isLeaf(node) && node.op !== "part") depth++;
    depths.set(node, depth);
    deepest = Math.max(deepest, depth);
  }
  if (deepest <= deep) return wanted;
  const frontier = new Set<Node>();
  for (const node of order) {
    if (isLeaf(node) || (depths.get(node) as number) <= stageDepth) continue;
    for (const s of node.src) {
      const depth = depths.get(s) as number;
      if (depth > 0 && depth <= stageDepth && s.parts === undefined) frontier.add(strip(s));
    }
  }
  const first = [...frontier].filter((node) => !adopt(node));
  return first.length > 0 ? first : wanted;
}

/** Where a node's value is or will be: what rests on no stored value, on the default device. */
export function deviceOf(node: Node): Device {
  if (node.storage === undefined) {
    for (const { storage } of sortNodes([node], isLeaf)) {
      if (storage !== undefined) return (storage as Placed).device;
    }
    return defaultDevice();
  }
  return (node.storage as Placed).device;
}

/** One program runs on one device. */
export function sameDevice(device: Device | undefined, storage: Placed): Device {
  if (device !== undefined && device !== storage.device) {
    throw new DeviceError(
      `tensors live on ${device.name} and ${storage.device.name}; move one with to("${device.name}")`,
    );
  }
  return storage.device;
}

function launch(run: Run): Fault | undefined {
  return execute(run.device, run.entry, run.inputs, run.outputs, run.constants);
}

/** Run a program now. Given a fault, outputs that stand in place of inputs are as they were. */
export function execute(
  device: Device,
  entry: Entry,
  inputs: readonly Placed[],
  outputs: readonly Storage[],
  constants: readonly number[],
): Fault | undefined {
  const inherited = inheritedFault(inputs);
  if (inherited !== undefined) return inherited;
  recordRun(device.name, entry.executable);
  if (!entry.timed && observer() === undefined) {
    return noted(entry.executable.run(inputs, outputs, constants));
  }
  const start = now();
  const fault = noted(entry.executable.run(inputs, outputs, constants));
  noteTime(device, entry, now() - start);
  return fault;
}

/** What a program is given. */
export interface Given {
  readonly device: Device;
  readonly entry: Entry;
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
  readonly constants: readonly number[];
}

/**
 * Run a program while JavaScript goes on, where the device can and the program has to run at all.
 *
 * @param finish  called when it has ended, unless it failed
 */
export function start(
  { device, entry, inputs, outputs, constants }: Given,
  finish: (fault: Fault | undefined) => void,
): Job | undefined {
  const { executable } = entry;
  if (executable.start === undefined || inheritedFault(inputs) !== undefined) return undefined;
  waitForJob();
  const running = executable.start(inputs, outputs, constants);
  recordRun(device.name, executable);
  return new Job({
    running,
    inputs,
    outputs,
    finish: (fault, ms) => {
      if (fault === undefined) noteTime(device, entry, ms);
      finish(noted(fault));
    },
  });
}

function noteTime(device: Device, entry: Entry, ms: number): void {
  entry.expectedMs = ms;
  observer()?.ran(device, entry.executable, ms);
}

let anyFault = false;

function noted(fault: Fault | undefined): Fault | undefined {
  if (fault !== undefined) anyFault = true;
  return fault;
}

/** A fault that comes with what a program reads: there is nothing to compute. */
function inheritedFault(inputs: readonly Placed[]): Fault | undefined {
  return anyFault ? inputs.find((s) => s.fault !== undefined)?.fault : undefined;
}

function finish(run: Run, fault: Fault | undefined): void {
  let reads = 0;
  let held = 0;
  for (const storage of run.inputs) {
    reads = Math.max(reads, storage.reads);
    held = Math.max(held, storage.held);
  }
  // What was to be computed on the way may well be sound: it is left to be computed again.
  const nodes = fault === undefined ? run.targets : run.wanted;
  if (fault === undefined) for (const old of run.over) if (old !== undefined) giveUp(old);
  nodes.forEach((node, i) => {
    const storage = fault === undefined ? (run.outputs[i] as Placed) : faulty(run.device, fault);
    node.storage = storage;
    if (fault === undefined && cutDetached(node)) return;
    storage.reads = reads + 1;
    storage.held = held + storage.bytes;
    if (
      storage.reads > longest ||
      (storage.reads > heaviest.reads && storage.held > heaviest.bytes)
    ) {
      forget(node);
      storage.reads = 0;
      storage.held = 0;
    }
  });
}
