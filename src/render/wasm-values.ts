// What a kernel's variables and launch arguments are in WebAssembly: one local each. A value of one
// lane that a vector instruction needs is spread to all lanes where it is made, not where it is
// used, and only if it is needed; launch arguments are read at the head of the function, likewise.

import { CompileError } from "../ir/errors.ts";
import type { Atom, Kernel, KernelBuffer, Register, Variable } from "../ir/kernel.ts";
import { scalarCast } from "./wasm-cast.ts";
import type { Operand, Writer } from "./wasm-compute.ts";
import { type Fragment, FunctionCode, type ValueType } from "./wasm-module.ts";
import { registers } from "./wasm-registers.ts";

/** The parameters of a kernel's function, in order. */
export const parameter = {
  buffers: 0,
  ints: 1,
  floats: 2,
  begin: 3,
  end: 4,
  scratch: 5,
  status: 6,
};
export const kernelParameters = 7;

export type NonLiteral = Exclude<Atom, { kind: "literal" }>;

/** Another index plus a constant, and plus one that stays the same while that one changes. */
export interface Place {
  readonly root: NonLiteral;
  readonly add: number;
  readonly outer?: NonLiteral;
}

/** Where the code stands that gives a variable its value, and in how many loops that is. */
interface Birth {
  readonly fragment: Fragment;
  readonly loops: number;
}

export const isVector = (atom: Atom): boolean => atom.kind === "variable" && atom.lanes > 1;

export class Values implements Writer {
  readonly code: FunctionCode = new FunctionCode(kernelParameters);
  readonly kernel: Kernel;
  /** Variables that `set` changes. */
  readonly mutable: Set<number> = new Set();
  /** Indices that need no code while only loads and stores use them. */
  readonly offsets: Map<number, Place> = new Map();
  /** How many loops are around the code being written. */
  protected loops = 0;
  readonly #head: Birth;
  /** By variable: its local, the local with it in every lane, where the latter can be made. */
  readonly #locals = new Map<number, number>();
  readonly #spread = new Map<number, number>();
  readonly #births = new Map<number, Birth>();
  readonly #arguments = new Map<string, number>();
  readonly #bases = new Map<number, number>();
  readonly #temporaries = new Map<string, number>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#head = { fragment: this.code.fragment(), loops: 0 };
  }

  refuse(what: string): CompileError {
    throw new CompileError(`wasm: kernel ${this.kernel.name}: ${what} cannot be rendered`);
  }

  temporary(type: ValueType, slot: number): number {
    const key = `${type} ${slot}`;
    let local = this.#temporaries.get(key);
    if (local === undefined) {
      local = this.code.local(type);
      this.#temporaries.set(key, local);
    }
    return local;
  }

  declare(variable: Variable): number {
    const { lanes } = registers[variable.type];
    if (variable.lanes !== 1 && (variable.lanes !== this.kernel.lanes || !this.#fits(variable))) {
      this.refuse(`${variable.lanes} lanes of ${variable.type} (a vector has ${lanes})`);
    }
    const type = variable.lanes > 1 ? "v128" : registers[variable.type].scalar;
    const local = this.code.local(type);
    this.#locals.set(variable.id, local);
    return local;
  }

  #fits(variable: Variable): boolean {
    if (variable.type === "bool") return variable.lanes === 2 || variable.lanes === 4;
    return variable.type !== "index" && variable.lanes === registers[variable.type].lanes;
  }

  /** Takes the value on the stack. */
  assign(to: Variable): void {
    this.code.set(this.declare(to));
    this.made(to);
  }

  /** From here on the variable has its value. */
  made(variable: Variable): void {
    if (variable.lanes > 1) return;
    this.#births.set(variable.id, { fragment: this.code.fragment(), loops: this.loops });
  }

  /** Of a value of one lane. */
  birth(atom: NonLiteral): Birth {
    return atom.kind === "variable" ? (this.#births.get(atom.id) as Birth) : this.#head;
  }

  /** An index as what it was noted as, or as itself. */
  placeOf(index: NonLiteral): Place {
    const noted = index.kind === "variable" ? this.offsets.get(index.id) : undefined;
    return noted ?? { root: index, add: 0 };
  }

  local(variable: Variable): number {
    const place = this.offsets.get(variable.id);
    if (place && !this.#locals.has(variable.id)) {
      this.code.inside(this.birth(variable).fragment, () => {
        this.push(place.root, 1);
        if (place.outer) {
          this.push(place.outer, 1);
          this.code.op("i32.add");
        }
        if (place.add !== 0) {
          this.code.i32(place.add);
          this.code.op("i32.add");
        }
        this.code.set(this.declare(variable));
      });
    }
    const local = this.#locals.get(variable.id);
    if (local === undefined) throw this.refuse(`variable ${variable.id} has no value yet`);
    return local;
  }

  /** An atom alone (lanes 1) or in every lane. */
  push(atom: Atom, lanes: number): void {
    const { code } = this;
    if (lanes === 1) this.pushScalar(atom);
    else if (atom.kind === "literal") {
      const all = atom.type === "bool" && atom.value ? -1 : atom.value;
      code.constant(registers[atom.type].scalar, all);
    } else if (atom.kind === "variable") {
      if (atom.lanes > 1) code.get(this.local(atom));
      else if (this.mutable.has(atom.id)) {
        this.pushScalar(atom);
        this.splat(atom.type);
      } else {
        let everywhere = this.#spread.get(atom.id);
        if (everywhere === undefined) {
          everywhere = code.local("v128");
          this.#spread.set(atom.id, everywhere);
          const local = this.local(atom);
          this.code.inside(this.birth(atom).fragment, () => {
            code.get(local);
            this.splat(atom.type);
            code.set(everywhere as number);
          });
        }
        code.get(everywhere);
      }
    } else code.get(this.argument(atom, true));
  }

  pushScalar(atom: Atom): void {
    const { code } = this;
    if (atom.kind === "literal") {
      code[registers[atom.type].scalar](atom.type === "bool" && atom.value ? 1 : atom.value);
    } else if (atom.kind === "variable") {
      if (atom.lanes > 1) this.refuse("a vector where one value is needed");
      code.get(this.local(atom));
    } else code.get(this.argument(atom, false));
  }

  splat(type: Register): void {
    const { code } = this;
    if (type === "bool") {
      code.i32(-1);
      code.op("i32.mul");
    }
    code.op(`${registers[type].vector}.splat`);
  }

  /** The local of a launch argument, which is read at the head of the function. */
  argument(atom: Extract<Atom, { kind: "int" | "float" }>, everywhere: boolean): number {
    const { code } = this;
    const key = `${atom.kind} ${atom.at} ${atom.type} ${everywhere}`;
    let local = this.#arguments.get(key);
    if (local === undefined) {
      local = code.local(everywhere ? "v128" : registers[atom.type].scalar);
      this.#arguments.set(key, local);
      const alone = everywhere ? this.argument(atom, false) : -1;
      code.inside(this.#head.fragment, () => {
        if (everywhere) {
          code.get(alone);
          this.splat(atom.type);
        } else if (atom.kind === "int") {
          code.get(parameter.ints);
          code.memory("i32.load", 4 * atom.at, 2);
        } else {
          code.get(parameter.floats);
          code.memory("f64.load", 8 * atom.at, 3);
          scalarCast(code, "f64", atom.type);
        }
        code.set(local as number);
      });
    }
    return local;
  }

  operand(atom: Atom, lanes: number): Operand {
    const vector = isVector(atom) ? (atom as Variable) : undefined;
    return {
      vector: vector !== undefined,
      known: atom.kind === "literal" && !Number.isNaN(atom.value),
      push: () => this.push(atom, lanes),
      lane: (i) => {
        if (!vector) return this.pushScalar(atom);
        this.code.get(this.local(vector));
        this.extract(atom.type, i);
      },
    };
  }

  /** One lane of the vector on the stack. */
  extract(type: Register, i: number): void {
    const { code } = this;
    const isWide = type === "bool" && this.kernel.lanes === 2;
    code.lane(`${registers[type].vector}.extract_lane`, isWide ? 2 * i : i);
    if (type === "bool") {
      code.i32(1);
      code.op("i32.and");
    }
  }

  /** The local with a buffer's address. */
  base(buffer: number): number {
    const { code, kernel } = this;
    let local = this.#bases.get(buffer);
    if (local === undefined) {
      local = code.local("i32");
      this.#bases.set(buffer, local);
      const { scratch } = kernel.buffers[buffer] as KernelBuffer;
      code.inside(this.#head.fragment, () => {
        if (scratch === undefined) {
          code.get(parameter.buffers);
          code.memory("i32.load", 4 * buffer, 2);
        } else {
          code.get(parameter.scratch);
          code.get(parameter.ints);
          code.memory("i32.load", 4 * scratch, 2);
          code.op("i32.add");
        }
        code.set(local as number);
      });
    }
    return local;
  }
}
