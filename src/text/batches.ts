// Sequences of many lengths as batches: those of about one length together, so that little is padded,
// and the lengths beside them, from which masks are made.

import { ArgumentError } from "../ir/errors.ts";
import { tensor } from "../tensor/create.ts";
import { requireSome, requireWhole } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Sequences as one tensor. */
export interface PaddedBatch {
  /** i32 [batch, longest] */
  readonly ids: Tensor;
  /** i32 [batch] */
  readonly lengths: Tensor;
}

/** Options of padSequences. */
export interface PadOptions {
  /** What comes after the end of a sequence. Default 0 */
  padding?: number;
  /** Pads to this length. Default: that of the longest */
  size?: number;
}

/**
 * Sequences one below the other, padded to one length.
 *
 * @param sequences  token ids
 * @param options    padding, size
 * @throws ArgumentError  there are none, or one is longer than the size
 * @example
 * padSequences([[5], [6, 7]]).ids; // [[5, 0], [6, 7]]
 */
export function padSequences(
  sequences: readonly (readonly number[])[],
  { padding = 0, size }: PadOptions = {},
): PaddedBatch {
  requireSome("padSequences", { sequences });
  requireWhole("padSequences", { padding });
  const longest = Math.max(0, ...sequences.map((sequence) => sequence.length));
  const width = size ?? longest;
  if (longest > width) {
    throw new ArgumentError(
      `padSequences: size must be at least that of the longest sequence, ${longest}, not ${width}`,
    );
  }
  const ids = new Int32Array(sequences.length * width).fill(padding);
  for (const [i, sequence] of sequences.entries()) ids.set(sequence, i * width);
  const lengths = Int32Array.from(sequences, (sequence) => sequence.length);
  return { ids: tensor(ids, { shape: [sequences.length, width] }), lengths: tensor(lengths) };
}

/**
 * Which sequences go together: batches of neighbours by length.
 *
 * @param lengths    of the sequences
 * @param batchSize  sequences a batch, at most
 * @returns          the numbers of the sequences of each batch; the shortest first
 * @example
 * bucketByLength([9, 2, 8, 3], 2); // [[1, 3], [2, 0]]
 */
export function bucketByLength(lengths: readonly number[], batchSize: number): number[][] {
  requireWhole("bucketByLength", { batchSize }, { from: 1 });
  for (const length of lengths) requireWhole("bucketByLength", { lengths: length }, { from: 0 });
  const order = [...lengths.keys()].sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
  const batches: number[][] = [];
  for (let at = 0; at < order.length; at += batchSize)
    batches.push(order.slice(at, at + batchSize));
  return batches;
}
