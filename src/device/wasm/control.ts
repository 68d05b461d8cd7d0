// The first page of the linear memory: where threads find work and say what became of it. All
// places are indices of 32-bit words. Words that different threads write lie 64 bytes apart.
//
// A launch is handed out so: the main thread writes it to `launch`, sets `next` to 0 and `open` to 1,
// counts `generation` up and wakes who sleeps. A thread that comes adds itself to `active` and only
// then looks whether `open` still holds; chunks are taken by counting `next` up. The main thread
// takes part, then sets `open` to 0 and waits for `active` to become 0. Either a thread sees that
// it came too late, or the main thread sees it: no one can take a chunk of a later launch.

export const control = {
  generation: 16,
  next: 32,
  active: 48,
  open: 64,
  /** How many threads sleep, or are about to. */
  sleepers: 80,
  /** 1 while the main thread sleeps until `active` is 0. */
  waiting: 96,
  /** 1 when a kernel has trapped on another thread. */
  failed: 97,
  /** Then `perThread` words a thread. */
  threads: 128,
  perThread: 16,
  launch: 2048,
} as const;

/** Words of a thread, from its start. */
export const own = {
  /** An i32 code and, 8 bytes on, the f64 value of what it reported first. */
  status: 0,
  /** In which chunk that was. */
  chunk: 4,
  /** The last message it has acted on, and the last that it was sent. */
  received: 5,
  posted: 6,
} as const;

/** Words of a launch, from its start; then `jobWords` for each job. */
export const launchWords = {
  jobs: 0,
  chunks: 1,
  /** Messages a thread must have received to know all kernels. */
  needs: 2,
  /** Scratch memory: where, and bytes a thread. */
  scratch: 3,
  stride: 4,
  size: 8,
} as const;

export const jobWords = {
  kernel: 0,
  buffers: 1,
  ints: 2,
  floats: 3,
  units: 4,
  /** Units a chunk, and the first chunk's number in the launch. */
  chunk: 5,
  first: 6,
  size: 8,
} as const;

export const mostThreads = 64;
export const mostJobs = 1024;

export const threadWord = (thread: number): number => control.threads + thread * control.perThread;
