// Programs on the disk: found again by equal graphs of the same build alone, and never half.
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KernelCache } from "../../src/device/native/cache.ts";
import { openCacheFolder } from "../../src/device/native/cache-folder.ts";
import { sourceOf } from "../../src/device/native/kernel-text.ts";
import { programOf, type RenderedProgram } from "../../src/device/native/known-programs.ts";
import { targetOf } from "../../src/device/native.ts";
import { add, constant, input, mul } from "../../src/ir/build.ts";
import type { Graph } from "../../src/ir/program.ts";
import { nativeBench } from "../support/native-program.ts";

let compiled = 0;
vi.mock("../../src/compile/compile.ts", async (original) => {
  const real = await original<typeof import("../../src/compile/compile.ts")>();
  return {
    compileGraph: (...args: Parameters<typeof real.compileGraph>) => {
      compiled++;
      return real.compileGraph(...args);
    },
  };
});

const found = nativeBench();
if ("reason" in found) console.log(`skipped: ${found.reason}`);
const bench = "reason" in found ? undefined : found;

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hebb-test-"));
  vi.stubEnv("HEBB_CACHE", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Shape {
  readonly size?: number;
  readonly length?: number;
  readonly factor?: number;
}

/** A chain of operations on one tensor, with a number that comes with each call and one that is fixed. */
function chain({ size = 5, length = 40, factor = Number.NEGATIVE_INFINITY }: Shape = {}): Graph {
  const x = input(0, [size], "f32");
  const number = constant(0.5, "f32", [size]);
  const fixed = constant(factor, "f32", [size]);
  let y = mul(fixed, x);
  for (let i = 0; i < length; i++) y = add(mul(y, number), x);
  return { inputs: [x], outputs: [y], constants: [number], replaces: [-1] };
}

/** What a process of its own would get, and whether it compiled for it. */
function get(graph: Graph, build?: string): { made: RenderedProgram; anew: boolean } {
  const { compiler, launcher } = bench!;
  const cache = new KernelCache({ compiler, launcher, folder: openCacheFolder("key") });
  const before = compiled;
  const made = programOf(graph, targetOf(compiler), cache, build);
  cache.load(made.texts);
  made.keep?.();
  return { made, anew: compiled > before };
}

const place = (): string => join(folder, "native", "key");
const fileOf = (letter: string): string =>
  join(place(), fs.readdirSync(place()).find((name) => name.startsWith(letter))!);
const objectOf = (): string =>
  join(place(), fs.readdirSync(place()).find((name) => /^[0-9a-f]{64}\.so$/.test(name))!);
const withoutBodies = ({ program }: RenderedProgram): unknown => ({
  ...program,
  kernels: program.kernels.map((kernel) => ({ ...kernel, body: [] })),
});

describe.skipIf(!bench)("programs on the disk", () => {
  it("are found by an equal graph, with the texts of their kernels", () => {
    const first = get(chain(), "a");
    const second = get(chain(), "a");
    expect([first.anew, second.anew]).toEqual([true, false]);
    expect(withoutBodies(second.made)).toEqual(withoutBodies(first.made));
    const sources = ({ texts }: RenderedProgram): string[] => texts.map(sourceOf);
    expect(sources(second.made)).toEqual(sources(first.made));
  });

  it("are another's where size, structure, a fixed number or the build differ", () => {
    get(chain(), "a");
    expect(get(chain({ size: 6 }), "a").anew).toBe(true);
    expect(get(chain({ length: 41 }), "a").anew).toBe(true);
    expect(get(chain({ factor: 2 }), "a").anew).toBe(true);
    expect(get(chain(), "b").anew).toBe(true);
    expect(get(chain(), "a").anew).toBe(false);
  });

  it("are not kept without a build, nor where they are small", () => {
    get(chain());
    expect(get(chain()).anew).toBe(true);
    get(chain({ length: 4 }), "a");
    expect(get(chain({ length: 4 }), "a").anew).toBe(true);
  });

  it("are compiled again where the file or a kernel is damaged or gone", () => {
    get(chain(), "a");
    const damages: (() => void)[] = [
      () => fs.truncateSync(fileOf("p"), 80),
      () => fs.appendFileSync(fileOf("p"), "x"),
      () => fs.writeFileSync(fileOf("p"), ""),
      () => fs.rmSync(fileOf("p")),
      () => fs.rmSync(objectOf()),
      () => fs.writeFileSync(objectOf(), "nonsense"),
    ];
    for (const damage of damages) {
      damage();
      expect(get(chain(), "a").anew).toBe(true);
      expect(get(chain(), "a").anew).toBe(false);
    }
  });

  it("need of a kernel no more than its object", () => {
    get(chain(), "a");
    for (const damage of [
      () => fs.writeFileSync(fileOf("k"), "nonsense"),
      () => fs.rmSync(fileOf("k")),
    ]) {
      damage();
      const { made, anew } = get(chain(), "a");
      expect(anew).toBe(false);
      expect(made.texts.map(sourceOf).join("")).toContain("no longer on the disk");
    }
  });
});
