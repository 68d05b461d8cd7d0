// Kernels with an order of their own along one axis: running sums, writes at computed places, sorts.
// Rows (the other axes) are independent; within a row the axis is walked in order, so results do not
// depend on threads. Lanes lie across rows where memory allows.

import { bytesOf } from "../ir/dtype.ts";
import type { Atom } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import type { Target } from "../render/renderer.ts";
import { type Axis, dependsOn, factorOf, type Index } from "./affine.ts";
import { KernelBuilder } from "./builder.ts";
import { Emission, isLinear, type LaunchNumber, registerOf, registersOf } from "./emit.ts";
import type { Expression } from "./expression.ts";
import { collectIndices, readsOf, walk } from "./expression-walk.ts";
import { lanesFor } from "./lanes.ts";
import type { LoweredJob } from "./lower-loop.ts";
import { literal } from "./math.ts";

interface SerialSpecification {
  readonly name: string;
  readonly node: Node;
  readonly rows: readonly Axis[];
  readonly along: Axis;
  readonly reportCode: (operation: string) => number;
}

/** Equal to no place where anything is read. */
const anywhere: Index = { terms: [], constant: Number.NaN };
const none = literal("index", 0);
const one = literal("index", 1);
type Builder = KernelBuilder<Node, LaunchNumber>;

/** Rows as units, the last one in lanes if `index`es allow; `body` writes one row. */
function overRows(
  spec: SerialSpecification,
  target: Target,
  touched: readonly Index[],
  values: readonly Expression[],
  lanesAllowed: boolean,
  body: (b: Builder, emission: Emission) => void,
): LoweredJob | undefined {
  const rows = spec.rows.filter((a) => a.extent !== 1);
  if (rows.some((a) => a.extent === 0)) return undefined;
  const types = [registerOf(spec.node.dtype)];
  walk(values, (e) => types.push(...registersOf(e)));
  const width = lanesFor(target, types);
  const lane = rows.findLast(
    (a) =>
      lanesAllowed &&
      width > 1 &&
      a.extent >= width &&
      touched.every((i) => isLinear(i, a) && [0, 1].includes(factorOf(i, a))),
  );
  const b: Builder = new KernelBuilder(lane ? width : 1);
  const emission = new Emission(b, { reportCode: spec.reportCode });
  for (const a of [...spec.rows, spec.along]) if (a.extent === 1) emission.place(a, none);
  const others = rows.filter((a) => a !== lane);
  const count = others.reduce((n, a) => n * a.extent, 1);
  const stretch = lane ? width * 4 : 1;
  const pieces = lane ? Math.ceil(lane.extent / stretch) : 1;
  let rest: Atom = lane ? b.compute("div", "index", b.unit, b.int(pieces, "pieces")) : b.unit;
  for (let i = others.length - 1; i >= 0; i--) {
    const axis = others[i] as Axis;
    const extent = b.int(axis.extent, `x${axis.id}`);
    emission.place(axis, i === 0 ? rest : b.compute("mod", "index", rest, extent));
    if (i > 0) rest = b.compute("div", "index", rest, extent);
  }
  if (!lane) body(b, emission);
  else {
    const piece = b.compute("mod", "index", b.unit, b.int(pieces, "pieces"));
    const from = b.compute("mul", "index", piece, literal("index", stretch));
    const to = b.compute(
      "min",
      "index",
      b.compute("add", "index", from, literal("index", stretch)),
      b.int(lane.extent, `x${lane.id}`),
    );
    const span = b.compute("sub", "index", to, from);
    const middle = b.compute(
      "add",
      "index",
      from,
      b.compute("sub", "index", span, b.compute("mod", "index", span, literal("index", width))),
    );
    b.loop(from, middle, literal("index", width), (at) => {
      emission.lane = lane;
      emission.place(lane, at);
      body(b, emission);
      emission.lane = undefined;
    });
    b.loop(middle, to, one, (at) => {
      emission.place(lane, at);
      body(b, emission);
    });
  }
  const { kernel, scratchBytes } = b.finish(spec.name);
  const size = spec.node.shape.reduce((n, d) => n * d, 1);
  return {
    kernel,
    uses: b.uses,
    ints: b.ints,
    floats: b.floats,
    units: count * pieces,
    scratch: scratchBytes,
    flops: size * 4,
    bytes: size * bytesOf(spec.node.dtype) * 2,
    reads: readsOf(values),
    // Written in an order of its own: a source must not share the memory.
    writes: new Map([[spec.node, anywhere]]),
  };
}

/** The running sum of `value` along the axis, from the end if `reverse`. */
export function lowerCumsum(
  spec: SerialSpecification & {
    readonly value: Expression;
    readonly index: Index;
    readonly reverse: boolean;
  },
  target: Target,
): LoweredJob | undefined {
  const { node, along, value, index } = spec;
  return overRows(spec, target, [...collectIndices(value), index], [value], true, (b, emission) => {
    const type = registerOf(node.dtype);
    const wide =
      emission.lane !== undefined &&
      (dependsOn(index, emission.lane) || value.axes.has(emission.lane));
    const sum = b.variable(type, wide ? b.lanes : 1, literal(type, 0));
    const length = b.int(along.extent, `x${along.id}`);
    b.loop(none, length, one, (i) => {
      const at = spec.reverse ? b.compute("sub", "index", b.int(along.extent - 1, "last"), i) : i;
      emission.place(along, along.extent === 1 ? none : at);
      b.set(sum, emission.combine("add", node.dtype, sum, emission.value(value)));
      emission.store(node, index, sum);
    });
  });
}

/** target[index] = or += value, in the order of the axis; `place` gives where a found index points. */
export function lowerScatter(
  spec: SerialSpecification & {
    readonly found: Expression;
    readonly value: Expression;
    /** The result's element with the axis left out, and how far a step along the axis goes. */
    readonly index: Index;
    readonly step: number;
    readonly kind: "add" | "set";
  },
  target: Target,
): LoweredJob | undefined {
  const { node, along, found, value, index } = spec;
  const touched = [...collectIndices(found), ...collectIndices(value), index];
  const lanes = !spec.rows.some(
    (a) => found.axes.has(a) && a === spec.rows.findLast((r) => r.extent > 1),
  );
  return overRows(
    spec,
    target,
    touched,
    [value, found],
    lanes && node.dtype !== "u8",
    (b, emission) => {
      const type = registerOf(node.dtype);
      const out = b.buffer(node, `out${node.id}`, node.dtype, index.constant, true);
      const wide = emission.lane !== undefined && dependsOn(index, emission.lane);
      b.loop(none, b.int(along.extent, `x${along.id}`), one, (i) => {
        emission.place(along, along.extent === 1 ? none : i);
        const at = b.compute("cast", "index", emission.value(found));
        const base = emission.index({ terms: index.terms, constant: 0 });
        const place = b.compute(
          "add",
          "index",
          base,
          b.compute("mul", "index", at, b.int(spec.step, "step")),
        );
        const lanesHere = wide ? b.lanes : 1;
        let result = emission.value(value);
        if (spec.kind === "add") {
          const old = b.load(type, out, place, { lanes: lanesHere, fresh: true });
          result = emission.combine("add", node.dtype, old, result);
        }
        b.store(out, place, result, lanesHere);
      });
    },
  );
}

/** The permutation that sorts a row: bottom-up merge sort of indices, stable, NaN largest. */
export function lowerArgsort(
  spec: SerialSpecification & {
    readonly value: Expression;
    readonly index: Index;
    readonly descending: boolean;
  },
  target: Target,
): LoweredJob | undefined {
  const { node, along, value, index } = spec;
  return overRows(spec, target, [], [value], false, (b, emission) => {
    const length = along.extent;
    const memory = value.dtype === "u8" || value.dtype === "i8" ? "i32" : value.dtype;
    const type = registerOf(value.dtype);
    const keys = b.scratch(memory, length, bytesOf(memory));
    const buffers = b.scratch("i32", 2 * length, 4);
    const n = b.int(length, `x${along.id}`);
    b.loop(none, n, one, (i) => {
      emission.place(along, length === 1 ? none : i);
      b.store(keys, i, emission.value(value), 1);
      b.store(buffers, i, b.compute("cast", "i32", i), 1);
    });
    const before = (left: Atom, right: Atom): Atom => {
      if (type === "bool") return b.compute("and", "bool", b.compute("not", "bool", left), right);
      const less = b.compute("less", "bool", left, right);
      if (type !== "f32" && type !== "f64") return less;
      const last = b.compute(
        "and",
        "bool",
        b.compute("isNaN", "bool", right),
        b.compute("not", "bool", b.compute("isNaN", "bool", left)),
      );
      return b.compute("or", "bool", less, last);
    };
    const passes = Math.ceil(Math.log2(Math.max(2, length)));
    const width = b.variable("index", 1, one);
    const source = b.variable("index", 1, none);
    b.loop(none, b.int(passes, "passes"), one, () => {
      const into = b.compute("sub", "index", n, source);
      const left = b.variable("index", 1, none);
      const right = b.variable("index", 1, none);
      const middle = b.variable("index", 1, none);
      const stop = b.variable("index", 1, none);
      b.loop(none, n, one, (t) => {
        // At the start of each pair of runs, set both cursors.
        b.when(b.compute("equal", "bool", t, stop), () => {
          b.set(left, t);
          b.set(middle, b.compute("min", "index", b.compute("add", "index", t, width), n));
          b.set(right, middle);
          b.set(stop, b.compute("min", "index", b.compute("add", "index", middle, width), n));
        });
        const takeRight = b.variable("bool", 1, literal("bool", 0));
        const leftOver = b.compute("equal", "bool", left, middle);
        const rightLeft = b.compute("less", "bool", right, stop);
        b.when(rightLeft, () => {
          b.set(takeRight, leftOver);
          b.when(b.compute("not", "bool", leftOver), () => {
            const at = (cursor: Atom): Atom => {
              const found = b.load("i32", buffers, b.compute("add", "index", source, cursor), {
                fresh: true,
              });
              return b.load(type, keys, b.compute("cast", "index", found), { fresh: true });
            };
            const [l, r] = [at(left), at(right)];
            b.set(takeRight, spec.descending ? before(l, r) : before(r, l));
          });
        });
        const cursor = b.variable("index", 1, left);
        b.when(takeRight, () => b.set(cursor, right));
        const moved = b.load("i32", buffers, b.compute("add", "index", source, cursor), {
          fresh: true,
        });
        b.store(buffers, b.compute("add", "index", into, t), moved, 1);
        const took = b.compute("cast", "index", b.compute("cast", "i32", takeRight));
        b.set(right, b.compute("add", "index", right, took));
        b.set(left, b.compute("add", "index", left, b.compute("sub", "index", one, took)));
      });
      b.set(source, into);
      b.set(width, b.compute("add", "index", width, width));
    });
    b.loop(none, n, one, (i) => {
      emission.place(along, length === 1 ? none : i);
      const found = b.load("i32", buffers, b.compute("add", "index", source, i), { fresh: true });
      emission.store(node, index, found);
    });
  });
}
