// Programs that an earlier process compiled, on the disk beside their kernels: a graph that was seen
// before is neither scheduled nor lowered again. A file is named by everything its program depends on
// (the graph, the target, the build of this library; the folder stands for machine and compiler) and
// begins with the SHA-256 of the rest. It holds a kernel's facts without its statements, whose text
// lies with the kernel, and the name of its object, so that nothing need be looked up. Run from its
// sources the library has no build, and remembers nothing.

import { compileGraph } from "../../compile/compile.ts";
import { graphText } from "../../compile/graph-text.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { sortNodes } from "../../ir/node.ts";
import type { Graph, Program } from "../../ir/program.ts";
import type { Target } from "../../render/renderer.ts";
import type { KernelCache } from "./cache.ts";
import { type KernelText, kernelText } from "./kernel-text.ts";
import { digest, serialization } from "./system.ts";

/** Names what the library was built from; scripts/bundle.mjs fills it in. */
declare const HEBB_BUILD: string;
const ownBuild = typeof HEBB_BUILD === "undefined" ? undefined : HEBB_BUILD;

/** Below so many nodes compiling is not worth a file. */
const fewestNodes = 64;

/** A program with its kernels in C. */
export interface RenderedProgram {
  readonly program: Program;
  readonly texts: readonly KernelText[];
  /** Once its kernels are in memory: leaves it on the disk for processes to come. */
  readonly keep?: () => void;
}

/**
 * The program of a graph: from the disk if an earlier process left it there, else compiled.
 *
 * @param build  names the library's build. Default: its own; without one nothing is remembered
 */
export function programOf(
  graph: Graph,
  target: Target,
  cache: KernelCache,
  build: string | undefined = ownBuild,
): RenderedProgram {
  if (build === undefined || sortNodes(graph.outputs).length < fewestNodes) {
    return compiled(graph, target, cache);
  }
  const facts = [build, { ...target, without: [...target.without].sort() }, graphText(graph)];
  const name = `p${digest(JSON.stringify(facts)).slice(0, 40)}`;
  const known = recall(name, cache);
  if (known) return known;
  const made = compiled(graph, target, cache);
  return { ...made, keep: () => remember(name, made, cache) };
}

/** Kernels are built while the compiler lowers others. */
function compiled(graph: Graph, target: Target, cache: KernelCache): RenderedProgram {
  const texts: KernelText[] = [];
  try {
    const program = compileGraph(graph, target, (kernel) => {
      const text = kernelText(kernel);
      texts.push(text);
      cache.expect(text);
    });
    return { program, texts };
  } catch (error) {
    cache.abandon();
    throw error;
  }
}

/** A program that was compiled elsewhere. */
export const rendered = (program: Program): RenderedProgram => ({
  program,
  texts: program.kernels.map(kernelText),
});

/** What a file holds. */
interface Kept {
  readonly program: Program;
  /** Of each kernel its name and the object that has it. */
  readonly names: readonly string[];
  readonly homes: readonly (string | undefined)[];
}

function remember(name: string, { program, texts }: RenderedProgram, cache: KernelCache): void {
  const kernels = program.kernels.map((kernel): Kernel => ({ ...kernel, body: [] }));
  const names = texts.map((text) => text.name);
  const homes = names.map((kernel) => cache.home(kernel));
  const kept: Kept = { program: { ...program, kernels }, names, homes };
  cache.write(name, serialization().serialize(kept));
}

/** Undefined unless all is there, its kernels too. */
function recall(name: string, cache: KernelCache): RenderedProgram | undefined {
  const bytes = cache.read(name);
  if (bytes === undefined) return undefined;
  const { program, names, homes } = serialization().deserialize(bytes) as Kept;
  if (!names.every((kernel, i) => cache.has(kernel, homes[i]))) return undefined;
  const texts = program.kernels.map((kernel, i): KernelText => {
    const own = names[i] as string;
    return {
      label: kernel.name,
      lanes: kernel.lanes,
      name: own,
      routines: [],
      get body() {
        return cache.source(own) ?? "/* its text is no longer on the disk */";
      },
    };
  });
  return { program, texts };
}
