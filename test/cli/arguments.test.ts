import { describe, expect, test } from "vitest";
import { integer, readArguments, text } from "../../src/cli/arguments.ts";
import { trainOptions } from "../../src/cli/train.ts";

const read = (...words: string[]) => readArguments(words, trainOptions, 1);

describe("words", () => {
  test("options before and after, with = and without", () => {
    const args = read("--epochs=3", "digits", "--json", "--device", "wasm");
    expect(args.positionals).toEqual(["digits"]);
    expect([integer(args, "epochs"), text(args, "device"), args.values.json]).toEqual([
      3,
      "wasm",
      true,
    ]);
    expect(integer(args, "seed")).toBeUndefined();
  });

  test.each([
    [["--epcohs", "3"], /unknown option --epcohs; did you mean "--epochs"\?/],
    [["--qqqqqq"], /unknown option --qqqqqq; there are --device/],
    [["--epochs"], /epochs/],
    [["digits", "more"], /"more" is one word too many/],
    [["--json=1"], /json/],
  ])("%j is refused", (words, message) => {
    expect(() => read(...words)).toThrow(message);
    expect(() => read(...words)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });

  test.each(["1.5", "-1", "x", "", "1e3"])("--seed=%s is no whole number", (value) => {
    expect(() => integer(read(`--seed=${value}`), "seed")).toThrow(
      /--seed must be a whole number from 0/,
    );
  });
});
