// Runs a program with the kernel evaluator: what the compiler made, without a renderer or a device.

import { bytesOf, viewOf } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import type { Job, Location, Program, Step } from "../../src/ir/program.ts";
import { evaluateKernel } from "./evaluate-kernel.ts";

/**
 * Outputs as bytes; the inputs' bytes may be overwritten where `outputs` shares them. Like a device
 * it goes no further once a step has reported.
 */
export function runProgram(
  program: Program,
  inputs: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
  constants: readonly number[] = [],
): { code: number; value: number } | undefined {
  const arena = new Uint8Array(program.arenaBytes + 4096).fill(0xa5);
  const scratch = new Uint8Array(program.scratchBytes + 64).fill(0x5a);
  let fault: { code: number; value: number } | undefined;
  const bytesAt = (location: Location, turns: readonly number[]): Uint8Array => {
    const base =
      location.slot.kind === "input"
        ? inputs[location.slot.index]
        : location.slot.kind === "output"
          ? outputs[location.slot.index]
          : arena;
    const memory = base as Uint8Array;
    let offset = memory.byteOffset + location.offset;
    location.advance.forEach((bytes, level) => {
      offset += bytes * (turns[level] ?? 0);
    });
    // A view may begin before or after its memory: elements that are touched lie within.
    return shifted(memory, offset - memory.byteOffset);
  };
  const launch = (job: Job, turns: readonly number[]): void => {
    const kernel = program.kernels[job.kernel];
    if (!kernel) throw new Error("no such kernel");
    const floats = job.floats.map((f) =>
      typeof f === "number" ? f : (constants[f.constant] as number),
    );
    const buffers = job.buffers.map((b) => bytesAt(b, turns));
    const report = evaluateKernel(kernel, {
      buffers,
      ints: job.ints,
      floats,
      begin: 0,
      end: job.units,
      scratch,
    });
    fault ??= report;
  };
  const run = (steps: readonly Step[], turns: readonly number[]): void => {
    for (const step of steps) {
      if (fault) return;
      if (step.kind === "launch") for (const job of step.jobs) launch(job, turns);
      else for (let t = 0; t < step.count; t++) run(step.steps, [...turns, t]);
    }
  };
  run(program.steps, []);
  return fault;
}

function shifted(memory: Uint8Array, offset: number): Uint8Array {
  if (offset >= 0)
    return new Uint8Array(
      memory.buffer,
      memory.byteOffset + offset,
      Math.max(0, memory.byteLength - offset),
    );
  // Before the start: only reached through guards; give room in front.
  const roomy = new Uint8Array(memory.byteLength - offset);
  roomy.set(memory, -offset);
  return roomy;
}

export const bytesOfValues = (node: Node, values: ArrayLike<number>): Uint8Array => {
  const view = viewOf(node.dtype, new ArrayBuffer(bytesOf(node.dtype) * values.length));
  for (let i = 0; i < values.length; i++) view[i] = values[i] as number;
  return new Uint8Array(view.buffer);
};
