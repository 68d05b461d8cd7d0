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
  // Filled again at each call, as far as the counts go.
  readonly #tokens: unknown[] = [];
  readonly #starts: number[] = [];
  #count = 0;
  #arguments = 0;
  readonly tensors: Tensor[] = [];
  readonly numbers: number[] = [];

  /** Takes the arguments of a call apart, in place of those of the call before. */
  read(values: readonly unknown[]): void {
    this.clear();
    for (let i = 0; i < values.length; i++) {
      this.#starts[this.#arguments++] = this.#count;
      this.#add(values[i]);
    }
  }

  #token(token: unknown): void {
    this.#tokens[this.#count++] = token;
  }

  #add(value: unknown): void {
    if (typeof value === "number") {
      this.#token(numberMark);
      this.numbers.push(value);
    } else if (value instanceof Cell) {
      this.#token(value);
    } else if (value instanceof Tensor) {
      const { shape, dtype } = value.node;
      this.#token(tensorMark);
      this.#token(dtype);
      this.#token(shape.length);
      for (let i = 0; i < shape.length; i++) this.#token(shape[i]);
      this.tensors.push(value);
    } else if (Array.isArray(value)) {
      this.#token(arrayMark);
      this.#token(value.length);
      for (const v of value) this.#add(v);
    } else if (isRecord(value)) {
      const keys = Object.keys(value);
      this.#token(recordMark);
      this.#token(keys.length);
      for (const key of keys) {
        this.#token(key);
        this.#add(value[key]);
      }
    } else if (ArrayBuffer.isView(value)) {
      throw new CompileError(
        "compile: a typed array among the arguments would be fixed at the trace; pass tensor(array)",
      );
    } else {
      this.#token(value);
    }
  }

  /** Keeps only what selects a trace. */
  signature(): Signature {
    return {
      tokens: this.#tokens.slice(0, this.#count),
      starts: this.#starts.slice(0, this.#arguments),
    };
  }

  /** Whether they have a signature. */
  match({ tokens }: Signature): boolean {
    if (tokens.length !== this.#count) return false;
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] !== this.#tokens[i] && !Object.is(tokens[i], this.#tokens[i])) return false;
    }
    return true;
  }

  /** Drops what the last call brought, so that it can be freed. */
  clear(): void {
    this.#tokens.fill(undefined, 0, this.#count);
    this.#count = 0;
    this.#arguments = 0;
    while (this.tensors.length > 0) this.tensors.pop();
    while (this.numbers.length > 0) this.numbers.pop();
  }
}

export interface Signature {
  readonly tokens: readonly unknown[];
  readonly starts: readonly number[];
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
