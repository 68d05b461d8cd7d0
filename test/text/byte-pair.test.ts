// The tokenizer: pairs by frequency, text back byte for byte, fewer tokens than bytes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BytePairTokenizer } from "../../src/text/index.ts";

const text =
  "low low low low low lower lower newest newest newest newest newest newest widest widest widest";

describe("byte pairs", () => {
  const tokenizer = BytePairTokenizer.train(text, { size: 266 });

  test("the first pairs are the most frequent", () => {
    // e s in newest and widest 9 times; then es t; of the rest, l o 7 times.
    const made = tokenizer.merges.map((_, i) => tokenizer.decode([256 + i]));
    expect(made.slice(0, 2)).toEqual(["es", "est"]);
    expect(made).toContain("low");
    expect(tokenizer.size).toBe(266);
  });

  test("any text comes back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (any) => {
        expect(tokenizer.decode(tokenizer.encode(any))).toBe(any);
      }),
    );
    for (const each of ["", "  two\n\nlines\t", "naïve 日本 🙂 e\u0301", "\ufeffmark"]) {
      expect(tokenizer.decode(tokenizer.encode(each))).toBe(each);
    }
  });

  test("what was trained on gets shorter, and tokens do not cross words", () => {
    expect(tokenizer.encode(text).length).toBeLessThan(text.length / 2);
    for (const token of tokenizer.encode(text)) {
      expect(tokenizer.decode([token]).slice(1)).not.toContain(" ");
    }
  });

  test("a tokenizer is its merges", () => {
    const { merges } = JSON.parse(JSON.stringify(tokenizer));
    expect(new BytePairTokenizer(merges).encode(text)).toEqual(tokenizer.encode(text));
  });

  test("training ends where nothing is frequent", () => {
    expect(BytePairTokenizer.train("abc", { size: 300 }).size).toBe(256);
  });

  test("bad input is told", () => {
    expect(() => BytePairTokenizer.train("", { size: 10 })).toThrow(RangeError);
    expect(() => new BytePairTokenizer([[1, 999]])).toThrow(/merges\[0\]/);
    expect(() => tokenizer.decode([9999])).toThrow(/9999/);
  });
});
