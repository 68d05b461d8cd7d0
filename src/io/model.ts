// Modules and named tensors in safetensors files, both ways with PyTorch: keys are those of the
// state dict, and loading is strict, so that what does not fit is named key by key and nothing
// changes. A file is replaced whole or not at all.
//
// PyTorch's integers are I64. They are i32 in memory; a buffer of a module, and a tensor that came
// from an I64 array, are written as I64 again.

import { writeFileAtomic } from "../device/host.ts";
import { type DType, isFloat } from "../ir/dtype.ts";
import { DataError } from "../ir/errors.ts";
import { Cell, commit, State } from "../tensor/cell.ts";
import { realize } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flatten } from "../tensor/tree.ts";
import {
  parseSafetensors,
  type SafetensorsArray,
  type SafetensorsType,
  writeSafetensors,
} from "./safetensors.ts";
import { bytesOf, type FileSource, fromTensor, toTensor } from "./tensors.ts";

/** How integers were stored in the file that a tensor came from. */
const storedAs = new WeakMap<Tensor, SafetensorsType>();

/** Options of save. */
export interface SaveOptions {
  /** Free text by key, besides PyTorch's { format: "pt" }. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a file and a tree have in common, and what not. */
export interface LoadReport {
  readonly loaded: readonly string[];
  /** Keys of the tree that the file lacks. */
  readonly missing: readonly string[];
  /** Keys of the file that the tree lacks. */
  readonly unexpected: readonly string[];
}

/**
 * The bytes of a safetensors file with the tensors of a tree.
 *
 * @param tree  a module, or a record of tensors, modules and records of them
 */
export async function encode(
  tree: unknown,
  { metadata = {} }: SaveOptions = {},
): Promise<Uint8Array> {
  const { leaves, paths } = flatten(tree);
  if (leaves.length === 0) throw new DataError("save: there are no tensors in this value");
  await realize(leaves);
  const arrays: [string, SafetensorsArray][] = [];
  for (const [i, leaf] of leaves.entries()) {
    const array = await fromTensor(leaf);
    const stored = storedAs.get(leaf) ?? (isLongBuffer(leaf) ? "I64" : undefined);
    const name = paths[i] === "" ? "tensor" : (paths[i] as string);
    arrays.push([name, stored === undefined ? array : { ...array, stored }]);
  }
  return writeSafetensors(arrays, { metadata: Object.entries({ format: "pt", ...metadata }) });
}

const isLongBuffer = (leaf: Tensor): boolean => leaf instanceof State && leaf.dtype === "i32";

/**
 * Writes a module, or a record of tensors, as a safetensors file.
 *
 * @param path  replaced whole or not at all
 * @param tree  a module, or a record of tensors, modules and records of them
 * @throws DataError  the file cannot be written
 * @example
 * await save("digits.safetensors", model);
 */
export async function save(path: string, tree: unknown, options: SaveOptions = {}): Promise<void> {
  await writeFileAtomic(path, await encode(tree, options));
}

/**
 * Reads a safetensors file: into a module, or, without one, as a record of tensors.
 *
 * Floats of another width are converted; other types and all shapes must be equal, or nothing is
 * changed.
 *
 * @param source   a path, or the bytes of a file
 * @param tree     a module, or a record of modules and cells, whose cells are set
 * @param options  strict: false passes over missing and unexpected keys and reports them
 * @throws DataError  the file is damaged, or does not fit; the message lists the keys
 * @example
 * await load("digits.safetensors", model);
 */
export async function load(source: FileSource): Promise<Record<string, Tensor>>;
export async function load(
  source: FileSource,
  tree: unknown,
  options?: { readonly strict?: boolean },
): Promise<LoadReport>;
export async function load(
  source: FileSource,
  tree?: unknown,
  { strict = true }: { readonly strict?: boolean } = {},
): Promise<LoadReport | Record<string, Tensor>> {
  const { bytes, named } = await bytesOf(source);
  const { arrays } = parseSafetensors(bytes, named);
  if (tree !== undefined) return loadInto(tree, arrays, { strict, file: named.file });
  const tensors: Record<string, Tensor> = {};
  for (const [name, array] of arrays) {
    const value = toTensor(array);
    if (array.stored !== undefined) storedAs.set(value, array.stored);
    tensors[name] = value;
  }
  return tensors;
}

/** Sets the cells of a tree from arrays: all of them, or none if strict and something differs. */
export function loadInto(
  tree: unknown,
  arrays: ReadonlyMap<string, SafetensorsArray>,
  { strict = true, file }: { strict?: boolean; file?: string | undefined } = {},
): LoadReport {
  const { leaves, paths } = flatten(tree);
  const names = paths.map((path) => (path === "" ? "tensor" : path));
  const chosen = new Map<Cell, { name: string; array: SafetensorsArray }>();
  const different: string[] = [];
  for (const [i, leaf] of leaves.entries()) {
    const name = names[i] as string;
    if (!(leaf instanceof Cell)) {
      throw new DataError(
        `load: "${name}" is a plain tensor, which never changes; load without a target, or use a Parameter or State`,
      );
    }
    const array = arrays.get(name);
    if (array === undefined) continue;
    const problem = unlike(leaf, array);
    if (problem !== undefined) different.push(`${name} ${problem}`);
    // A tied parameter has several names: the first in the file is as good as any other, if equal.
    else if (!chosen.has(leaf)) chosen.set(leaf, { name, array });
    else if (!sameValues((chosen.get(leaf) as { array: SafetensorsArray }).array, array)) {
      different.push(`${name} is tied to ${chosen.get(leaf)?.name}, but their values differ`);
    }
  }
  const missing = names.filter(
    (name, i) => !arrays.has(name) && !chosen.has(leaves[i] as unknown as Cell),
  );
  const known = new Set(names);
  const unexpected = [...arrays.keys()].filter((name) => !known.has(name));
  const passedOver = strict ? missing.length + unexpected.length : 0;
  if (passedOver + different.length > 0) {
    throw new DataError(misfit({ missing, unexpected, different }, leaves, names, arrays, file));
  }
  const cells = [...chosen.keys()];
  const values = cells.map((cell) => {
    const { array } = chosen.get(cell) as { array: SafetensorsArray };
    return toTensor(array).cast(cell.dtype);
  });
  if (cells.length > 0) commit(cells, values);
  for (const cell of cells) {
    const stored = chosen.get(cell)?.array.stored;
    if (stored !== undefined && !isFloat(cell.dtype)) storedAs.set(cell, stored);
  }
  return { loaded: [...chosen.values()].map(({ name }) => name), missing, unexpected };
}

function unlike(leaf: Tensor, { shape, dtype }: SafetensorsArray): string | undefined {
  if (shape.join() !== leaf.shape.join()) {
    return `is ${sizes(shape)} in the file, ${sizes(leaf.shape)} here`;
  }
  const kinds = (type: DType): string => (isFloat(type) ? "float" : type);
  if (kinds(dtype) !== kinds(leaf.dtype)) return `is ${dtype} in the file, ${leaf.dtype} here`;
  return undefined;
}

function sameValues(a: SafetensorsArray, b: SafetensorsArray): boolean {
  if (a.dtype !== b.dtype) return false;
  return a.data.every((value, i) => Object.is(value, b.data[i]));
}

function misfit(
  { missing, unexpected, different }: Record<"missing" | "unexpected" | "different", string[]>,
  leaves: readonly Tensor[],
  names: readonly string[],
  arrays: ReadonlyMap<string, SafetensorsArray>,
  file: string | undefined,
): string {
  const here = (name: string): string => sizes(leaves[names.indexOf(name)]?.shape ?? []);
  const there = (name: string): string => sizes(arrays.get(name)?.shape ?? []);
  const lines = [
    ...different.map((line) => `  ${line}`),
    ...missing.map((name) => `  ${name} ${here(name)} is missing in the file`),
    ...unexpected.map((name) => `  ${name} ${there(name)} of the file is not expected here`),
  ];
  const shown = lines.slice(0, 40);
  if (lines.length > shown.length) shown.push(`  and ${lines.length - shown.length} more`);
  const advice =
    different.length === 0 ? "\n{ strict: false } passes over missing and unexpected keys." : "";
  return `load: ${file ?? "the file"} does not fit, so nothing was loaded:\n${shown.join("\n")}${advice}`;
}

const sizes = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
