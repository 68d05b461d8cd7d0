// Where the command speaks: text for people, lines of JSON for machines, a bar that is redrawn on a
// terminal. Everything goes through one object, so that the commands do not ask what is on the
// other side.

/** The part of a stream that is needed. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class Terminal {
  readonly json: boolean;
  readonly isLive: boolean;
  readonly #out: Sink;
  #hasBar = false;

  constructor(out: Sink, { json = false }: { json?: boolean } = {}) {
    this.#out = out;
    this.json = json;
    this.isLive = !json && out.isTTY === true;
  }

  /** A line for people; nothing with --json. */
  say(line: string): void {
    if (this.json) return;
    this.#clearBar();
    this.#out.write(`${line}\n`);
  }

  /** A line for machines; nothing without --json. */
  tell(value: unknown): void {
    if (this.json) this.#out.write(`${JSON.stringify(value)}\n`);
  }

  /** Replaces the bar on a live terminal. */
  bar(line: string): void {
    if (!this.isLive) return;
    const width = Math.max(20, this.#out.columns ?? 80) - 1;
    this.#out.write(`\r\u001b[2K${[...line].slice(0, width).join("")}`);
    this.#hasBar = true;
  }

  #clearBar(): void {
    if (this.#hasBar) this.#out.write("\r\u001b[2K");
    this.#hasBar = false;
  }
}

/** 31204 as "31,204". */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Seconds as m:ss, or h:mm:ss. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
