// A tensor as text, for the console: nested brackets, numbers to four places, the middle of long axes
// left out.

import type { TypedArray } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";

/** Above this many elements, the middle of each axis longer than twice `edge` is left out. */
const most = 200;
const edge = 3;

function showNumber(value: number): string {
  if (Number.isInteger(value)) return Object.is(value, -0) ? "-0" : `${value}`;
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return `${value}`;
  return size >= 1e6 || size < 1e-4 ? value.toExponential(3) : `${Number(value.toFixed(4))}`;
}

/** Nested lists of numbers in row-major order. */
export function formatValues(data: TypedArray, shape: readonly number[]): string {
  const short = sizeOf(shape) > most;
  const show = (axis: number, start: number, count: number): string => {
    if (axis === shape.length) return showNumber(data[start] as number);
    const size = shape[axis] as number;
    const inner = size === 0 ? 0 : count / size;
    const parts: string[] = [];
    for (let i = 0; i < size; i++) {
      if (short && size > 2 * edge && i === edge) {
        parts.push("…");
        i = size - edge;
      }
      parts.push(show(axis + 1, start + i * inner, inner));
    }
    const last = axis === shape.length - 1;
    return last ? `[${parts.join(", ")}]` : `[${parts.join(`,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return show(0, 0, data.length);
}
