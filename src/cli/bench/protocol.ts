// What a comparison and those it compares say to each other: lines of JSON over a pipe. Whoever is
// started says who it is, then answers one request a line. bench/README.md describes it for peers.

import type { Definition, Task } from "./definition.ts";

/** Who speaks, or why it cannot. */
export interface Greeting {
  /** "PyTorch". */
  readonly peer: string;
  readonly version: string;
  readonly threads: number;
  /** The kinds of task it can do. */
  readonly kinds: readonly Task["kind"][];
}

export type Request =
  /** Median time of a step over some seconds: { ms }. */
  | { readonly ask: "time"; readonly definition: Definition; readonly seconds: number }
  /** Time of the first step in this process: { ms }. */
  | { readonly ask: "first"; readonly definition: Definition }
  /** Peak resident memory over that after the import, after some steps: { bytes, tensors? }. */
  | { readonly ask: "memory"; readonly definition: Definition; readonly steps: number }
  /** Best rates of a product of 1024x1024 and of moving so many bytes: { flops, bytes } a second. */
  | { readonly ask: "ceiling"; readonly bytes: number; readonly traffic: "read" | "copy" };

/** Figures by name. */
export type Answer = Readonly<Record<string, number>>;

/** Says what was answered with { error }. */
export class Refusal extends Error {}
