// State dicts: named values of cells, out as snapshots and back in. Loading checks everything first
// and names all that does not fit; then all cells change in one program, or none does.

import { isFloat } from "../ir/dtype.ts";
import { DataError } from "../ir/errors.ts";
import { type Cell, commit } from "../tensor/cell.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { equalShapes, showShape } from "./shape.ts";

/** Tensors by name. */
export type StateDict = Record<string, Tensor>;

/** Options of loadStateDict. */
export interface LoadOptions {
  /** Whether names that are missing or unexpected are an error. Default true. */
  strict?: boolean;
}

/** What a load that was not strict passed over. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

type Named = Iterable<readonly [name: string, cell: Cell]>;

/** The values now; later assignments do not change them. */
export function snapshot(cells: Named): StateDict {
  const dict: StateDict = {};
  for (const [name, cell] of cells) dict[name] = cell.snapshot();
  return dict;
}

/**
 * Sets cells from a state dict.
 *
 * A cell with several names is found under any of them; where the dict has more than one, the last
 * counts. Floating types are converted into each other, and integers into each other.
 *
 * @throws DataError  a name is missing or unexpected (if strict), or a shape or type does not fit
 */
export function loadCells(
  what: string,
  cells: Named,
  dict: Readonly<StateDict>,
  { strict = true }: LoadOptions = {},
): LoadReport {
  const named = [...cells];
  const found = new Map<Cell, Tensor>();
  const misfits: string[] = [];
  for (const [name, cell] of named) {
    if (!Object.hasOwn(dict, name)) continue;
    const value = dict[name] as Tensor;
    if (!equalShapes(value.shape, cell.shape)) {
      misfits.push(`${name} is ${showShape(value.shape)}, not ${showShape(cell.shape)}`);
    } else if (isFloat(value.dtype) !== isFloat(cell.dtype)) {
      misfits.push(`${name} holds ${value.dtype}, not ${cell.dtype}`);
    } else found.set(cell, value.cast(cell.dtype));
  }
  const known = new Set(named.map(([name]) => name));
  const missing = named
    .filter(([name, cell]) => !Object.hasOwn(dict, name) && !found.has(cell))
    .map(([name]) => name);
  const unexpected = Object.keys(dict).filter((name) => !known.has(name));
  const complaints = [
    ...(strict && missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(strict && unexpected.length > 0 ? [`unexpected: ${unexpected.join(", ")}`] : []),
    ...(misfits.length > 0 ? [`does not fit: ${misfits.join("; ")}`] : []),
  ];
  if (complaints.length > 0) {
    const way =
      misfits.length === 0 ? "; { strict: false } passes over missing and unexpected names" : "";
    throw new DataError(
      `${what}.loadStateDict: the state dict is of another architecture: ${complaints.join("; ")}${way}`,
    );
  }
  if (found.size > 0) commit([...found.keys()], [...found.values()]);
  return { missing, unexpected };
}
