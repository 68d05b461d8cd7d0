// A translator of rules, German to English.

import { expect, test } from "vitest";
import { RuleTranslator } from "../../src/text/index.ts";

const entry = (translation: string, category: string) => ({ translation, category });
const translator = new RuleTranslator({
  dictionary: {
    ich: entry("I", "pronoun"),
    habe: entry("have", "auxiliary"),
    den: entry("the", "article"),
    das: entry("the", "article"),
    hund: entry("dog", "noun"),
    haus: entry("house", "noun"),
    gesehen: entry("seen", "participle"),
    nicht: entry("not", "negation"),
    "guten tag": entry("good day", "greeting"),
    sehe: entry("see", "verb"),
  },
  rules: [
    {
      categories: ["auxiliary", "article", "noun", "negation", "participle"],
      becomes: [0, 3, 4, 1, 2],
    },
    { categories: ["auxiliary", "article", "noun", "participle"], becomes: [0, 3, 1, 2] },
    { categories: ["verb", "article", "noun", "negation"], becomes: ["do", 3, 0, 1, 2] },
  ],
});
const translate = (text: string): string => translator.translate(text.split(" ")).join(" ");

test("MN-12 a dictionary and rules translate", () => {
  expect(translate("Ich habe den Hund gesehen")).toBe("I have seen the dog");
  expect(translate("Ich habe das Haus nicht gesehen")).toBe("I have not seen the house");
  expect(translate("Ich sehe den Hund nicht")).toBe("I do not see the dog");
  expect(translate("Guten Tag Anna")).toBe("good day Anna");
  expect(translator.translate([])).toEqual([]);
});

test("a rule that is no order is told", () => {
  const rule = (becomes: number[]) =>
    new RuleTranslator({ dictionary: {}, rules: [{ categories: ["noun", "verb"], becomes }] });
  expect(() => rule([0, 0])).toThrow(RangeError);
  expect(() => rule([2])).toThrow(/places from 0 to 1/);
  expect(() => rule([1])).not.toThrow();
});
