// A kernel with nothing left but its reports of indices out of range, and what those are computed
// from: the same launch arguments, no result written.

import type { Kernel, Statement, Variable } from "../../ir/kernel.ts";

export interface KernelChecks {
  readonly kernel: Kernel;
  /** The buffers that they read, by their position in the kernel's table. */
  readonly reads: ReadonlySet<number>;
}

/** The checks of a kernel; undefined if they need what the kernel itself writes. */
export function checksOf(kernel: Kernel): KernelChecks | undefined {
  const slice = new Slice(kernel);
  const body = slice.run();
  return body && { kernel: { ...kernel, name: `${kernel.name} check`, body }, reads: slice.reads };
}

/** Fields of a statement that hold no operands. */
const given: ReadonlySet<string> = new Set(["to", "variable", "parameters", "body", "otherwise"]);

const isVariable = (value: unknown): value is Variable =>
  typeof value === "object" && (value as Partial<Variable> | null)?.kind === "variable";

class Slice {
  readonly reads: Set<number> = new Set();
  readonly #kernel: Kernel;
  /** Variables that a report is computed from, and scratch buffers. */
  readonly #variables = new Set<number>();
  readonly #scratch = new Set<number>();
  #writes = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  run(): readonly Statement[] | undefined {
    // What is needed needs more in turn, which may stand earlier in a loop around.
    for (let size = -1; size !== this.#size(); ) {
      size = this.#size();
      this.#mark(this.#kernel.body);
    }
    return this.#writes ? undefined : this.#kept(this.#kernel.body);
  }

  #size(): number {
    return this.#variables.size + this.#scratch.size;
  }

  #isKept(s: Statement): boolean {
    switch (s.kind) {
      case "report":
        return true;
      case "prefetch":
        return false;
      case "store":
        return this.#scratch.has(s.buffer);
      case "for":
      case "routine":
        return s.body.some((t) => this.#isKept(t));
      case "if":
        return [...s.body, ...(s.otherwise ?? [])].some((t) => this.#isKept(t));
      default:
        return [s.to].flat().some(({ id }) => this.#variables.has(id));
    }
  }

  /** From the end, so that users come before what they use. */
  #mark(body: readonly Statement[]): void {
    for (const s of [...body].reverse()) {
      if (s.kind === "for" || s.kind === "if" || s.kind === "routine") {
        this.#mark(s.body);
        if (s.kind === "if" && s.otherwise) this.#mark(s.otherwise);
      }
      if (this.#isKept(s)) this.#markSources(s);
    }
  }

  /** Whatever variables stand in a statement, except those that it gives a value. */
  #markSources(s: Statement): void {
    for (const [name, value] of Object.entries(s)) {
      if (given.has(name)) continue;
      for (const atom of [value].flat()) if (isVariable(atom)) this.#variables.add(atom.id);
    }
    if (s.kind !== "load") return;
    const buffer = this.#kernel.buffers[s.buffer];
    if (buffer?.scratch !== undefined) this.#scratch.add(s.buffer);
    else if (buffer?.write) this.#writes = true;
    else this.reads.add(s.buffer);
  }

  #kept(body: readonly Statement[]): Statement[] {
    return body
      .filter((s) => this.#isKept(s))
      .map((s) => {
        if (s.kind === "for" || s.kind === "routine") return { ...s, body: this.#kept(s.body) };
        if (s.kind !== "if") return s;
        const { otherwise, ...rest } = s;
        const made = { ...rest, body: this.#kept(s.body) };
        return otherwise ? { ...made, otherwise: this.#kept(otherwise) } : made;
      });
  }
}
