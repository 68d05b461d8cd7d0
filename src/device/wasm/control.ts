// The first page of the linear memory: where threads find work and say what became of it. All
// places are indices of 32-bit words. Words that different threads write lie 64 bytes apart.
//
// A launch is handed out so: the main thread writes it to `launch`, sets `next` to 0 and `open` to 1,
// counts `generation` up and wakes who sleeps. A thread that comes adds itself to `active` and only
// then looks whether `open` still holds; chunks are taken by counting `next` up. The main thread
// takes part, then sets `open` to 0 and waits for `active` to become 0. Either a thread sees that
// it came too late, or the main thread sees it: no one can take a chunk of a later launch.
//
// Constants each by itself, here and beside, and not fields of objects: so minifiers shorten their names.

export const generation = 16;
export const next = 32;
export const active = 48;
export const open = 64;
/** How many threads sleep, or are about to. */
export const sleepers = 80;
/** 1 while the main thread sleeps until `active` is 0. */
export const waiting = 96;
/** 1 when a kernel has trapped on another thread. */
export const failed = 97;
/** Then `perThread` words a thread (see thread-words.ts). */
export const threads = 128;
export const perThread = 16;
/** The launch at hand (see launch-words.ts). */
export const launch = 2048;
