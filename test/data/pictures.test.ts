// Fashion-MNIST and CIFAR-10: where they are looked for and what is said when they are not there.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fashionMnistDataset } from "../../src/data/fashion-mnist.ts";
import {
  cifar10,
  cifar10Classes,
  fashionMnist,
  fashionMnistClasses,
} from "../../src/data/index.ts";
import { setDefaultDevice } from "../support/devices.ts";

let folder: string;
const given = process.env.HEBB_DATA;
beforeEach(() => {
  setDefaultDevice("reference");
  folder = mkdtempSync(join(tmpdir(), "hebb-pictures-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("fashionMnist", () => {
  test("is not made up: every place that lacks it is named", async () => {
    vi.stubEnv("HEBB_DATA", folder);
    await expect(fashionMnist({ cache: null, network: false })).rejects.toThrow(
      `Fashion-MNIST not found: HEBB_DATA has no Fashion-MNIST (${join(folder, "fashion-mnist")}, ${folder}); there is no cache folder; the network is off`,
    );
    for (const mirror of fashionMnistDataset.mirrors) expect(mirror).toMatch(/^https:\/\/.*\/$/);
    expect(fashionMnistClasses).toHaveLength(10);
  });

  const there = existsSync(`${given}/fashion-mnist/train-images-idx3-ubyte.gz`);
  test.skipIf(!there)(`reads HEBB_DATA/fashion-mnist${there ? "" : " (missing)"}`, async () => {
    const { train, test: held, origin } = await fashionMnist({ cache: null, network: false });
    expect(train.images.shape).toEqual([60_000, 28, 28]);
    expect(held.images.shape).toEqual([10_000, 28, 28]);
    expect([...train.labels.at(":6").dataSync()]).toEqual([9, 0, 0, 3, 0, 2]);
    expect(origin).toMatch(/^Fashion-MNIST from .*fashion-mnist \(HEBB_DATA\)$/);
  });
});

describe("cifar10", () => {
  /** Records whose pixels are all 10·label + channel. */
  const records = (labels: readonly number[]): Uint8Array =>
    Uint8Array.from(
      labels.flatMap((label) => [
        label,
        ...Array.from({ length: 3072 }, (_, i) => 10 * label + Math.floor(i / 1024)),
      ]),
    );
  const place = (files: Record<string, Uint8Array>, at = "cifar10"): void => {
    mkdirSync(join(folder, at), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(join(folder, at, name), bytes);
    }
    vi.stubEnv("HEBB_DATA", folder);
  };

  test("reads the batches in order, gzipped or not", async () => {
    place({
      "data_batch_2.bin": records([4]),
      "data_batch_1.bin": records([3, 9]),
      "test_batch.bin": new Uint8Array(gzipSync(records([1]))),
      "batches.meta.txt": Uint8Array.of(97),
    });
    const { train, test: held, origin } = await cifar10();
    expect(train.images.shape).toEqual([3, 3, 32, 32]);
    expect([...train.labels.dataSync()]).toEqual([3, 9, 4]);
    expect([...train.images.at(":", ":", 31, 0).flatten().dataSync()]).toEqual([
      30, 31, 32, 90, 91, 92, 40, 41, 42,
    ]);
    expect(held.labels.shape).toEqual([1]);
    expect(origin).toBe(
      `CIFAR-10 from ${join(folder, "cifar10")} (HEBB_DATA): 3 to train, 1 to test`,
    );
    expect(cifar10Classes[9]).toBe("truck");
  });

  test.each([
    ["cut off", records([3]).subarray(0, 3000), /train\.bin, byte 0: .*3000 bytes are not/],
    ["an unknown label", records([3, 17]), /train\.bin, byte 3073: a label must be 0…9, not 17/],
    ["empty", new Uint8Array(0), /train\.bin, byte 0/],
  ])("a file that is damaged is named: %s", async (_, bytes, message) => {
    place({ "train.bin": bytes, "test.bin": records([0]) }, ".");
    await expect(cifar10()).rejects.toThrow(message);
  });

  test("says where it looked", async () => {
    place({ "train.bin": records([0]) });
    await expect(cifar10()).rejects.toThrow(/no such files in .*cifar10 or .*; put data_batch_1/);
    vi.stubEnv("HEBB_DATA", "");
    await expect(cifar10()).rejects.toThrow(/^CIFAR-10: HEBB_DATA is not set/);
  });

  const there = existsSync(`${given}/cifar10/test-0-999.bin.gz`);
  test.skipIf(!there)(`reads HEBB_DATA/cifar10${there ? "" : " (missing)"}`, async () => {
    const { train, test: held } = await cifar10();
    expect([...train.labels.at(":10").dataSync()]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...held.labels.at(":10").dataSync()]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
  });
});
