// Reads the import lines of a TypeScript source without a parser: comments, template strings and
// regular expressions are blanked first (line numbers stay), so that only real imports are left.
// Template strings matter here: renderers write C and other modules' source in them.

const patterns = [
  {
    kind: "static",
    regex: /\b(?:import|export)\s+(type\s+)?([\w$*\s{},]+?)\s*\bfrom\s*(["'])([^"'\n]+)\3/g,
  },
  { kind: "effect", regex: /\bimport\s*()()(["'])([^"'\n]+)\3/g },
  { kind: "dynamic", regex: /\bimport\s*\(\s*()()(["'])([^"'\n]+)\3/g },
];

/**
 * The imports and re-exports of `source`, in order.
 * @returns {{ specifier: string, line: number, kind: "static" | "effect" | "dynamic", typeOnly: boolean, names: string[] }[]}
 */
export function importsOf(source) {
  const code = blank(source);
  const found = [];
  for (const { kind, regex } of patterns) {
    for (const match of code.matchAll(regex)) {
      const [, type, clause = "", , specifier] = match;
      found.push({
        specifier,
        line: lineAt(code, match.index),
        kind,
        typeOnly: type !== undefined,
        names: namesIn(clause),
      });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** The lines on which `regex` occurs in the code itself, outside comments, strings and templates. */
export function linesMatching(source, regex) {
  const code = blank(source, { strings: true });
  return [...code.matchAll(regex)].map((match) => ({
    line: lineAt(code, match.index),
    text: match[0],
  }));
}

function namesIn(clause) {
  return clause
    .replace(/[{}]/g, "")
    .split(",")
    .map((part) =>
      part
        .trim()
        .replace(/^type\s+/, "")
        .replace(/\s+as\s+.*$/s, ""),
    )
    .filter((name) => name !== "");
}

function lineAt(code, index) {
  let line = 1;
  for (let i = code.indexOf("\n"); i !== -1 && i < index; i = code.indexOf("\n", i + 1)) line++;
  return line;
}

/** `source` with comments, templates and regular expressions as spaces; with `strings`, those too. */
export function blank(source, { strings = false } = {}) {
  const out = [...source];
  const hide = (from, to) => {
    for (let i = from; i < to; i++) if (out[i] !== "\n") out[i] = " ";
  };
  const braces = []; // for each open brace: does it close a ${ of a template?
  let last = ""; // the last significant character, to tell a division from a regular expression
  let word = "";
  let i = 0;
  const template = (from) => {
    let at = from;
    while (at < out.length && out[at] !== "`") {
      if (out[at] === "\\") at += 2;
      else if (out[at] === "$" && out[at + 1] === "{") {
        braces.push(true);
        hide(from, at + 2);
        return at + 2;
      } else at++;
    }
    hide(from, Math.min(at + 1, out.length));
    return at + 1;
  };
  while (i < out.length) {
    const c = out[i];
    const next = out[i + 1];
    if (c === "/" && next === "/") {
      const end = indexFrom(out, "\n", i);
      hide(i, end);
      i = end;
    } else if (c === "/" && next === "*") {
      let end = i + 2;
      while (end < out.length && !(out[end] === "*" && out[end + 1] === "/")) end++;
      hide(i, Math.min(end + 2, out.length));
      i = end + 2;
    } else if (c === '"' || c === "'") {
      let end = i + 1;
      while (end < out.length && out[end] !== c && out[end] !== "\n")
        end += out[end] === "\\" ? 2 : 1;
      if (strings) hide(i + 1, end);
      i = end + 1;
      last = c;
    } else if (c === "`") {
      out[i] = " ";
      i = template(i + 1);
      last = "`";
    } else if (c === "/" && startsRegex(last, word)) {
      let end = i + 1;
      let inClass = false;
      while (end < out.length && out[end] !== "\n" && (inClass || out[end] !== "/")) {
        if (out[end] === "\\") end++;
        else if (out[end] === "[") inClass = true;
        else if (out[end] === "]") inClass = false;
        end++;
      }
      hide(i, Math.min(end + 1, out.length));
      i = end + 1;
      last = ")";
    } else if (c === "{") {
      braces.push(false);
      last = c;
      i++;
    } else if (c === "}") {
      const ofTemplate = braces.pop() === true;
      last = c;
      i++;
      if (ofTemplate) {
        out[i - 1] = " ";
        i = template(i);
        last = "`";
      }
    } else {
      if (/[\w$]/.test(c)) word = /[\w$]/.test(out[i - 1] ?? "") ? word + c : c;
      if (!/\s/.test(c)) last = c;
      i++;
    }
  }
  return out.join("");
}

function indexFrom(characters, wanted, from) {
  const at = characters.indexOf(wanted, from);
  return at === -1 ? characters.length : at;
}

function startsRegex(last, word) {
  if (last === "" || /[(,=:[!&|?{};+\-*%<>~^]/.test(last)) return true;
  return (
    /[\w$]/.test(last) && /^(?:return|typeof|case|of|in|delete|void|throw|do|else)$/.test(word)
  );
}
