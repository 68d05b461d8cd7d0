// The structure of a graph as a flat list of tokens: what finds a program that was compiled before.
// A list is written and compared token by token, and its memory is used again, so that a step whose
// program is known allocates nothing to find it. Op names and types are the strings of their tables,
// which compare as pointers.

export type Token = number | string;

export class Key {
  readonly #tokens: Token[] = [];
  #size = 0;
  #hash = 0;

  /** A number that equal keys share. */
  get hash(): number {
    return this.#hash;
  }

  /** Empty, to be written again. */
  clear(): this {
    this.#size = 0;
    this.#hash = 0;
    return this;
  }

  add(token: Token): void {
    this.#tokens[this.#size++] = token;
    // Of words it is enough that they are compared: programs with the same numbers are few.
    const code = typeof token === "number" ? token : -1;
    this.#hash = Math.imul(this.#hash ^ code, 0x01000193) + 1;
  }

  /** A list with its length, so that what follows cannot be mistaken for a part of it. */
  addAll(values: readonly number[]): void {
    this.add(values.length);
    for (let i = 0; i < values.length; i++) this.add(values[i] as number);
  }

  equals(other: Key): boolean {
    if (this.#hash !== other.#hash || this.#size !== other.#size) return false;
    for (let i = 0; i < this.#size; i++) if (this.#tokens[i] !== other.#tokens[i]) return false;
    return true;
  }

  /** A key of its own, which later writing does not change. */
  copy(): Key {
    const copy = new Key();
    for (let i = 0; i < this.#size; i++) copy.add(this.#tokens[i] as Token);
    return copy;
  }

  toString(): string {
    return this.#tokens.slice(0, this.#size).join(" ");
  }
}

/** A number as a token: only with NaN and −0 does === not say what is the same. */
export const numberToken = (value: number): Token =>
  Number.isNaN(value) || Object.is(value, -0) ? `${1 / value}` : value;
