// Stopping long work: a signal in force while a piece of work goes on. The program under way listens,
// and ends between two pieces of a kernel.

/** Why work was stopped, as a failure. */
export interface CancelReason {
  readonly error: unknown;
}

/** One for each piece of work: a signal may be in force twice. */
const inForce = new Set<{ readonly signal: AbortSignal }>();
const listeners = new Set<(reason: CancelReason) => void>();

/**
 * Runs asynchronous work under a signal: when it aborts, a program under way stops within some
 * milliseconds, nothing has changed for it, and the read that waits for it rejects with the signal's
 * reason. A step of training is made whole or not at all: one that already writes its update ends.
 *
 * @param signal  what stops it
 * @param work    the work; reads inside it are covered until its promise settles
 * @example
 * await withCancellation(AbortSignal.timeout(60_000), () => ones([2, 2]).sum().item()); // 4
 */
export async function withCancellation<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const abort = (): void => {
    for (const listener of listeners) listener({ error: signal.reason });
  };
  const force = { signal };
  inForce.add(force);
  signal.addEventListener("abort", abort);
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", abort);
    inForce.delete(force);
  }
}

/** Calls a function when a signal in force aborts. @returns what ends that */
export function onCancel(listener: (reason: CancelReason) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Throws the reason of a signal in force that has aborted. */
export function throwIfCancelled(): void {
  for (const { signal } of inForce) signal.throwIfAborted();
}
