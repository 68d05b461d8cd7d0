import fc from "fast-check";
import { expect, test } from "vitest";
import { type Literal, parsePythonLiteral } from "../../src/io/python-literal.ts";

test.each<[string, Literal]>([
  ["1", 1],
  [" -12L ", -12],
  ["()", []],
  ["(3,)", [3]],
  ["(3)", 3],
  ["(1, 2,)", [1, 2]],
  ["[True, False, None]", [true, false, null]],
  ["{}", new Map()],
  ["{'a': \"it's\", }", new Map([["a", "it's"]])],
  ["{'a': ((1,), [2])}", new Map<string, Literal>([["a", [[1], [2]]]])],
])("reads %s", (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

test.each([
  "",
  "(",
  "1 2",
  "1.5",
  "0x1",
  "{1: 2}",
  "{'a' 1}",
  "'a\\n'",
  "'a",
  "(,)",
  "Truely",
  "a",
])("refuses %j", (text) => {
  expect(() => parsePythonLiteral(text)).toThrow(SyntaxError);
});

test("any text gives a value or a SyntaxError", () => {
  const soup = fc.array(
    fc.constantFrom("{", "}", "(", ")", "[", "]", ",", ":", "'a'", '"', "1", "True", " ", "L", "-"),
  );
  fc.assert(
    fc.property(soup, (tokens) => {
      try {
        parsePythonLiteral(tokens.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }),
    { numRuns: 1000 },
  );
});
