// Memory that a nest of loops will touch in the next turn of its outermost loop, asked for ahead. Within
// a turn memory is walked as it lies, and machines see that by themselves; where a turn ends it jumps (a
// sum over a batch, channel by channel), and each jump would be a wait of its own.

import { bytesOf } from "../../ir/dtype.ts";
import type { Node } from "../../ir/node.ts";
import { type Axis, factorOf, type Index, indexOf } from "../affine.ts";
import type { Emission } from "../emission.ts";
import { readsOf } from "../expression-walk.ts";
import { isLeading, type Loop } from "./loops.ts";
import { prefetchLoad, prefetchStore } from "./prefetch-element.ts";
import type { NestAhead } from "./prefetching.ts";

/** Bytes of a turn up to which the way to the next one is short, and what comes then is still there. */
const longestTurn = 16384;
/** Lines of a vector and its neighbours that are worth asking for. */
const mostLines = 4;

interface Touch {
  readonly node: Node;
  readonly index: Index;
  readonly write: boolean;
}

/** What is touched in turns that lie apart. */
interface Jumps {
  readonly far: Axis;
  readonly touches: readonly Touch[];
}

/** What asks for the memory that the next turn of the outermost loop jumps to; undefined if nothing. */
export function nestAhead(
  request: NestAhead,
  lineBytes: number,
): ((emission: Emission, written: readonly Loop[]) => void) | undefined {
  const jumps = jumpsOf(request);
  return jumps && ((emission, written) => prefetchJumps(emission, jumps, written, lineBytes));
}

/** What the outermost of several loops makes memory jump to; undefined if nothing. */
function jumpsOf(request: NestAhead): Jumps | undefined {
  const { roots, results, inner, all, indices } = request;
  const [far, ...near] = inner;
  if (!far || near.length === 0) return undefined;
  // The size of a batch is to change no kernel.
  if (near.some((loop) => isLeading(loop, all, indices))) return undefined;
  const jumps = ({ node, index }: Touch): boolean => {
    if (!index.terms.every((t) => t.atom.kind === "axis")) return false;
    const reach = near.reduce((n, l) => n + Math.abs(factorOf(index, l.axis)) * (l.extent - 1), 1);
    const walks = near.some((l) => factorOf(index, l.axis) !== 0);
    const step = Math.abs(factorOf(index, far.axis));
    return walks && step > 2 * reach && reach * bytesOf(node.dtype) <= longestTurn;
  };
  const reads = [...readsOf(roots)].flatMap(([node, list]) =>
    list.map((index): Touch => ({ node, index, write: false })),
  );
  const writes = results.map(({ node, index }): Touch => ({ node, index, write: true }));
  const touches = [...reads, ...writes].filter(jumps);
  return touches.length === 0 ? undefined : { far: far.axis, touches };
}

/**
 * Ask for what the next turn touches where this one stands: for each vector along the lane, or element,
 * its lines of memory; for each turn of the written loops only where that is not next to another.
 */
function prefetchJumps(
  emission: Emission,
  { far, touches }: Jumps,
  written: readonly Loop[],
  lineBytes: number,
): void {
  const { lane, builder } = emission;
  const ask = (touch: Touch): void => {
    const { node, index, write } = touch;
    const step = lane ? Math.abs(factorOf(index, lane)) : 0;
    const bytes = step * builder.lanes * bytesOf(node.dtype);
    const lines = Math.min(mostLines, Math.max(1, Math.round(bytes / lineBytes)));
    for (let line = 0; line < lines; line++) {
      emission.aside(() => {
        if (lane && line > 0) move(emission, lane, (line * builder.lanes) / lines);
        if (write) prefetchStore(emission, node, index);
        else prefetchLoad(emission, node, index);
      });
    }
  };
  const nest = (touch: Touch, at: number): void => {
    const loop = written[at];
    if (!loop) {
      ask(touch);
      return;
    }
    const apart = Math.abs(factorOf(touch.index, loop.axis)) > 1;
    for (let i = 0; i < (apart ? loop.extent : 1); i++) {
      emission.place(loop.axis, i);
      nest(touch, at + 1);
    }
  };
  emission.aside(() => {
    move(emission, far, 1);
    for (const touch of touches) nest(touch, 0);
  });
}

/** Let an axis stand some places further along. */
function move(emission: Emission, axis: Axis, by: number): void {
  const here = emission.address(indexOf(axis));
  emission.place(axis, emission.builder.index.add(here, by));
}
