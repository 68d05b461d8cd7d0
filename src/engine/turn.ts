// Letting the event loop turn. A loop that awaits only settled promises never lets timers, signals or
// finalisers run; so every asynchronous read passes through here and gives way if it has been long.

import { now, yieldToEventLoop } from "../device/host.ts";

/** Milliseconds that the loop may stand still. */
const limit = 10;
let last = 0;

/** Lets the event loop turn if 10 ms have passed since it last did so here. */
export async function turn(): Promise<void> {
  if (now() - last < limit) return;
  await yieldToEventLoop();
  last = now();
}
