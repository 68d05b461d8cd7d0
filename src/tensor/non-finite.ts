// Where a NaN came from: a computation is written down anew with a note of every line, its values are
// computed operation by operation, and the first that is no longer a number is named.
//
// What lies between operations on tensors has no line of its own, so a value is placed by the tensor
// that was made next after it.

import { storageOf } from "../engine/memory.ts";
import { realizeNodesAsync } from "../engine/realize.ts";
import { libraryPath } from "../engine/user-line.ts";
import { isFloat, viewOf } from "../ir/dtype.ts";
import { type Node, nodeClock, sortNodes } from "../ir/node.ts";
import { notingTensors, Tensor } from "./tensor.ts";

/** The first value that is not finite. */
export interface NonFinite {
  /** What it is. */
  readonly value: "NaN" | "Infinity";
  /** The method or operation that gave it: "log", "div". */
  readonly operation: string;
  /** The functions of the library around it, innermost first: "crossEntropy". */
  readonly within: readonly string[];
  /** file:line:column outside the library, where there is one. */
  readonly line: string | undefined;
  readonly shape: readonly number[];
  /** Whether it is in what backward() was told to write. */
  readonly isGradient: boolean;
}

/** Operations computed at once before the values are looked at. */
const together = 16;

/** They only move values, or are leaves. */
const passive = new Set([
  ...["reshape", "permute", "expand", "slice", "pad", "flip", "alias", "detach", "keep"],
  ...["const", "iota", "input", "buffer"],
]);

interface Note {
  readonly id: number;
  readonly stack: string;
}

type State = "finite" | "NaN" | "Infinity";

/**
 * The first operation of a computation that gives a NaN; else the first infinity out of finite values.
 *
 * @param forward   writes the computation down
 * @param backward  what to write after it, such as its gradients
 * @returns         in the order of writing; a NaN also names the infinity before it, if there is one
 * @cost    every operation is computed and read on its own
 */
export async function firstNonFinite(
  forward: () => readonly Tensor[],
  backward: (results: readonly Tensor[]) => readonly Tensor[] = () => [],
): Promise<readonly NonFinite[]> {
  const notes: Note[] = [];
  let clock = 0;
  const outputs = noted(notes, () => {
    const results = forward();
    clock = nodeClock();
    return [...results, ...backward(results)];
  });
  const states = new Map<Node, State>();
  const order = sortNodes(outputs.map((t) => t.node)).sort((a, b) => a.id - b.id);
  const active = order.filter((node) => !passive.has(node.op) && isFloat(node.dtype));
  const describe = (node: Node): NonFinite => {
    const place = placeOf(notes, node);
    const isGradient = node.id >= clock;
    return {
      value: states.get(node) === "NaN" ? "NaN" : "Infinity",
      operation: isGradient ? node.op : (place.names[0] ?? node.op),
      within: isGradient ? [] : place.names.slice(1),
      line: place.line,
      shape: node.shape,
      isGradient,
    };
  };
  let infinite: Node | undefined;
  for (const node of order) if (node.storage !== undefined) states.set(node, await stateOf(node));
  for (let at = 0; at < active.length; at += together) {
    const group = active.slice(at, at + together);
    await realizeNodesAsync(group);
    for (const node of group) {
      const state = await stateOf(node);
      states.set(node, state);
      if (state === "NaN") {
        return [...(infinite === undefined ? [] : [infinite]), node].map(describe);
      }
      const source = (s: Node): State => sourceState(s, states);
      if (state === "Infinity" && node.src.every((s) => source(s) === "finite")) infinite ??= node;
    }
  }
  return infinite === undefined ? [] : [describe(infinite)];
}

/** Whether all numbers of a tensor are finite, and if not, what there is. */
export async function finiteness(tensor: Tensor): Promise<State> {
  return isFloat(tensor.dtype) ? scan(await tensor.data()) : "finite";
}

function noted<T>(notes: Note[], work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  try {
    return notingTensors((tensor) => {
      // A cell has no node of its own.
      if (tensor.computed !== undefined) return;
      notes.push({ id: nodeClock() - 1, stack: new Error().stack ?? "" });
    }, work);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

async function stateOf(node: Node): Promise<State> {
  if (!isFloat(node.dtype) || node.storage === undefined) return "finite";
  if (node.dtype === "f16" || node.dtype === "bf16") return "finite";
  const storage = storageOf(node);
  const bytes = await storage.device.readAsync(storage);
  return scan(viewOf(node.dtype, bytes.buffer));
}

function scan(values: ArrayLike<number>): State {
  let state: State = "finite";
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) return "NaN";
    if (value === Infinity || value === -Infinity) state = "Infinity";
  }
  return state;
}

function sourceState(node: Node, states: ReadonlyMap<Node, State>): State {
  let at = node;
  for (;;) {
    const known = states.get(at);
    if (known !== undefined) return known;
    if (at.op === "const") {
      return Number.isFinite((at.arg as { value: number }).value) ? "finite" : "Infinity";
    }
    const next = passive.has(at.op) ? at.src[0] : undefined;
    if (next === undefined) return "finite";
    at = next;
  }
}

/** The functions on the stack of the tensor made next after a node, and the user's line. */
function placeOf(
  notes: readonly Note[],
  node: Node,
): { names: string[]; line: string | undefined } {
  const note = notes.find(({ id }) => id >= node.id);
  const root = libraryPath();
  const names: string[] = [];
  for (const text of (note?.stack ?? "").split("\n").slice(1)) {
    const frame = /^\s*at (?:async )?(?:(.*) \()?(.*?:\d+:\d+)\)?$/.exec(text);
    const place = frame?.[2]?.replace(/^file:\/\//, "") ?? "";
    if (!place.startsWith(root)) {
      if (place === "" || /^node:|node_modules|^native/.test(place)) continue;
      return { names, line: place };
    }
    const name = publicName(frame?.[1] ?? "");
    if (name === undefined || names.includes(name)) continue;
    // log(x) is x.log().
    if (unnumbered(name) !== names.at(-1))
      names.push(name in Tensor.prototype ? name : unnumbered(name));
  }
  return { names, line: undefined };
}

/** Where modules are put in one file, functions of the same name are told apart by numbers. */
const unnumbered = (name: string): string => {
  const plain = name.replace(/\d+$/, "");
  return plain in Tensor.prototype ? plain : name;
};

/** "Tensor.log" is log, "Linear.forward" stays; makers and helpers are no operations. */
function publicName(name: string): string | undefined {
  const [, owner, method] = /^(?:(?:new )?([A-Z]\w*)\.)?([\w$]+)$/.exec(name) ?? [];
  if (method === undefined) return undefined;
  if (owner === undefined)
    return /^(new|note|noted|fromNode|wrap|forward)$/.test(method) ? undefined : method;
  if (["Tensor", "Parameter", "State", "Cell"].includes(owner)) {
    return method === "wrap" || method === "snapshot" ? undefined : method;
  }
  return method === "forward" ? `${owner}.forward` : undefined;
}
