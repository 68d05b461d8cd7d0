// The op table: the one list of what a graph is made of. Everything else in the library is written
// in these. The set is closed under transposition (the adjoint of each linear op is here too), so
// derivative and batching rules exist for these alone. Every interpretation of an op (meaning,
// inference, derivative, batching, lowering) is a table keyed by these names whose type is total:
// a forgotten row does not compile.

import type { Body } from "./node.ts";

export type Family =
  | "leaf"
  | "movement"
  | "elementwise"
  | "reduction"
  | "contraction"
  | "indexed"
  | "structure";

interface OpFacts {
  readonly family: Family;
  /** How many sources; -1 means any number. */
  readonly arity: number;
}

const leaf = { family: "leaf", arity: 0 } as const;
const movement = { family: "movement", arity: 1 } as const;
const unary = { family: "elementwise", arity: 1 } as const;
const binary = { family: "elementwise", arity: 2 } as const;
const reduction = { family: "reduction", arity: 1 } as const;
const nested = { family: "structure", arity: -1 } as const;
const marker = { family: "structure", arity: 1 } as const;

/** The one table of ops: the family of each and how many sources it takes. */
export const ops = {
  // Leaves. `buffer` is realised data; `input` a slot of a program or a body; `iota` counts along an axis.
  buffer: leaf,
  input: leaf,
  const: leaf,
  iota: leaf,

  // Movement: the same numbers seen otherwise. `window` slides over one axis; `fold` is its adjoint.
  reshape: movement,
  permute: movement,
  expand: movement,
  slice: movement,
  pad: movement,
  flip: movement,
  window: movement,

  // Elementwise. Operands have one shape and (casts, comparisons and `where` aside) one dtype.
  neg: unary,
  exp: unary,
  expm1: unary,
  log: unary,
  log1p: unary,
  sin: unary,
  cos: unary,
  tanh: unary,
  erf: unary,
  sqrt: unary,
  floor: unary,
  cast: unary,
  bitcast: unary,
  add: binary,
  mul: binary,
  div: binary,
  mod: binary,
  max: binary,
  less: binary,
  equal: binary,
  and: binary,
  or: binary,
  xor: binary,
  shl: binary,
  shr: binary,
  where: { family: "elementwise", arity: 3 },
  /** Random bits: Threefry-2x32-20 of key (k0, k1) and counter (c0, c1), first word. All u32. */
  threefry: { family: "elementwise", arity: 4 },

  // Along an axis.
  reduce: reduction,
  fold: reduction,
  cumsum: reduction,
  argmax: reduction,
  argsort: reduction,

  contract: { family: "contraction", arity: 2 },

  gather: { family: "indexed", arity: 2 },
  scatter: { family: "indexed", arity: 3 },

  // Structure. `part` picks one result of a `scan` or `call`.
  scan: nested,
  call: nested,
  part: marker,
  /** Materialise here. */
  keep: marker,
  /** The same value, through which no derivative flows. */
  detach: marker,
  /** The same value under another identity: what a transform differentiates with respect to. */
  alias: marker,
} as const satisfies Record<string, OpFacts>;

/** The ops by name. */
export type Op = keyof typeof ops;
export type OpOf<F extends Family> = {
  [O in Op]: (typeof ops)[O]["family"] extends F ? O : never;
}[Op];
export type Elementwise = OpOf<"elementwise">;
export type Movement = OpOf<"movement">;

export type ReduceKind = "add" | "max" | "mul";

/** What each op carries besides its sources. Shapes and dtypes of results stand on the node itself. */
export interface OpArgs {
  buffer: null;
  input: { readonly slot: number };
  const: { readonly value: number };
  iota: { readonly axis: number };
  reshape: null;
  permute: { readonly order: readonly number[] };
  expand: null;
  slice: {
    readonly start: readonly number[];
    readonly stop: readonly number[];
    readonly step: readonly number[];
  };
  pad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    /** Gaps put between neighbours, so that pad is the exact adjoint of a strided slice. */
    readonly between: readonly number[];
    readonly value: number;
  };
  flip: { readonly axes: readonly number[] };
  /** [.., length, ..] to [.., out, size, ..]: element (o, k) is x[o·stride + k·dilation]. */
  window: {
    readonly axis: number;
    readonly size: number;
    readonly stride: number;
    readonly dilation: number;
    readonly form?: ProductForm | undefined;
  };
  /** [.., out, size, ..] to [.., length, ..]: the sum of every (o, k) with o·stride + k·dilation = i. */
  fold: {
    readonly axis: number;
    readonly length: number;
    readonly stride: number;
    readonly dilation: number;
    /** Of the windows that are its derivative. */
    readonly form?: ProductForm | undefined;
  };
  /** The axes are removed. */
  reduce: { readonly kind: ReduceKind; readonly axes: readonly number[] };
  cumsum: { readonly axis: number; readonly reverse: boolean };
  /** The first largest, as i32; the axis is removed. NaN counts as largest. */
  argmax: { readonly axis: number };
  /** The stable sorting permutation, as i32. NaN counts as largest. */
  argsort: { readonly axis: number; readonly descending: boolean };
  /** Einsum over two operands: one label an axis; a label in both and not in `out` is summed. */
  contract: {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly out: readonly number[];
  };
  /**
   * src (x, index): out[i…] = x[i… with the axis replaced by index[i…]]; out has the shape of index.
   * `checks`: whose index it is, where it is looked up for another op.
   */
  gather: { readonly axis: number; readonly checks?: "scatter" };
  /** src (target, index, values): target with values added or set at index along the axis. */
  scatter: { readonly axis: number; readonly kind: "add" | "set" };
  scan: ScanArgs;
  call: CallArgs;
  part: { readonly index: number };
  keep: null;
  detach: null;
  alias: null;
  neg: null;
  exp: null;
  expm1: null;
  log: null;
  log1p: null;
  sin: null;
  cos: null;
  tanh: null;
  erf: null;
  sqrt: null;
  floor: null;
  cast: null;
  bitcast: null;
  add: null;
  mul: null;
  div: null;
  mod: null;
  max: null;
  less: null;
  equal: null;
  and: null;
  or: null;
  xor: null;
  shl: null;
  shr: null;
  where: null;
  threefry: null;
}

/**
 * How products with windows become kernels; as other products do where windows say nothing. Nodes know
 * no more of it than its name. It travels with the windows so that programs without need not load it.
 */
export interface ProductForm {
  readonly name: string;
}

/**
 * Sources: carries, then stacked inputs (sliced along their first axis), then constants.
 * Body inputs in the same order (stacked ones without their first axis); body outputs: next
 * carries, then outputs to stack. Parts: last carries, then stacked outputs.
 */
export interface ScanArgs {
  readonly body: Body;
  readonly carries: number;
  readonly stacked: number;
  readonly length: number;
  readonly reverse: boolean;
  /** Remember only the carries for the backward pass, and run the body again there. */
  readonly checkpoint?: boolean;
  /** Its reverse rule. It travels with the scan so that programs without one need not load it. */
  readonly rule?: ScanRule;
  /** How it is compiled, which travels with it too; nodes know no more of it than its name. */
  readonly loop?: LoopForm;
}

/** How scans become loops of a program. */
export interface LoopForm {
  readonly name: string;
}

type Nodes = readonly import("./node.ts").Node[];
type Gradients = readonly (import("./node.ts").Node | null)[];

/**
 * Given a scan, the gradients of its parts (null: none), which sources want one, and the walk to use
 * on the body: the gradients of the sources (null: none).
 */
export type ScanRule = (
  node: import("./node.ts").Node<"scan">,
  gradients: Gradients,
  wanted: readonly boolean[],
  backward: (outputs: Nodes, cotangents: Nodes, wrt: Nodes) => Gradients,
) => Gradients;

/** A sub-graph with a derivative of its own; parts are the body's outputs. */
export interface CallArgs {
  readonly body: Body;
  /** `checkpoint` recomputes the body in the backward pass; `custom` asks `rule`. */
  readonly kind: "checkpoint" | "custom";
  readonly rule?: CallRule;
}

/** Given sources, results and gradients of the results, the gradients of the sources (null: none). */
export type CallRule = (src: Nodes, results: Nodes, gradients: Nodes) => Gradients;
