// A fold as a sum in the loops over its elements: of each, the taps that reach it.

import type { Node } from "../../ir/node.ts";
import { type Index, indexOf, plus, times } from "../affine.ts";
import type { Condition, Reduction } from "../expression.ts";
import type { Reader } from "../reader.ts";

export function sumOfTaps(fold: Node<"fold">, reader: Reader, place: readonly Index[]): Reduction {
  const { id, dtype } = fold;
  const { axis, stride, dilation } = fold.arg;
  const source = fold.src[0] as Node;
  const span = ((source.shape[axis] as number) - 1) * stride + 1;
  const tap = reader.space.axis(source.shape[axis + 1] as number, { whole: true });
  const shifted = plus(place[axis] as Index, times(indexOf(tap), -dilation));
  const conditions: Condition[] = [{ index: shifted, extent: span }];
  if (stride > 1) conditions.push({ index: shifted, extent: span, multiple: stride });
  const position = stride > 1 ? reader.exactQuotient(shifted, stride) : shifted;
  const value = reader.read(
    source,
    place.flatMap((at, i) => (i === axis ? [position, indexOf(tap)] : [at])),
  );
  const body = reader.guard(conditions, value, reader.number(0, dtype));
  return { id, kind: "add", dtype, body, inner: [tap] };
}
