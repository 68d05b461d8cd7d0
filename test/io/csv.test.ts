import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCsv, parseCsvNumbers, writeCsv } from "../../src/io/csv.ts";
import { DataError } from "../../src/ir/errors.ts";
import { survive, surviveNoise } from "./hostile.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("parseCsv", () => {
  test.each<[string, string, string[][]]>([
    [
      "plain",
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "no last line end",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "CRLF",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "quotes",
      '"a","b,c"\n"d ""e""",f',
      [
        ["a", "b,c"],
        ['d "e"', "f"],
      ],
    ],
    [
      "line ends inside",
      '"a\nb","c\r\nd"\n1,2',
      [
        ["a\nb", "c\r\nd"],
        ["1", "2"],
      ],
    ],
    [
      "empty fields",
      ",\n,\n",
      [
        ["", ""],
        ["", ""],
      ],
    ],
    [
      "a trailing comma",
      "a,\nb,\n",
      [
        ["a", ""],
        ["b", ""],
      ],
    ],
    ["empty lines", "\n\na\r\n\r\nb\n\n", [["a"], ["b"]]],
    ["a quoted empty line", 'a\n""\n', [["a"], [""]]],
    ["a byte order mark", "\ufeffa,b", [["a", "b"]]],
    ["spaces are content", " a , b", [[" a ", " b"]]],
    ["a lone carriage return is content", "a\rb,c", [["a\rb", "c"]]],
    ["nothing", "", []],
  ])("%s", (_, text, rows) => {
    expect(parseCsv(text).rows).toEqual(rows);
    expect(parseCsv(bytes(text)).rows).toEqual(rows);
  });

  test("header, comments, delimiter, skipped lines", () => {
    const text = "made by a machine\n# note\nx;y\n# more\n1;2\n#3;4\n";
    const options = { delimiter: ";", comment: "#", header: true, skipLines: 1 };
    expect(parseCsv(text, options)).toEqual({ header: ["x", "y"], rows: [["1", "2"]] });
    expect(parseCsv("#1,2\n").rows).toEqual([["#1", "2"]]);
  });

  test.each([
    ["1,2\n3\n", /line 2, column 2: 1 fields, the first row has 2/],
    ["1,2\n\n3,4,5\n", /line 3, column 3: 3 fields, the first row has 2/],
    ['1,"2\n3,4\n', /line 1, column 2: this quoted field does not end/],
    ['1,2\n3,"4"x\n', /line 2, column 2: "x" after the closing quote/],
    ['1,2\n3,4"\n', /line 2, column 2: a quote inside/],
    ['"a\nb",1\n"c\nd"\n', /line 3, column 2: 1 fields/],
  ])("%j is an error at its place", (text, message) => {
    expect(() => parseCsv(text, { file: "t.csv" })).toThrow(DataError);
    expect(() => parseCsv(text, { file: "t.csv" })).toThrow(message);
    expect(() => parseCsv(text, { file: "t.csv" })).toThrow(/^t\.csv, /);
  });

  test("bytes that are not text are named", () => {
    const broken = Uint8Array.of(49, 44, 50, 10, 0xff, 44, 51);
    expect(() => parseCsv(broken, { file: "t.csv" })).toThrow(/^t\.csv, byte 4: this is not UTF-8/);
    expect(() => parseCsv(Uint8Array.of(49, 0xe4))).toThrow(/byte 1: /);
  });

  test("a delimiter must be one sensible character", () => {
    for (const delimiter of ["", ",,", '"', "\n"]) {
      expect(() => parseCsv("1", { delimiter })).toThrow(/delimiter/);
    }
  });

  test("what writeCsv writes reads back, any text in any field", () => {
    const cell = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[",\r\n;# a]*$/));
    const table = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
      .chain(([width, height]) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
          minLength: height,
          maxLength: height,
        }),
      );
    fc.assert(
      fc.property(table, fc.constantFrom(",", ";", "\t", " "), (rows, delimiter) => {
        // A mark at the very start is dropped by design, and a lone surrogate is not text.
        fc.pre(!rows[0]![0]!.startsWith("\ufeff"));
        const text = writeCsv(rows, { delimiter });
        expect(parseCsv(text, { delimiter, comment: "#" }).rows).toEqual(rows);
      }),
    );
  });

  test("survives noise", async () => {
    const files = [bytes('a,"b\n""c",d\r\n1,2,3\n'), bytes("1,2\n3,4\n")];
    await surviveNoise((b) => parseCsv(b), files);
    await surviveNoise((b) => parseCsvNumbers(b), files);
    for (let n = 0; n < files[0]!.length; n++) {
      await survive((b) => parseCsv(b), files[0]!.slice(0, n));
    }
  });
});

describe("parseCsvNumbers", () => {
  test("reads every way to write a number", () => {
    const text = "1,-2,+3,.5\n1.,1e3,-1.5E-2, 7 \n";
    const { shape, dtype, data } = parseCsvNumbers(text, { dtype: "f64" });
    expect(shape).toEqual([2, 4]);
    expect(dtype).toBe("f64");
    expect(Array.from(data)).toEqual([1, -2, 3, 0.5, 1, 1000, -0.015, 7]);
    expect(parseCsvNumbers(text).data).toEqual(Float32Array.of(1, -2, 3, 0.5, 1, 1000, -0.015, 7));
  });

  test("chooses columns by name or place, in the order asked for", () => {
    const text = "x,name,y\n1,first,2\n3,second,4\n";
    const { shape, data, header } = parseCsvNumbers(text, { header: true, columns: ["y", 0] });
    expect(header).toEqual(["x", "name", "y"]);
    expect(shape).toEqual([2, 2]);
    expect(Array.from(data)).toEqual([2, 1, 4, 3]);
    expect(() => parseCsvNumbers(text, { header: true, columns: ["z"] })).toThrow(
      /no column "z"; the columns are x, name, y/,
    );
    expect(() => parseCsvNumbers(text, { columns: [3] })).toThrow(/no column 3; there are 3/);
  });

  test("keeps the shape of a table without rows", () => {
    expect(parseCsvNumbers("a,b\n", { header: true }).shape).toEqual([0, 2]);
    expect(parseCsvNumbers("").shape).toEqual([0, 0]);
  });

  test("empty cells and words follow the options", () => {
    expect(() => parseCsvNumbers("1,2\n3,\n", { file: "t.csv" })).toThrow(
      /^t\.csv, line 2, column 2: an empty cell is not a number; the option `empty`/,
    );
    expect(Array.from(parseCsvNumbers("1, \n,4", { empty: -1 }).data)).toEqual([1, -1, -1, 4]);
    expect(Array.from(parseCsvNumbers("1,\n", { empty: Number.NaN }).data)).toEqual([
      1,
      Number.NaN,
    ]);
    expect(() => parseCsvNumbers("nan\n")).toThrow(/"nan" is not a number/);
    expect(Array.from(parseCsvNumbers("NaN,-inf,Infinity", { nonFinite: true }).data)).toEqual([
      Number.NaN,
      -Infinity,
      Infinity,
    ]);
  });

  test.each(["0x10", "1_000", "1e", "--1", "1 2", "١", "1,5e", "true", "12abc"])(
    "%j is not a number",
    (cell) => {
      expect(() => parseCsvNumbers(`"${cell}"\n`)).toThrow(
        /line 1, column 1: ".*" is not a number/,
      );
    },
  );

  test("advises where a header was overlooked, and names the column", () => {
    expect(() => parseCsvNumbers("x,y\n1,2\n")).toThrow(
      /"x" is not a number; pass \{ header: true/,
    );
    expect(() => parseCsvNumbers("x,y\n1,b\n", { header: true })).toThrow(
      /line 2, column 2: "b" \(y\) is not a number$/,
    );
  });

  test("any f64 written reads back equal", () => {
    const row = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const { data } = parseCsvNumbers(writeCsv(rows), { dtype: "f64" });
        // String(-0) is "0", so the sign of zero is not kept.
        expect(Array.from(data)).toEqual(rows.flat().map((x) => x + 0));
      }),
    );
  });
});

const path = `${process.env.HEBB_DATA}/sklearn/iris.csv`;
test.skipIf(!existsSync(path))("reads HEBB_DATA/sklearn/iris.csv", () => {
  const { shape, data } = parseCsvNumbers(readFileSync(path), { skipLines: 1 });
  expect(shape).toEqual([150, 5]);
  expect(data[0]).toBeCloseTo(5.1, 6);
  expect([data[4], data[749]]).toEqual([0, 2]);
});
