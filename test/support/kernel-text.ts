// The text of a graph's kernels, for tests that look at what is asked of a machine.

import { compileGraph } from "../../src/compile/compile.ts";
import type { Node } from "../../src/ir/node.ts";
import { printKernel } from "../../src/ir/print-kernel.ts";
import type { Program } from "../../src/ir/program.ts";
import type { Target } from "../../src/render/renderer.ts";

/** A machine of sixteen lanes. */
export const wide: Target = {
  vectorBytes: 64,
  vectorRegisters: 32,
  mixedWidths: true,
  fma: true,
  cache: { l1: 1 << 15, l2: 1 << 20 },
  without: new Set(),
};

export interface Example {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

export function programOf({ inputs, outputs }: Example, target: Target): Program {
  return compileGraph({ inputs, outputs, constants: [], replaces: outputs.map(() => -1) }, target);
}

export const textOf = (example: Example, target: Target): string =>
  programOf(example, target).kernels.map(printKernel).join("\n");
