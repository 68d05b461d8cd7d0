// The scope that compile puts around a function while it traces it: arguments are input nodes, a cell
// becomes an input when it is first read, an assignment is a value kept for the end, a random stream
// gets its key and counter as numbers.

import { alias, detach, input } from "../ir/build.ts";
import { type DType, isFloat } from "../ir/dtype.ts";
import { homeOf, type Node, nodeClock } from "../ir/node.ts";
import type { Base } from "./base.ts";
import { noteVersion, type Slot } from "./slot.ts";
import type { Guard, Scope, Stream } from "./trace.ts";

export interface TracedCell {
  readonly slot: Slot;
  /** Its value when the program starts. */
  readonly input: Node;
  value: Node;
  assigned: boolean;
}

export interface TracedStream {
  readonly stream: Stream;
  readonly k0: Node;
  readonly k1: Node;
  readonly base: Node;
  /** Draws of one call. */
  count: number;
}

/** A number that every call brings: argument `at`, or a fact of a stream. */
export type NumberSource =
  | { readonly kind: "argument"; readonly at: number }
  | { readonly kind: "k0" | "k1" | "base"; readonly stream: Stream };

export class CompileScope implements Scope {
  readonly name = "compile";
  readonly blocksReads = true;
  /** Nodes with smaller ids were made before the trace. */
  readonly clock: number = nodeClock();
  readonly guards: Guard[] = [];
  readonly cells: Map<Slot, TracedCell> = new Map();
  readonly streams: Map<Stream, TracedStream> = new Map();
  /** Input nodes of tensor arguments, in order. */
  readonly tensors: Node[] = [];
  readonly numbers: Map<Node, NumberSource> = new Map();
  outer?: Scope | undefined;

  /** The next argument, given the tensors that the function is traced with. */
  tensor(shape: readonly number[], dtype: DType, given: readonly Base[]): Node {
    const node = input(this.tensors.length, shape, dtype);
    const argument = given[this.tensors.length];
    node.home = argument && homeOf(argument.node);
    this.tensors.push(node);
    return node;
  }

  /** A number argument: one node for each type that it is used in. */
  number(at: number): (like: DType) => Node {
    const known = new Map<DType, Node>();
    return (like) => {
      const dtype = isFloat(like) && like !== "f16" && like !== "bf16" ? like : "f32";
      let node = known.get(dtype);
      if (node === undefined) {
        node = this.#number({ kind: "argument", at }, dtype);
        known.set(dtype, node);
      }
      return node;
    };
  }

  #number(source: NumberSource, dtype: DType): Node {
    const node = input(0, [], dtype);
    this.numbers.set(node, source);
    return node;
  }

  #cell(slot: Slot): TracedCell {
    let cell = this.cells.get(slot);
    if (cell === undefined) {
      const node = input(0, slot.shape, slot.dtype);
      node.home = homeOf(slot.node);
      cell = { slot, input: node, value: node, assigned: false };
      this.cells.set(slot, cell);
      noteVersion(node, slot);
    }
    return cell;
  }

  read(slot: Slot): Node {
    return this.#cell(slot).value;
  }

  assign(slot: Slot, value: Node): boolean {
    slot.check(value);
    const cell = this.#cell(slot);
    // A name of its own: derivatives with respect to the new value do not reach the old one.
    cell.value = alias(detach(value));
    noteVersion(cell.value, slot);
    cell.assigned = true;
    return true;
  }

  stream(stream: Stream, count: number): { k0: Node; k1: Node; base: Node; offset: number } {
    let traced = this.streams.get(stream);
    if (traced === undefined) {
      traced = {
        stream,
        k0: this.#number({ kind: "k0", stream }, "u32"),
        k1: this.#number({ kind: "k1", stream }, "u32"),
        base: this.#number({ kind: "base", stream }, "u32"),
        count: 0,
      };
      this.streams.set(stream, traced);
    }
    const offset = traced.count;
    traced.count += count;
    return { k0: traced.k0, k1: traced.k1, base: traced.base, offset };
  }
}
