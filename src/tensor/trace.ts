// Scopes: what a transform puts around a user's function while it runs. A scope can hold placeholders
// (then values cannot be read), stand in for cells, collect assignments, and number random draws.
// Scopes nest; the innermost is asked first.

import { strip } from "../engine/signature.ts";
import { userLine } from "../engine/user-line.ts";
import { CompileError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import type { Slot } from "./slot.ts";

export interface Scope {
  /** What the user called, for messages. */
  readonly name: string;
  /** Whether there are placeholders, so that reading a value is an error. */
  readonly blocksReads: boolean;
  /** The value of a cell in here; undefined asks the scope around. */
  read?(slot: Slot): Node | undefined;
  /** Take an assignment; false leaves it to the scope around. */
  assign?(slot: Slot, value: Node): boolean;
  /** Random ops in here happen `size` times at once; `index` says which time (u32, 0-d). */
  readonly draws?: { readonly size: number; readonly index: () => Node };
  /** Nodes made in here that belong outside: what the body of a scan takes as inputs. */
  readonly outside?: Set<Node>;
  /** The key and the counter of a stream of draws, and how many are taken before this one. */
  stream?(stream: Stream, count: number): { k0: Node; k1: Node; base: Node; offset: number };
  /** Facts that must still hold when what is traced is used again. */
  readonly guards?: Guard[];
  outer?: Scope | undefined;
}

/** A stream of random draws: its key, and how many were taken. */
export interface Stream {
  readonly k0: number;
  readonly k1: number;
  draws: number;
}

export interface Guard {
  readonly read: () => unknown;
  readonly value: unknown;
}

let current: Scope | undefined;

/** The innermost scope in force. */
export const currentScope = (): Scope | undefined => current;

/** Runs a function inside a scope. */
export function within<T>(scope: Scope, work: () => T): T {
  const outer = current;
  scope.outer = outer;
  current = scope;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** A scope of compile in force, however far out. */
export const isTracing = (): boolean => find((scope) => scope.stream !== undefined) !== undefined;

function find(test: (scope: Scope) => boolean): Scope | undefined {
  let scope = current;
  while (scope !== undefined && !test(scope)) scope = scope.outer;
  return scope;
}

/** The value of a cell at this line. */
export function readCell(slot: Slot): Node {
  const passed: Set<Node>[] = [];
  let node: Node | undefined;
  for (let scope = current; scope !== undefined && node === undefined; scope = scope.outer) {
    node = scope.read?.(slot);
    if (node === undefined && scope.outside !== undefined) passed.push(scope.outside);
  }
  node ??= slot.handOut();
  for (const outside of passed) outside.add(node);
  return node;
}

/** Set a cell for later lines. */
export function assignCell(slot: Slot, value: Node): void {
  for (let scope = current; scope !== undefined; scope = scope.outer) {
    if (scope.assign?.(slot, value)) return;
  }
  slot.assign(value);
}

/** Whether a node that was a cell's value still is, as seen from here. */
export function isCurrentVersion(slot: Slot, node: Node): boolean {
  for (let scope = current; scope !== undefined; scope = scope.outer) {
    const value = scope.read?.(slot);
    if (value !== undefined) return value === node || strip(value) === strip(node);
  }
  return slot.isCurrent(node);
}

/** Throws where a value cannot be known because the function is being traced. */
export function checkReadable(operation: string): void {
  const scope = find((s) => s.blocksReads);
  if (scope === undefined) return;
  throw new CompileError(
    `${operation}: inside a function given to ${scope.name}, tensors stand for any value and cannot be read${at()}; return the tensor and read it outside`,
  );
}

/**
 * Throws in a trace, for operations whose result has a shape that depends on data.
 *
 * @param operation  what was called
 * @param instead    the masked form to use in its place
 */
export function forbidInTrace(operation: string, instead: string): void {
  const scope = find((s) => s.blocksReads);
  if (scope === undefined) return;
  throw new CompileError(
    `${operation}: its shape depends on data, which a function given to ${scope.name} does not know${at()}; use ${instead}`,
  );
}

const at = (): string => {
  const line = userLine();
  return line === undefined ? "" : ` (at ${line})`;
};

/** Throws if a traced function turned out to be asynchronous. */
export function checkNotPromise(name: string, result: unknown): void {
  if (typeof (result as { then?: unknown } | null)?.then !== "function") return;
  (result as Promise<unknown>).then(undefined, () => {});
  throw new CompileError(
    `${name}: the function is async${at()}; a traced function must return tensors, not a promise, so make it a plain function and await outside`,
  );
}

/**
 * A plain JavaScript value that a traced function depends on: read now, and again at each call; a
 * change selects another trace. Outside compile it is only read.
 *
 * @param read  gives the value; called often, so it must be cheap
 * @returns     the value now
 * @example
 * const training = guard(() => module.training);
 */
export function guard<T>(read: () => T): T {
  const value = read();
  find((s) => s.guards !== undefined)?.guards?.push({ read, value });
  return value;
}
