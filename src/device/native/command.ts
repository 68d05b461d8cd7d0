// A call of the C compiler that goes on while JavaScript does: started, waited for, ended with its
// children where it hangs.

import { fileSystem, now } from "../host.ts";
import type { Launcher } from "./launcher.ts";

let invocations = 0;

/** How often the C compiler has been called for kernels by this thread of JavaScript. */
export function compilerInvocations(): number {
  return invocations;
}

/** Statuses besides those of the command itself. */
export const didNotStart: number = -1;
export const tookTooLong: number = -2;

export class Command {
  readonly words: readonly string[];
  readonly #launcher: Launcher;
  readonly #log: string;
  readonly #number: number;
  readonly #deadline: number;
  #status: number | undefined;

  /**
   * Starts it.
   *
   * @param log      the file that its output goes to
   * @param seconds  after which it counts as hung
   */
  constructor(launcher: Launcher, words: readonly string[], log: string, seconds: number) {
    this.words = words;
    this.#launcher = launcher;
    this.#log = log;
    this.#deadline = now() + 1000 * seconds;
    this.#number = launcher.spawn(words, log);
    if (this.#number === 0) this.#status = didNotStart;
    invocations++;
  }

  /** Whether it goes on after so many seconds; one that takes too long is ended. */
  isRunning(seconds = 0): boolean {
    this.#status ??= this.#launcher.wait(this.#number, seconds);
    if (this.#status === undefined && now() >= this.#deadline) this.stop();
    return this.#status === undefined;
  }

  /** Waits for it; what it came to, 0 being well. */
  end(): number {
    while (this.isRunning(Math.max(0, this.#deadline - now()) / 1000));
    return this.#status as number;
  }

  /** Ends it if it has not ended. */
  stop(): void {
    if (this.#status !== undefined) return;
    this.#launcher.kill(this.#number);
    this.#status = tookTooLong;
  }

  output(): string {
    try {
      return fileSystem().readFileSync(this.#log, "utf8");
    } catch {
      return "";
    }
  }
}
