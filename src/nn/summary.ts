// The table that summary() gives: a line for each module with its name, kind, the shape of its result
// and its parameters. Shapes come from a forward pass that is written down but never computed.

import { bytesOf, type DType } from "../ir/dtype.ts";
import type { Parameter } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import { defaultGenerator } from "../tensor/generator.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Functional, runInside } from "./functional.ts";
import { watch } from "./guards.ts";
import type { Module } from "./module.ts";
import { showShape } from "./shape.ts";

export interface SummaryOptions {
  /** The shape of an input with its batch axis, or an input itself. */
  input?: readonly number[] | Tensor;
}

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly shape: string;
  readonly count: string;
}

export function summarize(module: Module, { input }: SummaryOptions): string {
  const shapes = input === undefined ? undefined : shapesOf(module, input);
  const rows: Row[] = [...module.modules()].map(([name, part]) => ({
    name: name === "" ? module.constructor.name : name,
    kind: name === "" ? "" : part.constructor.name,
    shape: shapes?.get(part) ?? "",
    count: grouped(countOf(ownParameters(part))),
  }));
  const all = new Set(Object.values(module.parameters()));
  const total = countOf(all);
  const trained = countOf([...all].filter((p) => p.requiresGrad));
  let bytes = 0;
  for (const p of all) bytes += p.size * bytesOf(p.dtype as DType);
  const heads: Row = { name: "name", kind: "module", shape: "output", count: "parameters" };
  const columns: (keyof Row)[] =
    shapes === undefined ? ["name", "kind", "count"] : ["name", "kind", "shape", "count"];
  const width = (key: keyof Row): number =>
    Math.max(...[heads, ...rows].map((row) => row[key].length));
  const line = (row: Row): string =>
    columns
      .map((key) => (key === "count" ? row[key].padStart(width(key)) : row[key].padEnd(width(key))))
      .join("  ");
  const lines = [line(heads), ...rows.map(line)];
  lines.push(
    `total ${grouped(total)} parameters, ${grouped(trained)} trained, ${grouped(bytes)} bytes`,
  );
  return lines.join("\n");
}

/** The parameters in a module's own fields: those not in a module below. */
function ownParameters(module: Module): Set<Parameter> {
  const own = new Set(Object.values(module.parameters()));
  for (const below of [...module.modules().values()]) {
    if (below === module) continue;
    for (const parameter of Object.values(below.parameters())) own.delete(parameter);
  }
  return own;
}

function countOf(parameters: Iterable<Parameter>): number {
  let count = 0;
  for (const p of parameters) count += p.size;
  return count;
}

/** The shape of what each module returned when it was last called. */
function shapesOf(module: Module, input: readonly number[] | Tensor): Map<object, string> {
  const found = new Map<object, string>();
  const x = input instanceof Tensor ? input : zeros(input);
  const modes = [...module.modules().values()].map((part) => [part, part.training] as const);
  const generator = defaultGenerator();
  const { state } = generator;
  module.eval();
  try {
    watch(
      (part, result) => {
        found.set(part, result instanceof Tensor ? showShape(result.shape) : "");
      },
      () => runInside(module as Functional, {}, [x]),
    );
  } finally {
    for (const [part, training] of modes) part.training = training;
    generator.state = state;
  }
  return found;
}

const grouped = (count: number): string => count.toLocaleString("en-US");
