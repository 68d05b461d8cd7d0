// A checkpoint: everything that a run needs to go on as if it had never stopped. One safetensors
// file with the cells of model and optimiser (schedules live in the optimiser's step count), and,
// in its metadata, the place in the data, the random stream, the sums of the epoch and what the
// callbacks remember.

import {
  exists,
  joinPath,
  list,
  makeDirectory,
  readFile,
  remove,
  writeFileAtomic,
} from "../device/host.ts";
import { encode, loadInto } from "../io/model.ts";
import { parseSafetensors } from "../io/safetensors.ts";
import { DataError } from "../ir/errors.ts";
import type { GeneratorState } from "../tensor/generator.ts";
import type { CellTree } from "../tensor/tree.ts";
import type { Json } from "./callback.ts";
import type { EpochEvent, Measures } from "./events.ts";

/** Where a run stands, beside the values of its cells. */
export interface Progress {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batch: number;
  readonly step: number;
  /** Seed of the data's order, where the data has one. */
  readonly dataSeed: number | null;
  readonly generator: GeneratorState;
  readonly lr: number | null;
  readonly sums: { readonly examples: number; readonly sums: Measures };
  readonly epochs: readonly EpochEvent[];
  readonly callbacks: { readonly [name: string]: Json };
}

const format = "hebb-checkpoint-1";

interface Parts {
  readonly model: CellTree;
  readonly optimizer: CellTree;
}

/** The bytes of a checkpoint. */
export async function encodeCheckpoint(parts: Parts, progress: Progress): Promise<Uint8Array> {
  const { model, optimizer } = parts;
  return encode(
    { model, optimizer },
    { metadata: { format, progress: JSON.stringify(progress, keepNonFinite) } },
  );
}

/** Sets model and optimiser from a checkpoint, all or nothing, and tells where the run stood. */
export function restoreCheckpoint(bytes: Uint8Array, parts: Parts, file?: string): Progress {
  const { arrays, metadata } = parseSafetensors(bytes, { file });
  const progress = readProgress(metadata, file);
  const { model, optimizer } = parts;
  loadInto({ model, optimizer }, arrays, { file: file ?? "the checkpoint" });
  return progress;
}

function readProgress(metadata: ReadonlyMap<string, string>, file: string | undefined): Progress {
  const text = metadata.get("progress");
  if (metadata.get("format") !== format || text === undefined) {
    throw new DataError(`${file ?? "the file"} is not a checkpoint of this version (${format})`);
  }
  return JSON.parse(text, restoreNonFinite) as Progress;
}

// JSON has no NaN and no infinities; a validation loss may be one.
const keepNonFinite = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;

const restoreNonFinite = (_: string, value: unknown): unknown => {
  const text = (value as { number?: unknown } | null)?.number;
  return typeof text === "string" && Object.keys(value as object).length === 1
    ? Number(text)
    : value;
};

const fileName = (step: number): string => `step-${String(step).padStart(9, "0")}.safetensors`;
const namePattern = /^step-(\d+)\.safetensors$/;

/** Checkpoints in a folder, oldest first. */
export async function listCheckpoints(folder: string): Promise<string[]> {
  const all = await list(folder).catch((cause: Error) => {
    throw new DataError(`cannot list ${folder}: ${cause.message}`, { cause });
  });
  const names = all.filter((name) => namePattern.test(name));
  const step = (name: string): number => Number(namePattern.exec(name)?.[1]);
  return names.sort((a, b) => step(a) - step(b)).map((name) => joinPath(folder, name));
}

/**
 * Writes a checkpoint under its step's name; only when it is complete on the disk are older ones
 * removed, but for the last `keep`.
 */
export async function writeCheckpoint(
  folder: string,
  step: number,
  bytes: Uint8Array,
  { keep = 2 }: { keep?: number } = {},
): Promise<string> {
  await makeDirectory(folder);
  const path = joinPath(folder, fileName(step));
  await writeFileAtomic(path, bytes);
  const all = await listCheckpoints(folder);
  for (const old of all.slice(0, Math.max(0, all.length - keep))) await remove(old);
  return path;
}

/** The newest checkpoint of a folder that is whole; undefined where there is none. */
export async function latestCheckpoint(
  folder: string,
): Promise<{ path: string; bytes: Uint8Array; skipped: readonly string[] } | undefined> {
  const skipped: string[] = [];
  if (!exists(folder)) return undefined;
  for (const path of (await listCheckpoints(folder)).reverse()) {
    try {
      const bytes = await readFile(path);
      readProgress(parseSafetensors(bytes, { file: path }).metadata, path);
      return { path, bytes, skipped };
    } catch (error) {
      skipped.push((error as Error).message);
    }
  }
  if (skipped.length === 0) return undefined;
  throw new DataError(`no checkpoint in ${folder} can be read: ${skipped.join("; ")}`);
}

/** Removes what an interrupted write left behind. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await list(folder)) {
    if (/^step-\d+\.safetensors\..*\.tmp$/.test(name)) await remove(joinPath(folder, name));
  }
}
