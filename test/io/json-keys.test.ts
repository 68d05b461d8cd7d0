import fc from "fast-check";
import { expect, test } from "vitest";
import { findRepeatedKey } from "../../src/io/json-keys.ts";

test.each([
  ['{"a":1,"b":2}', undefined],
  ['{"a":1,"a":2}', "a"],
  ['{"a":{"a":1},"b":{"a":1}}', undefined],
  ['{"b":{"x":1,"y":[{"x":1,"x":2}]}}', "x"],
  ['{"a":"a","b":["a","a"]}', undefined],
  ['{"a":[],"a":[]}', "a"],
  ['{"\\u0061":1,"a":2}', "a"],
  ['{"q\\"":1,"q":"\\"q\\"","q\\"":3}', 'q"'],
  ['["a","a"]', undefined],
  ['"text {\\"a\\":1,\\"a\\":2}"', undefined],
])("%s", (text, repeated) => {
  JSON.parse(text);
  expect(findRepeatedKey(text)).toBe(repeated);
});

test("what JSON.stringify writes never repeats a key", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(findRepeatedKey(text)).toBeUndefined();
    }),
  );
});
