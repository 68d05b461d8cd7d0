import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deflate } from "../../src/device/host.ts";
import { parseNpz, writeNpz } from "../../src/io/npz.ts";
import { crc32, parseZip, writeZip } from "../../src/io/zip.ts";
import { anyArray, bits } from "./arrays.ts";
import { refusal, refusesPrefixes, surviveNoise } from "./hostile.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/io/numpy.json", import.meta.url), "utf8"),
) as { npz: Record<"stored" | "deflated", string> };
const file = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A copy with a little-endian number of `size` bytes replaced. */
function patch(bytes: Uint8Array, at: number, size: 2 | 4, value: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (size === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return copy;
}

describe("parseNpz", () => {
  test.each(["stored", "deflated"] as const)("reads what NumPy wrote, %s", async (kind) => {
    const arrays = await parseNpz(file(golden.npz[kind]));
    expect([...arrays.keys()]).toEqual(["weight", "naïve name", "flag"]);
    expect(arrays.get("weight")).toMatchObject({ shape: [2, 3, 4], dtype: "f32" });
    expect(Array.from(arrays.get("weight")!.data)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(Array.from(arrays.get("naïve name")!.data)).toEqual([0, 1, 2, 3, 4]);
    expect(arrays.get("flag")).toEqual({ shape: [], dtype: "bool", data: Uint8Array.of(1) });
  });

  test("writeNpz reads back bit for bit", async () => {
    const types = ["f32", "f64", "i32", "u32", "u8", "bool", "f16", "i8"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), anyArray(types), { maxKeys: 4 }),
        async (arrays) => {
          const back = await parseNpz(writeNpz(Object.entries(arrays)));
          expect(back.size).toBe(Object.keys(arrays).length);
          for (const [name, array] of Object.entries(arrays)) {
            const other = back.get(name)!;
            expect({ ...other, data: bits(other) }).toEqual({ ...array, data: bits(array) });
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("names the array that is damaged", async () => {
    const bytes = writeZip([["good.npy", text("not numpy")]]);
    expect(await refusal((b) => parseNpz(b, { file: "a.npz" }), bytes)).toMatch(
      /^a\.npz\/good\.npy, byte 0: not a \.npy file/,
    );
    expect(await refusal(parseNpz, writeZip([["readme.txt", text("hello")]]))).toMatch(
      /readme\.txt/,
    );
  });

  test("survives prefixes and noise", async () => {
    const files = [file(golden.npz.stored), file(golden.npz.deflated)];
    await refusesPrefixes(parseNpz, files[1]!);
    await surviveNoise(parseNpz, files);
  });
});

describe("parseZip", () => {
  // one file "a" with "hello": local header 31 bytes, content 5, directory entry 47 at byte 36
  const good = writeZip([["a", text("hello")]]);
  const directory = 36;
  const end = good.length - 22;

  test("the writer's layout is the one that the cases below patch", async () => {
    expect(good.length).toBe(31 + 5 + 47 + 22);
    expect(await parseZip(good)).toEqual(new Map([["a", text("hello")]]));
  });

  test.each([
    ["no archive", text("something else entirely, and long enough"), /no end record/],
    ["zip64", patch(good, end + 10, 2, 0xffff), /zip64/],
    ["a zip64 entry", patch(good, directory + 24, 4, 0xffffffff), /zip64/],
    ["two discs", patch(good, end + 4, 2, 1), /several discs/],
    ["a directory outside", patch(good, end + 16, 4, 1e6), /reaches past/],
    ["a wrong count", patch(patch(good, end + 8, 2, 9), end + 10, 2, 9), /directory entry 1/],
    ["an encrypted file", patch(good, directory + 8, 2, 1), /"a" is encrypted/],
    ["an unknown method", patch(good, directory + 10, 2, 12), /method 12/],
    ["a size that cannot be", patch(good, directory + 24, 4, 4e9), /has two sizes/],
    ["a local header elsewhere", patch(good, directory + 42, 4, 3), /no file header for "a"/],
    ["a wrong checksum", patch(good, directory + 16, 4, 7), /CRC-32/],
    ["a changed byte", patch(good, 32, 2, 0), /CRC-32/],
  ])("refuses %s", async (_, bytes, message) => {
    const said = await refusal((b) => parseZip(b, { file: "x.zip" }), bytes);
    expect(said).toMatch(message);
    expect(said).toMatch(/^x\.zip, byte \d+: /);
  });

  test("refuses entries that share bytes, and names that repeat", async () => {
    const two = writeZip([
      ["a", text("hello")],
      ["b", text("hello")],
    ]);
    const second = 2 * 36 + 47;
    expect(await refusal(parseZip, patch(two, second + 42, 4, 0))).toMatch(/overlaps/);
    const same = two.slice();
    same[second + 46] = "a".charCodeAt(0);
    expect(await refusal(parseZip, same)).toMatch(/"a" is there twice/);
    expect(() =>
      writeZip([
        ["a", text("")],
        ["a", text("")],
      ]),
    ).toThrow(/twice/);
  });

  test("a deflated entry that unpacks to more than it declares is stopped", async () => {
    const content = new Uint8Array(1e6);
    const packed = await deflate(content, "deflate-raw");
    const base = writeZip([["a", packed]]);
    const at = 31 + packed.length;
    const declare = (size: number): Uint8Array =>
      patch(patch(patch(base, at + 10, 2, 8), at + 24, 4, size), at + 16, 4, crc32(content));
    expect(Buffer.compare((await parseZip(declare(1e6))).get("a")!, content)).toBe(0);
    expect(await refusal(parseZip, declare(5000))).toMatch(/more than the expected 5000 bytes/);
    expect(await refusal(parseZip, declare(1e6 + 1))).toMatch(/1000000 bytes instead of 1000001/);
    expect(await refusal(parseZip, declare(4e9))).toMatch(/cannot hold 4000000000 bytes/);
  });

  test("crc32 has its published check value", () => {
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
  });
});
