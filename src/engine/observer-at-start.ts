// Who looks on from the start: the debug dial, as HEBB_DEBUG sets it. package.json names the file that
// stands for this one in a browser's bundle ("#observer" under "imports").

import { environment } from "../device/host.ts";
import { debugObserver } from "./debug.ts";
import type { Observer } from "./observer.ts";

export const observerAtStart = (): Observer | undefined =>
  debugObserver(Number(environment("HEBB_DEBUG") ?? 0));
