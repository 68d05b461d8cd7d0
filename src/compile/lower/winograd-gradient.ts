// Gradients of kernels by Winograd's minimal filtering, the transpose of the convolution's:
//
//   a unit takes some channels, all columns and a piece of the sum, and for each block of an image:
//     the tiles of its channels are transformed, lanes along the channels
//     for each tile of columns: the slopes of the block's places are copied, columns side by side, and
//     transformed, lanes along the columns; then as many products of matrices as a tile has, channels ×
//     tiles by tiles × columns, sums in registers, are added to those of the blocks before
//   at last the taps of each channel and column are made of its sums
//
// Pieces are added up as those of any gradient of a kernel. Sums are over tiles in their order, so bits
// depend on no thread. An infinity or NaN reaches all taps of its channel or column.

import type { Atom } from "../../ir/kernel.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { multiplyTile } from "./contract-tile.ts";
import { copyColumns } from "./convolution-columns.ts";
import { finishRows, turnedPitch } from "./convolution-finish.ts";
import { eachPanel, eachWidth } from "./convolution-panels.ts";
import { decode, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob } from "./lowered-job.ts";
import { copiedImage, squareOf, type TransformedImage, transformBlock } from "./winograd-image.ts";
import { gradientTiles, type WinogradGradientPlan } from "./winograd-plan.ts";
import { transformKernelSlope, transformSlope } from "./winograd-transforms.ts";

/** The sums of pieces of a kernel's gradient. */
export function multiplySlopes(winograd: WinogradGradientPlan): LoweredJob {
  const { form, plan } = winograd;
  const emission = new Emission(new KernelBuilder(plan.lanes), plan.spec.reportCode);
  new Slopes(emission, winograd).write();
  return finishJob(emission.builder, {
    name: `${plan.spec.name} ${form.name}`,
    units: plan.sizes.units,
    flops: plan.sizes.flops,
    roots: [plan.spec.a, plan.spec.b],
    writes: new Map(),
  });
}

/** A block of an image, and whether there were others before it. */
interface Part {
  readonly placeCount: Atom;
  readonly channelCount: Atom;
  readonly more: Atom;
}

class Slopes {
  readonly #emission: Emission;
  readonly #winograd: WinogradGradientPlan;
  readonly #image: TransformedImage;
  /** [place, column], of a tile of columns. */
  readonly #slopes: number;
  /** [product, tile, column], and elements from product to product. */
  readonly #transformed: number;
  readonly #slopePitch: number;
  /** [tile of columns, product, channel, column], and elements from tile to tile and product to product. */
  readonly #sums: number;
  readonly #sumTile: Atom;
  readonly #sumPitch: Atom;
  /** [channel, tap, column] */
  readonly #results: number;
  readonly #turned: number;

  constructor(emission: Emission, winograd: WinogradGradientPlan) {
    this.#emission = emission;
    this.#winograd = winograd;
    const { form, plan, across } = winograd;
    const { spec, sizes, lanes, heights } = plan;
    const { width, channelsEach } = sizes;
    const { dtype } = spec.node;
    const b = emission.builder;
    const tall = heights[0] as number;
    // A vector to spare: what is stored for each product should not share the sets of a cache.
    const tilePitch = (Math.ceil(channelsEach / lanes) + 1) * lanes;
    const productPitch = gradientTiles * tilePitch + lanes;
    this.#image = {
      form,
      ...copiedImage(emission, plan, form),
      transformed: b.scratch(dtype, form.products * productPitch + tall),
      productPitch: b.int(productPitch, "productPitch"),
      tilePitch: b.int(tilePitch, "tilePitch"),
      channelsPitch: literal("index", lanes),
      across: b.int(across, "across"),
    };
    this.#slopes = b.scratch(dtype, (sizes.placesEach * sizes.placesWithin + lanes) * width);
    this.#slopePitch = gradientTiles * width + lanes;
    this.#transformed = b.scratch(dtype, form.products * this.#slopePitch);
    const sumPitch = (channelsEach + tall) * width;
    this.#sums = b.scratch(dtype, sizes.columnTiles * form.products * sumPitch);
    this.#sumTile = b.int(form.products * sumPitch, "sumTile");
    this.#sumPitch = b.int(sumPitch, "sumPitch");
    const rows = channelsEach * form.taps ** 2 + turnedPitch(plan);
    this.#results = b.scratch(dtype, rows * width);
    this.#turned = b.scratch(dtype, width * turnedPitch(plan));
  }

  write(): void {
    const emission = this.#emission;
    const { form, plan, partial } = this.#winograd;
    const { view, sizes } = plan;
    const b = emission.builder;
    const { add, sub, mul, div, mod, min, less } = b.index;
    for (const axis of plan.still) emission.place(axis, 0);
    // unit = (piece · batches + batch) · blocks of channels + block
    const channelBlocks = b.int(sizes.channelBlocks, "channelBlocks");
    const batches = b.int(sizeOfLoops(plan.batch), "batches");
    const above = div(b.unit, channelBlocks);
    decode(emission, plan.batch, mod(above, batches));
    const channels = b.int(sizes.channels, "channels");
    const channelsEach = b.int(sizes.channelsEach, "channelsEach");
    const channel = mul(mod(b.unit, channelBlocks), channelsEach);
    const channelCount = min(channelsEach, sub(channels, channel));
    const blocksEach = b.int(sizes.blocksEach, "blocksEach");
    const from = mul(div(above, batches), blocksEach);
    const to = min(add(from, blocksEach), b.int(sizes.blocks, "blocks"));
    const places = b.int(view.image[0]?.place.extent ?? 1, "places");
    const placesEach = b.int(sizes.placesEach, "placesEach");
    const placeBlocks = b.int(sizes.placeBlocks, "placeBlocks");
    b.loop(from, to, 1, (n) => {
      decode(emission, plan.images, div(n, placeBlocks));
      const place = mul(mod(n, placeBlocks), placesEach);
      const placeCount = min(placesEach, sub(places, place));
      transformBlock(emission, plan, this.#image, { channel, channelCount, place, placeCount });
      this.#eachTile((tile, vectors) => {
        const here = { tile, tileEnd: add(tile, 1), place, placeCount };
        copyColumns(emission, plan, { ...here, buffer: this.#slopes, pitch: literal("index", 0) });
        this.#transform(div(placeCount, form.results), vectors);
        this.#multiply(tile, vectors, { placeCount, channelCount, more: less(from, n) });
      });
    });
    const rows = mul(channels, b.int(sizes.taps, "taps"));
    const start = mul(above, mul(b.int(sizeOfLoops(plan.columns), "columns"), rows));
    const sums = { buffer: b.writes(partial, 0), start, pitch: rows };
    this.#eachTile((tile, vectors) => {
      this.#gather(tile, channelCount, vectors);
      const taps = b.int(sizes.taps, "taps");
      const [first, count] = [mul(channel, taps), mul(channelCount, taps)];
      const height = turnedPitch(plan);
      b.loop(0, count, height, (at) => {
        finishRows(emission, plan, {
          height,
          vectors,
          sums: this.#results,
          sum: mul(at, sizes.width),
          turned: this.#turned,
          row: add(first, at),
          end: add(first, min(add(at, height), count)),
          column: mul(tile, sizes.width),
          partial: sums,
        });
      });
    });
  }

  /** Code for each tile of columns, with as many vectors as it has. */
  #eachTile(body: (tile: Atom, vectors: number) => void): void {
    const emission = this.#emission;
    const { plan } = this.#winograd;
    const b = emission.builder;
    const tiles = b.int(plan.sizes.columnTiles, "tiles");
    b.loop(0, tiles, 1, (tile) => {
      const isLast = (): Atom => b.index.equal(b.index.add(tile, 1), tiles);
      eachWidth(emission, plan, isLast, (vectors) => body(tile, vectors));
    });
  }

  /** The slopes of a block's places, tile by tile. */
  #transform(lines: Atom, vectors: number): void {
    const { form } = this.#winograd;
    const { type, sizes } = this.#winograd.plan;
    const b = this.#emission.builder;
    const { lanes } = b;
    const f = arithmetic(b, type);
    const { add, mul } = b.index;
    const { across } = this.#image;
    const line = b.int(sizes.placesWithin * sizes.width, "slopeLine");
    b.loop(0, lines, 1, (row) => {
      b.loop(0, across, 1, (tile) => {
        const from = add(mul(mul(row, form.results), line), mul(tile, form.results * sizes.width));
        const to = mul(add(mul(row, across), tile), sizes.width);
        for (let u = 0; u < vectors; u++) {
          const square = squareOf(form.results, (i, j) => {
            const at = add(add(from, mul(line, i)), j * sizes.width + u * lanes);
            return b.load(type, this.#slopes, at, { lanes, fresh: true });
          });
          transformSlope(f, form, square)
            .flat()
            .forEach((value, n) => {
              b.store(this.#transformed, add(to, n * this.#slopePitch + u * lanes), value, lanes);
            });
        }
      });
    });
  }

  /** Sums over the tiles of a block, for each of the products of a channel and a column. */
  #multiply(tile: Atom, vectors: number, { placeCount, channelCount, more }: Part): void {
    const emission = this.#emission;
    const image = this.#image;
    const sums = this.#sums;
    const { form, plan } = this.#winograd;
    const { type, sizes } = plan;
    const b = emission.builder;
    const { add, mul, div } = b.index;
    const depth = mul(div(placeCount, form.results), image.across);
    b.loop(0, form.products, 1, (n) => {
      eachPanel(emission, plan, channelCount, (row, height) => {
        const own = add(mul(tile, this.#sumTile), mul(n, this.#sumPitch));
        multiplyTile(b, {
          type,
          height,
          vectors,
          rows: image.transformed,
          row: add(mul(n, image.productPitch), row),
          rowPitch: 1,
          termPitch: image.tilePitch,
          columns: this.#transformed,
          column: mul(n, this.#slopePitch),
          columnPitch: sizes.width,
          depth,
          sums,
          sum: add(own, mul(row, sizes.width)),
          more,
        });
      });
    });
  }

  /** The taps of each channel, from its sums. */
  #gather(tile: Atom, channelCount: Atom, vectors: number): void {
    const { form } = this.#winograd;
    const { type, sizes } = this.#winograd.plan;
    const b = this.#emission.builder;
    const { lanes } = b;
    const f = arithmetic(b, type);
    const { add, mul } = b.index;
    b.loop(0, channelCount, 1, (channel) => {
      const from = add(mul(tile, this.#sumTile), mul(channel, sizes.width));
      const to = mul(channel, form.taps ** 2 * sizes.width);
      for (let u = 0; u < vectors; u++) {
        const square = squareOf(form.extent, (i, j) => {
          const product = mul(this.#sumPitch, i * form.extent + j);
          return b.load(type, this.#sums, add(add(from, product), u * lanes), {
            lanes,
            fresh: true,
          });
        });
        transformKernelSlope(f, form, square)
          .flat()
          .forEach((value, tap) => {
            b.store(this.#results, add(to, tap * sizes.width + u * lanes), value, lanes);
          });
      }
    });
  }
}
