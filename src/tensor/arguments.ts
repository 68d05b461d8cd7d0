// The arguments of a compiled function, taken apart: what selects a trace (structure, types, shapes,
// strings, booleans, identities) as a flat list of tokens, and what every call brings anew (tensors
// and numbers). Comparing two lists of tokens is comparing two signatures.

import type { DType } from "../ir/dtype.ts";
import { CompileError } from "../ir/errors.ts";
import { Cell } from "./cell.ts";
import { Tensor } from "./tensor.ts";
import { isRecord } from "./tree.ts";

/** Tokens that open a tensor, a number, an array and a record. */
const tensorMark = Symbol("tensor");
const numberMark = Symbol("number");
const arrayMark = Symbol("array");
const recordMark = Symbol("record");

export class Arguments {
  readonly tokens: unknown[] = [];
  readonly tensors: Tensor[] = [];
  readonly numbers: number[] = [];
  /** Where each argument's tokens begin. */
  readonly starts: number[] = [];

  /** Takes the arguments of a call apart, in place of those of the call before. */
  read(values: readonly unknown[]): void {
    this.tokens.length = 0;
    this.tensors.length = 0;
    this.numbers.length = 0;
    this.starts.length = 0;
    for (let i = 0; i < values.length; i++) {
      this.starts.push(this.tokens.length);
      this.#add(values[i]);
    }
  }

  #add(value: unknown): void {
    const { tokens } = this;
    if (typeof value === "number") {
      tokens.push(numberMark);
      this.numbers.push(value);
    } else if (value instanceof Cell) {
      tokens.push(value);
    } else if (value instanceof Tensor) {
      const { shape, dtype } = value.node;
      tokens.push(tensorMark, dtype, shape.length);
      for (let i = 0; i < shape.length; i++) tokens.push(shape[i]);
      this.tensors.push(value);
    } else if (Array.isArray(value)) {
      tokens.push(arrayMark, value.length);
      for (const v of value) this.#add(v);
    } else if (isRecord(value)) {
      const keys = Object.keys(value);
      tokens.push(recordMark, keys.length);
      for (const key of keys) {
        tokens.push(key);
        this.#add(value[key]);
      }
    } else if (ArrayBuffer.isView(value)) {
      throw new CompileError(
        "compile: a typed array among the arguments would be fixed at the trace; pass tensor(array)",
      );
    } else {
      tokens.push(value);
    }
  }

  /** Keeps only what selects a trace. */
  signature(): Signature {
    return { tokens: [...this.tokens], starts: [...this.starts] };
  }

  /** Drops the tensors of the last call, so that they can be freed. */
  clear(): void {
    this.tensors.length = 0;
  }
}

export interface Signature {
  readonly tokens: readonly unknown[];
  readonly starts: readonly number[];
}

/** Whether a call's arguments have a signature. */
export function matches({ tokens }: Arguments, signature: Signature): boolean {
  const known = signature.tokens;
  if (known.length !== tokens.length) return false;
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== tokens[i] && !Object.is(known[i], tokens[i])) return false;
  }
  return true;
}

/** The arguments with placeholders in place of tensors and numbers, in the order of `read`. */
export function withPlaceholders(
  values: readonly unknown[],
  tensor: (shape: readonly number[], dtype: DType) => Tensor,
  number: () => Tensor,
): unknown[] {
  const replace = (value: unknown): unknown => {
    if (typeof value === "number") return number();
    if (value instanceof Cell) return value;
    if (value instanceof Tensor) return tensor(value.node.shape, value.node.dtype);
    if (Array.isArray(value)) return value.map(replace);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.keys(value).map((key) => [key, replace(value[key])]));
  };
  return values.map(replace);
}

/** Which argument differs between two signatures, in words. */
export function describeChange(before: Signature, after: Signature): string {
  const count = Math.max(before.starts.length, after.starts.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [tokensOf(before, i), tokensOf(after, i)];
    if (a.length !== b.length || a.some((t, k) => !Object.is(t, b[k]))) {
      return `argument ${i} changes: ${show(a)}, then ${show(b)}`;
    }
  }
  return "a value that it depends on changes (a module's training flag, a field, the default device)";
}

function tokensOf({ tokens, starts }: Signature, at: number): readonly unknown[] {
  return at < starts.length ? tokens.slice(starts[at], starts[at + 1] ?? tokens.length) : [];
}

function show(tokens: readonly unknown[]): string {
  const texts: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === tensorMark) {
      const rank = tokens[i + 2] as number;
      texts.push(`${tokens[i + 1]} [${tokens.slice(i + 3, i + 3 + rank).join(", ")}]`);
      i += 2 + rank;
    } else if (token === numberMark) texts.push("a number");
    else if (token === arrayMark) texts.push(`array of ${tokens[++i]}`);
    else if (token === recordMark) texts.push(`record of ${tokens[++i]}`);
    else if (typeof token === "object" || typeof token === "function") {
      texts.push(token?.constructor.name ?? "null");
    } else texts.push(JSON.stringify(token) ?? "undefined");
  }
  return texts.length === 0 ? "absent" : texts.join(" ");
}
