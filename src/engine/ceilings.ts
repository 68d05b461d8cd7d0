// What a device does at best, measured on it: operations a second of a large product of matrices, and
// bytes a second read or copied, which depend on how many they are, because caches are faster than
// memory. Nothing of this is kept: who asks again measures again.

import type { Device, Executable } from "../device/device.ts";
import { now } from "../device/host.ts";
import { contract, input, neg, reduce } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";

/** What a device does at best. */
export interface Ceilings {
  /** Operations a second. */
  readonly flops: number;
  /** Bytes a second where a kernel moves so many, by ascending bytes. */
  readonly bandwidths: readonly Bandwidth[];
}

export interface Bandwidth {
  readonly bytes: number;
  readonly perSecond: number;
}

/** Sides of the matrices, and bytes, that are tried one after another. */
const sides = [32, 128, 512, 1024];
const loads = [2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26, 2 ** 27];
/** Milliseconds of one run from which nothing larger is tried. */
const enough = 6;
/** How often the time is taken, each over so many milliseconds at least, all in so many at most. */
const rounds = { most: 3, each: 2, all: 30 };

/**
 * Measures a device.
 *
 * @param clock  milliseconds, for where the device does not time its steps. Default: the host's
 * @cost    about 0.2 s; memory of 128 MiB, given back
 */
export function measureCeilings(device: Device, clock: () => number = now): Ceilings {
  const trial = new Trial(device, clock);
  let flops = 0;
  for (const n of sides) {
    const [a, b] = [input(0, [n, n], "f32"), input(1, [n, n], "f32")];
    const ms = trial.fastest([a, b], contract(a, [0, 1], b, [1, 2], [0, 2]));
    flops = Math.max(flops, (2 * n ** 3 * 1000) / ms);
    if (ms > enough) break;
  }
  const bandwidths: Bandwidth[] = [];
  for (const bytes of loads) {
    const whole = input(0, [bytes / 4], "f32");
    const half = input(0, [bytes / 8], "f32");
    const read = trial.fastest([whole], reduce(whole, "add", [0]));
    const copied = trial.fastest([half], neg(half));
    const ms = Math.min(read, copied);
    bandwidths.push({ bytes, perSecond: (bytes * 1000) / ms });
    if (ms > enough) break;
  }
  return { flops, bandwidths };
}

/** Bytes a second at best of a kernel that moves so many: the better of the sizes next to it. */
export function bandwidthAt({ bandwidths }: Ceilings, bytes: number): number {
  const above = bandwidths.findIndex((b) => b.bytes >= bytes);
  const near =
    above < 0 ? bandwidths.slice(-1) : bandwidths.slice(Math.max(0, above - 1), above + 1);
  return Math.max(...near.map((b) => b.perSecond));
}

/** Programs on a device, each made, run for a while and forgotten. */
class Trial {
  readonly #device: Device;
  readonly #clock: () => number;
  /** The input of every program is a part of these. */
  #ones = new Float32Array(0);

  constructor(device: Device, clock: () => number) {
    this.#device = device;
    this.#clock = clock;
  }

  /** Milliseconds of a run, at best. */
  fastest(inputs: readonly Node[], output: Node): number {
    const device = this.#device;
    const graph = { inputs, outputs: [output], constants: [], replaces: [-1] };
    const executable = device.prepare(graph);
    const given = inputs.map((node) => {
      const bytes = this.#bytes(sizeOf(node.shape));
      const storage = device.allocate(bytes.length);
      device.write(storage, bytes);
      return storage;
    });
    const result = device.allocate(4 * sizeOf(output.shape));
    try {
      return this.#time(executable, () => executable.run(given, [result], []));
    } finally {
      for (const storage of [...given, result]) device.free(storage);
      executable.dispose();
    }
  }

  #bytes(count: number): Uint8Array {
    if (this.#ones.length < count) this.#ones = new Float32Array(count).fill(1);
    return new Uint8Array(this.#ones.buffer, 0, 4 * count);
  }

  #time(executable: Executable, run: () => unknown): number {
    run();
    const begun = this.#clock();
    let best = Infinity;
    for (let round = 0; round < rounds.most; round++) {
      const start = this.#clock();
      const before = spent(executable);
      let runs = 0;
      do {
        run();
        runs++;
      } while (this.#clock() - start < rounds.each);
      // The device's own time, where it takes it, leaves out what calling costs.
      const ms = spent(executable) - before || this.#clock() - start;
      best = Math.min(best, ms / runs);
      if (this.#clock() - begun > rounds.all) break;
    }
    return best;
  }
}

/** Milliseconds that the steps of a program took so far; 0 where they are not timed. */
const spent = (executable: Executable): number =>
  (executable.profile?.() ?? []).reduce((sum, { ms }) => sum + ms, 0);
