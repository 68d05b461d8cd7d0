// A build: kernels in C to one object. Several compilers make a part each; the first starts as soon
// as it has enough to do, while JavaScript still writes the other kernels. A routine that kernels
// share is in one part only.

import { CompileError, DeviceError } from "../../ir/errors.ts";
import { kernelC, unitC } from "../../render/c.ts";
import { availableParallelism, fileSystem, joinPath, makeDirectorySync } from "../host.ts";
import { unique } from "./cache-folder.ts";
import { Command, didNotStart, tookTooLong } from "./command.ts";
import type { Compiler } from "./compiler.ts";
import type { KernelText } from "./kernel-text.ts";
import type { Launcher } from "./launcher.ts";
import { patience } from "./system.ts";

export interface BuildOptions {
  readonly compiler: Compiler;
  readonly launcher: Launcher;
  /** Seconds until a compiler is given up. Default: HEBB_CC_TIMEOUT, else 60 */
  readonly patience?: number;
}

/** A kernel or a routine, in C. */
interface Piece {
  readonly text: string;
  readonly lanes: number;
  readonly label: string;
}

/** What one compiler makes. */
interface Part {
  readonly labels: readonly string[];
  readonly source: string;
  readonly object: string;
  command: Command;
}

/** Characters of C that take a compiler some 0.15 s; to start it takes 0.03. */
const enough = 2 ** 15;

/** What a piece takes besides its text, in characters. */
const perPiece = 2500;

const sizeOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { text }) => sum + text.length + perPiece, 0);

export class Build {
  /** By their names. */
  readonly kernels: Map<string, KernelText> = new Map();
  readonly #options: BuildOptions;
  readonly #folder: string;
  readonly #stem: string;
  readonly #routines = new Set<string>();
  readonly #parts: Part[] = [];
  readonly #files: string[] = [];
  /** What no compiler has yet. */
  #waiting: Piece[] = [];
  /** The source to look at where a compiler failed. */
  #kept = "";
  /** Why nothing more is started. */
  #fault: { readonly error: unknown } | undefined;

  constructor(folder: string, options: BuildOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#stem = joinPath(folder, `build-${unique()}-`);
  }

  /** One more kernel. What goes wrong here is thrown when the build ends. */
  add(kernel: KernelText): void {
    const { name, label, lanes } = kernel;
    if (this.kernels.has(name)) return;
    this.kernels.set(name, kernel);
    const fresh = kernel.routines.filter((routine) => !this.#routines.has(routine));
    for (const routine of fresh) this.#routines.add(routine);
    for (const text of [...fresh, kernelC(name, kernel)])
      this.#waiting.push({ text, lanes, label });
    // One processor is for JavaScript.
    if (this.#fault || this.#running().length >= availableParallelism() - 1) return;
    if (sizeOf(this.#waiting) < enough) return;
    // Not all that waits: the last part to be begun is the one that others wait for.
    try {
      this.#start(this.#take(2 * enough), ["-c"]);
    } catch (error) {
      this.#fault = { error };
    }
  }

  /**
   * Ends the build.
   *
   * @param keep  gets the path of the object, whose file is removed afterwards
   */
  finish(keep: (object: string) => void): void {
    try {
      if (this.#fault) throw this.#fault.error;
      const isWhole = this.#parts.length === 0 && sizeOf(this.#waiting) < enough;
      if (isWhole) this.#start(this.#waiting.splice(0), []);
      this.#startAll();
      for (const part of this.#parts) this.#check(part);
      keep(isWhole ? (this.#parts[0] as Part).object : this.#link());
    } finally {
      this.abandon();
    }
  }

  /** Ends what still runs, and leaves nothing behind. */
  abandon(): void {
    for (const { command } of this.#parts) command.stop();
    for (const path of this.#files) {
      if (path !== this.#kept) fileSystem().rmSync(path, { force: true });
    }
  }

  /** Gives compilers ever smaller parts of what is left, so that all of them end at about one time. */
  #startAll(): void {
    const processors = availableParallelism();
    this.#waiting.sort((a, b) => b.text.length - a.text.length);
    while (this.#waiting.length > 0) {
      const running = this.#running();
      if (running.length < processors) {
        const share = sizeOf(this.#waiting) / (2 * processors);
        this.#start(this.#take(Math.max(enough / 2, share)), ["-c"]);
      } else running[0]?.command.isRunning(0.01);
      for (const part of this.#parts) if (!part.command.isRunning()) this.#check(part);
    }
  }

  /** The first pieces of this size or a little more. */
  #take(size: number): Piece[] {
    let count = 1;
    while (count < this.#waiting.length && sizeOf(this.#waiting.slice(0, count)) < size) count++;
    return this.#waiting.splice(0, count);
  }

  #running(): Part[] {
    return this.#parts.filter(({ command }) => command.isRunning());
  }

  #start(pieces: readonly Piece[], flags: readonly string[]): void {
    if (this.#parts.length === 0) {
      this.#options.compiler.confirm();
      // The cache may have been cleared since it was opened.
      makeDirectorySync(this.#folder, 0o700);
    }
    const number = this.#parts.length;
    const source = this.#file(`${number}.c`);
    const object = this.#file(`${number}.${flags.length > 0 ? "o" : "so"}`);
    const lanes = pieces.map((piece) => piece.lanes);
    const texts = pieces.map((piece) => piece.text);
    fileSystem().writeFileSync(source, unitC(lanes, texts, this.#routines), { mode: 0o600 });
    this.#parts.push({
      labels: [...new Set(pieces.map(({ label }) => label))],
      source,
      object,
      command: this.#call([source], object, flags),
    });
  }

  /** Waits for a part; throws where its compiler fails. */
  #check(part: Part): void {
    const { command } = part;
    // A compiler that crashes does so while optimising; with less of it the bits are the same.
    if (command.end() > 0 && command.output().includes("internal compiler error"))
      part.command = this.#run([...command.words, "-O1", "-fno-tree-vectorize"]);
    if (part.command.end() === 0) return;
    this.#kept = part.source;
    throw this.#failure(part.command, part.labels);
  }

  /** The object of all parts. */
  #link(): string {
    const object = this.#file("all.so");
    const objects = this.#parts.map((part) => part.object);
    const command = this.#call(objects, object);
    if (command.end() === 0) return object;
    throw this.#failure(command, [...new Set(this.#parts.flatMap(({ labels }) => labels))]);
  }

  #call(from: readonly string[], to: string, flags: readonly string[] = []): Command {
    const { command, flags: common, libraries } = this.#options.compiler;
    return this.#run([...command, ...common, ...flags, ...from, "-o", to, ...libraries]);
  }

  #run(words: readonly string[]): Command {
    const log = this.#file(`log-${this.#files.length}`);
    return new Command(this.#options.launcher, words, log, this.#limit());
  }

  #limit(): number {
    return this.#options.patience ?? patience();
  }

  /** A file that goes when the build ends. */
  #file(name: string): string {
    const path = `${this.#stem}${name}`;
    this.#files.push(path);
    return path;
  }

  #failure(command: Command, labels: readonly string[]): Error {
    const words = command.words.join(" ");
    const status = command.end();
    if (status === didNotStart) return new DeviceError(`the C compiler does not start: ${words}`);
    if (status === tookTooLong) {
      const limit = this.#limit();
      return new CompileError(`the C compiler did not finish within ${limit} s: ${words}`);
    }
    const lines = command.output().trim().split("\n").slice(0, 8).join("\n");
    return new CompileError(
      `the C compiler failed with status ${status} on ${labels.join(", ")}\n${lines}\ncommand: ${words}`,
    );
  }
}
