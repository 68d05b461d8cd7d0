// Progress of a run: a bar that moves on a terminal, a line for each epoch and every few seconds
// elsewhere, every event for machines.

import type { BatchEvent, EpochEvent, FitEvent, Measures } from "../train/index.ts";
import { clock, grouped, type Terminal } from "./terminal.ts";

/** Milliseconds between two drawings of the bar, and between plain lines. */
const barEvery = 100;
const lineEvery = 5000;
const barWidth = 24;

export interface ProgressOptions {
  readonly epochs: number;
  /** Examples an epoch, where known. */
  readonly count: number | undefined;
  /** What examples are called. */
  readonly unit: string;
  readonly now?: () => number;
}

export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #drawn = -Infinity;
  #said: number;
  /** Examples seen by when, over the last seconds. */
  #seen: { readonly at: number; readonly examples: number }[] = [];
  #examples = 0;

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#said = this.#now();
  }

  show(event: FitEvent): void {
    this.#terminal.tell(event);
    if (event.type === "batch") this.#batch(event);
    else this.#epoch(event);
  }

  #batch(event: BatchEvent): void {
    const now = this.#now();
    this.#examples += event.examples;
    this.#seen.push({ at: now, examples: this.#examples });
    while (this.#seen.length > 2 && now - (this.#seen[0]?.at ?? now) > 3000) this.#seen.shift();
    if (this.#terminal.isLive) {
      if (now - this.#drawn < barEvery) return;
      this.#drawn = now;
      this.#terminal.bar(`${this.#head(event)}  ${this.#facts(event)}`);
    } else if (now - this.#said >= lineEvery) {
      this.#said = now;
      this.#terminal.say(`${this.#head(event)}  ${this.#facts(event)}`);
    }
  }

  #epoch(event: EpochEvent): void {
    this.#said = this.#now();
    const { epoch, epochs, loss, metrics, validation, seconds, examples } = event;
    const rate = `${grouped(examples / seconds)} ${this.#options.unit}/s`;
    const tested = validation ? `  ·  test ${measures(validation)}` : "";
    this.#terminal.say(
      `epoch ${epoch + 1}/${epochs}  ${measures({ loss, ...metrics })}${tested}  ·  ${seconds.toFixed(1)} s, ${rate}`,
    );
  }

  #head({ epoch, batch, batches }: BatchEvent): string {
    const name = `epoch ${epoch + 1}/${this.#options.epochs}`;
    if (batches === undefined) return `${name} batch ${batch + 1}`;
    const done = (batch + 1) / batches;
    return `${name} ${this.#terminal.isLive ? `${drawBar(done)} ` : ""}${Math.floor(100 * done)} %`;
  }

  #facts(event: BatchEvent): string {
    const parts = [measures(event.means)];
    const rate = this.#rate();
    if (rate !== undefined) {
      parts.push(`${grouped(rate)} ${this.#options.unit}/s`);
      const { count, epochs } = this.#options;
      if (count !== undefined && event.batches !== undefined) {
        const left = count * (epochs - event.epoch - (event.batch + 1) / event.batches);
        parts.push(`${clock(left / rate)} left`);
      }
    }
    return parts.join("  ");
  }

  #rate(): number | undefined {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (first === undefined || last === undefined || last.at <= first.at) return undefined;
    return (1000 * (last.examples - first.examples)) / (last.at - first.at);
  }
}

/** "loss 0.041  accuracy 98.7 %" */
export function measures(values: Measures): string {
  const show = ([name, value]: [string, number]): string =>
    /accuracy/i.test(name) ? `${name} ${(100 * value).toFixed(1)} %` : `${name} ${small(value)}`;
  return Object.entries(values).map(show).join("  ");
}

const small = (value: number): string =>
  Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(3) : value.toExponential(1);

/** A bar with half steps: ━━━━╸ and spaces up to its end. */
export function drawBar(share: number): string {
  const halves = Math.min(2 * barWidth, Math.max(0, Math.floor(share * 2 * barWidth)));
  const full = "━".repeat(halves >> 1) + (halves % 2 === 1 ? "╸" : "");
  return full + "·".repeat(barWidth - full.length);
}
