// Worker threads over the shared linear memory. They start with the first program that has work for
// them, and in their own time: until one has received the modules that a program needs, that program
// runs without it, with the same bits, since units do not depend on each other. They keep neither
// Node nor a page from ending.

import { DeviceError } from "../../ir/errors.ts";
import { isNode, startThread } from "../host.ts";
import * as control from "./control.ts";
import type { LinearMemory } from "./memory.ts";
import * as own from "./thread-words.ts";
import { workerSource } from "./worker-source.ts";

/** A message to every worker. */
interface Message {
  readonly module?: WebAssembly.Module;
  readonly kernels?: readonly number[];
  readonly drop?: readonly number[];
}

interface Thread {
  post(message: unknown): void;
  stop(): void;
}

/** More chunks than a launch has, with room for every thread to count on. */
const mostChunks = 2 ** 30;

/** How often the main thread looks before it sleeps, where it may. */
const spins = 20_000;

export class Workers {
  readonly #memory: LinearMemory;
  readonly #wanted: number;
  readonly #threads: Thread[] = [];
  readonly #maySleep: boolean;
  /** Messages for threads that have not started; null once they have. */
  #waiting: Message[] | null = [];
  /** The first message brings the memory. */
  #posted = 1;
  /** Why there are no workers, if they could not be started. */
  failure = "";

  /** @param threads  workers to start, besides the main thread */
  constructor(memory: LinearMemory, threads: number) {
    this.#memory = memory;
    this.#wanted = Math.min(threads, own.mostThreads - 1);
    this.#maySleep = mayWait(memory.words);
  }

  /** How many there are, or will be when they are started. */
  get count(): number {
    return this.#waiting ? this.#wanted : this.#threads.length;
  }

  start(): void {
    if (!this.#waiting) return;
    const start = isNode()
      ? (failed: (error: unknown) => void): Thread => startThread(workerSource("node"), failed)
      : startBrowser;
    const messages = this.#waiting;
    this.#waiting = null;
    const { memory, words } = this.#memory;
    for (let i = 1; i <= this.#wanted; i++) {
      words[own.threadWord(i) + own.chunk] = -1;
      try {
        this.#threads.push(start(this.#failed));
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
    this.#threads.forEach((thread, i) => {
      this.#post(thread, i + 1, { memory, thread: i + 1 });
      for (const message of messages) this.#post(thread, i + 1, message);
    });
  }

  /** How many workers have received that many messages. */
  ready(messages: number): number {
    const { words } = this.#memory;
    let count = 0;
    for (let i = 1; i <= this.#threads.length; i++) {
      if (Atomics.load(words, own.threadWord(i) + own.received) >= messages) count++;
    }
    return count;
  }

  /** Sends a message to all; the number by which `ready` knows that it has arrived. */
  post(message: Message): number {
    this.#waiting?.push(message);
    this.#threads.forEach((thread, i) => {
      this.#post(thread, i + 1, message);
    });
    return ++this.#posted;
  }

  #post(thread: Thread, index: number, message: unknown): void {
    const { words } = this.#memory;
    // Announced first: a worker that sees the count goes to its event loop, where the message comes.
    Atomics.add(words, own.threadWord(index) + own.posted, 1);
    thread.post(message);
    this.#wake();
  }

  #wake(): void {
    const { words } = this.#memory;
    Atomics.add(words, control.generation, 1);
    if (Atomics.load(words, control.sleepers) > 0) Atomics.notify(words, control.generation);
  }

  /** Hands a launch out in the control page: from here on workers take its chunks. */
  open(launch: Int32Array): void {
    const { words } = this.#memory;
    words.set(launch, control.launch);
    Atomics.store(words, control.next, 0);
    Atomics.store(words, control.open, 1);
    this.#wake();
  }

  /** No chunk is left: waits for those that are being worked on. */
  close(): void {
    const { words } = this.#memory;
    Atomics.store(words, control.open, 0);
    this.#settle();
    if (Atomics.load(words, control.failed)) {
      Atomics.store(words, control.failed, 0);
      throw new DeviceError("wasm: a kernel trapped on a worker thread");
    }
  }

  /** The chunks that nobody has taken yet stay undone. */
  abandon(): void {
    const { words } = this.#memory;
    Atomics.store(words, control.next, mostChunks);
    Atomics.store(words, control.open, 0);
    this.#settle();
    Atomics.store(words, control.failed, 0);
  }

  /** Until no worker is in a launch. */
  #settle(): void {
    const { words } = this.#memory;
    for (let i = 0; Atomics.load(words, control.active) > 0; i++) {
      if (!this.#maySleep || i < spins) continue;
      Atomics.store(words, control.waiting, 1);
      const active = Atomics.load(words, control.active);
      if (active > 0) Atomics.wait(words, control.active, active, 1);
      Atomics.store(words, control.waiting, 0);
    }
  }

  /** Ends the threads; programs go on without. */
  stop(): void {
    this.#waiting = null;
    for (const thread of this.#threads) thread.stop();
    this.#threads.length = 0;
  }

  #failed = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    this.failure = `workers cannot start: ${message}`;
    this.stop();
  };
}

/** Whether this thread may sleep: a page's main thread may not. */
function mayWait(words: Int32Array): boolean {
  try {
    Atomics.wait(words, control.active, -1, 0);
    return true;
  } catch {
    return false;
  }
}

function startBrowser(failed: (error: unknown) => void): Thread {
  const source = new Blob([workerSource("browser")], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(source), { name: "hebb-wasm" });
  worker.onerror = (event) => {
    event.preventDefault();
    failed(event.message || "the page's policy refuses blob workers");
  };
  return { post: (message) => worker.postMessage(message), stop: () => worker.terminate() };
}
