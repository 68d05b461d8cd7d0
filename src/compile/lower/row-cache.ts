// Dear values that several passes over a row need: the first pass leaves them in scratch memory.

import type { Atom } from "../../ir/kernel.ts";
import { type Axis, indexOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { registerOf } from "../registers.ts";
import type { Loop } from "./loops.ts";

/** Instructions from which reading a value back is cheaper. */
const dear = 10;
/** Elements of a row that still fits in the cache. */
const longestRow = 65536;

export class RowCache {
  /** The pass that makes each value kept. */
  readonly #first = new Map<Expression, number>();
  readonly #buffers = new Map<Expression, number>();
  readonly #emission: Emission;
  readonly #row: Loop | undefined;

  /** `row`: the loop of every pass, if it is a single one; `passes`: what each computes. */
  constructor(
    emission: Emission,
    row: Loop | undefined,
    passes: readonly (readonly Expression[])[],
  ) {
    this.#emission = emission;
    this.#row = row;
    if (!row || row.extent > longestRow) return;
    for (const [e, users] of usersOf(row.axis, passes)) {
      if (e.kind === "operation" && e.cost >= dear && users.size > 1)
        this.#first.set(e, Math.min(...users));
    }
  }

  /** Code of a pass, with what earlier passes left at hand and what later ones need put aside. */
  during(pass: number, body: () => void): void {
    const b = this.#emission.builder;
    for (const [e, first] of this.#first) {
      if (first < pass) this.#emission.cached.set(e, () => this.#readBack(e));
    }
    for (const [e, first] of this.#first) {
      if (first !== pass) continue;
      const buffer = this.#bufferFor(e);
      const value = this.#emission.value(e);
      b.store(buffer, this.#at(), value, this.#lanes());
    }
    body();
    for (const e of this.#first.keys()) this.#emission.cached.delete(e);
  }

  #readBack(e: Expression): Atom {
    const type = registerOf(e.dtype);
    const buffer = this.#buffers.get(e) as number;
    return this.#emission.builder.load(type, buffer, this.#at(), {
      lanes: this.#lanes(),
      fresh: true,
    });
  }

  #bufferFor(e: Expression): number {
    const old = this.#buffers.get(e);
    if (old !== undefined) return old;
    const memory = e.dtype === "u8" ? "i32" : e.dtype;
    // The last vector is put aside whole, however few of its lanes count.
    const { builder } = this.#emission;
    const made = builder.scratch(memory, (this.#row as Loop).extent + builder.lanes);
    this.#buffers.set(e, made);
    return made;
  }

  #at(): Atom {
    return this.#emission.address(indexOf((this.#row as Loop).axis));
  }

  #lanes(): number {
    return this.#emission.lane ? this.#emission.builder.lanes : 1;
  }
}

/** The passes that use each value along the axis; what a shared dear value is made of is left out. */
function usersOf(
  axis: Axis,
  passes: readonly (readonly Expression[])[],
): Map<Expression, Set<number>> {
  const users = new Map<Expression, Set<number>>();
  passes.forEach((roots, pass) => {
    const stack = [...roots];
    const visited = new Set<Expression>();
    for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
      if (visited.has(e) || !e.axes.has(axis)) continue;
      visited.add(e);
      const own = users.get(e) ?? new Set<number>();
      users.set(e, own.add(pass));
      const kept = own.size > 1 && e.cost >= dear;
      if (e.kind === "operation" && !kept) stack.push(...e.args);
      else if (e.kind === "guard") stack.push(e.value);
    }
  });
  return users;
}
