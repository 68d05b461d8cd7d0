// Convolutions by Winograd's minimal filtering: the kernel is transformed once a launch; then
//
//   a unit takes lines of tiles of one image, and all columns:
//     some channels after others, the image is copied into scratch, padded, and its tiles are transformed,
//     lanes along the channels
//     for each tile of columns: as many products of matrices as a tile has, tiles × channels by
//     channels × columns, sums in registers; then the results of each tile, and what follows is done
//
// Everything between image and results stays in the second cache. A sum is over channels in their
// order, and of one tile alone: bits depend neither on blocks nor on where in the batch an image is. An
// infinity or NaN in an image makes NaN of the other results of its tiles as well.

import type { Atom, Variable } from "../../ir/kernel.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { multiplyTile } from "./contract-tile.ts";
import { finishRows, turnedPitch } from "./convolution-finish.ts";
import { eachPanel, eachWidth } from "./convolution-panels.ts";
import { decode } from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";
import { copiedImage, squareOf, type TransformedImage, transformBlock } from "./winograd-image.ts";
import type { WinogradPlan } from "./winograd-plan.ts";
import { transformResult } from "./winograd-transforms.ts";

export function multiplyTransformed(winograd: WinogradPlan): LoweredJob {
  const { plan } = winograd;
  const emission = new Emission(new KernelBuilder(plan.lanes), plan.spec.reportCode);
  new Tiles(emission, winograd).write();
  return finishJob(emission.builder, {
    name: plan.spec.name,
    units: plan.sizes.units,
    flops: plan.sizes.flops,
    roots: [plan.spec.a, plan.spec.b, ...plan.spec.results.map((r) => r.value)],
    writes: writesOf(plan.spec.results),
  });
}

class Tiles {
  readonly #emission: Emission;
  readonly #winograd: WinogradPlan;
  readonly #image: TransformedImage;
  /** [product, tile, column], and elements from product to product. */
  readonly #sums: number;
  readonly #sumPitch: Atom;
  /** [place, column] */
  readonly #results: number;
  readonly #turned: number;

  constructor(emission: Emission, winograd: WinogradPlan) {
    this.#emission = emission;
    this.#winograd = winograd;
    const { form, plan, lines, across } = winograd;
    const { spec, sizes, lanes } = plan;
    const { dtype } = spec.node;
    const b = emission.builder;
    const tall = turnedPitch(plan);
    const tiles = lines * across;
    const sumRows = tiles + (plan.heights[0] as number);
    const places = tiles * form.results ** 2;
    // A vector to spare: what is stored for each product should not share the sets of a cache.
    const channelsPitch = (tiles + 1) * lanes;
    const productPitch = Math.ceil(sizes.channels / lanes) * channelsPitch + lanes;
    this.#image = {
      form,
      ...copiedImage(emission, plan, form),
      // Panels reach past the last tile.
      transformed: b.scratch(dtype, form.products * productPitch + tall * lanes),
      productPitch: b.int(productPitch, "productPitch"),
      channelsPitch: b.int(channelsPitch, "channelsPitch"),
      tilePitch: literal("index", lanes),
      across: b.int(across, "across"),
    };
    this.#sums = b.scratch(dtype, form.products * sumRows * sizes.width);
    this.#sumPitch = b.int(sumRows * sizes.width, "sumPitch");
    this.#results = b.scratch(dtype, (places + tall) * sizes.width);
    this.#turned = b.scratch(dtype, sizes.width * tall);
  }

  write(): void {
    const emission = this.#emission;
    const { form, plan } = this.#winograd;
    const { view, sizes } = plan;
    const b = emission.builder;
    const { add, sub, mul, div, mod, min, equal } = b.index;
    for (const axis of plan.still) emission.place(axis, 0);
    // unit = (batch · images + image) · blocks of places + block
    const placeBlocks = b.int(sizes.placeBlocks, "placeBlocks");
    const images = b.int(sizes.images, "images");
    const above = div(b.unit, placeBlocks);
    const batch = div(above, images);
    decode(emission, plan.batch, batch);
    decode(emission, plan.images, mod(above, images));
    const placesEach = b.int(sizes.placesEach, "placesEach");
    const place = mul(mod(b.unit, placeBlocks), placesEach);
    const places = b.int(view.image[0]?.place.extent ?? 1, "places");
    const placeCount = min(placesEach, sub(places, place));
    const lines = div(placeCount, form.results);
    const channels = {
      channel: literal("index", 0),
      channelCount: b.int(sizes.channels, "channels"),
    };
    transformBlock(emission, plan, this.#image, { ...channels, place, placeCount });
    const tiles = b.int(sizes.columnTiles, "tiles");
    b.loop(0, tiles, 1, (tile) => {
      const start = mul(
        add(mul(batch, tiles), tile),
        b.int(form.products * sizes.channels * sizes.width, "tile"),
      );
      eachWidth(
        emission,
        plan,
        () => equal(add(tile, 1), tiles),
        (vectors) => {
          this.#multiply(start, lines, vectors);
          this.#gather(lines, vectors);
          this.#finish(place, placeCount, mul(tile, sizes.width), vectors);
        },
      );
    });
  }

  /** Sums over the channels, for each of the products of a tile. */
  #multiply(start: Atom, lines: Atom, vectors: number): void {
    const emission = this.#emission;
    const image = this.#image;
    const sums = this.#sums;
    const { plan } = this.#winograd;
    const { sizes, type } = plan;
    const b = emission.builder;
    const { add, mul } = b.index;
    const depth = b.int(sizes.channels, "channels");
    const product = b.int(sizes.channels * sizes.width, "product");
    const tiles = mul(lines, this.#image.across);
    b.loop(0, this.#winograd.form.products, 1, (n) => {
      const column = add(start, mul(n, product));
      eachPanel(emission, plan, tiles, (row, height) => {
        multiplyTile(b, {
          type,
          height,
          vectors,
          rows: image.transformed,
          row: add(mul(n, this.#image.productPitch), mul(row, b.lanes)),
          rowPitch: b.lanes,
          termPitch: 1,
          blockPitch: image.channelsPitch,
          columns: b.reads(this.#winograd.packed, 0),
          column,
          columnPitch: sizes.width,
          depth,
          sums,
          sum: add(mul(n, this.#sumPitch), mul(row, sizes.width)),
        });
      });
    });
  }

  /** The places of each tile, from its sums. */
  #gather(lines: Atom, vectors: number): void {
    const { form } = this.#winograd;
    const { sizes, type } = this.#winograd.plan;
    const b = this.#emission.builder;
    const { lanes } = b;
    const f = arithmetic(b, type);
    const { add, mul } = b.index;
    const line = b.int(this.#winograd.across * form.results * sizes.width, "resultLine");
    b.loop(0, lines, 1, (row) => {
      b.loop(0, this.#image.across, 1, (tile) => {
        const from = mul(add(mul(row, this.#image.across), tile), sizes.width);
        const to = add(mul(mul(row, line), form.results), mul(tile, form.results * sizes.width));
        for (let u = 0; u < vectors; u++) {
          const square = squareOf(form.extent, (i, j) => {
            const product = mul(this.#sumPitch, i * form.extent + j);
            const at = add(add(from, product), u * lanes);
            return b.load(type, this.#sums, at, { lanes, fresh: true });
          });
          transformResult(f, form, square).forEach((values, i) => {
            values.forEach((value, j) => {
              const at = add(add(to, mul(line, i)), j * sizes.width + u * lanes);
              b.store(this.#results, at, value, lanes);
            });
          });
        }
      });
    });
  }

  /** What follows, on the places of the block. */
  #finish(place: Atom, placeCount: Atom, column: Atom, vectors: number): void {
    const emission = this.#emission;
    const sums = this.#results;
    const turned = this.#turned;
    const { plan } = this.#winograd;
    const b = emission.builder;
    const { add, mul, min } = b.index;
    const within = b.int(plan.sizes.placesWithin, "within");
    const [first, rows] = [mul(place, within), mul(placeCount, within)];
    const height = turnedPitch(plan);
    b.loop(0, rows, height, (at: Variable) => {
      const [row, end] = [add(first, at), add(first, min(add(at, height), rows))];
      const sum = mul(at, plan.sizes.width);
      finishRows(emission, plan, {
        height,
        vectors,
        sums,
        sum,
        turned,
        row,
        end,
        column,
        partial: undefined,
      });
    });
  }
}
