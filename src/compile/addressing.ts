// Indices into kernel statements: an address-sized integer, or along the axis of a vector loop one
// i32 a lane. Numbers that depend on sizes become launch arguments, so that one text serves every
// size; what changes in outer loops is added up there.

import { CompileError } from "../ir/errors.ts";
import type { Atom, Register } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import {
  type Axis,
  atomDependsOn,
  constantIndex,
  dependsOn,
  factorOf,
  type Index,
  type IndexAtom,
  isLinear,
  plus,
  rangeOf,
  withoutConstant,
} from "./affine.ts";
import { type KernelBuilder, lanesOf, type Spread } from "./builder.ts";
import type { Expression } from "./expression.ts";
import { literal, type Operand } from "./math-arithmetic.ts";

/** Numbers that stand in the kernel's text; all others are launch arguments. */
export const inText = (value: number): boolean => value === 0 || value === 1 || value === -1;

export abstract class Addressing {
  readonly builder: KernelBuilder;
  /** The axis of the vector loop around, if any, and how many lanes count, if not all. */
  lane: Axis | undefined;
  count: Atom | undefined;
  /** Strides of one operand stay apart from equal ones of another that is used otherwise. */
  use: string = "";
  readonly #places = new Map<Axis, { readonly value: Atom; readonly depth: number }>();
  #deferred: (() => void)[] | undefined;

  constructor(builder: KernelBuilder) {
    this.builder = builder;
  }

  abstract value(e: Expression): Atom;

  /** Say where an axis stands in the block being written: its loop variable, or a number. */
  place(axis: Axis, at: Operand): void {
    const value = typeof at === "number" ? literal("index", at) : at;
    this.#places.set(axis, { value, depth: this.builder.depth });
  }

  /** Code for which axes stand elsewhere: afterwards they stand where they did. */
  aside(make: () => void): void {
    const before = new Map(this.#places);
    make();
    this.#places.clear();
    for (const [axis, place] of before) this.#places.set(axis, place);
  }

  /** The depth below which some of the axes move. */
  protected depthOf(axes: Iterable<Axis>): number {
    let depth = 0;
    for (const axis of axes) depth = Math.max(depth, this.#places.get(axis)?.depth ?? 0);
    return depth;
  }

  /** How many numbers a value has that is written here and changes along these axes. */
  protected lanesAlong(axes: ReadonlySet<Axis>): number {
    return this.lane !== undefined && axes.has(this.lane) ? this.builder.lanes : 1;
  }

  protected load(source: Node, index: Index, type: Register, lanes: number): Atom {
    const b = this.builder;
    // The pointer goes to the lowest element, so that what is added to it is never negative.
    const { low } = rangeOf(index);
    const buffer = b.reads(source, low);
    const rest = plus(index, constantIndex(-low));
    if (lanes === 1) return b.load(type, buffer, this.address(rest));
    const lane = this.lane as Axis;
    if (isLinear(rest, lane)) {
      const spread = this.#spreadOf(rest, lane);
      return b.load(type, buffer, this.address(rest), { lanes, ...spread });
    }
    const { scalar, vector } = this.#parts(rest, lane);
    const at = this.vectorIndex({ terms: vector, constant: 0 }, false);
    const base = this.address({ terms: scalar, constant: rest.constant });
    // Where conditions are assumed, what would differ from lane to lane can be the same for all.
    if (lanesOf(at) === 1) return b.load(type, buffer, b.index.add(base, b.index.cast(at)));
    return b.load(type, buffer, at, { lanes, base, count: this.count });
  }

  /** Store an element of `node` at an index into its own memory. */
  store(node: Node, index: Index, value: Atom): void {
    const b = this.builder;
    const buffer = b.writes(node, index.constant);
    const rest = withoutConstant(index);
    const lane = this.lane;
    if (!lane || !dependsOn(rest, lane)) {
      this.#put(buffer, this.address(rest), value, 1);
      return;
    }
    if (!isLinear(rest, lane))
      throw new CompileError(`${node.op}: stored along an axis that memory does not follow`);
    this.#put(buffer, this.address(rest), value, b.lanes, this.#spreadOf(rest, lane));
  }

  /** Code whose stores all come at its end: what it reads it reads before. */
  storesLast(make: () => void): void {
    const outer = this.#deferred;
    const mine: (() => void)[] = [];
    this.#deferred = mine;
    make();
    this.#deferred = outer;
    for (const store of mine) store();
  }

  #put(buffer: number, at: Atom, value: Atom, lanes: number, spread: Spread = {}): void {
    const store = (): void => this.builder.store(buffer, at, value, lanes, spread);
    if (this.#deferred) this.#deferred.push(store);
    else store();
  }

  #spreadOf(index: Index, lane: Axis): Spread {
    const factor = factorOf(index, lane);
    const { count } = this;
    if (factor === 1) return { count };
    return { count, stride: this.builder.int(factor, `s${this.use}${lane.id}:${factor}`) };
  }

  #parts(index: Index, lane: Axis): { scalar: Index["terms"]; vector: Index["terms"] } {
    return {
      vector: index.terms.filter((t) => atomDependsOn(t.atom, lane)),
      scalar: index.terms.filter((t) => !atomDependsOn(t.atom, lane)),
    };
  }

  /** An index as an address-sized integer; along the lane axis, that of the first lane. */
  address(index: Index): Atom {
    const b = this.builder;
    const products = index.terms.flatMap(({ atom, factor }) => {
      const value = this.#atom(atom);
      if (value.kind === "literal" && value.value === 0) return [];
      return [b.index.mul(value, inText(factor) ? factor : this.#factor(atom, factor))];
    });
    products.sort((x, y) => b.depthOf(x) - b.depthOf(y));
    let sum: Atom = literal("index", 0);
    for (const product of products) sum = b.index.add(sum, product);
    if (index.constant === 0) return sum;
    return b.index.add(sum, b.int(index.constant, `k${index.constant}`));
  }

  #factor(atom: IndexAtom, factor: number): Atom {
    return this.builder.int(factor, `f${this.use}${atom.id}:${factor}`);
  }

  #atom(atom: IndexAtom): Atom {
    const b = this.builder;
    if (atom.kind === "axis") {
      const place = this.#places.get(atom);
      if (!place) throw new CompileError("an axis is used outside its loop");
      return place.value;
    }
    if (atom.kind === "dynamic") return b.index.cast(this.value(atom.value));
    const by = b.int(atom.by, `q${atom.id}`);
    return b.index[atom.kind === "quotient" ? "div" : "mod"](this.address(atom.base), by);
  }

  /** An index that moves along the lanes, as an i32 a lane; `all`: with the terms that do not. */
  protected vectorIndex(index: Index, all: boolean): Atom {
    const b = this.builder;
    const { scalar, vector } = this.#parts(index, this.lane as Axis);
    let sum: Atom | undefined;
    for (const { atom, factor } of vector) {
      const value = this.#vectorAtom(atom);
      const by = inText(factor)
        ? literal("i32", factor)
        : b.compute("cast", "i32", this.#factor(atom, factor));
      const product = factor === 1 ? value : b.compute("mul", "i32", value, by);
      sum = sum ? b.compute("add", "i32", sum, product) : product;
    }
    const rest: Index = { terms: all ? scalar : [], constant: index.constant };
    if (rest.terms.length === 0 && rest.constant === 0) return sum as Atom;
    return b.compute("add", "i32", sum as Atom, b.compute("cast", "i32", this.address(rest)));
  }

  #vectorAtom(atom: IndexAtom): Atom {
    const b = this.builder;
    if (atom === this.lane)
      return b.compute("add", "i32", b.lanesVector(), b.compute("cast", "i32", this.#atom(atom)));
    if (atom.kind === "dynamic") return this.value(atom.value);
    if (atom.kind === "axis") throw new CompileError("an axis is not the lane axis");
    const by = b.compute("cast", "i32", b.int(atom.by, `q${atom.id}`));
    const base = this.vectorIndex(atom.base, true);
    return b.compute(atom.kind === "quotient" ? "div" : "mod", "i32", base, by);
  }
}
