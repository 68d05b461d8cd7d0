import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseSafetensors,
  parseSafetensorsHeader,
  type SafetensorsArray,
  writeSafetensors,
} from "../../src/io/safetensors.ts";
import { anyArray, bits } from "./arrays.ts";
import { refusal, refusesPrefixes, surviveNoise } from "./hostile.ts";

function file(header: string, data: number[] | number = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const body = typeof data === "number" ? new Array<number>(data).fill(0) : data;
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: number[], from: number, to: number): string =>
  JSON.stringify({ dtype, shape, data_offsets: [from, to] });

describe("parseSafetensors", () => {
  test("reads a file spelt out by hand", () => {
    const header = `{"__metadata__":{"format":"pt"},"b":${entry("I64", [2], 0, 16)},"a":${entry("F32", [1, 1], 16, 20)}}   `;
    const data = [5, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 255, 255, 255, 255, 0, 0, 192, 63];
    const { arrays, metadata } = parseSafetensors(file(header, data));
    expect(metadata).toEqual(new Map([["format", "pt"]]));
    expect([...arrays]).toEqual([
      ["b", { shape: [2], dtype: "i32", data: Int32Array.of(5, -2), stored: "I64" }],
      ["a", { shape: [1, 1], dtype: "f32", data: Float32Array.of(1.5), stored: "F32" }],
    ]);
  });

  test("reads the smallest file, and empty arrays", () => {
    expect(parseSafetensors(file("{}")).arrays.size).toBe(0);
    const empty = `{"x":${entry("F32", [2, 0], 0, 0)},"y":${entry("U8", [], 0, 1)},"z":${entry("F64", [0], 1, 1)}}`;
    expect([...parseSafetensors(file(empty, [9])).arrays.keys()]).toEqual(["x", "y", "z"]);
  });

  test("the header alone tells where the raw bytes are", () => {
    const bytes = file(`{"x":${entry("I64", [1], 0, 8)}}`, [1, 2, 3, 4, 5, 6, 7, 8]);
    const [x] = parseSafetensorsHeader(bytes).entries;
    expect(x).toMatchObject({ name: "x", stored: "I64", shape: [1] });
    expect(Array.from(bytes.subarray(x!.start, x!.end))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("the header is checked against the file without reading the values", async () => {
    const bytes = file(`{"x":${entry("U8", [4], 0, 4)}}`, 4);
    expect(parseSafetensorsHeader(bytes).entries.length).toBe(1);
    const short = bytes.slice(0, -1);
    expect(await refusal(parseSafetensorsHeader, short)).toMatch(/end at 4, the file has 3 bytes/);
  });

  const f32 = (name: string, from: number, to: number): string =>
    `"${name}":${entry("F32", [(to - from) / 4], from, to)}`;

  test.each([
    ["an empty file", new Uint8Array(0), /byte 0: the header length needs 4 bytes/],
    ["a huge header", new Uint8Array(8).fill(255), /byte 0: .*is too long/],
    ["a header beyond the file", file("{}").fill(50, 0, 1), /byte 8: the header needs 50 bytes/],
    ["a header that is no object", file("[1]"), /must begin with \{/],
    ["broken JSON", file('{"a":'), /byte 8: the header is not JSON/],
    ["bytes that are not text", file('{"a"}').fill(0xff, 10, 11), /byte 10: this is not UTF-8/],
    ["a name twice", file(`{${f32("a", 0, 4)},${f32("a", 4, 8)}}`, 8), /"a" is there twice/],
    [
      "a name twice, escaped",
      file(`{${f32("a", 0, 4)},${f32("\\u0061", 4, 8)}}`, 8),
      /"a" is there twice/,
    ],
    ["an overlap", file(`{${f32("a", 0, 8)},${f32("b", 4, 12)}}`, 12), /an overlap before "b"/],
    ["a hole", file(`{${f32("a", 0, 4)},${f32("b", 8, 12)}}`, 12), /a hole before "b"/],
    ["a late start", file(`{${f32("a", 4, 8)}}`, 8), /a hole before "a"/],
    ["data left over", file(`{${f32("a", 0, 4)}}`, 6), /2 bytes are left over/],
    ["data beyond the file", file(`{${f32("a", 0, 400)}}`, 8), /end at 400, the file has 8 bytes/],
    [
      "offsets in reverse",
      file(`{"a":${entry("F32", [0], 4, 0)}}`, 4),
      /needs 0 bytes, data_offsets give -4/,
    ],
    [
      "a size that does not match",
      file(`{"a":${entry("F32", [3], 0, 8)}}`, 8),
      /F32 \[3\] needs 12 bytes, data_offsets give 8/,
    ],
    [
      "a shape that overflows",
      file(`{"a":${entry("F32", [2 ** 40, 2 ** 40], 0, 8)}}`, 8),
      /too large/,
    ],
    ["a negative size", file(`{"a":${entry("F32", [-1], 0, 4)}}`, 4), /shape must be/],
    ["a fraction", file(`{"a":${entry("F32", [1.5], 0, 6)}}`, 6), /shape must be/],
    [
      "an unknown type",
      file(`{"a":${entry("F8_E4M3", [1], 0, 1)}}`, 1),
      /"F8_E4M3" is not supported/,
    ],
    [
      "an inherited name as type",
      file(`{"a":${entry("toString", [1], 0, 1)}}`, 1),
      /not supported/,
    ],
    [
      "an unknown key",
      file('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1}}', 1),
      /unknown key "x"/,
    ],
    ["an entry that is no object", file('{"a":7}'), /header of "a": not an object/],
    [
      "metadata that is not text",
      file('{"__metadata__":{"a":1}}'),
      /__metadata__ "a" must be text/,
    ],
    [
      "a wide value",
      file(`{"a":${entry("I64", [1], 0, 8)}}`, [0, 0, 0, 0, 1, 0, 0, 0]),
      /4294967296 does not fit in i32/,
    ],
  ])("refuses %s", async (_, bytes, message) => {
    const said = await refusal((b) => parseSafetensors(b, { file: "m.safetensors" }), bytes);
    expect(said).toMatch(message);
    expect(said).toMatch(/^m\.safetensors, byte \d+: /);
  });

  test("a tensor named __proto__ is only a name", () => {
    const bytes = file(
      `{"__proto__":${entry("U8", [], 0, 1)},"constructor":${entry("U8", [], 1, 2)}}`,
      [3, 4],
    );
    const { arrays } = parseSafetensors(bytes);
    expect([...arrays.keys()]).toEqual(["__proto__", "constructor"]);
    expect(parseSafetensors(writeSafetensors(arrays)).arrays).toEqual(arrays);
  });

  test("survives prefixes and noise", async () => {
    const bytes = file(`{${f32("a", 0, 8)},"b":${entry("BOOL", [3], 8, 11)}}`, 11);
    await refusesPrefixes(parseSafetensors, bytes);
    await surviveNoise(parseSafetensors, [bytes, file("{}")]);
  });
});

describe("writeSafetensors", () => {
  test("what is written reads back bit for bit, aligned to 8 bytes", () => {
    const named = fc.dictionary(
      fc.string().filter((name) => name !== "__metadata__"),
      anyArray(),
      {
        maxKeys: 6,
      },
    );
    fc.assert(
      fc.property(
        named,
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (arrays, notes) => {
          const bytes = writeSafetensors(Object.entries(arrays), {
            metadata: Object.entries(notes),
          });
          const back = parseSafetensors(bytes);
          expect(back.metadata).toEqual(new Map(Object.entries(notes)));
          expect(back.arrays.size).toBe(Object.keys(arrays).length);
          for (const [name, array] of Object.entries(arrays)) {
            const { stored, ...other } = back.arrays.get(name)!;
            expect(stored).toBe(array.dtype.toUpperCase());
            expect({ ...other, data: bits(other) }).toEqual({ ...array, data: bits(array) });
          }
          const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
          expect(headerLength % 8).toBe(0);
          expect(bytes[8]).toBe("{".charCodeAt(0));
        },
      ),
    );
  });

  test("integers are written in the width that is asked for, if they fit", () => {
    const array: SafetensorsArray = { shape: [2], dtype: "i32", data: Int32Array.of(-7, 300) };
    for (const stored of ["I64", "I16", "I32"] as const) {
      const back = parseSafetensors(writeSafetensors([["n", { ...array, stored }]])).arrays.get(
        "n",
      );
      expect(back).toEqual({ ...array, stored });
    }
    expect(() => writeSafetensors([["n", { ...array, stored: "I8" }]])).toThrow(
      /"n": the value 300 at position 1 does not fit in i8/,
    );
    expect(() => writeSafetensors([["n", { ...array, stored: "U64" }]])).toThrow(/value -7/);
    expect(() => writeSafetensors([["n", { ...array, stored: "F32" }]])).toThrow(
      /cannot be written/,
    );
  });

  test("refuses a name twice, the reserved name, and a shape that lies", () => {
    const one: SafetensorsArray = { shape: [1], dtype: "u8", data: Uint8Array.of(1) };
    expect(() =>
      writeSafetensors([
        ["a", one],
        ["a", one],
      ]),
    ).toThrow(/"a" is there twice/);
    expect(() => writeSafetensors([["__metadata__", one]])).toThrow(/reserved/);
    expect(() => writeSafetensors([["a", { ...one, shape: [2] }]])).toThrow(/2 values/);
  });
});

const folder = `${process.env.HEBB_DATA}/models`;
describe.each(["mnist", "multi_layer"])("HEBB_DATA/models/%s.safetensors", (name) => {
  const path = `${folder}/${name}.safetensors`;
  test.skipIf(!existsSync(path))(`reads, and writes back as the same file`, () => {
    const bytes = new Uint8Array(readFileSync(path));
    const { arrays, metadata } = parseSafetensors(bytes, { file: path });
    const weight = arrays.get("conv1.weight")!;
    expect(weight.shape).toEqual(name === "mnist" ? [8, 1, 3, 3] : [4, 3, 3, 3]);
    expect(weight.dtype).toBe("f32");
    for (const x of weight.data) expect(Math.abs(x)).toBeLessThan(2);
    const again = writeSafetensors(arrays, { metadata });
    expect(Buffer.compare(again, bytes)).toBe(0);
  });
});
