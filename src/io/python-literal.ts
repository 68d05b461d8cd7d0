// The few Python literals that file headers use: dictionaries with text keys, tuples and lists,
// text, whole numbers, True, False, None. No expressions; nesting is bounded, so that hostile
// input cannot exhaust the stack.

export type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

const maximumDepth = 32;

/** Parses one literal; surrounding white space is allowed, anything else after it is an error. */
export function parsePythonLiteral(text: string): Literal {
  let at = 0;

  const fail = (expected: string): Error => {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : "the end";
    return new SyntaxError(`expected ${expected} at character ${at}, found ${found}`);
  };
  const skipSpace = (): void => {
    while (at < text.length && " \t\r\n".includes(text[at] as string)) at++;
  };
  const accept = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  /** Items up to the closing character; a comma after the last is allowed. */
  const items = (close: string, item: () => void): boolean => {
    let comma = true;
    while (!accept(close)) {
      if (!comma) throw fail(`"," or "${close}"`);
      item();
      comma = accept(",");
    }
    return comma;
  };
  const quoted = (): string => {
    skipSpace();
    const quote = text[at];
    if (quote !== "'" && quote !== '"') throw fail("a quoted string");
    const end = text.indexOf(quote, at + 1);
    const inside = text.slice(at + 1, end);
    if (end < 0 || inside.includes("\\") || inside.includes("\n")) throw fail("a plain string");
    at = end + 1;
    return inside;
  };
  const value = (depth: number): Literal => {
    if (depth > maximumDepth) throw fail(`at most ${maximumDepth} levels`);
    skipSpace();
    if (accept("{")) {
      const entries = new Map<string, Literal>();
      items("}", () => {
        const key = quoted();
        if (entries.has(key)) throw new SyntaxError(`the key '${key}' is there twice`);
        if (!accept(":")) throw fail('":"');
        entries.set(key, value(depth + 1));
      });
      return entries;
    }
    for (const [open, close] of ["()", "[]"] as const) {
      if (!accept(open as string)) continue;
      const list: Literal[] = [];
      const comma = items(close as string, () => list.push(value(depth + 1)));
      // (3) is a number in brackets, (3,) a tuple.
      return open === "(" && list.length === 1 && !comma ? (list[0] as Literal) : list;
    }
    if (text[at] === "'" || text[at] === '"') return quoted();
    const word = /^(True|False|None|-?\d+)L?(?![\w.])/.exec(text.slice(at, at + 40));
    if (!word) throw fail("a literal");
    at += word[0].length;
    if (word[1] === "True") return true;
    if (word[1] === "False") return false;
    return word[1] === "None" ? null : Number(word[1]);
  };

  const result = value(0);
  skipSpace();
  if (at < text.length) throw fail("the end");
  return result;
}
