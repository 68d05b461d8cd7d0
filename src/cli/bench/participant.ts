// One that is measured, in a process of its own that lives as long as the comparison: what it has
// imported and made stays, so that alternations cost no more than their steps.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Definition } from "./definition.ts";
import { type Answer, type Greeting, Refusal, type Request } from "./protocol.ts";

/** How a process is started. */
export interface Command {
  readonly program: string;
  readonly words: readonly string[];
  /** Variables besides our own; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export class Participant {
  readonly greeting: Greeting;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #complaints: () => string;

  private constructor(
    greeting: Greeting,
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    complaints: () => string,
  ) {
    this.greeting = greeting;
    this.#child = child;
    this.#lines = lines;
    this.#complaints = complaints;
  }

  /** Starts a process and hears who it is; a string says why it cannot take part. */
  static async start({ program, words, env = {} }: Command): Promise<Participant | string> {
    const child = spawn(program, words, { env: { ...process.env, ...env } });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr = (stderr + chunk).slice(-2000);
    });
    child.on("error", (error) => {
      stderr = error.message;
    });
    // A peer that has gone is noticed by its silence, not by a broken pipe.
    child.stdin.on("error", () => {});
    const complaints = (): string => stderr.trim().split("\n").at(-1) || "it ended without a word";
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) return complaints();
    const greeting = JSON.parse(first.value) as Greeting | { missing: string };
    if ("missing" in greeting) {
      child.stdin.end();
      return greeting.missing;
    }
    return new Participant(greeting, child, lines, complaints);
  }

  /** "PyTorch 2.1, 2 threads". */
  get name(): string {
    const { peer, version, threads } = this.greeting;
    return `${peer} ${version}, ${threads} thread${threads === 1 ? "" : "s"}`;
  }

  can({ task }: Definition): boolean {
    return this.greeting.kinds.includes(task.kind);
  }

  /** @throws Refusal  it says why not, or has ended */
  async ask(request: Request): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Refusal(this.#complaints());
    const answer = JSON.parse(line.value) as Answer | { error: string };
    if (typeof answer.error === "string") throw new Refusal(answer.error);
    return answer as Answer;
  }

  /** Median time of a step, in ms. */
  async time(definition: Definition, seconds: number): Promise<number> {
    return (await this.ask({ ask: "time", definition, seconds })).ms as number;
  }

  /** Lets the process end. */
  close(): void {
    this.#child.stdin.end();
  }
}
