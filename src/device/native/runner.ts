// Runs that JavaScript does not wait for, on the launcher's other thread: one at a time in a thread
// of JavaScript. Whoever asks for another first waits for the one under way.

import type { Launcher, PlanHandle } from "./launcher.ts";

type Report = ReturnType<Launcher["finish"]>;
type Outcome = { readonly report: Report } | { readonly error: unknown };

/** A run that was started. */
export class Later {
  readonly ended: Promise<void>;
  #resolve: () => void = () => {};
  readonly #wait: () => Report;
  #outcome: Outcome | undefined;

  constructor(wait: () => Report) {
    this.#wait = wait;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Waits for its end, without the event loop. */
  settle(): void {
    if (this.#outcome !== undefined) return;
    try {
      this.#outcome = { report: this.#wait() };
    } catch (error) {
      this.#outcome = { error };
    }
    this.#resolve();
  }

  /** Waits, and gives what it reported. @throws what became of it otherwise */
  finish(): Report {
    this.settle();
    const outcome = this.#outcome as Outcome;
    if ("error" in outcome) throw outcome.error;
    return outcome.report;
  }
}

export class Runner {
  readonly #launcher: Launcher;
  #current: Later | undefined;
  #listening = false;

  constructor(launcher: Launcher) {
    this.#launcher = launcher;
  }

  start(
    plan: PlanHandle,
    inputs: readonly ArrayBuffer[],
    outputs: readonly ArrayBuffer[],
    constants: Float64Array,
  ): Later {
    this.#current?.settle();
    if (!this.#listening) this.#launcher.listen(this.#heard);
    this.#listening = true;
    const given = new Set(inputs);
    const overwrites = outputs.some((output) => given.has(output));
    this.#launcher.start(plan, inputs, outputs, constants, overwrites);
    const later = new Later(() => {
      if (this.#current === later) this.#current = undefined;
      return this.#launcher.finish();
    });
    this.#current = later;
    return later;
  }

  /** Asks a run to end soon; one that has ended does not hear it. */
  cancel(run: Later): void {
    if (this.#current === run) this.#launcher.cancel();
  }

  /** A run has ended: the one under way, or one that somebody has waited for since. */
  readonly #heard = (): void => {
    if (!this.#launcher.busy()) this.#current?.settle();
  };
}
