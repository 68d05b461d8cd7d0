// Ctrl-C: the first one asks the work to stop where it can be gone on with, the second ends it now.

import process from "node:process";
import type { Terminal } from "./terminal.ts";

/**
 * Runs work that can be stopped.
 *
 * @param work  gets a signal that aborts at the first SIGINT or SIGTERM, and a function that tells
 *   which one was heard
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (abort: AbortSignal, heard: () => NodeJS.Signals | undefined) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  let first: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (first !== undefined) process.exit(signal === "SIGINT" ? 130 : 143);
    first = signal;
    terminal.say("stopping, what is done is saved; once more to end at once");
    control.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(control.signal, () => first);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
