import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { f16ToF32 } from "../../src/io/half.ts";
import { parseNpy, writeNpy } from "../../src/io/npy.ts";
import { anyArray, bits } from "./arrays.ts";
import { refusal, refusesPrefixes, surviveNoise } from "./hostile.ts";

interface Row {
  bytes: string;
  shape: number[];
  values: (number | string)[];
}
const golden = JSON.parse(
  readFileSync(new URL("../golden/io/numpy.json", import.meta.url), "utf8"),
) as { npy: Record<string, Row>; refused: Record<string, string> };
const file = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const goldenFiles = Object.values(golden.npy).map((row) => file(row.bytes));

function npy(header: string, data: number[] = [], version = 1): Uint8Array {
  const text = Buffer.from(header, "latin1");
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length, 0, 0, 0];
  const magic = [0x93, ...Buffer.from("NUMPY"), version, 0];
  return Uint8Array.from([...magic, ...length, ...text, ...data]);
}

describe("parseNpy", () => {
  test.each(Object.entries(golden.npy))("reads what NumPy wrote: %s", (_, row) => {
    const array = parseNpy(file(row.bytes));
    expect(array.shape).toEqual(row.shape);
    const values = array.dtype === "f16" ? f16ToF32(array.data as Uint16Array) : array.data;
    const expected = row.values.map((value) =>
      typeof value === "number" ? value : value === "inf" ? Infinity : -Infinity,
    );
    expect(Array.from(values)).toEqual(expected);
  });

  test("maps types", () => {
    const dtypes = Object.fromEntries(
      Object.entries(golden.npy).map(([name, row]) => [name, parseNpy(file(row.bytes)).dtype]),
    );
    expect(dtypes).toMatchObject({
      "<f2": "f16",
      ">f4": "f32",
      "<f8": "f64",
      "<i1": "i8",
      "<u1": "u8",
      ">i2": "i32",
      "<u2": "u32",
      "<i4": "i32",
      ">u4": "u32",
      "<i8": "i32",
      ">u8": "u32",
      "<b1": "bool",
    });
  });

  test.each(Object.entries(golden.refused))("refuses %s types by name", async (_, bytes) => {
    expect(await refusal(parseNpy, file(bytes))).toMatch(/not supported/);
  });

  const header = (descr: string, order: string, shape: string): string =>
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

  test.each([
    ["a foreign file", Uint8Array.from(Buffer.from("PK\x03\x04 and more")), /byte 0: not a .npy/],
    ["version 4", npy("{}", [], 4), /byte 6: .*version 4/],
    ["a header beyond the file", npy("{}").fill(255, 8, 10), /needs 65535 bytes/],
    ["an expression", npy("{'descr': __import__('os')}"), /expected a literal at character 10/],
    ["a missing key", npy("{'descr': '<f4', 'shape': (1,)}"), /'fortran_order' is missing/],
    ["a key twice", npy("{'descr': '<f4', 'descr': '<f8'}"), /'descr' is there twice/],
    ["another key", npy(header("<f4", "False", "(0,), 'x': 1")), /unknown key 'x'/],
    ["no dictionary", npy("(1, 2)"), /not a dictionary/],
    ["a negative size", npy(header("<f4", "False", "(-1,)")), /impossible size/],
    ["an inexact size", npy(header("<f4", "False", `(${2 ** 53},)`)), /impossible size/],
    ["sizes that overflow", npy(header("<f4", "False", "(4294967296, 4294967296)")), /too large/],
    [
      "data that is not there",
      npy(header("<f8", "False", "(1000000000000,)")),
      /needs 8000000000000/,
    ],
    ["data left over", npy(header("|u1", "False", "(1,)"), [1, 2]), /1 bytes are left over/],
    [
      "a wide value",
      npy(header("<i8", "False", "()"), [0, 0, 0, 128, 0, 0, 0, 0]),
      /2147483648 does not fit in i32/,
    ],
    [
      "a wide unsigned value",
      npy(header(">u8", "False", "(1,)"), [255, 0, 0, 0, 0, 0, 0, 0]),
      /18374686479671623680 does not fit/,
    ],
    ["deep nesting", npy("(".repeat(5000)), /at most 32 levels/],
    ["bytes that are not text", npy("{'\xff"), /byte 12: this is not UTF-8/],
  ])("refuses %s", async (_, bytes, message) => {
    const said = await refusal((b) => parseNpy(b, { file: "w.npy" }), bytes);
    expect(said).toMatch(message);
    expect(said).toMatch(/^w\.npy, byte \d+: /);
  });

  test("survives prefixes and noise", async () => {
    for (const bytes of goldenFiles.slice(0, 4)) await refusesPrefixes(parseNpy, bytes);
    await surviveNoise(parseNpy, goldenFiles);
  });
});

describe("writeNpy", () => {
  test("what is written reads back bit for bit", () => {
    const types = ["f32", "f64", "i32", "u32", "u8", "bool", "f16", "i8"] as const;
    fc.assert(
      fc.property(anyArray(types), (array) => {
        const bytes = writeNpy(array);
        const back = parseNpy(bytes);
        expect({ ...back, data: bits(back) }).toEqual({ ...array, data: bits(array) });
        expect((bytes.length - array.data.byteLength) % 64).toBe(0);
      }),
    );
  });

  test("gives the very bytes of NumPy", () => {
    for (const name of ["<f4", "<f8", "<i4", "<u4", "<i1", "<u1", "<b1", "<f2", "0-d", "empty"]) {
      const bytes = file(golden.npy[name]!.bytes);
      expect(writeNpy(parseNpy(bytes)), name).toEqual(bytes);
    }
  });

  test("refuses bf16", () => {
    const array = { shape: [1], dtype: "bf16" as const, data: Uint16Array.of(1) };
    expect(() => writeNpy(array)).toThrow(/convert to f32 first/);
  });
});
