// Turns the debug dial (debug.ts).

import { debugObserver } from "./debug.ts";
import { observe } from "./observer.ts";

/**
 * Sets how much the engine prints about its work, on stderr.
 *
 * @param wish  0 nothing; 1 programs, what their kernels reach, warnings; 2 schedules; 3 the time of
 *   every run; 4 sources
 */
export function setDebugLevel(wish: number): void {
  observe(debugObserver(wish));
}
