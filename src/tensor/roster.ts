// A set that lives long while its members come and go at every step. A Set would have to be written
// anew each few steps, and as it is old, among the old objects, where the collector looks last; here
// each member knows its place in one list.

export interface Listed {
  /** Its place in the list, or −1. */
  place: number;
}

export class Roster<T extends Listed> {
  readonly #members: (T | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(member: T): boolean {
    return member.place >= 0;
  }

  add(member: T): void {
    if (member.place >= 0) return;
    member.place = this.#size;
    this.#members[this.#size++] = member;
  }

  delete(member: T): void {
    const { place } = member;
    if (place < 0) return;
    const last = this.#members[--this.#size] as T;
    last.place = place;
    this.#members[place] = last;
    this.#members[this.#size] = undefined;
    member.place = -1;
  }

  /** Its members now. */
  list(): T[] {
    return this.#members.slice(0, this.#size) as T[];
  }
}
