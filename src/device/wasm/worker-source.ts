// What a worker thread runs: JavaScript as text, because a worker needs a source of its own and a
// library cannot know what file a bundler made of it. It waits in Atomics.wait for launches, takes
// chunks of their units, and goes back to its event loop whenever a message is on its way, since a
// waiting thread receives none. Messages bring the memory (the first), modules, and kernels to drop.

import * as control from "./control.ts";
import * as jobWords from "./job-words.ts";
import * as launchWords from "./launch-words.ts";
import * as own from "./thread-words.ts";

/** How often a thread looks for work before it sleeps: some tens of microseconds. */
const spins = 4000;

export function workerSource(place: "node" | "browser"): string {
  const listen =
    place === "node"
      ? `const port = process.getBuiltinModule("node:worker_threads").parentPort;
const listen = (f) => port.on("message", f);`
      : "const listen = (f) => { onmessage = (event) => f(event.data); };";
  return `"use strict";
${listen}
const kernels = [];
let memory, words, me, thread, seen = 0, received = 0;
listen((message) => {
  received++;
  if (message.memory) {
    memory = message.memory;
    words = new Int32Array(memory.buffer);
    thread = message.thread;
    me = ${own.threadWord(0)} + thread * ${control.perThread};
  }
  if (message.module) {
    const functions = new WebAssembly.Instance(message.module, { env: { memory } }).exports;
    message.kernels.forEach((kernel, i) => { kernels[kernel] = functions[i]; });
  }
  if (message.drop) for (const kernel of message.drop) kernels[kernel] = undefined;
  Atomics.store(words, me + ${own.received}, received);
  if (Atomics.load(words, me + ${own.posted}) === received) serve();
});
function serve() {
  for (;;) {
    let generation;
    for (let i = 0; (generation = Atomics.load(words, ${control.generation})) === seen; i++) {
      if (i < ${spins}) continue;
      Atomics.add(words, ${control.sleepers}, 1);
      Atomics.wait(words, ${control.generation}, seen);
      Atomics.sub(words, ${control.sleepers}, 1);
    }
    seen = generation;
    if (Atomics.load(words, me + ${own.posted}) !== received) return;
    Atomics.add(words, ${control.active}, 1);
    try {
      if (Atomics.load(words, ${control.open}) && words[${control.launch + launchWords.needs}] <= received) work();
    } catch {
      Atomics.store(words, ${control.failed}, 1);
    }
    if (Atomics.sub(words, ${control.active}, 1) === 1 && Atomics.load(words, ${control.waiting})) {
      Atomics.notify(words, ${control.active});
    }
  }
}
function work() {
  const launch = ${control.launch};
  const jobs = words[launch + ${launchWords.jobs}];
  const chunks = words[launch + ${launchWords.chunks}];
  const scratch = words[launch + ${launchWords.scratch}] + words[launch + ${launchWords.stride}] * thread;
  const status = (me + ${own.status}) * 4;
  let at = launch + ${launchWords.size};
  const last = at + (jobs - 1) * ${jobWords.size};
  for (;;) {
    const chunk = Atomics.add(words, ${control.next}, 1);
    if (chunk >= chunks) return;
    while (at < last && chunk >= words[at + ${jobWords.size + jobWords.first}]) at += ${jobWords.size};
    const size = words[at + ${jobWords.chunk}];
    const begin = (chunk - words[at + ${jobWords.first}]) * size;
    const end = Math.min(words[at + ${jobWords.units}], begin + size);
    kernels[words[at]](words[at + ${jobWords.buffers}], words[at + ${jobWords.ints}], words[at + ${jobWords.floats}], begin, end, scratch, status);
    if (words[me + ${own.status}] !== 0 && words[me + ${own.chunk}] < 0) words[me + ${own.chunk}] = chunk;
  }
}
`;
}
