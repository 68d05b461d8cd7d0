// The code in README.md, CONTRIBUTING.md and docs/ is code, and so are the examples in doc comments:
// all of it is type-checked under strict and runs, and where an example says what comes out, that
// does come out. "```ts no-run" marks a block that is only checked.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { filesUnder } from "../scripts/files.mjs";
import { type DType, promoteTypes, useDevice } from "../src/index.ts";
import {
  blocksOf,
  comparing,
  documents,
  doorNames,
  examplesOf,
  root,
  type Snippet,
} from "./support/documented-code.ts";
import { comparisons } from "./support/same.ts";

const names = await doorNames();
const blocks = documents().flatMap(blocksOf);
const examples = filesUnder(join(root, "src"))
  .filter((path) => path.endsWith(".ts"))
  .flatMap((path) => examplesOf(path.slice(root.length), names));

/** What the compiler says of each snippet, all in one program, as if they were files at the root. */
function check(snippets: readonly Snippet[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const strict: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    declaration: false,
    isolatedDeclarations: false,
    noUncheckedIndexedAccess: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: { hebb: [`${root}src/index.ts`], "hebb/*": [`${root}src/*/index.ts`] },
  };
  const virtual = new Map(snippets.map((snippet, i) => [`${root}snippet-${i}.ts`, snippet]));
  const host = ts.createCompilerHost(strict);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => virtual.has(name) || fileExists.call(host, name);
  host.readFile = (name) => virtual.get(name)?.code ?? readFile.call(host, name);
  host.getSourceFile = (name, version, ...rest) => {
    const snippet = virtual.get(name);
    return snippet
      ? ts.createSourceFile(name, snippet.code, version)
      : getSourceFile.call(host, name, version, ...rest);
  };
  const program = ts.createProgram([...virtual.keys()], strict, host);
  return [...virtual].flatMap(([name, { file, line, added }]) => {
    const source = program.getSourceFile(name);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map((diagnostic) => {
      const at = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      return `${file}:${line + at - added}: ${message}`;
    });
  });
}

describe("code in documents and doc comments", () => {
  it("is there", () => {
    expect(blocks.filter((b) => b.file === "README.md").length).toBeGreaterThanOrEqual(2);
    expect(blocks.some((b) => b.file === join("docs", "how-it-works.md"))).toBe(true);
    expect(examples.length).toBeGreaterThan(60);
  });

  it("is typed, under strict", () => {
    // Two that are wrong show that errors would be found.
    const wrong = (line: number, code: string): Snippet => ({
      place: `x.md:${line}`,
      file: "x.md",
      line,
      code: `${code}\nexport {};\n`,
      added: 0,
      runs: false,
    });
    const found = check([
      ...blocks,
      ...examples,
      wrong(7, 'import { tensor } from "hebb";\ntensor([1]).relu().nonsense();'),
      wrong(20, "const x = (y) => y;"),
    ]);
    expect(found.filter((message) => !message.startsWith("x.md:"))).toEqual([]);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/^x\.md:8: .*nonsense/);
    expect(found[1]).toMatch(/^x\.md:20: .*implicitly/);
  });
});

describe("code that runs", () => {
  const here = process.cwd();
  const modules = join(root, ".hebb", `docs-${process.pid}`);
  let folder = "";

  beforeAll(() => {
    mkdirSync(modules, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "hebb-docs-"));
    writeFileSync(
      join(folder, "iris.csv"),
      "width,length,species\n1.5,2.5,setosa\n3,4,virginica\n",
    );
    process.chdir(folder);
    vi.stubEnv("HEBB_OFFLINE", "1");
    vi.stubEnv("HEBB_DATA", undefined);
  });
  // An example may choose a device; the next one is to have the usual one.
  afterEach(async () => void (await useDevice(process.env.HEBB_DEVICE ?? "auto")));
  afterAll(() => {
    process.chdir(here);
    vi.unstubAllEnvs();
    rmSync(modules, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  const printed = new Map<Snippet, unknown[][]>();

  /** Runs a snippet, once, and gives what it logged: a list of arguments for each line. */
  async function run(snippet: Snippet): Promise<unknown[][]> {
    const known = printed.get(snippet);
    if (known) return known;
    const path = join(modules, `${snippet.place.replace(/[^\w]/g, "-")}.ts`);
    writeFileSync(path, examples.includes(snippet) ? comparing(snippet) : snippet.code);
    const lines: unknown[][] = [];
    printed.set(snippet, lines);
    const log = vi.spyOn(console, "log").mockImplementation((...line) => void lines.push(line));
    try {
      await import(/* @vite-ignore */ path);
      return lines;
    } finally {
      log.mockRestore();
    }
  }

  const runnable = blocks.filter((b) => b.runs);
  const blockOf = (file: string): Snippet => runnable.find((b) => b.file === file) as Snippet;

  it.each(runnable.map((block) => [block.place, block] as const))("%s", async (_, block) => {
    // What a reader tries first runs on what a reader has.
    if (block.file === "README.md") await useDevice("auto");
    const lines = await run(block);
    expect(lines.length).toBeGreaterThan(0);
    const losses = lines.filter(([x]) => typeof x === "number").map(([x]) => x as number);
    if (losses.length < 2 || block.file !== "README.md") return;
    // A training loop that prints its losses first: they fall by half.
    const tenth = Math.ceil(losses.length / 10);
    const mean = (some: number[]) => some.reduce((sum, x) => sum + x, 0) / some.length;
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(mean(losses.slice(-tenth))).toBeLessThan(mean(losses.slice(0, tenth)) / 2);
  });

  it("documents print what their comments say", async () => {
    const first = await run(blockOf("README.md"));
    expect(first[0]).toEqual([
      [
        [6, 12],
        [12, 26],
      ],
      [2, 2],
      "f32",
    ]);
    expect(first[1]).toEqual([[2, 4]]);
    const at = (x: number) => Math.sin(x) + x * Math.cos(x);
    const [slope] = first[2] as [number[][]];
    for (const [i, y] of slope.flat().entries()) expect(y).toBeCloseTo(at(i + 1), 4);
    expect(first[5]?.[0]).toHaveLength(2);

    const how = await run(blockOf(join("docs", "how-it-works.md")));
    expect(how[0]).toEqual(process.env.HEBB_DEVICE === "reference" ? [1, 1] : [1, 2]);
    const close = (line: unknown, expected: number[]) => {
      for (const [i, y] of expected.entries()) expect((line as Float32Array)[i]).toBeCloseTo(y, 4);
    };
    close(how[1]?.[0], [2.2007, -0.1578]);
    close(how[2]?.[0], [-6.8947, -1.9398]);

    const types = await run(blockOf(join("docs", "dtypes.md")));
    expect(types).toEqual([["u8", [44, 200]], ["f32", "f32"], ["i32", 300], [[1, -1, 0]]]);
  });

  /** Every picture of a page, and the block above it, which draws it. */
  const pictures = documents()
    .filter((file) => file.startsWith("docs"))
    .flatMap((file) => {
      const lines = readFileSync(join(root, file), "utf8").split("\n");
      return lines.flatMap((line, i) => {
        const name = /^!\[[^\]]+\]\((.+\.svg)\)$/.exec(line)?.[1];
        const above = runnable.filter((b) => b.file === file && b.line <= i).at(-1);
        return name === undefined ? [] : [[name, above as Snippet] as const];
      });
    });

  it("every area has a page with code that runs and a picture of its own", () => {
    const areas = join("docs", "areas");
    const pages = documents().filter(
      (file) => file.startsWith(areas) && !file.endsWith("README.md"),
    );
    expect(pages.length).toBeGreaterThanOrEqual(15);
    const index = readFileSync(join(root, areas, "README.md"), "utf8");
    for (const page of pages) {
      expect(
        runnable.some((b) => b.file === page),
        page,
      ).toBe(true);
      expect(index).toContain(`(${page.slice(areas.length + 1)})`);
      const drawn = pictures.some(([, { file }]) => file === page);
      expect(drawn || page.endsWith("on-device.md"), page).toBe(true);
    }
  });

  it.each(pictures)("%s is what its page draws", async (name, block) => {
    const drawn = (await run(block)).at(-1)?.[0] as string;
    const kept = readFileSync(join(root, dirname(block.file), name), "utf8");
    // The same but for numbers, which may differ by a hair from device to device.
    const number = /-?\d+(?:\.\d+)?/g;
    expect(drawn.replace(number, "#")).toBe(kept.replace(number, "#"));
    const values = kept.match(number)?.map(Number) ?? [];
    for (const [i, text] of (drawn.match(number) ?? []).entries()) {
      expect(Math.abs(Number(text) - (values[i] as number))).toBeLessThan(0.1);
    }
  });

  it("the table of types is the truth", () => {
    const text = readFileSync(join(root, "docs", "dtypes.md"), "utf8");
    const order: DType[] = ["bool", "u8", "i32", "u32", "f32", "f64"];
    for (const a of order) {
      const row = new RegExp(`^\\| \\*\\*${a}\\*\\* \\|(.*)\\|$`, "m").exec(text)?.[1]?.split("|");
      expect(row?.map((cell) => cell.trim())).toEqual(order.map((b) => promoteTypes(a, b)));
    }
  });

  it.each(examples.map((example) => [example.place, example] as const))(
    "%s",
    async (_, example) => {
      await run(example);
    },
  );

  it("examples were compared with what they say", () => {
    expect(comparisons()).toBeGreaterThan(45);
  });
});
