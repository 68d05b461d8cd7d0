// Stopping long work: a signal in force while a piece of work goes on; programs that run off the
// JavaScript thread poll it between kernels.

const signals = new Set<AbortSignal>();

/**
 * Runs asynchronous work under a signal: when it aborts, a program running off the thread stops
 * between two kernels and the read that waits for it rejects with the signal's reason.
 *
 * @param signal  what stops it
 * @param work    the work; reads inside it are covered until its promise settles
 */
export async function withCancellation<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  signals.add(signal);
  try {
    return await work();
  } finally {
    signals.delete(signal);
  }
}

/** Whether any signal in force has aborted. */
export function isCancelled(): boolean {
  for (const signal of signals) if (signal.aborted) return true;
  return false;
}

/** Throws the reason of a signal in force that has aborted. */
export function throwIfCancelled(): void {
  for (const signal of signals) signal.throwIfAborted();
}
