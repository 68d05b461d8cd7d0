// Data sets of plain text files, gzipped or not: tiny Shakespeare and Multi30k.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { multi30k, tinyShakespeare } from "../../src/data/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hebb-texts-"));
  vi.stubEnv("HEBB_DATA", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function write(path: string, content: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, path.endsWith(".gz") ? gzipSync(content) : content);
}

describe("tinyShakespeare", () => {
  test.each(["text/", "tinyshakespeare/", ""])(
    "is cut nine to one, from HEBB_DATA/%s",
    async (place) => {
      write(`${place}tinyshakespeare.txt`, "To be, or not to be");
      const { train, validation, origin } = await tinyShakespeare();
      expect([train, validation]).toEqual(["To be, or not to ", "be"]);
      expect(origin).toMatch(/^Tiny Shakespeare from .* \(HEBB_DATA\)$/);
    },
  );

  test("says what is missing, and where", async () => {
    await expect(tinyShakespeare()).rejects.toThrow(
      /Tiny Shakespeare: not all files are in .*text.*put tinyshakespeare\.txt into/,
    );
    write("text/tinyshakespeare.txt", "");
    await expect(tinyShakespeare()).rejects.toThrow(/tinyshakespeare\.txt in .* is empty/);
  });
});

describe("multi30k", () => {
  const parts = ["train", "val", "test_2016_flickr"];

  test.each(["", ".gz"])("reads six files, names ending in %j", async (ending) => {
    for (const part of parts) {
      write(`multi30k/${part}.de${ending}`, `Ein Hund (${part}).\nBäume\n`);
      write(`multi30k/${part}.en${ending}`, `A dog (${part}).\r\nTrees`);
    }
    const { train, validation, test: last } = await multi30k();
    for (const [i, part] of [train, validation, last].entries()) {
      expect(part).toEqual([
        { german: `Ein Hund (${parts[i]}).`, english: `A dog (${parts[i]}).` },
        { german: "Bäume", english: "Trees" },
      ]);
    }
  });

  test("wants as many lines in both languages", async () => {
    for (const part of parts) {
      write(`${part}.de`, "eins\nzwei\n");
      write(`${part}.en`, part === "val" ? "one\n" : "one\ntwo\n");
    }
    await expect(multi30k()).rejects.toThrow(
      /Multi30k: val\.de and val\.en in .* must have as many lines, not 2 and 1/,
    );
  });
});
