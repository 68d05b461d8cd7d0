// A kernel with nothing left but its reports of indices out of range, and what those are computed
// from: the same launch arguments, no result written.

import type { Atom, Kernel, Statement } from "../../ir/kernel.ts";

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

class Slice {
  readonly reads: Set<number> = new Set();
  private readonly kernel: Kernel;
  /** Variables that a report is computed from, and scratch buffers. */
  private readonly variables = new Set<number>();
  private readonly scratch = new Set<number>();
  private writes = false;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  run(): readonly Statement[] | undefined {
    // What is needed needs more in turn, which may stand earlier in a loop around.
    for (let size = -1; size !== this.size(); ) {
      size = this.size();
      this.mark(this.kernel.body);
    }
    return this.writes ? undefined : this.kept(this.kernel.body);
  }

  private size(): number {
    return this.variables.size + this.scratch.size;
  }

  private need(...atoms: readonly (Atom | undefined)[]): void {
    for (const atom of atoms) if (atom?.kind === "variable") this.variables.add(atom.id);
  }

  private isKept(s: Statement): boolean {
    switch (s.kind) {
      case "report":
        return true;
      case "store":
        return this.scratch.has(s.buffer);
      case "for":
        return s.body.some((t) => this.isKept(t));
      case "if":
        return [...s.body, ...(s.otherwise ?? [])].some((t) => this.isKept(t));
      case "transpose":
        return s.to.some(({ id }) => this.variables.has(id));
      default:
        return this.variables.has(s.to.id);
    }
  }

  /** From the end, so that users come before what they use. */
  private mark(body: readonly Statement[]): void {
    for (const s of [...body].reverse()) {
      if (s.kind === "for" || s.kind === "if") {
        this.mark(s.body);
        if (s.kind === "if" && s.otherwise) this.mark(s.otherwise);
      }
      if (this.isKept(s)) this.markSources(s);
    }
  }

  private markSources(s: Statement): void {
    if (s.kind === "report") this.need(s.code, s.value);
    else if (s.kind === "compute") this.need(...s.args);
    else if (s.kind === "transpose") this.need(...s.from);
    else if (s.kind === "var" || s.kind === "set" || s.kind === "across") this.need(s.value);
    else if (s.kind === "for") this.need(s.start, s.stop, s.step);
    else if (s.kind === "if") this.need(s.condition);
    else if (s.kind === "store") this.need(s.index, s.stride, s.base, s.value);
    else if (s.kind === "load") {
      this.need(s.index, s.stride, s.base);
      const buffer = this.kernel.buffers[s.buffer];
      if (buffer?.scratch !== undefined) this.scratch.add(s.buffer);
      else if (buffer?.write) this.writes = true;
      else this.reads.add(s.buffer);
    }
  }

  private kept(body: readonly Statement[]): Statement[] {
    return body
      .filter((s) => this.isKept(s))
      .map((s) => {
        if (s.kind === "for") return { ...s, body: this.kept(s.body) };
        if (s.kind !== "if") return s;
        const { otherwise, ...rest } = s;
        const made = { ...rest, body: this.kept(s.body) };
        return otherwise ? { ...made, otherwise: this.kept(otherwise) } : made;
      });
  }
}
