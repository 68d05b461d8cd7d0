// Multi30k: descriptions of photographs in English, and in German by translators who did not see the
// photographs. Elliott, Frank, Sima'an and Specia 2016, "Multi30K: Multilingual English-German Image
// Descriptions", task 1. Two files a part, a sentence a line.

import { DataError } from "../ir/errors.ts";
import { findDataFolder, readText } from "./data-folder.ts";

/** A sentence in two languages. */
export interface TranslatedSentence {
  readonly german: string;
  readonly english: string;
}

/** The data set Multi30k. */
export interface Multi30k {
  /** 29,000 sentences. */
  readonly train: readonly TranslatedSentence[];
  /** 1,014 sentences. */
  readonly validation: readonly TranslatedSentence[];
  /** test_2016_flickr: 1,000 sentences. */
  readonly test: readonly TranslatedSentence[];
  /** One line: where they came from. */
  readonly origin: string;
}

const parts = { train: "train", validation: "val", test: "test_2016_flickr" } as const;
const title = "Multi30k";

/**
 * The sentences as they were written, from HEBB_DATA/multi30k or HEBB_DATA.
 *
 * @throws DataError  a file is not there, or the two of a part differ in their number of lines
 */
export async function multi30k(): Promise<Multi30k> {
  const files = Object.values(parts).flatMap((part) => [`${part}.de`, `${part}.en`]);
  const folder = findDataFolder(title, ["multi30k"], files);
  const read = async (part: keyof typeof parts): Promise<readonly TranslatedSentence[]> => {
    const name = parts[part];
    const [german, english] = await Promise.all(
      ["de", "en"].map(async (language) => linesOf(await readText(folder, `${name}.${language}`))),
    );
    if (german?.length !== english?.length) {
      throw new DataError(
        `${title}: ${name}.de and ${name}.en in ${folder} must have as many lines, not ${german?.length} and ${english?.length}`,
      );
    }
    return (german as string[]).map((line, i) => ({
      german: line,
      english: english?.[i] as string,
    }));
  };
  const [train, validation, test] = await Promise.all([
    read("train"),
    read("validation"),
    read("test"),
  ]);
  return { train, validation, test, origin: `${title} from ${folder} (HEBB_DATA)` };
}

/** The lines of a file; the last may end without a newline. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
