import { expect, test } from "vitest";
import * as errors from "../../src/ir/errors.ts";

test.each(Object.entries(errors))("%s has its name, and is a HebbError", (name, Kind) => {
  const error = new Kind("what went wrong", { cause: 7 });
  expect(error).toBeInstanceOf(errors.HebbError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
  expect(String(error)).toBe(`${name}: what went wrong`);
  expect(error.stack?.split("\n")[0]).toBe(`${name}: what went wrong`);
  expect(error.cause).toBe(7);
  expect(Object.keys(error)).toEqual([]);
});
