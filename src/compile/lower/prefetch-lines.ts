// Memory asked for in lines, as processors have it that can be asked. It is only a hint: nothing that is
// computed depends on it.

import type { Target } from "../../render/renderer.ts";
import { copyAhead, resultsAhead, sumsAhead, termAhead } from "./contract-prefetch.ts";
import { nestAhead } from "./loop-prefetch.ts";
import type { Prefetches } from "./prefetching.ts";

/** For targets whose memory comes in lines of so many bytes. */
export function prefetchLines(lineBytes: number): Target["prefetching"] {
  const prefetches: Prefetches = {
    lineBytes,
    sums: (emission, plan, ...place) => sumsAhead(emission, plan, place, lineBytes),
    row: (emission, plan, row, columns) => resultsAhead(emission, plan, row, columns, lineBytes),
    copy: copyAhead,
    terms: termAhead,
    nest: (request) => nestAhead(request, lineBytes),
  };
  return prefetches;
}
