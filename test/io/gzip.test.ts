import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gunzip, gunzipIfNeeded, gzip, isGzip } from "../../src/io/gzip.ts";
import { refusal, refusesPrefixes, surviveNoise } from "./hostile.ts";

test("agrees with zlib both ways", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
      expect(await gunzip(new Uint8Array(gzipSync(bytes)))).toEqual(bytes);
      expect(new Uint8Array(gunzipSync(await gzip(bytes)))).toEqual(bytes);
    }),
    { numRuns: 40 },
  );
});

test("large input goes through in pieces", async () => {
  const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * i) >> 9);
  expect(Buffer.compare(await gunzip(await gzip(bytes)), bytes)).toBe(0);
});

test("an output limit stops a bomb", async () => {
  const packed = await gzip(new Uint8Array(1e6));
  expect(packed.length).toBeLessThan(2000);
  expect((await gunzip(packed, { limit: 1e6 })).length).toBe(1e6);
  const read = (b: Uint8Array): unknown => gunzip(b, { limit: 1e6 - 1, file: "x.gz" });
  expect(await refusal(read, packed)).toMatch(/^x\.gz: .*more than the expected 999999 bytes/);
});

test("is recognised by its first bytes", async () => {
  expect(isGzip(Uint8Array.of(0x1f, 0x8b))).toBe(true);
  expect(isGzip(Uint8Array.of(0x1f))).toBe(false);
  expect(await gunzipIfNeeded(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  expect(await refusal(gunzip, Uint8Array.of(1, 2, 3))).toMatch(/must begin 1f 8b/);
});

test("refuses what is cut off, damaged, or followed by something else", async () => {
  const good = await gzip(Uint8Array.from({ length: 500 }, (_, i) => (i * i) & 255));
  await refusesPrefixes(gunzip, good);
  const damaged = good.slice();
  damaged[damaged.length - 6]! ^= 1;
  expect(await refusal(gunzip, damaged)).toMatch(/damaged/);
  expect(await refusal(gunzip, Uint8Array.from([...good, 1, 2, 3, 4]))).toMatch(/damaged/);
  await surviveNoise(gunzip, [good]);
});
