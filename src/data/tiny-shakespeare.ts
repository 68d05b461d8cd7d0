// Tiny Shakespeare: a million characters of his plays, one after the other, for language models of
// characters. Karpathy 2015, github.com/karpathy/char-rnn; nanoGPT's split.

import { DataError } from "../ir/errors.ts";
import { findDataFolder, readText } from "./data-folder.ts";

/** The text tiny Shakespeare. */
export interface TinyShakespeare {
  /** The first nine tenths: 1,003,854 characters. */
  readonly train: string;
  /** The rest: 111,540 characters. */
  readonly validation: string;
  /** One line: where it came from. */
  readonly origin: string;
}

const file = "tinyshakespeare.txt";

/**
 * Tiny Shakespeare from HEBB_DATA/text, HEBB_DATA/tinyshakespeare or HEBB_DATA.
 *
 * @returns  the text in two parts; 65 different characters
 * @throws DataError  it is not there, or empty
 */
export async function tinyShakespeare(): Promise<TinyShakespeare> {
  const folder = findDataFolder("Tiny Shakespeare", ["text", "tinyshakespeare"], [file]);
  const text = await readText(folder, file);
  if (text === "") throw new DataError(`Tiny Shakespeare: ${file} in ${folder} is empty`);
  const split = Math.floor(0.9 * text.length);
  return {
    train: text.slice(0, split),
    validation: text.slice(split),
    origin: `Tiny Shakespeare from ${folder} (HEBB_DATA)`,
  };
}
