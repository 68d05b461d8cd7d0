// Words of a thread in the control page, from its start.

import { perThread, threads } from "./control.ts";

export const mostThreads = 64;

/** Where a thread's words start. */
export const threadWord = (thread: number): number => threads + thread * perThread;

/** An i32 code and, 8 bytes on, the f64 value of what it reported first. */
export const status = 0;
/** In which chunk that was. */
export const chunk = 4;
/** The last message it has acted on, and the last that it was sent. */
export const received = 5;
export const posted = 6;
