// Sequences of several lengths in one tensor: padded to the longest, for layers that take `lengths`, or
// packed without any padding, step after step, for layers that work on single steps.

import { ShapeError } from "../../ir/errors.ts";
import { tensor } from "../../tensor/create.ts";
import { concat, stack } from "../../tensor/functions.ts";
import { requireSome, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equalShapes, showShape } from "../shape.ts";

/** Options of padSequence. */
export interface PadSequenceOptions {
  /** [batch, time, …] instead of [time, batch, …]. Default false. */
  batchFirst?: boolean;
  /** What stands after the end. Default 0. */
  value?: number;
}

/** A batch, and how long each of its sequences is. */
export interface PaddedSequences {
  /** [time, batch, …], with batchFirst [batch, time, …] */
  readonly padded: Tensor;
  /** i32 [batch]: what recurrent layers take as `lengths`. */
  readonly lengths: Tensor;
}

/**
 * Sequences side by side, padded to the longest.
 *
 * @param sequences  [time, …] each
 * @throws ShapeError  they differ behind the first axis
 * @source  PyTorch's pad_sequence
 * @example
 * padSequence([tensor([1, 2]), tensor([3])], { batchFirst: true }).padded; // [[1, 2], [3, 0]]
 */
export function padSequence(
  sequences: readonly Tensor[],
  { batchFirst = false, value = 0 }: PadSequenceOptions = {},
): PaddedSequences {
  requireWithin("padSequence", { value });
  const lengths = lengthsOf("padSequence", sequences);
  const longest = Math.max(...lengths);
  const rows = sequences.map((sequence, i) =>
    sequence.pad(
      sequence.shape.map((_, axis) => (axis === 0 ? ([0, longest - lengths[i]!] as const) : 0)),
      { value },
    ),
  );
  return { padded: stack(rows, { axis: batchFirst ? 0 : 1 }), lengths: whole(lengths) };
}

/**
 * The sequences of a padded batch, each without its padding.
 *
 * @param padded   [time, batch, …], with batchFirst [batch, time, …]
 * @param lengths  of each, as plain numbers: they are the shapes of the results
 * @param options  batchFirst
 * @throws ShapeError  there are not as many, or one is longer than the batch
 * @source  PyTorch's unpad_sequence
 * @example
 * unpadSequence(tensor([[1, 3], [2, 0]]), [2, 1]); // [[1, 2], [3]]
 */
export function unpadSequence(
  padded: Tensor,
  lengths: readonly number[],
  { batchFirst = false }: Pick<PadSequenceOptions, "batchFirst"> = {},
): Tensor[] {
  const batch = padded.rank < 2 ? undefined : padded.shape[batchFirst ? 0 : 1];
  const time = padded.shape[batchFirst ? 1 : 0] as number;
  if (batch !== lengths.length || lengths.some((length) => !(length >= 0 && length <= time))) {
    throw new ShapeError(
      `unpadSequence: ${showShape(padded.shape)} does not hold sequences of lengths [${lengths.join(", ")}]`,
    );
  }
  return lengths.map((length, i) => {
    const row = batchFirst ? padded.at(i) : padded.at(":", i);
    return row.slice(0, length);
  });
}

/** Sequences step after step: of each step those that go on so long. */
export interface PackedSequence {
  /** [steps of all sequences, …] */
  readonly data: Tensor;
  /** How many sequences have a first, second, … step: falls. */
  readonly batchSizes: readonly number[];
  /** The numbers of the sequences, the longest first: the order within a step. */
  readonly sortedIndices: readonly number[];
}

/**
 * Sequences without padding, as PyTorch packs them: the first step of all, then the second, …
 *
 * A layer of single steps (a linear map, a loss) does no work for padding on `data`.
 *
 * @param sequences  [time, …] each, in any order
 * @throws ShapeError  they differ behind the first axis
 * @source  PyTorch's pack_sequence with enforce_sorted false
 * @example
 * packSequence([tensor([3]), tensor([1, 2])]).data; // [1, 3, 2]
 */
export function packSequence(sequences: readonly Tensor[]): PackedSequence {
  const lengths = lengthsOf("packSequence", sequences);
  const sortedIndices = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]!);
  const longest = lengths[sortedIndices[0]!]!;
  const batchSizes = Array.from(
    { length: longest },
    (_, step) => lengths.filter((length) => length > step).length,
  );
  const index = placesOf(batchSizes, lengths, sortedIndices);
  return { data: concat([...sequences]).take(whole(index)), batchSizes, sortedIndices };
}

/**
 * The sequences that were packed, in their order; of data that went through layers of single steps.
 *
 * @param packed  of packSequence, perhaps with other data of as many steps
 * @throws ShapeError  the data are not of as many steps
 * @source  PyTorch's unpack_sequence
 * @example
 * unpackSequence(packSequence([tensor([3]), tensor([1, 2])])).length; // 2
 */
export function unpackSequence({ data, batchSizes, sortedIndices }: PackedSequence): Tensor[] {
  const total = batchSizes.reduce((sum, size) => sum + size, 0);
  if (data.shape[0] !== total) {
    throw new ShapeError(
      `unpackSequence: ${showShape(data.shape)} does not hold the ${total} steps of batchSizes [${batchSizes.join(", ")}]`,
    );
  }
  const lengths = new Array<number>(sortedIndices.length).fill(0);
  for (const size of batchSizes) for (const i of sortedIndices.slice(0, size)) lengths[i]!++;
  const inverse = new Array<number>(total);
  for (const [at, from] of placesOf(batchSizes, lengths, sortedIndices).entries())
    inverse[from] = at;
  return data.take(whole(inverse)).split(lengths);
}

/** Where each step of the pack stands when the sequences are one behind the other. */
function placesOf(
  batchSizes: readonly number[],
  lengths: readonly number[],
  sortedIndices: readonly number[],
): number[] {
  const starts: number[] = [];
  let start = 0;
  for (const length of lengths) {
    starts.push(start);
    start += length;
  }
  return batchSizes.flatMap((size, step) =>
    sortedIndices.slice(0, size).map((i) => starts[i]! + step),
  );
}

function lengthsOf(operation: string, sequences: readonly Tensor[]): number[] {
  requireSome(operation, { sequences });
  const behind = sequences[0]!.shape.slice(1);
  for (const { shape } of sequences) {
    if (shape.length > 0 && equalShapes(shape.slice(1), behind)) continue;
    throw new ShapeError(
      `${operation}: sequences must be [time${behind.map((size) => `, ${size}`).join("")}] each, not ${showShape(shape)}`,
    );
  }
  return sequences.map(({ shape }) => shape[0] as number);
}

const whole = (values: readonly number[]): Tensor =>
  tensor(Int32Array.from(values), { shape: [values.length] });
