import { expect, test } from "vitest";
import * as errors from "../../src/ir/errors.ts";

test.each(Object.entries(errors))("%s has its name and its base", (name, Kind) => {
  const error = new Kind("what went wrong", { cause: 7 });
  // An argument out of its range is one of JavaScript's own errors.
  expect(error).toBeInstanceOf(name === "ArgumentError" ? RangeError : errors.HebbError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
  expect(String(error)).toBe(`${name}: what went wrong`);
  expect(error.stack?.split("\n")[0]).toBe(`${name}: what went wrong`);
  expect(error.cause).toBe(7);
  expect(Object.keys(error)).toEqual([]);
});
