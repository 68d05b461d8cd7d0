// The code in README.md, CONTRIBUTING.md and docs/ is code: every ```ts block is type-checked under
// strict and runs as it stands. "```ts no-run" marks a block that is only checked.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Block {
  /** "README.md:42": where its first line is. */
  readonly place: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
}

function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  let start = -1;
  let fence = "";
  lines.forEach((text, i) => {
    const mark = /^```(.*)$/.exec(text.trim());
    if (!mark) return;
    if (start < 0) {
      start = i + 1;
      fence = (mark[1] as string).trim();
      return;
    }
    if (/^ts\b/.test(fence)) {
      const code = lines.slice(start, i).join("\n");
      const line = start + 1;
      blocks.push({ place: `${file}:${line}`, file, line, code, runs: !fence.includes("no-run") });
    }
    start = -1;
  });
  if (start >= 0) throw new Error(`${file}:${start}: a code block is not closed`);
  return blocks;
}

function documents(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const inside = docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  return ["README.md", "CONTRIBUTING.md", ...inside.sort()];
}

/** What the compiler says of each block, all in one program, as if the blocks were files at the root. */
function check(blocks: readonly Block[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const strict: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: { hebb: [`${root}src/index.ts`], "hebb/*": [`${root}src/*/index.ts`] },
  };
  const virtual = new Map(blocks.map((block, i) => [`${root}block-${i}.ts`, block]));
  const host = ts.createCompilerHost(strict);
  const { fileExists, readFile, getSourceFile } = host;
  // Every block is a module, so that its names are its own.
  const textOf = (block: Block) => `${block.code}\nexport {};\n`;
  host.fileExists = (name) => virtual.has(name) || fileExists.call(host, name);
  host.readFile = (name) => {
    const block = virtual.get(name);
    return block ? textOf(block) : readFile.call(host, name);
  };
  host.getSourceFile = (name, version, ...rest) => {
    const block = virtual.get(name);
    return block
      ? ts.createSourceFile(name, textOf(block), version)
      : getSourceFile.call(host, name, version, ...rest);
  };
  const program = ts.createProgram([...virtual.keys()], strict, host);
  return [...virtual].flatMap(([name, block]) => {
    const source = program.getSourceFile(name);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map((diagnostic) => {
      const at = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      return `${block.file}:${block.line + at}: ${message}`;
    });
  });
}

const blocks = documents().flatMap(blocksOf);

describe("the code in the documents", () => {
  it("is there", () => {
    expect(blocks.filter((b) => b.file === "README.md").length).toBeGreaterThanOrEqual(2);
    expect(blocks.some((b) => b.file === join("docs", "how-it-works.md"))).toBe(true);
  });

  it("is typed, under strict", () => {
    // Two blocks that are wrong show that errors would be found.
    const wrong = (line: number, code: string): Block => ({
      place: `x.md:${line}`,
      file: "x.md",
      line,
      code,
      runs: false,
    });
    const found = check([
      ...blocks,
      wrong(7, 'import { tensor } from "hebb";\ntensor([1]).relu().nonsense();'),
      wrong(20, "const x = (y) => y;"),
    ]);
    expect(found.filter((message) => !message.startsWith("x.md:"))).toEqual([]);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/^x\.md:8: .*nonsense/);
    expect(found[1]).toMatch(/^x\.md:20: .*implicitly/);
  });
});

describe("the code that runs", () => {
  const here = process.cwd();
  const modules = join(root, ".hebb", `docs-${process.pid}`);
  let folder = "";

  beforeAll(() => {
    mkdirSync(modules, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "hebb-docs-"));
    process.chdir(folder);
    vi.stubEnv("HEBB_OFFLINE", "1");
    vi.stubEnv("HEBB_DATA", undefined);
  });
  afterAll(() => {
    process.chdir(here);
    vi.unstubAllEnvs();
    rmSync(modules, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  const printed = new Map<Block, unknown[][]>();

  /** Runs a block, once, and gives what it logged: a list of arguments for each line. */
  async function run(block: Block): Promise<unknown[][]> {
    const known = printed.get(block);
    if (known) return known;
    const path = join(modules, `block-${block.line}.ts`);
    writeFileSync(path, block.code);
    const lines: unknown[][] = [];
    printed.set(block, lines);
    const log = vi.spyOn(console, "log").mockImplementation((...line) => void lines.push(line));
    try {
      await import(/* @vite-ignore */ path);
      return lines;
    } finally {
      log.mockRestore();
    }
  }

  const runnable = blocks.filter((b) => b.runs);
  const blockOf = (file: string): Block => runnable.find((b) => b.file === file) as Block;

  it.each(runnable.map((block) => [block.place, block] as const))("%s runs", async (_, block) => {
    const lines = await run(block);
    expect(lines.length).toBeGreaterThan(0);
    const losses = lines.filter(([x]) => typeof x === "number").map(([x]) => x as number);
    if (losses.length < 2) return;
    // A training loop that prints its losses first: they fall by half.
    const tenth = Math.ceil(losses.length / 10);
    const mean = (some: number[]) => some.reduce((sum, x) => sum + x, 0) / some.length;
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(mean(losses.slice(-tenth))).toBeLessThan(mean(losses.slice(0, tenth)) / 2);
  });

  it("says what its comments say", async () => {
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
  });
});
