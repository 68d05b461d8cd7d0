// The tensor that users hold: an immutable value of a shape and type, which appears when it is read.
// Operations are in the classes below it in the chain; here are reading, moving, and letting go.

import type { DeviceName } from "../device/device.ts";
import { deviceNamed } from "../device/devices.ts";
import { checkFault, type Placed, release, storageOf, upload } from "../engine/memory.ts";
import { deviceOf, realizeNodes, realizeNodesAsync } from "../engine/realize.ts";
import { turn } from "../engine/turn.ts";
import { alias, cast, detach, keep } from "../ir/build.ts";
import { type DType, type TypedArray, viewOf } from "../ir/dtype.ts";
import { DeviceError, ShapeError } from "../ir/errors.ts";
import type { Node, Storage } from "../ir/node.ts";
import { showShape, sizeOf } from "../ir/shape.ts";
import { formatValues } from "./format.ts";
import { Indexing } from "./indexing.ts";
import { computeFrom } from "./slot.ts";
import { checkReadable, currentScope } from "./trace.ts";

/** An unread chain of this many operations is computed on its own. */
const longestUnread = 10_000;

/** The typed array that holds each element type on reading; f16 and bf16 are read as f32. */
export interface DataOf {
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
  i8: Int8Array<ArrayBuffer>;
}

/** Numbers nested like the axes of a tensor. */
export type NestedArray = number | NestedArray[];

/** Tensors made while this is set are noted in it. */
let noted: { push(...tensors: Tensor[]): unknown } | undefined;

/** Runs a function and tells of every tensor as it is made. */
export function notingTensors<T>(note: (tensor: Tensor) => void, work: () => T): T {
  const outer = noted;
  noted = { push: (...tensors) => tensors.forEach(note) };
  try {
    return work();
  } finally {
    noted = outer;
  }
}

/**
 * An immutable array of numbers with a shape: lazy, differentiable, freed by itself.
 *
 * An operation on tensors records an expression; numbers appear when they are read.
 */
export class Tensor extends Indexing {
  /** The expression; undefined only in cells, which keep theirs elsewhere. */
  protected readonly held: Node | undefined;

  /** Not for users: tensors come from tensor(), zeros(), randn(), … and operations. */
  constructor(node: Node | undefined, weak?: (like: DType) => Node) {
    super();
    this.held = node;
    if (weak !== undefined) this.weak = weak;
    if (node !== undefined && node.pending > longestUnread) settle(node);
    noted?.push(this);
  }

  get node(): Node {
    return this.held as Node;
  }

  /** Not for users: the memory of its value, if it was computed; undefined for cells. */
  get computed(): Storage | undefined {
    return this.held?.storage;
  }

  protected wrap(node: Node): Tensor {
    return new Tensor(node);
  }

  /** Size of each axis. */
  get shape(): readonly number[] {
    return this.node.shape;
  }

  /** Element type. */
  get dtype(): DType {
    return this.node.dtype;
  }

  /** How many axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** How many elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Where the value lives or will live; the default device where nothing decides. */
  get device(): DeviceName {
    return deviceOf(this.node).name;
  }

  /**
   * The elements in row-major order, as a new typed array.
   *
   * @param dtype  the type to convert to. Default: the tensor's own (f16 and bf16 as f32)
   * @throws CompileError  inside a traced function
   * @throws IndexError    an index out of range went into the value
   * @example
   * await tensor([1, 2]).data() // Float32Array [1, 2]
   */
  async data(): Promise<TypedArray>;
  async data<D extends keyof DataOf>(dtype: D): Promise<DataOf[D]>;
  async data(dtype?: keyof DataOf): Promise<TypedArray> {
    checkReadable("data()");
    const node = readable(this.node, dtype);
    await realizeNodesAsync([node]);
    const storage = storageOf(node);
    checkFault(storage);
    const bytes = await storage.device.readAsync(storage);
    await turn();
    return viewOf(node.dtype, bytes.buffer);
  }

  /** The same without waiting, on devices of the CPU. @throws DeviceError on WebGPU */
  dataSync(): TypedArray;
  dataSync<D extends keyof DataOf>(dtype: D): DataOf[D];
  dataSync(dtype?: keyof DataOf): TypedArray {
    checkReadable("dataSync()");
    const node = readable(this.node, dtype);
    realizeNodes([node]);
    const storage = storageOf(node);
    checkSynchronous(storage, "dataSync()");
    checkFault(storage);
    return viewOf(node.dtype, storage.device.read(storage).buffer);
  }

  /**
   * The elements as nested arrays of numbers (bool as 0 and 1); of a 0-d tensor, the number.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).array() // [[1, 2], [3, 4]]
   */
  async array(): Promise<NestedArray> {
    return nest(await this.data(), this.shape);
  }

  /** The same without waiting, on devices of the CPU. */
  arraySync(): NestedArray {
    return nest(this.dataSync(), this.shape);
  }

  /** The one element of a tensor of one element. @throws ShapeError if it has more or none */
  async item(): Promise<number> {
    checkSingle(this);
    return (await this.data())[0] as number;
  }

  /** The same without waiting, on devices of the CPU. */
  itemSync(): number {
    checkSingle(this);
    return this.dataSync()[0] as number;
  }

  /** The same value, computed where a program reaches this point rather than fused with its users. */
  keep(): Tensor {
    // Over an alias: realising caches this one, unlike a keep inside a rule.
    return this.wrap(keep(alias(this.node)));
  }

  /** The same value, through which no derivative flows. */
  detach(): Tensor {
    return this.wrap(detach(this.node));
  }

  /** A copy on another device; itself if it is there already. */
  to(device: DeviceName): Tensor {
    checkReadable("to()");
    const node = this.node;
    const there = deviceNamed(device);
    realizeNodes([node]);
    const storage = storageOf(node);
    if (storage.device === there) return this;
    checkSynchronous(storage, "to()");
    checkFault(storage);
    return this.wrap(upload(storage.device.read(storage), node.shape, node.dtype, there));
  }

  /**
   * Gives the memory back now. Never needed: memory is freed by itself. Later reads throw. What cells
   * were assigned keeps its value: it is computed before.
   */
  dispose(): void {
    const storage = this.node.storage as Placed | undefined;
    if (storage === undefined) return;
    computeFrom(storage);
    release(storage);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Values, type and shape where they can be had without waiting; else type and shape. */
  override toString(): string {
    const facts = `${this.dtype} ${showShape(this.shape)}`;
    const text = printable(this);
    return text === undefined ? `tensor(${facts})` : `tensor(${text}, ${facts})`;
  }

  /** What Node's console shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      "a tensor is not a number: write a.add(b) for a + b, a.less(b) for a < b, and await a.item() for the number itself",
    );
  }
}

/** A tensor over a node. */
export const fromNode = (node: Node): Tensor => new Tensor(node);

function settle(node: Node): void {
  // What depends on placeholders has no value; its depth is bounded by the traced function.
  for (let scope = currentScope(); scope !== undefined; scope = scope.outer) {
    if (scope.blocksReads) return;
  }
  realizeNodes([node]);
}

function readable(node: Node, dtype: DType | undefined): Node {
  const half = node.dtype === "f16" || node.dtype === "bf16";
  return cast(node, dtype ?? (half ? "f32" : node.dtype));
}

function checkSynchronous(storage: Placed, operation: string): void {
  if (storage.device.synchronous) return;
  throw new DeviceError(
    `${operation}: ${storage.device.name} cannot be read without waiting; use await ${operation.replace("Sync", "")}`,
  );
}

function checkSingle(tensor: Tensor): void {
  if (tensor.size === 1) return;
  throw new ShapeError(
    `item: the tensor has ${tensor.size} elements, shape ${showShape(tensor.shape)}; take one with at(), or read all with data()`,
  );
}

function nest(data: TypedArray, shape: readonly number[]): NestedArray {
  if (shape.length === 0) return data[0] as number;
  let level: NestedArray[] = Array.from(data);
  for (let axis = shape.length - 1; axis >= 1; axis--) {
    const size = shape[axis] as number;
    const count = sizeOf(shape.slice(0, axis));
    level = Array.from({ length: count }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return level;
}

function printable(tensor: Tensor): string | undefined {
  try {
    return formatValues(tensor.dataSync(), tensor.shape);
  } catch {
    return undefined; // traced, on a device that must be awaited, or faulty: reading says which
  }
}

/**
 * Runs a function and gives back the memory of every tensor made in it, except those it returns.
 * Never needed: memory is freed by itself; this frees it sooner.
 *
 * @param work     a synchronous function
 * @param keeping  lists the tensors of the result
 */
export function tidyWith<T>(work: () => T, keeping: (result: T) => readonly Tensor[]): T {
  const outer = noted;
  const mine: Tensor[] = [];
  noted = mine;
  try {
    const result = work();
    const kept = keeping(result);
    realizeNodes(kept.map((t) => t.node));
    const storages = new Set(kept.map((t) => t.node.storage));
    for (const tensor of mine) {
      const storage = tensor.computed;
      if (storage !== undefined && !storages.has(storage)) tensor.dispose();
    }
    outer?.push(...kept);
    return result;
  } finally {
    noted = outer;
  }
}
