// A kernel as a WebAssembly function: statements one for one, each variable a local. An index that is
// another plus a literal goes into the offset of loads and stores; what a loop adds to an index from
// outside it is added to an address found there. Names are not in the code, so equal kernels give
// equal bytes, which are their identity.
//
//   (buffers, ints, floats, begin, end, scratch, status): i32 each. Addresses of: a table of i32
//   addresses, of i32, of f64; the units; this thread's scratch memory; and for a report an i32 code,
//   with an f64 value 8 bytes on.

import type { Atom, Kernel, Statement, Variable } from "../ir/kernel.ts";
import type { Rendered, Target } from "./renderer.ts";
import { AccessedValues } from "./wasm-access.ts";
import { scalarBitcast, scalarCast, vectorCast } from "./wasm-cast.ts";
import { type Operand, scalarRows, vectorRows } from "./wasm-compute.ts";
import type { FunctionCode } from "./wasm-module.ts";
import { type NonLiteral, type Place, parameter } from "./wasm-values.ts";

/** What the compiler may count on: 128-bit SIMD and sixteen registers on every engine. */
export const wasmTarget: Target = {
  vectorBytes: 16,
  vectorRegisters: 16,
  mixedWidths: false,
  fma: false,
  cache: { l1: 32 * 1024, l2: 512 * 1024 },
  without: new Set(),
};

/** The body of the kernel's function; its name is only for people. */
export function renderWasm(kernel: Kernel, name: string): Rendered<Uint8Array<ArrayBuffer>> {
  return { name, code: new KernelWriter(kernel).write().encode() };
}

/** The same as a listing in the names of the text format. */
export function printWasm(kernel: Kernel): string {
  return new KernelWriter(kernel).write().print();
}

class KernelWriter extends AccessedValues {
  write(): FunctionCode {
    const { code, kernel } = this;
    const unit = this.declare(kernel.unit);
    code.get(parameter.begin);
    code.set(unit);
    const proceed = (): void => {
      code.get(unit);
      code.get(parameter.end);
      code.op("i32.lt_s");
    };
    this.#loop(proceed, () => {
      this.made(kernel.unit);
      this.#block(kernel.body);
      code.get(unit);
      code.i32(1);
      code.op("i32.add");
      code.set(unit);
    });
    return code;
  }

  /** Repeats `body` while `proceed`, which pushes a condition, holds. */
  #loop(proceed: () => void, body: () => void): void {
    const { code } = this;
    proceed();
    code.block("if", () => {
      code.block("loop", () => {
        this.loops++;
        body();
        this.loops--;
        proceed();
        code.branch("br_if", 0);
      });
    });
  }

  #block(body: readonly Statement[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #statement(s: Statement): void {
    const { code } = this;
    switch (s.kind) {
      case "compute":
        this.#compute(s);
        return;
      case "var":
        this.mutable.add(s.to.id);
        this.push(s.value, s.to.lanes);
        this.assign(s.to);
        return;
      case "set":
        this.push(s.value, s.to.lanes);
        code.set(this.local(s.to));
        return;
      case "lanes":
        if (s.to.lanes === 1) code.i32(0);
        else code.lanes("i32", [0, 1, 2, 3]);
        this.assign(s.to);
        return;
      case "first":
        this.push(s.count, 1);
        if (s.to.lanes === 2) {
          code.op("i64.extend_i32_s");
          code.op("i64x2.splat");
          code.lanes("i64", [0, 1]);
          code.op("i64x2.gt_s");
        } else {
          code.op("i32x4.splat");
          code.lanes("i32", [0, 1, 2, 3]);
          code.op("i32x4.gt_s");
        }
        this.assign(s.to);
        return;
      case "load":
        this.load(s);
        return;
      case "store":
        this.store(s);
        return;
      case "prefetch":
        this.prefetch(s);
        return;
      case "across":
        this.#across(s);
        return;
      case "transpose":
        this.#transpose(s.from, s.to);
        return;
      case "for": {
        const variable = this.declare(s.variable);
        this.push(s.start, 1);
        code.set(variable);
        const proceed = (): void => {
          code.get(variable);
          this.push(s.stop, 1);
          code.op("i32.lt_s");
        };
        this.#loop(proceed, () => {
          this.made(s.variable);
          this.#block(s.body);
          code.get(variable);
          this.push(s.step, 1);
          code.op("i32.add");
          code.set(variable);
        });
        return;
      }
      case "if": {
        this.push(s.condition, 1);
        const { otherwise } = s;
        code.block("if", () => this.#block(s.body), otherwise && (() => this.#block(otherwise)));
        return;
      }
      case "routine":
        s.parameters.forEach((to, i) => {
          this.push(s.args[i] as Atom, to.lanes);
          this.assign(to);
        });
        this.#block(s.body);
        return;
      case "report":
        code.get(parameter.status);
        code.memory("i32.load", 0, 2);
        code.op("i32.eqz");
        code.block("if", () => {
          code.get(parameter.status);
          this.push(s.code, 1);
          scalarCast(code, s.code.type, "i32");
          code.memory("i32.store", 0, 2);
          code.get(parameter.status);
          this.push(s.value, 1);
          scalarCast(code, s.value.type, "f64");
          code.memory("f64.store", 8, 3);
        });
        return;
    }
  }

  // Instructions

  #compute(s: Extract<Statement, { kind: "compute" }>): void {
    const { op, to, args } = s;
    const type = (args[op === "where" ? 1 : 0] as Atom).type;
    if (op === "add" && to.type === "index" && this.#fold(to, args)) return;
    const vector = args.some((atom) => atom.kind === "variable" && atom.lanes > 1);
    const lanes = vector ? to.lanes : 1;
    const [a, b, c] = args.map((atom) => this.operand(atom, lanes)) as [Operand, Operand, Operand];
    if (vector && (type === "index" || to.type === "index")) this.refuse("a vector of index");
    if (op === "cast" || op === "bitcast") {
      a.push();
      if (op === "bitcast") {
        if (!vector) scalarBitcast(this.code, type, to.type);
      } else if (!vector) scalarCast(this.code, type, to.type);
      else if (!vectorCast(this.code, type, to.type))
        this.refuse(`vectors of ${type} and ${to.type} side by side`);
    } else {
      const table = vector && type !== "index" ? vectorRows[type] : scalarRows[type];
      const row = table[op];
      if (!row) throw this.refuse(`${op} of ${type}`);
      row(this, a, b, c);
    }
    // Several lanes of one value.
    if (!vector && to.lanes > 1) this.splat(to.type);
    this.assign(to);
  }

  /**
   * to = root + literal, or to = root + outer + literal where outer is known outside a loop that root
   * is not: noted, and computed only if something but an address needs it.
   */
  #fold(to: Variable, args: readonly Atom[]): boolean {
    if (args.some((atom) => atom.kind === "variable" && this.mutable.has(atom.id))) return false;
    const [a, b] = args as [Atom, Atom];
    const [from, other] = a.kind === "literal" ? [b, a] : [a, b];
    if (from.kind === "literal") return false;
    const place =
      other.kind === "literal" ? this.#moved(from, other.value) : this.#sum(from, other);
    if (!place) return false;
    this.offsets.set(to.id, place);
    this.made(to);
    return true;
  }

  #moved(from: NonLiteral, by: number): Place {
    const place = this.placeOf(from);
    return { ...place, add: place.add + by };
  }

  /** Undefined where both are known in the same loop. */
  #sum(a: NonLiteral, b: NonLiteral): Place | undefined {
    const [p, q] = [a, b].map((atom): Place => {
      const place = this.placeOf(atom);
      return place.outer ? { root: atom, add: 0 } : place;
    }) as [Place, Place];
    const [m, n] = [p, q].map(({ root }) => this.birth(root).loops) as [number, number];
    if (m === n) return undefined;
    const [outer, inner] = m < n ? [p, q] : [q, p];
    return { root: inner.root, outer: outer.root, add: p.add + q.add };
  }

  #across(s: Extract<Statement, { kind: "across" }>): void {
    const { code } = this;
    const type = s.to.type;
    if (s.value.lanes === 1) {
      this.pushScalar(s.value);
      this.assign(s.to);
      return;
    }
    const row = type === "index" ? null : vectorRows[type][s.op];
    if (!row) throw this.refuse(`${s.op} across lanes of ${type}`);
    const low = this.temporary("v128", 0);
    const high = this.temporary("v128", 1);
    const local = (from: number): Operand => ({
      vector: true,
      known: false,
      push: () => code.get(from),
      lane: (i) => {
        code.get(from);
        this.extract(type, i);
      },
    });
    code.get(this.local(s.value));
    for (let half = 8; half >= 16 / this.kernel.lanes; half /= 2) {
      code.set(low);
      code.get(low);
      code.get(low);
      code.shuffle(Array.from({ length: 16 }, (_, i) => (i + half) % 16));
      code.set(high);
      row(this, local(low), local(high), local(high));
    }
    this.extract(type, 0);
    this.assign(s.to);
  }

  /** Blocks of half the lanes change places, then of a quarter. */
  #transpose(from: readonly Variable[], to: readonly Variable[]): void {
    const { code } = this;
    const size = 16 / this.kernel.lanes;
    const kept = this.temporary("v128", 0);
    to.forEach((v, i) => {
      code.get(this.local(from[i] as Variable));
      this.assign(v);
    });
    const locals = to.map((v) => this.local(v));
    for (let half = 8; half >= size; half /= 2) {
      locals.forEach((low, i) => {
        const high = locals[i + half / size] as number;
        if ((i * size) & half) return;
        const both = (order: (byte: number) => number): void => {
          code.get(low);
          code.get(high);
          code.shuffle(Array.from({ length: 16 }, (_, j) => order(j)));
        };
        both((j) => (j & half ? 16 + j - half : j));
        code.set(kept);
        both((j) => (j & half ? 16 + j : j + half));
        code.set(high);
        code.get(kept);
        code.set(low);
      });
    }
  }
}
