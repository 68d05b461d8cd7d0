// A text of C definitions of which a unit takes only those that it mentions, for reading the others would
// take a compiler longer than most kernels. A piece is a function, or the forms of one between #if
// and #endif; a function is mentioned after it was defined, as C wants it anyway.

/** The names of the functions that a piece defines, in any of its forms. */
const definedBy = (piece: string): string[] =>
  [...piece.matchAll(/^(?:INLINE|SELDOM) [\w *]*?(\w+)\(/gm)].map(([, name]) => name as string);

/** All words of a text that may name a helper: it has an underscore. */
const wordsOf = (text: string): readonly string[] => text.match(/\b[a-z]\w*_\w+/g) ?? [];

/** The pieces that a text needs, and those that these need, in order. */
export function neededPieces(pieces: readonly string[], text: string): string[] {
  const words = new Set(wordsOf(text));
  const needed: string[] = [];
  for (const piece of [...pieces].reverse()) {
    if (!definedBy(piece).some((name) => words.has(name))) continue;
    for (const word of wordsOf(piece)) words.add(word);
    needed.unshift(piece);
  }
  return needed;
}

/** A function that is always written in place, on one line. */
export const inlineC = (result: string, name: string, parameters: string, body: string): string =>
  `INLINE ${result} ${name}(${parameters}) { ${body} }`;

/** A piece of two forms. */
export const eitherForm = (condition: string, form: string, other: string): string =>
  [`#if ${condition}`, form, "#else", other, "#endif"].join("\n");

/** For each function the piece of one list or of the other; both must define the same functions. */
export function eitherList(
  condition: string,
  forms: readonly string[],
  others: readonly string[],
): string[] {
  const named = new Map(others.map((piece) => [definedBy(piece)[0], piece]));
  return forms.map((piece) =>
    eitherForm(condition, piece, named.get(definedBy(piece)[0]) as string),
  );
}
