import { existsSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { generateDigits } from "../../src/data/digits.ts";
import { findMnist, mnistDataset } from "../../src/data/mnist.ts";
import { startServer } from "./local-server.ts";

afterEach(() => vi.unstubAllEnvs());

describe("findMnist", () => {
  test("says why there is no MNIST and gives generated digits", async () => {
    vi.stubEnv("HEBB_DATA", "/nowhere");
    vi.stubEnv("HEBB_OFFLINE", "1");
    const { train, test, isGenerated, origin } = await findMnist({ cache: null, seed: 9 });
    expect(isGenerated).toBe(true);
    expect(origin).toBe(
      "MNIST not found (HEBB_DATA has no MNIST (/nowhere/mnist, /nowhere); " +
        "there is no cache folder; the network is off (HEBB_OFFLINE)): using generated digits",
    );
    expect(train.images.length).toBe(12_000 * 784);
    expect(test.images.length).toBe(2_000 * 784);
    const again = generateDigits({ count: 5, seed: 9, first: 12_000 });
    expect(Buffer.compare(test.images.subarray(0, 5 * 784), again.images)).toBe(0);
    expect(test.labels.subarray(0, 5)).toEqual(again.labels);
  });

  test("names the mirror's answer", async () => {
    vi.stubEnv("HEBB_DATA", "");
    const server = await startServer((_, response) => void response.writeHead(410).end());
    const { origin } = await findMnist({ cache: null, mirrors: [server.url], network: true });
    await server.close();
    expect(origin).toContain(`${server.url}train-images-idx3-ubyte.gz: HTTP 410`);
    expect(server.requests).toEqual(["train-images-idx3-ubyte.gz"]);
  });

  test("there are several mirrors, all encrypted", () => {
    expect(mnistDataset.mirrors.length).toBeGreaterThanOrEqual(2);
    for (const mirror of mnistDataset.mirrors) expect(mirror).toMatch(/^https:\/\/.*\/$/);
  });

  const there = existsSync(`${process.env.HEBB_DATA}/mnist/train-images-idx3-ubyte.gz`);
  test.skipIf(!there)(`reads HEBB_DATA/mnist${there ? "" : " (missing)"}`, async () => {
    const { train, test, isGenerated, origin } = await findMnist({ cache: null, network: false });
    expect(isGenerated).toBe(false);
    expect(origin).toMatch(/^MNIST from .*mnist \(HEBB_DATA\)$/);
    expect(train.images.length).toBe(60_000 * 784);
    expect(Array.from(train.labels.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(Array.from(test.labels.subarray(0, 10))).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let sum = 0;
    for (const level of train.images) sum += level;
    // the mean that everyone normalises MNIST by
    expect(sum / train.images.length / 255).toBeCloseTo(0.1307, 4);
  });
});
