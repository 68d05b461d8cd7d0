// What a compiled function depends on beside its tensors: which module, function or cell sits in a
// field, and whether a module is training. A module is seen through a proxy whose reads, while a
// function is traced, note a fact that must still hold when the trace is used again; so eval() or a
// replaced head selects another trace. Numbers and strings in fields are fixed at the trace.

import { Cell } from "../tensor/cell.ts";
import { guard, isTracing } from "../tensor/trace.ts";
import { isCellTree, isRecord } from "../tensor/tree.ts";

type Reader = () => unknown;
type Fields = Record<string, unknown>;

/** One reader a field, for ever: compile drops facts that it was told before by their readers. */
const readers = new WeakMap<object, Map<string, Reader>>();

function reader(target: object, key: string): Reader {
  let known = readers.get(target);
  if (known === undefined) {
    known = new Map();
    readers.set(target, known);
  }
  let read = known.get(key);
  if (read === undefined) {
    read = () => (target as Fields)[key];
    known.set(key, read);
  }
  return read;
}

function isFact(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    typeof value === "function" ||
    value instanceof Cell ||
    isCellTree(value)
  );
}

/** Notes what a traced function learnt by reading a field. */
function note(target: object, key: string, value: unknown): void {
  // A method, or an accessor whose own reads are noted.
  if (!Object.hasOwn(target, key) && key in target) return;
  if (key === "training" || isFact(value)) guard(reader(target, key));
  else if (Array.isArray(value) || isRecord(value)) {
    if (!noteParts(value as object)) return;
    guard(reader(target, key));
  }
}

/** Notes the parts of an array or record; false if there are none to note. */
function noteParts(parts: object): boolean {
  let found = false;
  for (const key of Object.keys(parts)) {
    const value = (parts as Fields)[key];
    if (isFact(value)) guard(reader(parts, key));
    else if (!(Array.isArray(value) || isRecord(value)) || !noteParts(value as object)) continue;
    found = true;
  }
  if (Array.isArray(parts)) guard(reader(parts, "length"));
  return found || Array.isArray(parts);
}

/** Notes whether a parameter is trained. */
export function guardTrained(parameter: object): void {
  if (isTracing()) guard(reader(parameter, "requiresGrad"));
}

/** Told of every call of a module's forward while `watch` runs. */
export type Watcher = (module: object, result: unknown) => void;
let watcher: Watcher | undefined;

/** Runs a function and tells what forward of each module returned, inner modules first. */
export function watch<T>(told: Watcher, work: () => T): T {
  const outer = watcher;
  watcher = told;
  try {
    return work();
  } finally {
    watcher = outer;
  }
}

const handler: ProxyHandler<object> = {
  get(target, key, receiver) {
    const value = Reflect.get(target, key, receiver);
    if (typeof key === "symbol") return value;
    if (isTracing()) note(target, key, value);
    if (watcher === undefined || key !== "forward" || typeof value !== "function") return value;
    return (...args: unknown[]) => {
      const result = value.apply(receiver, args);
      watcher?.(receiver, result);
      return result;
    };
  },
};

/** What stands behind the objects below. */
const targets = new WeakMap<object, object>();

/** The object as a traced function sees it. */
export function guarded<T extends object>(target: T): T {
  const seen = new Proxy(target, handler) as T;
  targets.set(seen, target);
  return seen;
}

/** The names of an object's own fields: asked of a proxy, JavaScript would look at each of them. */
export const fieldsOf = (object: object): readonly string[] =>
  Object.keys(targets.get(object) ?? object);
