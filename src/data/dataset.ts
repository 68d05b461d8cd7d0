// Where batches come from: columns (a record of arrays that share their first axis), a list of
// examples, or a stream of them. Columns are held as typed arrays and a batch is a copy of rows.

import { DataError, ShapeError } from "../ir/errors.ts";
import { type Nested, type NumberArray, tensor } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";
import { isRecord } from "../tensor/tree.ts";

/** One array of a data set: its first axis counts examples. */
export type Column = Tensor | NumberArray | readonly Nested[];

/** A data set as named arrays. */
export type Columns = { readonly [name: string]: Column };

/** One example: named values of one shape throughout. */
export type Example = { readonly [name: string]: Tensor | Nested };

/** What a batch of a data set is: a tensor for each name, examples along its first axis. */
export type BatchOf<S> = { [K in keyof S]: Tensor };

/** A data set whose examples can be had in any order. */
export interface Indexed<B> {
  readonly count: number;
  /** The examples at these places, as one batch. */
  at(places: Uint32Array): Promise<B>;
}

interface HostColumn {
  readonly data: NumberArray;
  readonly rowSize: number;
  readonly rowShape: readonly number[];
  readonly dtype: Tensor["dtype"];
}

/** A record of arrays as an indexed data set. @throws ShapeError  their first axes differ */
export function columnsDataset<S extends Columns>(columns: S): Indexed<BatchOf<S>> {
  const names = Object.keys(columns);
  const tensors = new Map<string, Tensor>();
  for (const name of names) {
    const column = columns[name] as Column;
    const value = column instanceof Tensor ? column : tensor(column as Nested);
    if (value.rank === 0) {
      throw new ShapeError(`loader: "${name}" is one number; its first axis must count examples`);
    }
    tensors.set(name, value);
  }
  const count = sharedCount(tensors);
  const held = new Map<string, HostColumn>();
  const read = async (): Promise<void> => {
    for (const [name, value] of tensors) {
      const rowShape = value.shape.slice(1);
      const rowSize = rowShape.reduce((product, size) => product * size, 1);
      held.set(name, { data: await value.data(), rowSize, rowShape, dtype: value.dtype });
    }
    tensors.clear();
  };
  let reading: Promise<void> | undefined;
  return {
    count,
    async at(places) {
      reading ??= read();
      await reading;
      const batch: Record<string, Tensor> = {};
      for (const [name, column] of held) batch[name] = rows(column, places);
      return batch as BatchOf<S>;
    },
  };
}

function sharedCount(tensors: Map<string, Tensor>): number {
  let first: [string, number] | undefined;
  for (const [name, { shape }] of tensors) {
    const count = shape[0] as number;
    first ??= [name, count];
    if (count === first[1]) continue;
    throw new ShapeError(
      `loader: "${first[0]}" has ${first[1]} examples, "${name}" [${shape.join(", ")}] has ${count}; ` +
        "the first axes must be equal (give typed arrays a shape with tensor(data, { shape }))",
    );
  }
  if (first === undefined) throw new DataError("loader: a record without arrays has no examples");
  return first[1];
}

function rows({ data, rowSize, rowShape, dtype }: HostColumn, places: Uint32Array): Tensor {
  const make = data.constructor as new (length: number) => NumberArray;
  const values = new make(places.length * rowSize);
  if (rowSize === 1) {
    for (let i = 0; i < places.length; i++) values[i] = data[places[i] as number] as never;
  } else {
    for (let i = 0; i < places.length; i++) {
      const start = (places[i] as number) * rowSize;
      values.set(data.subarray(start, start + rowSize) as never, i * rowSize);
    }
  }
  return tensor(values, { shape: [places.length, ...rowShape], dtype });
}

/** A list of examples as an indexed data set. */
export function listDataset<E extends Example>(examples: readonly E[]): Indexed<BatchOf<E>> {
  return {
    count: examples.length,
    at: async (places) => collate(Array.from(places, (place) => examples[place] as E)),
  };
}

/**
 * Examples as one batch: their values stacked along a new first axis.
 *
 * @throws DataError   an example has other names than the first
 * @throws ShapeError  a value has another shape than the first example's
 */
export async function collate<E extends Example>(examples: readonly E[]): Promise<BatchOf<E>> {
  const [first] = examples;
  if (first === undefined) throw new DataError("loader: a batch needs at least one example");
  if (!isRecord(first)) {
    throw new DataError(
      `loader: an example must be a record such as { image, label }, not ${describe(first)}`,
    );
  }
  const names = Object.keys(first);
  const batch: Record<string, Tensor> = {};
  for (const name of names) batch[name] = await stackValues(examples, name);
  for (const [i, example] of examples.entries()) {
    const other = Object.keys(example).find((name) => !names.includes(name));
    if (other === undefined) continue;
    throw new DataError(`loader: example ${i} of a batch has "${other}", the first does not`);
  }
  return batch as BatchOf<E>;
}

async function stackValues(examples: readonly Example[], name: string): Promise<Tensor> {
  const first = toTensor(examples[0] as Example, name, 0);
  const size = first.size;
  const start = await first.data();
  const values = new (start.constructor as new (length: number) => typeof start)(
    size * examples.length,
  );
  values.set(start);
  for (let i = 1; i < examples.length; i++) {
    const value = toTensor(examples[i] as Example, name, i);
    if (value.shape.join() !== first.shape.join() || value.dtype !== first.dtype) {
      throw new ShapeError(
        `loader: "${name}" is ${value.dtype} [${value.shape.join(", ")}] in example ${i} of a batch, ` +
          `${first.dtype} [${first.shape.join(", ")}] in the first; make them equal with map`,
      );
    }
    values.set(await value.data(), i * size);
  }
  return tensor(values, { shape: [examples.length, ...first.shape], dtype: first.dtype });
}

function toTensor(example: Example, name: string, at: number): Tensor {
  const value = example[name];
  if (value === undefined) {
    throw new DataError(`loader: example ${at} of a batch has no "${name}", the first does`);
  }
  if (value instanceof Tensor) return value;
  // A whole number is a label or an index.
  if (typeof value === "number" && Number.isInteger(value)) return tensor(value, { dtype: "i32" });
  return tensor(value);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Tensor) return "a tensor";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
