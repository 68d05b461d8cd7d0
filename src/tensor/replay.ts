// A traced function as a program that can run again: where each input comes from, where each output
// goes, prepared once, so that a call fills a few arrays and makes one foreign call.
//
// A cell's new value overwrites the old one in place only if nobody else can see the old one and the
// program reads it no more; otherwise it goes to fresh memory. Results always have memory of their
// own, unless they are the very tensors that went in.

import type { Device, Fault } from "../device/device.ts";
import { defaultDevice } from "../device/devices.ts";
import { type Entry, entryFor, isLong, mayOverwrite, pin, unpin } from "../engine/executables.ts";
import { type Job, jobUnderWay, waitForJob } from "../engine/job.ts";
import { allocate, faulty, indexError, leaf, type Placed, storageOf } from "../engine/memory.ts";
import { execute, sameDevice, start } from "../engine/realize.ts";
import { describe, strip } from "../engine/signature.ts";
import { bytesOf, type DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { CompileScope, TracedCell } from "./compile-scope.ts";
import { beginCells, type Slot } from "./slot.ts";
import { Tensor } from "./tensor.ts";
import type { Stream } from "./trace.ts";

/** Where a value comes from that the program does not compute. */
type Given =
  | { readonly kind: "argument"; readonly at: number }
  | { readonly kind: "captured"; readonly node: Node }
  | { readonly kind: "cell"; readonly slot: Slot };

/** Where a value comes from after a run. */
type Source = Given | { readonly kind: "output"; readonly at: number };

interface Result {
  readonly source: Source;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

interface Write {
  readonly slot: Slot;
  readonly source: Source;
  /** Whether something else gets the same memory. */
  readonly shared: boolean;
}

interface Output {
  readonly bytes: number;
  /** Whether several results and cells get this memory. */
  readonly aliased: boolean;
  /** The cell whose old memory it may overwrite, for itself alone. */
  readonly inPlace: Slot | undefined;
}

export class Replay {
  readonly device: Device;
  readonly entry: Entry | undefined;
  /** How many tensors a call returns. */
  readonly results: readonly Result[];
  readonly #inputs: readonly Given[];
  readonly #outputs: readonly Output[];
  readonly #writes: readonly Write[];
  readonly #streams: readonly { readonly stream: Stream; readonly count: number }[];
  readonly #numbers: readonly ((args: readonly number[]) => number)[];
  // Filled again at each call.
  readonly #in: Placed[];
  readonly #out: Placed[] = [];
  readonly #constants: number[] = [];
  readonly #old: Placed[] = [];

  constructor(scope: CompileScope, results: readonly Node[], args: readonly Tensor[]) {
    const given = new Map<Node, Given>();
    scope.tensors.forEach((node, at) => {
      given.set(node, { kind: "argument", at });
    });
    for (const { input, slot } of scope.cells.values()) given.set(input, { kind: "cell", slot });
    const assigned = [...scope.cells.values()].filter(
      (cell) => cell.assigned && strip(cell.value) !== cell.input,
    );
    // What comes in as data is computed first, all at once: tensors from outside, and cells.
    beginCells(
      [...scope.cells.keys()],
      outsideNodes([...assigned.map((c) => c.value), ...results], scope, given),
    );
    const made = (node: Node): boolean => node.storage !== undefined || given.has(node);
    const wanted = [...assigned.map((c) => strip(c.value)), ...results.map(strip)];
    const outputs = [...new Set(wanted.filter((node) => !made(node)))];
    const leafOf = (node: Node): Given => {
      const known = given.get(node);
      if (known !== undefined) return known;
      if (node.storage !== undefined) return { kind: "captured", node };
      throw new CompileError(
        "compile: a tensor that exists only inside another traced function was used; pass it as an argument",
      );
    };
    const described = describe(outputs, (node) => {
      if (scope.numbers.has(node)) return "number";
      return made(node) || node.op === "input" || node.op === "buffer" ? "leaf" : "inner";
    });
    this.#inputs = described.leaves.map(leafOf);
    this.device = this.#findDevice(args);
    // What leaves the program unchanged is seen by others: it must not be overwritten.
    const escaping = new Set(wanted.filter(made));
    const users = new Map<Node, number>();
    for (const node of wanted) users.set(node, (users.get(node) ?? 0) + 1);
    const replaced = (node: Node): TracedCell | undefined =>
      assigned.find((c) => strip(c.value) === node && !escaping.has(c.input));
    const replaces = outputs.map((node) => {
      const cell = replaced(node);
      return cell === undefined ? -1 : described.leaves.indexOf(cell.input);
    });
    const at = new Map(outputs.map((node, i) => [node, i]));
    const sourceOf = (node: Node): Source => {
      const index = at.get(node);
      return index === undefined ? leafOf(node) : { kind: "output", at: index };
    };
    this.results = results.map((node) => ({
      source: sourceOf(strip(node)),
      shape: node.shape,
      dtype: node.dtype,
    }));
    this.#writes = assigned.map(({ slot, value }) => {
      const source = sourceOf(strip(value));
      const shared = source.kind !== "output" || (users.get(strip(value)) as number) > 1;
      return { slot, source, shared };
    });
    this.entry = outputs.length === 0 ? undefined : entryFor(this.device, described, replaces);
    if (this.entry !== undefined) pin(this.entry);
    this.#outputs = outputs.map((node, i) => {
      const aliased = (users.get(node) as number) > 1;
      const over = !aliased && this.entry?.executable.inPlace[i];
      return {
        bytes: sizeOf(node.shape) * bytesOf(node.dtype),
        aliased,
        inPlace: over ? replaced(node)?.slot : undefined,
      };
    });
    this.#streams = [...scope.streams.values()];
    this.#numbers = described.numbers.map((node) => {
      const source = scope.numbers.get(node);
      if (source === undefined) {
        const { value } = node.arg as { value: number };
        return () => value;
      }
      if (source.kind === "argument") return (numbers) => numbers[source.at] as number;
      if (source.kind === "base") return () => source.stream.draws;
      return source.kind === "k0" ? () => source.stream.k0 : () => source.stream.k1;
    });
    this.#in = new Array(this.#inputs.length);
    this.#out = new Array(this.#outputs.length);
  }

  #findDevice(args: readonly Tensor[]): Device {
    let device: Device | undefined;
    for (const source of this.#inputs) device = sameDevice(device, placeOfGiven(source, args));
    return device ?? defaultDevice();
  }

  /** Whether the arguments, all computed, live where the program runs. */
  fits(args: readonly Tensor[]): boolean {
    for (let i = 0; i < args.length; i++) {
      if (((args[i] as Tensor).node.storage as Placed).device !== this.device) return false;
    }
    return true;
  }

  /**
   * Run once; a program that takes long goes on after that. If an index is out of range nothing has
   * changed, no cell and no random stream: reading a result throws or, where there is none, the call.
   * Nor has it if this throws otherwise.
   */
  run(args: readonly Tensor[], numbers: readonly number[]): Tensor[] {
    waitForJob();
    const fault = this.entry === undefined ? undefined : this.#execute(this.entry, args, numbers);
    if (fault !== undefined) {
      this.#release();
      if (this.results.length === 0) throw unchanged(fault);
      return this.#refuse(args, fault);
    }
    const results = this.#collect(args);
    this.#commit(args);
    this.#release();
    return results;
  }

  #execute(entry: Entry, args: readonly Tensor[], numbers: readonly number[]): Fault | undefined {
    const inputs = this.#in;
    for (let i = 0; i < inputs.length; i++) {
      inputs[i] = storageOfGiven(this.#inputs[i] as Given, args);
    }
    const outputs = this.#out;
    const later = isLong(entry) && entry.executable.start !== undefined;
    const inPlaceToo = !later || mayOverwrite(entry);
    for (let i = 0; i < outputs.length; i++) {
      const { bytes, aliased, inPlace } = this.#outputs[i] as Output;
      if (inPlaceToo && inPlace !== undefined && !inPlace.shared) outputs[i] = inPlace.storage();
      else {
        const storage = allocate(this.device, bytes);
        storage.aliased = aliased;
        outputs[i] = storage;
      }
    }
    const constants = this.#constants;
    for (let i = 0; i < this.#numbers.length; i++) {
      constants[i] = (this.#numbers[i] as (args: readonly number[]) => number)(numbers);
    }
    if (later && this.#start(entry)) return undefined;
    return execute(this.device, entry, inputs, outputs, constants);
  }

  /** The same while JavaScript goes on, if it can be. */
  #start(entry: Entry): boolean {
    const call = {
      device: this.device,
      entry,
      inputs: [...this.#in],
      outputs: [...this.#out],
      constants: this.#constants,
    };
    const job = start(call, (fault) => {
      if (fault !== undefined && this.results.length === 0) throw unchanged(fault);
    });
    return job !== undefined;
  }

  #collect(args: readonly Tensor[]): Tensor[] {
    const results = new Array<Tensor>(this.results.length);
    for (let i = 0; i < results.length; i++) {
      const { source, shape, dtype } = this.results[i] as Result;
      const storage = this.#storage(source, args);
      if (source.kind !== "output") storage.aliased = true;
      results[i] = new Tensor(leaf(storage, shape, dtype));
    }
    return results;
  }

  /** Results that throw when they are read, and those that the program did not compute. */
  #refuse(args: readonly Tensor[], fault: Fault): Tensor[] {
    return this.results.map(({ source, shape, dtype }) => {
      if (source.kind === "output") {
        return new Tensor(leaf(faulty(this.device, fault), shape, dtype));
      }
      const storage = storageOfGiven(source, args);
      storage.aliased = true;
      if (source.kind === "cell") source.slot.handOut();
      return new Tensor(leaf(storage, shape, dtype));
    });
  }

  /** Cells take their new versions, all or none: from here on nothing can throw. */
  #commit(args: readonly Tensor[]): void {
    const writes = this.#writes;
    // Read every source first: cells may trade values. A cell whose value another cell or a result has
    // as well must not be overwritten in place from now on.
    for (let i = 0; i < writes.length; i++) {
      const { source } = writes[i] as Write;
      const storage = this.#storage(source, args);
      if (source.kind !== "output") storage.aliased = true;
      if (source.kind === "cell") source.slot.handOut();
      this.#old[i] = storage;
    }
    for (const { source } of this.results) if (source.kind === "cell") source.slot.handOut();
    for (let i = 0; i < writes.length; i++) {
      const { slot, shared } = writes[i] as Write;
      slot.write(this.#old[i] as Placed, shared);
    }
    for (let i = 0; i < this.#streams.length; i++) {
      const { stream, count } = this.#streams[i] as { stream: Stream; count: number };
      const job = jobUnderWay();
      if (job !== undefined) takeBackDraws(job, stream, count);
      stream.draws = (stream.draws + count) % 2 ** 32;
    }
  }

  #storage(source: Source, args: readonly Tensor[]): Placed {
    return source.kind === "output"
      ? (this.#out[source.at] as Placed)
      : storageOfGiven(source, args);
  }

  /** Hold nothing between calls that could be freed. */
  #release(): void {
    this.#in.fill(undefined as never);
    this.#out.fill(undefined as never);
    this.#old.fill(undefined as never);
  }

  /** Lets go of the program. */
  dispose(): void {
    if (this.entry !== undefined) unpin(this.entry);
  }
}

const unchanged = (fault: Fault): Error => indexError(fault, "the call changed nothing");

/** If the program fails, its draws were not taken; unless others were since. */
function takeBackDraws(job: Job, stream: Stream, count: number): void {
  const before = stream.draws;
  const after = (before + count) % 2 ** 32;
  job.ifUndone(() => {
    if (stream.draws === after) stream.draws = before;
  });
}

/** Where a value is or will be: nobody waits for it. */
function placeOfGiven(source: Given, args: readonly Tensor[]): Placed {
  if (source.kind === "argument") return (args[source.at] as Tensor).node.storage as Placed;
  return (source.kind === "cell" ? source.slot.node : source.node).storage as Placed;
}

function storageOfGiven(source: Given, args: readonly Tensor[]): Placed {
  if (source.kind === "argument") return storageOf((args[source.at] as Tensor).node);
  return source.kind === "cell" ? source.slot.storage() : storageOf(source.node);
}

/** The topmost nodes that were made before the trace and need computing; constants stay as they are. */
function outsideNodes(
  nodes: readonly Node[],
  scope: CompileScope,
  given: ReadonlyMap<Node, Given>,
): Node[] {
  const isOlder = (node: Node): boolean =>
    node.id < scope.clock && node.op !== "const" && node.op !== "iota";
  const stop = (node: Node): boolean =>
    node.storage !== undefined || given.has(node) || scope.numbers.has(node) || isOlder(node);
  return sortNodes(nodes, stop).filter(
    (node) => node.storage === undefined && !given.has(node) && isOlder(node),
  );
}
