// The device that interprets: nothing is compiled, every value comes from ir/interpret.ts. Slow and
// plain; it defines what the other devices must give, and lists one step for a whole graph.

import { bytesOf, type TypedArray, viewOf } from "../ir/dtype.ts";
import { DeviceError } from "../ir/errors.ts";
import { interpret, type OutOfRange } from "../ir/interpret.ts";
import type { Node, Storage } from "../ir/node.ts";
import type { Graph } from "../ir/program.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Device, Executable } from "./device.ts";

class HeapStorage implements Storage {
  readonly bytes: number;
  data: ArrayBuffer | undefined;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.data = new ArrayBuffer(bytes);
  }
}

function bufferOf(storage: Storage, doing: string): ArrayBuffer {
  if (!(storage instanceof HeapStorage)) {
    throw new DeviceError(
      `${doing}: the tensor lives on another device; move it with to("reference")`,
    );
  }
  if (!storage.data) {
    throw new DeviceError(`${doing}: the tensor of ${storage.bytes} bytes has been disposed`);
  }
  return storage.data;
}

/**
 * A device on JavaScript's heap that interprets graphs node by node.
 *
 * @returns a device of its own; storages of another are refused
 * @cost    about a microsecond per element and node
 */
export function referenceDevice(): Device {
  let live = 0;
  let peak = 0;
  const collected = new FinalizationRegistry<number>((bytes) => {
    live -= bytes;
  });

  return {
    name: "reference",
    description: "reference (interpreted, one element at a time)",
    threads: 1,
    synchronous: true,
    allocate(bytes) {
      let storage: HeapStorage;
      try {
        storage = new HeapStorage(bytes);
      } catch {
        throw new DeviceError(
          `reference: no memory for ${bytes} bytes; tensors of ${live} bytes are alive, ${peak} at most so far`,
        );
      }
      live += bytes;
      peak = Math.max(peak, live);
      collected.register(storage, bytes, storage);
      return storage;
    },
    write(storage, bytes) {
      const data = bufferOf(storage, "write");
      if (bytes.byteLength !== storage.bytes) {
        throw new DeviceError(
          `write: ${bytes.byteLength} bytes do not fill a storage of ${storage.bytes}`,
        );
      }
      new Uint8Array(data).set(bytes);
    },
    read: (storage) => new Uint8Array(bufferOf(storage, "read").slice(0)),
    readAsync: async (storage) => new Uint8Array(bufferOf(storage, "read").slice(0)),
    free(storage) {
      bufferOf(storage, "free");
      (storage as HeapStorage).data = undefined;
      collected.unregister(storage);
      live -= storage.bytes;
    },
    prepare: (graph) => prepare(graph, () => live),
    memory: () => ({ live, peak, reserved: 0 }),
  };
}

function prepare(graph: Graph, live: () => number): Executable {
  // Outputs are written after everything has been read, so any of them may replace its input.
  const inPlace = graph.replaces.map((at) => at >= 0);
  const run = (
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    constants: readonly number[],
  ): OutOfRange | undefined => {
    const values = new Map<Node, TypedArray>();
    graph.inputs.forEach((node, i) => {
      const data = bufferOf(inputs[i] as Storage, "run");
      values.set(node, viewOf(node.dtype, data, 0, sizeOf(node.shape)));
    });
    graph.constants.forEach((node, i) => {
      values.set(node, uniform(node, constants[i] as number));
    });
    let fault: OutOfRange | undefined;
    let results: readonly TypedArray[];
    try {
      results = interpret(graph.outputs, (node) => values.get(node), {
        report: (found) => {
          fault = found;
        },
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new DeviceError(
        `reference: no memory for the values in between (${error.message}); tensors of ${live()} bytes are alive`,
        { cause: error },
      );
    }
    if (fault !== undefined) return fault;
    // Copied first: a result may be the very memory of an input that another output replaces.
    const bytes = results.map((r) => new Uint8Array(r.buffer, r.byteOffset, r.byteLength).slice());
    bytes.forEach((from, i) => {
      new Uint8Array(bufferOf(outputs[i] as Storage, "run")).set(from);
    });
    return fault;
  };

  return {
    kernelCount: 1,
    inPlace,
    overwritesFrom: 1,
    steps: [{ label: "interpret", work: { flops: 0, bytes: bytesMoved(graph) } }],
    run,
    dispose() {},
  };
}

/** A run-time number as the array of a node of its shape. */
function uniform(node: Node, value: number): TypedArray {
  const result = interpret([{ ...node, op: "const", arg: { value } } as Node], () => undefined);
  return result[0] as TypedArray;
}

function bytesMoved(graph: Graph): number {
  let bytes = 0;
  for (const node of [...graph.inputs, ...graph.outputs])
    bytes += sizeOf(node.shape) * bytesOf(node.dtype);
  return bytes;
}
