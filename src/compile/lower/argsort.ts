// Sorting: a bottom-up merge sort of a row's indices, stable, NaN largest. Runs of doubling width are
// merged from one half of a buffer into the other.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import type { Index } from "../affine.ts";
import type { KernelBuilder } from "../builder.ts";
import type { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { literal } from "../math.ts";
import { registerOf } from "../registers.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { overRows, placeAlong, type SerialSpecification } from "./serial-kernel.ts";

export interface ArgsortSpecification extends SerialSpecification {
  readonly value: Expression;
  readonly index: Index;
  readonly descending: boolean;
}

/** The permutation that sorts a row. */
export function lowerArgsort(spec: ArgsortSpecification, target: Target): LoweredJob | undefined {
  return overRows(spec, target, { lanesOver: undefined, roots: [spec.value] }, (emission) =>
    sortRow(spec, emission),
  );
}

function sortRow(spec: ArgsortSpecification, emission: Emission): void {
  const { along, value } = spec;
  const b = emission.builder;
  const { add, sub, min, less, equal, cast } = b.index;
  const length = along.extent;
  const memory = value.dtype === "u8" || value.dtype === "i8" ? "i32" : value.dtype;
  const type = registerOf(value.dtype);
  const keys = b.scratch(memory, length);
  const indices = b.scratch("i32", 2 * length);
  const n = b.int(length, `x${along.id}`);
  const read = (at: Atom): Atom => b.load("i32", indices, at, { fresh: true });
  b.loop(0, n, 1, (i) => {
    placeAlong(emission, spec, i);
    b.store(keys, i, emission.value(value), 1);
    b.store(indices, i, b.compute("cast", "i32", i), 1);
  });
  const passes = Math.ceil(Math.log2(Math.max(2, length)));
  const width = b.variable("index", 1, literal("index", 1));
  const source = b.variable("index", 1, literal("index", 0));
  b.loop(0, b.int(passes, "passes"), 1, () => {
    const into = sub(n, source);
    const cursor = () => b.variable("index", 1, literal("index", 0));
    const [left, right, middle, stop] = [cursor(), cursor(), cursor(), cursor()];
    b.loop(0, n, 1, (t) => {
      // At the start of each pair of runs, set both cursors.
      b.when(equal(t, stop), () => {
        b.set(left, t);
        b.set(middle, min(add(t, width), n));
        b.set(right, middle);
        b.set(stop, min(add(middle, width), n));
      });
      const takeRight = b.variable("bool", 1, literal("bool", 0));
      const leftIsOver = equal(left, middle);
      b.when(less(right, stop), () => {
        b.set(takeRight, leftIsOver);
        b.when(b.compute("not", "bool", leftIsOver), () => {
          const key = (at: Atom): Atom =>
            b.load(type, keys, cast(read(add(source, at))), { fresh: true });
          const [l, r] = [key(left), key(right)];
          b.set(takeRight, spec.descending ? comesBefore(b, l, r) : comesBefore(b, r, l));
        });
      });
      const taken = b.variable("index", 1, left);
      b.when(takeRight, () => b.set(taken, right));
      const moved = read(add(source, taken));
      b.store(indices, add(into, t), moved, 1);
      const step = cast(b.compute("cast", "i32", takeRight));
      b.set(right, add(right, step));
      b.set(left, add(left, sub(1, step)));
    });
    b.set(source, into);
    b.set(width, add(width, width));
  });
  b.loop(0, n, 1, (i) => {
    placeAlong(emission, spec, i);
    emission.store(spec.node, spec.index, read(add(source, i)));
  });
}

/** Whether x sorts before y in ascending order. */
function comesBefore(b: KernelBuilder, x: Atom, y: Atom): Atom {
  const type = x.type;
  if (type === "bool") return b.compute("and", "bool", b.compute("not", "bool", x), y);
  const less = b.compute("less", "bool", x, y);
  if (type !== "f32" && type !== "f64") return less;
  const yIsLast = b.compute("isNaN", "bool", y);
  const xIsNot = b.compute("not", "bool", b.compute("isNaN", "bool", x));
  return b.compute("or", "bool", less, b.compute("and", "bool", yIsLast, xIsNot));
}
