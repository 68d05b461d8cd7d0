// Rule-based translation, as before statistics: a dictionary of words and phrases with their
// categories, and rules that put categories into the order of the other language. What the dictionary
// lacks stays as it is.

import { ArgumentError } from "../ir/errors.ts";

/** What a word or phrase becomes, and of which category it is. */
export interface DictionaryEntry {
  readonly translation: string;
  readonly category: string;
}

/** Where these categories stand in a row, their order becomes another, and words may come in. */
export interface ReorderingRule {
  /** Categories, as ["noun", "adjective"]. */
  readonly categories: readonly string[];
  /** Places in `categories`, each at most once, and words to put in: [1, 0], or ["do", 0]. */
  readonly becomes: readonly (number | string)[];
}

/** Options of RuleTranslator. */
export interface RuleTranslatorOptions {
  /** By word or phrase (words with one space between them), in lower case. */
  dictionary: Readonly<Record<string, DictionaryEntry>>;
  /** Tried in turn at every place; the first that fits is used. Default none */
  rules?: readonly ReorderingRule[];
}

interface Translated {
  readonly text: string;
  readonly category: string;
}

/**
 * Words by dictionary, the longest phrases first; then the order by rules, from left to right.
 *
 * @source  seed 001 §1.8
 * @example
 * const translator = new RuleTranslator({
 *   dictionary: {
 *     la: { translation: "the", category: "article" },
 *     casa: { translation: "house", category: "noun" },
 *     blanca: { translation: "white", category: "adjective" },
 *   },
 *   rules: [{ categories: ["noun", "adjective"], becomes: [1, 0] }],
 * });
 * translator.translate(["la", "casa", "blanca"]); // ["the", "white", "house"]
 */
export class RuleTranslator {
  private readonly dictionary: ReadonlyMap<string, DictionaryEntry>;
  private readonly rules: readonly ReorderingRule[];
  private readonly longest: number;

  /** @throws ArgumentError  a rule puts a category into two places, or one that it does not have */
  constructor({ dictionary, rules = [] }: RuleTranslatorOptions) {
    this.dictionary = new Map(Object.entries(dictionary));
    this.rules = rules;
    this.longest = Math.max(1, ...Object.keys(dictionary).map((key) => key.split(" ").length));
    for (const { categories, becomes } of rules) {
      const places = becomes.filter((place) => typeof place === "number");
      const right = places.every((place) => place in categories);
      if (right && new Set(places).size === places.length && categories.length > 0) continue;
      throw new ArgumentError(
        `RuleTranslator: of the rules, [${becomes}] is no order of [${categories}]; it takes places from 0 to ${categories.length - 1}, each at most once`,
      );
    }
  }

  /** The sentence in the other language. @param sentence  words, in any case */
  translate(sentence: readonly string[]): string[] {
    return this.reorder(this.lookUp(sentence)).flatMap(({ text }) =>
      text === "" ? [] : text.split(" "),
    );
  }

  private lookUp(sentence: readonly string[]): Translated[] {
    const out: Translated[] = [];
    for (let at = 0; at < sentence.length; ) {
      let size = Math.min(this.longest, sentence.length - at);
      let entry: DictionaryEntry | undefined;
      for (; size > 0; size--) {
        entry = this.dictionary.get(
          sentence
            .slice(at, at + size)
            .join(" ")
            .toLowerCase(),
        );
        if (entry !== undefined) break;
      }
      if (entry === undefined) out.push({ text: sentence[at] as string, category: "unknown" });
      else out.push({ text: entry.translation, category: entry.category });
      at += Math.max(1, size);
    }
    return out;
  }

  private reorder(words: readonly Translated[]): Translated[] {
    const out: Translated[] = [];
    for (let at = 0; at < words.length; ) {
      const rule = this.rules.find(({ categories }) =>
        categories.every((category, i) => words[at + i]?.category === category),
      );
      if (rule === undefined) {
        out.push(words[at++] as Translated);
        continue;
      }
      for (const place of rule.becomes) {
        if (typeof place === "string") out.push({ text: place, category: "added" });
        else out.push(words[at + place] as Translated);
      }
      at += rule.categories.length;
    }
    return out;
  }
}
