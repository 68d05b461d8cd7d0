// The tiles of a block of an image, transformed. As many channels as a vector has lanes are copied into
// scratch, padded, and turned round, so that the lanes lie along channels: no tile's place in its line
// matters then, nor how many there are. Columns of a line of tiles are transformed first, each once,
// though it belongs to several tiles; then the rows of each tile.

import type { Atom, Register } from "../../ir/kernel.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { type Block, copyInside, fillImage } from "./convolution-image.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import type { WinogradForm } from "./winograd-form.ts";
import { transformLine } from "./winograd-transforms.ts";

/** A thread's memory for them. */
export interface TransformedImage {
  readonly form: WinogradForm;
  /** Some channels of the block of the image: [channel, place] as copied, and [place, channel]. */
  readonly image: number;
  readonly turned: number;
  /** A line of tiles whose columns are transformed, [line, column, channel]. */
  readonly columns: number;
  /** The tiles, and elements from product to product, tile to tile, and from some channels to the next. */
  readonly transformed: number;
  readonly productPitch: Atom;
  readonly tilePitch: Atom;
  readonly channelsPitch: Atom;
  /** Tiles of a line. */
  readonly across: Atom;
}

export const squareOf = (n: number, item: (i: number, j: number) => Atom): Atom[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => item(i, j)));

/** Memory for the channels of a block that are copied at a time. */
export function copiedImage(
  { builder }: Emission,
  { spec, sizes, lanes }: ConvolutionPlan,
  { extent }: WinogradForm,
): Pick<TransformedImage, "image" | "turned" | "columns"> {
  const { dtype } = spec.node;
  // The last square reaches past the image.
  const places = sizes.plane + lanes;
  return {
    image: builder.scratch(dtype, lanes * sizes.plane + lanes),
    turned: builder.scratch(dtype, lanes * places),
    columns: builder.scratch(dtype, lanes * extent * (sizes.strides[0] as number)),
  };
}

/** The tiles of every channel of a block. */
export function transformBlock(
  emission: Emission,
  plan: ConvolutionPlan,
  memory: TransformedImage,
  { channel, channelCount, place, placeCount }: Block,
): void {
  const b = emission.builder;
  const { lanes } = b;
  const { add, sub, mul, div, min } = b.index;
  fillImage(emission, plan, memory.image, literal("index", lanes));
  b.loop(0, channelCount, lanes, (first) => {
    const count = min(lanes, sub(channelCount, first));
    const part = { channel: add(channel, first), channelCount: count, place, placeCount };
    copyInside(emission, plan, memory.image, part);
    turn(emission, plan, memory);
    const to = mul(div(first, lanes), memory.channelsPitch);
    b.loop(0, div(placeCount, memory.form.results), 1, (row) => {
      transformColumns(emission, plan, memory, row);
      transformRows(
        emission,
        plan,
        memory,
        add(to, mul(mul(row, memory.across), memory.tilePitch)),
      );
    });
  });
}

/** Channels that are not there are whatever was, and count for nothing. */
function turn(
  emission: Emission,
  { sizes, type }: ConvolutionPlan,
  memory: TransformedImage,
): void {
  const b = emission.builder;
  const { lanes } = b;
  const { add, mul } = b.index;
  const plane = b.int(sizes.plane, "plane");
  b.loop(0, plane, lanes, (at) => {
    const square = Array.from({ length: lanes }, (_, c) =>
      b.load(type, memory.image, add(mul(plane, c), at), { lanes, fresh: true }),
    );
    b.transpose(square).forEach((channels, i) => {
      b.store(memory.turned, mul(add(at, i), lanes), channels, lanes);
    });
  });
}

/** The columns of a line of tiles. */
function transformColumns(
  emission: Emission,
  { sizes, type }: ConvolutionPlan,
  { form, turned, columns }: TransformedImage,
  row: Atom,
): void {
  const b = emission.builder;
  const { lanes } = b;
  const { add, mul } = b.index;
  const line = b.int((sizes.strides[0] as number) * lanes, "lineOfChannels");
  const top = mul(mul(row, form.results), line);
  b.loop(0, line, lanes, (column) => {
    transformElements(b, type, form, {
      from: turned,
      read: (i) => add(add(top, mul(line, i)), column),
      to: columns,
      write: (i) => add(mul(line, i), column),
    });
  });
}

/** The rows of each tile of a line whose columns are transformed. */
function transformRows(
  emission: Emission,
  { sizes, type }: ConvolutionPlan,
  { form, columns, transformed, productPitch, tilePitch, across }: TransformedImage,
  to: Atom,
): void {
  const b = emission.builder;
  const { lanes } = b;
  const { add, mul } = b.index;
  const line = b.int((sizes.strides[0] as number) * lanes, "lineOfChannels");
  b.loop(0, form.extent, 1, (i) => {
    const product = add(to, mul(mul(i, form.extent), productPitch));
    b.loop(0, across, 1, (tile) => {
      const from = add(mul(i, line), mul(tile, form.results * lanes));
      const at = add(product, mul(tile, tilePitch));
      transformElements(b, type, form, {
        from: columns,
        read: (j) => add(from, j * lanes),
        to: transformed,
        write: (j) => add(at, mul(productPitch, j)),
      });
    });
  });
}

/** Where the elements of a tile along one axis are read and written, vectors of channels. */
interface Elements {
  readonly from: number;
  readonly read: (i: number) => Atom;
  readonly to: number;
  readonly write: (i: number) => Atom;
}

function transformElements(
  b: KernelBuilder,
  type: Register,
  form: WinogradForm,
  { from, read, to, write }: Elements,
): void {
  const { lanes } = b;
  const elements = Array.from({ length: form.extent }, (_, i) =>
    b.load(type, from, read(i), { lanes, fresh: true }),
  );
  transformLine(arithmetic(b, type), form, elements).forEach((value, i) => {
    b.store(to, write(i), value, lanes);
  });
}
