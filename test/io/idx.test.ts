import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gzip } from "../../src/io/gzip.ts";
import { parseIdx, readIdx, writeIdx } from "../../src/io/idx.ts";
import { DataError } from "../../src/ir/errors.ts";
import { anyArray, bits } from "./arrays.ts";
import { refusal, refusesPrefixes, surviveNoise } from "./hostile.ts";

/** An IDX file spelt out by hand: header words, then big-endian values. */
function idx(type: number, shape: number[], values: number[]): Uint8Array {
  const words = shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...words, ...values]);
}

describe("parseIdx", () => {
  test.each([
    [0x08, "u8", [1, 255], [1, 255]],
    [0x09, "i8", [1, 255], [1, -1]],
    [0x0b, "i32", [0x01, 0x02, 0xff, 0xfe], [258, -2]],
    [0x0c, "i32", [0, 0, 1, 0, 255, 255, 255, 255], [256, -1]],
    [0x0d, "f32", [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], [1, -2.5]],
    [0x0e, "f64", [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], [1, -2.5]],
  ])("reads type %i as %s", (code, dtype, bytes, values) => {
    const array = parseIdx(idx(code, [2], bytes));
    expect(array.dtype).toBe(dtype);
    expect(array.shape).toEqual([2]);
    expect(Array.from(array.data)).toEqual(values);
  });

  test("reads a scalar and an empty array", () => {
    expect(parseIdx(idx(8, [], [7]))).toEqual({ shape: [], dtype: "u8", data: Uint8Array.of(7) });
    const empty = parseIdx(idx(8, [0xffffffff, 0, 5], []));
    expect(empty.shape).toEqual([0xffffffff, 0, 5]);
    expect(empty.data.length).toBe(0);
  });

  test("reads bytes that start in the middle of a buffer", () => {
    const file = idx(0x0c, [1], [0, 0, 1, 2]);
    const shifted = new Uint8Array(file.length + 3).subarray(3);
    shifted.set(file);
    expect(Array.from(parseIdx(shifted).data)).toEqual([258]);
  });

  test.each([
    ["a foreign file", Uint8Array.of(137, 80, 78, 71), /byte 0: not an IDX file/],
    ["an unknown type", idx(0x0a, [1], [0]), /byte 2: unknown IDX element type 10/],
    ["missing data", idx(8, [3], [1, 2]), /byte 8: .*needs 3 bytes, the file ends after 2 more/],
    ["data left over", idx(8, [1], [1, 2]), /byte 9: 1 bytes are left over/],
    ["4 GiB that are not there", idx(8, [0xffffffff], []), /needs 4294967295 bytes/],
    ["more than 2^53", idx(14, [0xffffffff, 0xffffffff], []), /too large/],
  ])("refuses %s", async (_, bytes, message) => {
    expect(await refusal((b) => parseIdx(b, { file: "x.idx" }), bytes)).toMatch(message);
    expect(await refusal((b) => parseIdx(b, { file: "x.idx" }), bytes)).toMatch(/^x\.idx, /);
  });

  test("survives prefixes and noise", async () => {
    const files = [idx(8, [2, 3], [1, 2, 3, 4, 5, 6]), idx(0x0d, [2], [1, 2, 3, 4, 5, 6, 7, 8])];
    for (const file of files) await refusesPrefixes(parseIdx, file);
    await surviveNoise(readIdx, files);
  });
});

describe("writeIdx", () => {
  test("what is written reads back bit for bit", () => {
    fc.assert(
      fc.property(anyArray(["f32", "f64", "i32", "u8", "i8"]), (array) => {
        const back = parseIdx(writeIdx(array));
        expect({ ...back, data: bits(back) }).toEqual({ ...array, data: bits(array) });
      }),
    );
  });

  test("is the layout of the specification", () => {
    const array = { shape: [2, 1], dtype: "i32", data: Int32Array.of(258, -2) } as const;
    const plain = { ...array, shape: [2, 1] };
    expect(writeIdx(plain, { type: "i16" })).toEqual(idx(0x0b, [2, 1], [1, 2, 255, 254]));
    expect(() => writeIdx(plain, { type: "u8" })).toThrow(/value 258 at position 0/);
  });

  test("refuses what IDX cannot hold", () => {
    const half = { shape: [1], dtype: "f16", data: Uint16Array.of(0) } as const;
    expect(() => writeIdx({ ...half, shape: [1] })).toThrow(DataError);
    expect(() => writeIdx({ shape: [3], dtype: "u8", data: Uint8Array.of(1) })).toThrow(/3 values/);
  });
});

test("readIdx undoes gzip, and says when it is cut off", async () => {
  const plain = idx(8, [4], [9, 8, 7, 6]);
  const packed = await gzip(plain);
  expect(Array.from((await readIdx(packed)).data)).toEqual([9, 8, 7, 6]);
  expect(Array.from((await readIdx(plain)).data)).toEqual([9, 8, 7, 6]);
  await refusesPrefixes(readIdx, packed);
});

const folder = `${process.env.HEBB_DATA}/mnist`;
const there = existsSync(`${folder}/t10k-labels-idx1-ubyte.gz`);
test.skipIf(!there)(
  `MNIST's test labels (HEBB_DATA/mnist${there ? "" : " is missing"})`,
  async () => {
    const labels = await readIdx(readFileSync(`${folder}/t10k-labels-idx1-ubyte.gz`));
    expect(labels.shape).toEqual([10000]);
    const counts = new Array(10).fill(0);
    for (const label of labels.data) counts[label]++;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  },
);
