// Ceilings from a machine that is made up: its clock moves only when it computes.

import { describe, expect, test } from "vitest";
import type { Device, Executable } from "../../src/device/device.ts";
import { bandwidthAt, measureCeilings } from "../../src/engine/ceilings.ts";
import type { Node, Storage } from "../../src/ir/node.ts";
import type { Graph } from "../../src/ir/program.ts";
import { sizeOf } from "../../src/ir/shape.ts";

/** What a run of each kind takes, in ms, by operations or by bytes moved. */
interface Figures {
  readonly product: (flops: number) => number;
  readonly read: (bytes: number) => number;
  readonly copy: (bytes: number) => number;
  /** Milliseconds that a call costs besides. */
  readonly call?: number;
  /** Whether the device times its steps. */
  readonly profiles?: boolean;
}

function machine({ product, read, copy, call = 0, profiles = false }: Figures) {
  let time = 0;
  let held = 0;
  let most = 0;
  const tried: string[] = [];
  const prepare = ({ inputs, outputs }: Graph): Executable => {
    const [output] = outputs as readonly [Node];
    const size = sizeOf((inputs[0] as Node).shape);
    const cost =
      output.op === "contract"
        ? product(2 * size ** 1.5)
        : output.op === "reduce"
          ? read(4 * size)
          : copy(8 * size);
    tried.push(`${output.op} ${size}`);
    const step = { ms: 0, runs: 0 };
    return {
      kernelCount: 1,
      inPlace: [false],
      overwritesFrom: 0,
      steps: [],
      run: () => {
        time += cost + call;
        step.ms += cost;
        step.runs++;
        return undefined;
      },
      ...(profiles && { profile: () => [{ ...step }] }),
      dispose: () => {},
    } as Executable;
  };
  const device = {
    name: "reference",
    threads: 1,
    synchronous: true,
    allocate: (bytes: number): Storage => {
      held += bytes;
      most = Math.max(most, held);
      return { bytes };
    },
    write: () => {},
    free: ({ bytes }: Storage) => {
      held -= bytes;
    },
    prepare,
  } as unknown as Device;
  return { device, clock: () => time, tried, held: () => held, most: () => most };
}

const mebi = 2 ** 20;
/** 100 GFLOP/s. */
const product = (flops: number): number => flops / 1e8;
/** 200 GB/s up to 4 MiB, 20 GB/s beyond. */
const cached = (bytes: number): number => (bytes <= 4 * mebi ? bytes / 2e8 : bytes / 2e7);

describe("ceilings", () => {
  test("operations and bytes a second, the better of reading and copying at each size", () => {
    const { device, clock, tried, held, most } = machine({
      product,
      read: cached,
      copy: (bytes) => bytes / 4e7,
    });
    const { flops, bandwidths } = measureCeilings(device, clock);
    expect(flops).toBeCloseTo(1e11, -3);
    expect(bandwidths.map(({ bytes }) => bytes / mebi)).toEqual([1, 4, 16, 64, 128]);
    const rates = bandwidths.map(({ perSecond }) => Math.round(perSecond / 1e9));
    expect(rates).toEqual([200, 200, 40, 40, 40]);
    expect(tried).toContain(`contract ${1024 ** 2}`);
    expect(held()).toBe(0);
    expect(most()).toBeLessThanOrEqual(129 * mebi);
  });

  test("a slow device is not asked for what takes long", () => {
    const { device, clock, tried } = machine({
      product: (flops) => flops / 1e4,
      read: (bytes) => bytes / 1e4,
      copy: (bytes) => bytes / 1e4,
    });
    const { flops, bandwidths } = measureCeilings(device, clock);
    expect(flops).toBeCloseTo(1e7);
    expect(bandwidths).toEqual([{ bytes: mebi, perSecond: 1e7 }]);
    expect(tried).toEqual([`contract ${32 ** 2}`, `reduce ${mebi / 4}`, `neg ${mebi / 8}`]);
    expect(clock()).toBeLessThan(1500);
  });

  test("what a call costs does not count where the device times its steps", () => {
    const figures = { product, read: cached, copy: cached, call: 0.01 };
    const timed = machine({ ...figures, profiles: true });
    const untimed = machine(figures);
    const at = ({ device, clock }: typeof timed): number =>
      bandwidthAt(measureCeilings(device, clock), mebi);
    expect(at(timed)).toBeCloseTo(2e11, -3);
    expect(at(untimed)).toBeLessThan(1.5e11);
  });

  test("between two sizes the better counts, beyond them the nearest", () => {
    const bandwidths = [
      { bytes: 100, perSecond: 5 },
      { bytes: 200, perSecond: 8 },
      { bytes: 400, perSecond: 3 },
    ];
    const at = (bytes: number): number => bandwidthAt({ flops: 1, bandwidths }, bytes);
    expect([1, 100, 150, 201, 400, 1e6].map(at)).toEqual([5, 5, 8, 8, 8, 3]);
  });
});
