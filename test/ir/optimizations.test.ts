import { expect, test } from "vitest";
import { allOptimizations, optimizationsOff } from "../../src/ir/optimizations.ts";

test("a list turns off what it names", () => {
  expect([...optimizationsOff("-fusion, -vectors")]).toEqual(["fusion", "vectors"]);
  expect([...optimizationsOff("")]).toEqual([]);
  expect([...optimizationsOff("-all")]).toEqual(allOptimizations);
});

test("any other word is an error that lists them", () => {
  expect(() => optimizationsOff("-fuson")).toThrow('"-fuson" is none of -all -fusion');
  expect(() => optimizationsOff("fusion")).toThrow(RangeError);
});
