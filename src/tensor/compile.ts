// compile(fn): trace a function once for each signature of its arguments, then replay one program:
// forward, backward, update and random state in a single call.

import { defaultDevice } from "../device/devices.ts";
import { debugPrint } from "../engine/debug-print.ts";
import { type ExplainedProgram, explainProgram } from "../engine/profile.ts";
import { realizeNodes } from "../engine/realize.ts";
import { constant } from "../ir/build.ts";
import { CompileError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { Arguments, describeChange, type Signature, withPlaceholders } from "./arguments.ts";
import { numberType } from "./base.ts";
import { CompileScope } from "./compile-scope.ts";
import { Replay } from "./replay.ts";
import { fromNode, Tensor } from "./tensor.ts";
import { checkNotPromise, currentScope, type Guard, within } from "./trace.ts";
import { isRecord, mapTree } from "./tree.ts";

/** Traces kept; the least recently used goes first. */
const mostTraces = 32;
/** After so many signatures a warning names the argument that changes. */
const warnAfter = 8;

/** What a compiled function takes: a number wherever the function itself takes a tensor. */
export type Loose<T> = T extends Tensor
  ? T | number
  : T extends (...args: never[]) => unknown
    ? T
    : T extends readonly unknown[] | Record<string, unknown>
      ? { [K in keyof T]: Loose<T[K]> }
      : T;

/** A function that was compiled: called as it was, and asked what it did. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [K in keyof A]: Loose<A[K]> }): R;
  /** Kernels of the program that ran last; 0 before the first call. */
  readonly kernelCount: number;
  /** Traces made so far: one for each signature. */
  readonly traceCount: number;
  /** The program that has run most often, of equals the latest, as data. */
  explain(): ExplainedProgram | undefined;
}

let collected: FinalizationRegistry<Trace[]> | undefined;

/** When a compiled function is collected, its traces let go of their programs. */
function whenCollected(compiled: object, traces: Trace[]): void {
  collected ??= new FinalizationRegistry((left) => {
    for (const { replay } of left) replay.dispose();
  });
  collected.register(compiled, traces);
}

interface Trace {
  runs: number;
  readonly signature: Signature;
  readonly guards: readonly Guard[];
  readonly device: ReturnType<typeof defaultDevice>;
  readonly replay: Replay;
  readonly result: (tensors: readonly Tensor[]) => unknown;
}

/**
 * The same function, traced once for each signature and then replayed as one program.
 *
 * Tensors and numbers among the arguments are inputs (a number arrives as a 0-d tensor and never
 * retraces); strings, booleans and the structure select a trace. Captured tensors are inputs,
 * captured cells are read and written; any other captured JavaScript value is fixed at the trace.
 *
 * @param fn  a synchronous function from trees to a tree; reading a value in it throws
 * @returns   the compiled function; the tensors of each call have memory of their own
 * @throws CompileError  fn reads a value or is async; the message names the line
 * @example
 * const step = compile((x: Tensor, rate: Tensor) => x.mul(rate).sum());
 * await step(ones([3]), 0.5).item(); // 1.5
 */
export function compile<A extends readonly unknown[], R>(fn: (...args: A) => R): Compiled<A, R> {
  if (fn.constructor.name === "AsyncFunction") {
    throw new CompileError(
      "compile: the function is async; make it a plain function that returns tensors, and await them outside",
    );
  }
  // Most recently used first.
  const traces: Trace[] = [];
  const args = new Arguments();
  let count = 0;
  let previous: Signature | undefined;
  let last: Trace | undefined;

  function find(tensors: readonly Tensor[]): Trace | undefined {
    for (let i = 0; i < traces.length; i++) {
      const trace = traces[i] as Trace;
      if (!args.match(trace.signature) || !holds(trace) || !trace.replay.fits(tensors)) continue;
      if (i > 0) {
        traces.splice(i, 1);
        traces.unshift(trace);
      }
      return trace;
    }
    return undefined;
  }

  function trace(values: readonly unknown[], tensors: readonly Tensor[]): Trace {
    const signature = args.signature();
    const made = traceFunction(
      fn as (...args: readonly unknown[]) => unknown,
      values,
      tensors,
      signature,
    );
    traces.unshift(made);
    if (traces.length > mostTraces) traces.pop()?.replay.dispose();
    if (++count === warnAfter + 1) {
      const change = describeChange(previous as Signature, signature);
      debugPrint(
        `compile: ${fn.name || "a function"} was traced ${count} times; ${change}. Pass numbers as numbers, and keep shapes to a few`,
      );
    }
    previous = signature;
    return made;
  }

  function compiled(...values: unknown[]): unknown {
    // Inside another transform the function is a part of what is traced there.
    if (currentScope() !== undefined) {
      const looseToTensor = mapTree(values, (v) =>
        typeof v === "number" ? new Tensor(constant(v, "f32"), (like) => weakConstant(v, like)) : v,
      );
      return fn(...(looseToTensor as never));
    }
    args.read(values);
    const { tensors } = args;
    for (let i = 0; i < tensors.length; i++) {
      if ((tensors[i] as Tensor).node.storage === undefined) {
        realizeNodes(tensors.map((t) => t.node));
        break;
      }
    }
    try {
      last = find(tensors) ?? trace(values, [...tensors]);
      last.runs++;
      return last.result(last.replay.run(tensors, args.numbers));
    } finally {
      args.clear();
    }
  }

  whenCollected(compiled, traces);
  return Object.defineProperties(compiled, {
    kernelCount: { get: () => last?.replay.entry?.executable.kernelCount ?? 0 },
    traceCount: { get: () => count },
    explain: {
      value: () => {
        // The latest trace is first.
        let usual = traces[0];
        for (const trace of traces) if (trace.runs > (usual as Trace).runs) usual = trace;
        const entry = usual?.replay.entry;
        return entry === undefined
          ? undefined
          : explainProgram((usual as Trace).replay.device.name, entry.executable);
      },
    },
  }) as unknown as Compiled<A, R>;
}

const weakConstant = (value: number, like: Parameters<typeof numberType>[1]): Node =>
  constant(value, numberType(value, like));

function holds({ guards, device }: Trace): boolean {
  for (let i = 0; i < guards.length; i++) {
    const { read, value } = guards[i] as Guard;
    if (!Object.is(read(), value)) return false;
  }
  return device === defaultDevice();
}

function traceFunction(
  fn: (...args: readonly unknown[]) => unknown,
  values: readonly unknown[],
  tensors: readonly Tensor[],
  signature: Signature,
): Trace {
  const scope = new CompileScope();
  const device = defaultDevice();
  let numbers = 0;
  const placeholders = withPlaceholders(
    values,
    (shape, dtype) => fromNode(scope.tensor(shape, dtype, tensors)),
    () => {
      const weak = scope.number(numbers++);
      return new Tensor(weak("f32"), weak);
    },
  );
  const returned = within(scope, () => {
    const result = fn(...placeholders);
    checkNotPromise("compile", result);
    return result;
  });
  const results: Node[] = [];
  // Cells give the value that they had at the end of the function.
  const build = within(scope, () =>
    resultBuilder(returned, (tensor) => {
      results.push(tensor.node);
      return results.length - 1;
    }),
  );
  return {
    runs: 0,
    signature,
    guards: dropRepeated(scope.guards),
    device,
    replay: new Replay(scope, results, tensors),
    result: build,
  };
}

/** A function that puts tensors where the traced result had them. */
function resultBuilder(
  tree: unknown,
  note: (tensor: Tensor) => number,
): (tensors: readonly Tensor[]) => unknown {
  if (tree instanceof Tensor) {
    const at = note(tree);
    return (tensors) => tensors[at];
  }
  if (Array.isArray(tree)) {
    const parts = tree.map((t) => resultBuilder(t, note));
    return (tensors) => parts.map((part) => part(tensors));
  }
  if (isRecord(tree)) {
    const keys = Object.keys(tree);
    const parts = keys.map((key) => resultBuilder(tree[key], note));
    return (tensors) => {
      const out: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i++) {
        out[keys[i] as string] = (parts[i] as (typeof parts)[number])(tensors);
      }
      return out;
    };
  }
  return () => tree;
}

/** A module asks for the same fact at every line. */
function dropRepeated(guards: readonly Guard[]): Guard[] {
  const seen = new Set<() => unknown>();
  return guards.filter(({ read }) => !seen.has(read) && seen.add(read));
}
