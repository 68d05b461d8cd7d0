// Making values exist: from nodes without a value down to leaves that have one, through a compiled
// program, and the results put back on the nodes.
//
// Computed besides what is asked: `keep` nodes on the way (a cell's pending value is one), so that a
// loop of lazy updates does not compute its past again and again. A computed node keeps its sources,
// so that derivatives still work; a long chain of computed values is cut, so that memory is bounded.

import type { Device, Fault } from "../device/device.ts";
import { defaultDevice } from "../device/devices.ts";
import { now } from "../device/host.ts";
import { bytesOf } from "../ir/dtype.ts";
import { CompileError, DeviceError } from "../ir/errors.ts";
import { type Node, type Storage, sortNodes } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { isCancelled, throwIfCancelled } from "./cancel.ts";
import { debugLevel, debugPrint, userLine } from "./debug.ts";
import { type Entry, entryFor } from "./executables.ts";
import { Key } from "./key.ts";
import { allocate, faulty, type Placed, storageOf } from "./memory.ts";
import { recordRun } from "./profile.ts";
import { describe, strip } from "./signature.ts";

/** Computed values in a row that an expression may hold, and bytes once there are some. */
const longest = 1000;
const heaviest = { reads: 32, bytes: 256 * 2 ** 20 };

/** Milliseconds from which an awaited program runs off the JavaScript thread. */
const long = 20;

/** Gives up the expression of a computed node. */
export function forget(node: Node): void {
  if (node.src.length === 0) return;
  node.forgotten = true;
  (node as { src: readonly Node[] }).src = [];
}

/** A run about to happen. */
interface Run {
  readonly entry: Entry;
  readonly device: Device;
  readonly inputs: readonly Placed[];
  readonly outputs: readonly Placed[];
  readonly constants: readonly number[];
  readonly targets: readonly Node[];
  /** What all this is for. */
  readonly wanted: readonly Node[];
}

/** Give every node a value: in one program, unless they live on several devices or are very deep. */
export function realizeNodes(nodes: readonly Node[]): void {
  for (let run = plan(nodes); run !== undefined; run = plan(nodes)) {
    finish(run, launch(run));
  }
}

const inFlight = new WeakMap<Node, Promise<void>>();
let lastAsync: Promise<unknown> = Promise.resolve();

/** The same, off the JavaScript thread where it is expected to take long. */
export async function realizeNodesAsync(nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) await inFlight.get(strip(node));
  throwIfCancelled();
  for (let run = plan(nodes); run !== undefined; run = plan(nodes)) {
    const { runAsync } = run.entry.executable;
    const synchronous =
      run.device.synchronous && (run.entry.expectedMs < long || runAsync === undefined);
    if (synchronous) finish(run, launch(run));
    else await launchAsync(run);
  }
}

/** One at a time: the programs of a device share its arena. */
async function launchAsync(run: Run): Promise<void> {
  const { executable } = run.entry;
  const work = lastAsync.then(async () => {
    throwIfCancelled();
    const inherited = inheritedFault(run.inputs);
    if (inherited !== undefined) return finish(run, inherited);
    recordRun(run.device.name, executable);
    const runAsync = executable.runAsync as NonNullable<typeof executable.runAsync>;
    let fault: Fault | undefined;
    try {
      fault = await runAsync.call(executable, run.inputs, run.outputs, run.constants, isCancelled);
    } catch (error) {
      throwIfCancelled();
      throw error;
    }
    throwIfCancelled();
    finish(run, noted(fault));
  });
  lastAsync = work.catch(() => {});
  for (const node of run.targets)
    inFlight.set(
      node,
      work.catch(() => {}),
    );
  try {
    await work;
  } finally {
    for (const node of run.targets) inFlight.delete(node);
  }
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
function plan(nodes: readonly Node[]): Run | undefined {
  const wanted: Node[] = [];
  for (const node of nodes) if (!adopt(node)) wanted.push(strip(node));
  if (wanted.length === 0) return undefined;
  const targets = new Set(stage(wanted));
  let device: Device | undefined;
  for (const node of sortNodes([...targets], isLeaf)) {
    if (node.storage !== undefined) {
      const storage = storageOf(node);
      // Several nodes may each have their own device: then one after another.
      if (device !== undefined && storage.device !== device && wanted.length > 1) {
        return plan(wanted.slice(0, 1));
      }
      device = sameDevice(device, storage);
    } else if (isCached(node)) {
      if (!adopt(node)) targets.add(node);
    } else if (node.op === "input" || node.op === "buffer") {
      throw new CompileError(
        "a value was read that exists only inside a traced function; return it from the function instead",
      );
    }
  }
  device ??= defaultDevice();
  const list = [...targets];
  const described = describe(list, roleOf, key);
  if (debugLevel() >= 1) warnTwice(described.order);
  const entry = entryFor(
    device,
    described,
    list.map(() => -1),
  );
  const at = device;
  return {
    entry,
    device,
    inputs: described.leaves.map(storageOf),
    outputs: list.map((node) => allocate(at, sizeOf(node.shape) * bytesOf(node.dtype))),
    constants: described.numbers.map((node) => (node.arg as { value: number }).value),
    targets: list,
    wanted,
  };
}

/** Chains longer than `deep` are computed in stages of `stageDepth`, which mostly are one program. */
const deep = 500;
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

/** Where a node's value is or will be. */
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
  if (debugLevel() < 3) return noted(entry.executable.run(inputs, outputs, constants));
  const start = now();
  const fault = noted(entry.executable.run(inputs, outputs, constants));
  debugPrint(
    `${device.name}: ran ${entry.executable.kernelCount} kernels in ${(now() - start).toFixed(3)} ms`,
  );
  return fault;
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

const seen = new WeakSet<Node>();

/** At debug level 1: costly nodes that are computed a second time. */
function warnTwice(order: readonly Node[]): void {
  for (const node of order) {
    if (node.storage !== undefined) continue;
    if (node.op !== "contract" && node.op !== "reduce" && node.op !== "scan") continue;
    if (seen.has(node)) {
      debugPrint(
        `${node.op} [${node.shape.join(", ")}] is computed again, at ${userLine() ?? "an unknown line"}; read both results with realize(a, b), or keep() the shared part`,
      );
    }
    seen.add(node);
  }
}
