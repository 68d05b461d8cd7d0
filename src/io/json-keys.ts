// Repeated keys in JSON objects. JSON.parse keeps the last one silently; a file format must not.

/** The first key that an object repeats, in text that JSON.parse accepts; undefined if none. */
export function findRepeatedKey(text: string): string | undefined {
  // One set of keys per open object, undefined per open array.
  const open: (Set<string> | undefined)[] = [];
  let keyComesNext = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{") {
      open.push(new Set());
      keyComesNext = true;
    } else if (character === "[") {
      open.push(undefined);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === ",") {
      keyComesNext = open.at(-1) !== undefined;
    } else if (character === '"') {
      const start = at++;
      while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      if (!keyComesNext) continue;
      keyComesNext = false;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      const keys = open.at(-1) as Set<string>;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
