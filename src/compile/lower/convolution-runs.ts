// Convolutions with few columns or short sums, a depthwise one above all: the lanes lie along a run of
// places of the image's nearest axis, and an element of the kernel counts for all of them.
//
//   a unit copies a block of the image into scratch, padded, and for each row of places (for a few rows
//   at a time, if columns are few), each tile of columns and each stretch of a row:
//     columns × rows × vectors of sums live in registers while the terms run
//     what follows is done, with the sums as they lie
//
// Sums are of the whole kernel at once, in the order of its terms; results are written as they were
// made. (With many columns and long sums, convolution-kernel.ts wastes no lane at the end of a row.)

import type { Atom, Variable } from "../../ir/kernel.ts";
import type { Axis } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { arithmetic } from "../math-arithmetic.ts";
import { runLines } from "./convolution-form.ts";
import { copyImage, tableTaps } from "./convolution-image.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { decode, sizeOfLoops, vectorsAlong } from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";

/** Vectors of places at a time. */
const vectors = 2;

export function multiplyRuns(plan: ConvolutionPlan, run: Axis): LoweredJob {
  const { spec, sizes } = plan;
  const emission = new Emission(new KernelBuilder(plan.lanes), spec.reportCode);
  new Runs(emission, plan, run).write();
  return finishJob(emission.builder, {
    name: spec.name,
    units: sizes.units,
    flops: sizes.flops,
    roots: [spec.a, spec.b, ...spec.results.map((r) => r.value)],
    writes: writesOf(spec.results),
  });
}

type Range = readonly [from: Atom, to: Atom];

/** Rows of places that are made together. */
interface Rows {
  /** Where each begins in the block of the image; past the last it is the last again. */
  readonly starts: readonly Atom[];
  /** How many there are, and how one is placed. */
  readonly count: Atom;
  readonly place: (row: Atom) => void;
}

class Runs {
  readonly #emission: Emission;
  readonly #plan: ConvolutionPlan;
  readonly #run: Axis;
  readonly #image: number;
  readonly #termTable: number;
  readonly #packed: number;
  readonly #sums: number;
  /** Rows at a time. */
  readonly #lines: number;

  constructor(emission: Emission, plan: ConvolutionPlan, run: Axis) {
    this.#emission = emission;
    this.#plan = plan;
    this.#run = run;
    const { spec, view, sizes, lanes, packed } = plan;
    const { dtype } = spec.node;
    const b = emission.builder;
    // The last vectors of a row reach past it.
    const reach = vectors * lanes * (view.image[view.image.length - 1]?.stride ?? 1);
    this.#image = b.scratch(dtype, sizes.plane * sizes.channels + reach);
    this.#termTable = b.scratch("i32", sizes.terms);
    this.#packed = b.reads(packed as NonNullable<typeof packed>, 0);
    this.#lines = runLines(sizes.width, view, plan.target);
    this.#sums = b.scratch(dtype, sizes.width * this.#lines * vectors * lanes);
  }

  write(): void {
    const emission = this.#emission;
    const plan = this.#plan;
    const { view, sizes } = plan;
    const b = emission.builder;
    const { add, sub, mul, div, mod, min } = b.index;
    for (const axis of plan.still) emission.place(axis, 0);
    // unit = ((image · batches + batch) · blocks of places + block) · tile blocks + block of tiles
    const tileBlocks = b.int(sizes.tileBlocks, "tileBlocks");
    const tilesEach = b.int(sizes.tilesEach, "tilesEach");
    const placeBlocks = b.int(sizes.placeBlocks, "placeBlocks");
    const tiles = b.int(sizes.columnTiles, "tiles");
    const first = mul(mod(b.unit, tileBlocks), tilesEach);
    const rest = div(b.unit, tileBlocks);
    const above = div(rest, placeBlocks);
    const batches = b.int(sizeOfLoops(plan.batch), "batches");
    const batch = mod(above, batches);
    decode(emission, plan.batch, batch);
    decode(emission, plan.images, div(above, batches));
    const placesEach = b.int(sizes.placesEach, "placesEach");
    const place = mul(mod(rest, placeBlocks), placesEach);
    const places = b.int(view.image[0]?.place.extent ?? 1, "places");
    const placeCount = min(placesEach, sub(places, place));
    const channelCount = b.int(sizes.channels, "channels");
    copyImage(emission, plan, this.#image, {
      channel: literal("index", 0),
      channelCount,
      place,
      placeCount,
    });
    tableTaps(emission, plan, this.#termTable, channelCount);
    const end = min(add(first, tilesEach), tiles);
    this.#eachRow(place, placeCount, (rows, stretch) => {
      b.loop(first, end, 1, (tile) => {
        const columns = mul(add(mul(batch, tiles), tile), b.int(sizes.terms * sizes.width, "tile"));
        this.#rows(rows, stretch, tile, columns);
      });
    });
  }

  /** Rows of places: where each begins in the block of the image, and what of the run it is. */
  #eachRow(place: Atom, placeCount: Atom, body: (rows: Rows, stretch: Range) => void): void {
    const emission = this.#emission;
    const plan = this.#plan;
    const { image } = plan.view;
    const b = emission.builder;
    const { add, sub, mul, min } = b.index;
    const nest = (at: number, rows: Rows): void => {
      const { place: axis, stride } = image[at] as (typeof image)[number];
      if (at === image.length - 1) {
        const from = at === 0 ? place : literal("index", 0);
        const length = at === 0 ? placeCount : b.int(axis.extent, `places${at}`);
        body(rows, [from, add(from, length)]);
        return;
      }
      const count = at === 0 ? placeCount : b.int(axis.extent, `places${at}`);
      const step = b.int(stride * (plan.sizes.strides[at] as number), `place${at}`);
      const together = at === image.length - 2 ? this.#lines : 1;
      b.loop(0, count, together, (i) => {
        const [start] = rows.starts as [Atom];
        const last = sub(count, 1);
        const put = (row: Atom): void =>
          emission.place(axis, at === 0 ? add(place, add(i, row)) : add(i, row));
        const first = literal("index", 0);
        put(first);
        nest(at + 1, {
          starts: Array.from({ length: together }, (_, row) =>
            add(start, mul(row === 0 ? i : min(add(i, row), last), step)),
          ),
          count: min(together, sub(count, i)),
          place: put,
        });
      });
    };
    const start = literal("index", 0);
    nest(0, { starts: [start], count: literal("index", 1), place: () => {} });
  }

  /** All places of some rows, for a tile of columns. */
  #rows(rows: Rows, [from, to]: Range, tile: Atom, columns: Atom): void {
    const b = this.#emission.builder;
    const { add, sub, mul, less } = b.index;
    const step = b.int(this.#stride, "step");
    b.loop(from, to, vectors * b.lanes, (at) => {
      const along = mul(sub(at, from), step);
      const starts = rows.starts.map((start) => add(start, along));
      const isNarrow = less(sub(to, at), b.lanes + 1);
      const make = (width: number): void => {
        this.#multiply(starts, columns, width);
        this.#finish(rows, [at, b.index.min(add(at, width * b.lanes), to)], tile);
      };
      b.when(isNarrow, () => make(1));
      b.when(b.compute("not", "bool", isNarrow), () => make(vectors));
    });
  }

  get #stride(): number {
    const { image } = this.#plan.view;
    return image[image.length - 1]?.stride ?? 1;
  }

  /** Sums of `width` vectors of places of some rows for every column of a tile, left in scratch. */
  #multiply(starts: readonly Atom[], columns: Atom, width: number): void {
    const plan = this.#plan;
    const stride = this.#stride;
    const { type, sizes } = plan;
    const b = this.#emission.builder;
    const { lanes } = b;
    const { add, mul, cast } = b.index;
    const numbers = arithmetic(b, type);
    const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
    const step = b.int(stride, "step");
    const spread = { lanes, fresh: true, ...(stride === 1 ? {} : { stride: step }) };
    const sums = count(sizes.width).map(() =>
      starts.map(() => count(width).map((): Variable => b.variable(type, lanes, literal(type, 0)))),
    );
    b.loop(0, b.int(sizes.terms, "terms"), 1, (k) => {
      const term = cast(b.load("i32", this.#termTable, k, { fresh: true }));
      const places = starts.map((start) => {
        const at = add(start, term);
        return count(width).map((u) =>
          b.load(type, this.#image, add(at, mul(step, u * lanes)), spread),
        );
      });
      const from = add(columns, mul(k, sizes.width));
      sums.forEach((rows, j) => {
        const element = b.load(type, this.#packed, add(from, j));
        rows.forEach((line, row) => {
          line.forEach((sum, u) => {
            b.set(sum, numbers.fma(element, places[row]?.[u] as Atom, sum));
          });
        });
      });
    });
    sums.forEach((rows, j) => {
      rows.forEach((line, row) => {
        line.forEach((sum, u) => {
          b.settle(sum);
          b.store(this.#sums, ((j * this.#lines + row) * vectors + u) * lanes, sum, lanes);
        });
      });
    });
  }

  /** What follows, on the columns and places of a tile that exist. */
  #finish(rows: Rows, [from, to]: Range, tile: Atom): void {
    const emission = this.#emission;
    const plan = this.#plan;
    const { sizes, spec, type } = plan;
    const b = emission.builder;
    const { add, sub, mul, min } = b.index;
    const { columns } = plan;
    const first = mul(tile, sizes.width);
    const count = min(sizes.width, sub(b.int(sizeOfLoops(columns), "columns"), first));
    const make = (column: Atom, row: Atom): void => {
      vectorsAlong(emission, this.#run, [from, to], (at) => {
        const line = add(mul(column, this.#lines), row);
        const place = add(mul(line, vectors * b.lanes), sub(at, from));
        const sum = b.load(type, this.#sums, place, { lanes: b.lanes, fresh: true });
        emission.given.set(spec.node, sum);
        emission.storeAll(spec.results);
      });
    };
    const each = (column: Atom): void => {
      decode(emission, columns, add(first, column));
      if (this.#lines === 1) make(column, literal("index", 0));
      else {
        b.loop(0, rows.count, 1, (row) => {
          rows.place(row);
          make(column, row);
        });
      }
    };
    if (sizes.width === 1) each(literal("index", 0));
    else b.loop(0, count, 1, each);
  }
}
