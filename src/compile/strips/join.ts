// Several kernels as one, whose unit is a strip: it runs those units of each that belong to the strip,
// one kernel after another. What one leaves to the next is in the thread's scratch.
//
// Bodies are taken as they are, with other numbers for variables, buffers and launch arguments. An
// index into a value that is kept goes by what the strips before have of it.

import { bytesOf } from "../../ir/dtype.ts";
import type { Argument, Atom, Kernel, Statement, Variable } from "../../ir/kernel.ts";
import type { Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { isAtom } from "../builder.ts";
import { type BufferUse, LaunchArguments } from "../launch-arguments.ts";
import type { LoweredJob } from "../lower/lowered-job.ts";
import { literal } from "../math.ts";
import { Allocation, arrange } from "../plan/arena.ts";

/** A kernel among others. */
export interface Member {
  readonly job: LoweredJob;
  /** Turns of its leading loops in a strip. */
  readonly turns: number;
  /** What it reads or writes that only this strip knows. */
  readonly kept: ReadonlySet<Node>;
}

/** What a kernel and its launch are made of. */
export type Joined = Pick<LoweredJob, "kernel" | "uses" | "ints" | "floats" | "scratch">;

export function joinKernels(name: string, members: readonly Member[], strips: number): Joined {
  return new Joining(members, strips).run(name);
}

class Joining extends LaunchArguments {
  readonly #members: readonly Member[];
  readonly #strips: number;
  readonly #homes: ReadonlyMap<Node, Allocation>;
  readonly #kept = new Map<Node, number>();
  readonly #own: number;
  #variables = 0;
  readonly #unit: Variable;

  constructor(members: readonly Member[], strips: number) {
    super();
    this.#members = members;
    this.#strips = strips;
    this.#unit = this.#declare();
    // Kernels come one after another: their own scratch lies in one place.
    this.#own = Math.max(0, ...members.map(({ job }) => Math.ceil(job.scratch / 64) * 64));
    this.#homes = homesOf(members, strips);
  }

  run(name: string): Joined {
    const bytes = arrange([...this.#homes.values()]);
    const body = this.#members.map((member) => this.#bodyOf(member));
    const lanes = Math.max(...this.#members.map(({ job }) => job.kernel.lanes));
    const kernel: Kernel = {
      name,
      buffers: this.launch().buffers,
      ints: this.ints.length,
      floats: this.floats.length,
      lanes,
      variables: this.#variables,
      unit: this.#unit,
      body: this.placed(body),
    };
    const { uses, ints, floats } = this;
    return { kernel, uses, ints, floats, scratch: this.#own + bytes };
  }

  #declare(like?: Variable): Variable {
    const id = this.#variables++;
    return like ? { ...like, id } : { kind: "variable", id, type: "index", lanes: 1 };
  }

  /** A number that is no other's. */
  #number(value: number): Argument {
    return { kind: "int", at: this.ints.push(value) - 1, type: "index" };
  }

  /**
   * A member's units of this strip: a routine, for compilers take longer over one long function than over
   * several short ones, and another kernel may run the same member.
   */
  #bodyOf({ job, turns, kept }: Member): Statement {
    const { each } = job.leading as NonNullable<LoweredJob["leading"]>;
    const first = this.ints.length;
    this.ints.push(...job.ints);
    if ("argument" in each) this.ints[first + each.argument] = turns;
    const numbers = this.floats.length;
    this.floats.push(...job.floats);
    const given = new Parameters((like) => this.#declare(like));
    const unit = given.of(this.#unit);
    const statements: Statement[] = [];
    const compute = (op: "add" | "sub" | "mul", a: Atom, b: Atom): Variable => {
      const to = this.#declare();
      statements.push({ kind: "compute", to, op, args: [a, b] });
      return to;
    };
    const { buffers } = job.kernel;
    const places = buffers.map((buffer, i): Place => {
      const use = job.uses[i];
      if (buffer.scratch !== undefined) {
        return { buffer: this.inScratch(buffer.memory, first + buffer.scratch), shift: undefined };
      }
      const { source, offset } = use as BufferUse;
      if (!kept.has(source)) {
        const shared = buffer.write ? this.writes(source, offset) : this.reads(source, offset);
        return { buffer: shared, shift: undefined };
      }
      const size = given.of(this.#number(sizeOf(source.shape) / this.#strips));
      const before = compute("mul", unit, size);
      const start = offset === 0 ? literal("index", 0) : given.of(this.#number(offset));
      return { buffer: this.#home(source), shift: compute("sub", start, before) };
    });
    const copy = new Copy(places, {
      declare: (like) => this.#declare(like),
      argument: (atom) =>
        given.of({ ...atom, at: atom.at + (atom.kind === "int" ? first : numbers) }),
    });
    if (!("units" in each) || each.units * turns === 1) {
      copy.rename(job.kernel.unit, unit);
      statements.push(...copy.block(job.kernel.body));
    } else {
      const count = given.of(this.#number(each.units * turns));
      const start = compute("mul", unit, count);
      const stop = compute("add", start, count);
      const variable = copy.variable(job.kernel.unit);
      const body = copy.block(job.kernel.body);
      statements.push({ kind: "for", variable, start, stop, step: literal("index", 1), body });
    }
    const { parameters, args } = given;
    return { kind: "routine", stage: true, parameters, args, body: statements };
  }

  /** Where a strip of a value is kept. */
  #home(node: Node): number {
    let at = this.#kept.get(node);
    if (at === undefined) {
      const { offset } = this.#homes.get(node) as Allocation;
      at = this.inScratch(node.dtype, this.#number(this.#own + offset).at);
      this.#kept.set(node, at);
    }
    return at;
  }
}

/** Pieces of scratch for what is kept, each needed from the first member that touches it to the last. */
function homesOf(members: readonly Member[], strips: number): Map<Node, Allocation> {
  const homes = new Map<Node, Allocation>();
  members.forEach(({ job, kept }, at) => {
    for (const { source } of job.uses) {
      if (!kept.has(source)) continue;
      const bytes = (sizeOf(source.shape) / strips) * bytesOf(source.dtype);
      const home = homes.get(source) ?? new Allocation(bytes);
      home.touch(at);
      homes.set(source, home);
    }
  });
  return homes;
}

/** What a routine is given: each operand from around it once. */
class Parameters {
  readonly parameters: Variable[] = [];
  readonly args: Atom[] = [];
  readonly #known = new Map<string, Variable>();
  readonly #declare: (like: Variable) => Variable;

  constructor(declare: (like: Variable) => Variable) {
    this.#declare = declare;
  }

  /** The parameter that stands for an operand. */
  of(atom: Exclude<Atom, { kind: "literal" }>): Variable {
    const at = atom.kind === "variable" ? atom.id : atom.at;
    const key = `${atom.kind}:${at}:${atom.type}`;
    let made = this.#known.get(key);
    if (made === undefined) {
      made = this.#declare({ kind: "variable", id: 0, type: atom.type, lanes: 1 });
      this.#known.set(key, made);
      this.parameters.push(made);
      this.args.push(atom);
    }
    return made;
  }
}

/** Where a member's buffer is now, and what is added to an index into it. */
interface Place {
  readonly buffer: number;
  readonly shift: Variable | undefined;
}

interface Numbering {
  declare(like: Variable): Variable;
  argument(atom: Argument): Atom;
}

type Access = Extract<Statement, { kind: "load" | "store" }>;

/** A member's statements, for the kernel that they are in now. */
class Copy {
  readonly #variables = new Map<number, Variable>();
  readonly #places: readonly Place[];
  readonly #numbering: Numbering;
  /** In a routine: the parameters that stand for shifts. */
  #parameters: Map<Variable, Variable> | undefined;

  constructor(places: readonly Place[], numbering: Numbering) {
    this.#places = places;
    this.#numbering = numbering;
  }

  block(body: readonly Statement[]): Statement[] {
    return body.flatMap((s) => this.#statement(s));
  }

  /** Let a variable be another. */
  rename(old: Variable, now: Variable): void {
    this.#variables.set(old.id, now);
  }

  atom(atom: Atom): Atom {
    if (atom.kind === "literal") return atom;
    return atom.kind === "variable" ? this.variable(atom) : this.#numbering.argument(atom);
  }

  variable(old: Variable): Variable {
    let made = this.#variables.get(old.id);
    if (made === undefined) {
      made = this.#numbering.declare(old);
      this.rename(old, made);
    }
    return made;
  }

  #statement(s: Statement): Statement[] {
    if (s.kind === "routine") return [this.#routine(s)];
    const shift = "buffer" in s ? this.#placeOf(s.buffer).shift : undefined;
    if (!shift || s.kind === "prefetch") return shift ? [] : [this.#mapped(s)];
    return this.#shifted(this.#mapped(s as Access), this.#here(shift));
  }

  /** The same with other operands and results. */
  #mapped<S extends Statement>(s: S): S {
    const made: Record<string, unknown> = { ...s };
    for (const [name, value] of Object.entries(s)) {
      if (name === "body" || name === "otherwise") made[name] = this.block(value);
      else if (name === "buffer") made[name] = this.#placeOf(value).buffer;
      else if (Array.isArray(value)) made[name] = value.map((atom) => this.atom(atom));
      else if (isAtom(value)) made[name] = this.atom(value);
    }
    return made as unknown as S;
  }

  /** A vector of indices goes by its base. */
  #shifted(s: Access, shift: Variable): Statement[] {
    const isVector = s.index.type !== "index";
    const from = isVector ? s.base : s.index;
    if (!from) return [{ ...s, base: shift }];
    const to = this.#numbering.declare(shift);
    const at: Statement = { kind: "compute", to, op: "add", args: [from, shift] };
    return [at, isVector ? { ...s, base: to } : { ...s, index: to }];
  }

  /** A routine is given the shifts that it needs. */
  #routine(s: Extract<Statement, { kind: "routine" }>): Statement {
    const outside = this.#parameters;
    const own = new Map<Variable, Variable>();
    this.#parameters = own;
    const made = this.#mapped(s);
    this.#parameters = outside;
    const shifts = [...own.keys()].map((shift) => this.#here(shift));
    return {
      ...made,
      parameters: [...made.parameters, ...own.values()],
      args: [...made.args, ...shifts],
    };
  }

  #here(shift: Variable): Variable {
    if (!this.#parameters) return shift;
    const known = this.#parameters.get(shift) ?? this.#numbering.declare(shift);
    this.#parameters.set(shift, known);
    return known;
  }

  #placeOf(buffer: number): Place {
    return this.#places[buffer] as Place;
  }
}
