// Code that stands in documents and in doc comments, made into modules that can be checked and run.
//
// A ```ts block is a module as it is. An @example leans on its reader: names of the public doors, of
// its own file and of a few usual things (a model, some data) get imports and declarations in front.
// Where a statement is followed by a comment that is a value, the value is compared with it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A module made of code that stands somewhere else. */
export interface Snippet {
  /** "README.md:42": where its first line is. */
  readonly place: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** Lines put in front of it. */
  readonly added: number;
  readonly runs: boolean;
}

// Documents

export function documents(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const inside = docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  return ["README.md", "CONTRIBUTING.md", ...inside.sort()];
}

/** The ```ts blocks of a document; "```ts no-run" ones are not to be run. */
export function blocksOf(file: string): Snippet[] {
  const blocks: Snippet[] = [];
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
      const line = start + 1;
      const code = `${lines.slice(start, i).join("\n")}\nexport {};\n`;
      const runs = !fence.includes("no-run");
      blocks.push({ place: `${file}:${line}`, file, line, code, added: 0, runs });
    }
    start = -1;
  });
  if (start >= 0) throw new Error(`${file}:${start}: a code block is not closed`);
  return blocks;
}

// Examples

/** Each name that a public door gives, with the door. */
export type DoorNames = ReadonlyMap<string, string>;

export async function doorNames(): Promise<DoorNames> {
  const names = new Map<string, string>();
  const subjects = ["models/", "text/", "theory/", "linalg/"];
  for (const door of ["", "nn/", "optim/", "data/", "io/", "train/", ...subjects]) {
    const exported = await import(/* @vite-ignore */ `${root}src/${door}index.ts`);
    const specifier = door === "" ? "hebb" : `hebb/${door.slice(0, -1)}`;
    for (const name of Object.keys(exported)) if (!names.has(name)) names.set(name, specifier);
  }
  return names;
}

/** What examples take as given: by name, what it is made of and how. */
const usual: Readonly<Record<string, readonly [needs: readonly string[], code: string]>> = {
  nn: [[], 'import * as nn from "hebb/nn";'],
  model: [["nn"], "const model = nn.sequential(new nn.Linear(3, 2));"],
  module: [["nn"], "const module = new nn.Dropout();"],
  optimizer: [["model", "SGD"], "const optimizer = new SGD(model.parameters());"],
  train: [
    ["tensor"],
    'const train = { inputs: tensor([[1, 2, 3], [4, 5, 6]]), labels: tensor([0, 1], { dtype: "u8" }) };',
  ],
  test: [["train"], "const test = train;"],
  x: [["ones"], "const x = ones([4, 3]);"],
  loss: [["ones"], "const loss = ones([]);"],
  ensemble: [
    ["model", "treeMap", "stack", "Tensor"],
    "const ensemble = treeMap(model.stateDict(), (p: Tensor) => stack([p, p]));",
  ],
  options: [
    ["train", "loader", "nn", "optimizer"],
    "const options = { data: loader(train), loss: nn.crossEntropy, optimizer };",
  ],
};

/** Names that mean something else in some files. */
const local: Readonly<Record<string, typeof usual>> = {
  "src/ir/print.ts": {
    add: [[], 'import { add, input } from "./src/ir/build.ts";'],
    x: [["add"], 'const x = input(0, [3], "f32");'],
    y: [["add"], 'const y = input(1, [3], "f32");'],
  },
  "src/tensor/engine.ts": { accuracy: [["ones"], "const accuracy = ones([]);"] },
  "src/optim/accumulate.ts": {
    loss: [
      ["model", "nn", "Tensor"],
      "const loss = (x: Tensor, y: Tensor) => nn.mseLoss(model.forward(x), y);",
    ],
  },
};

/** The @example blocks of a source file as modules. */
export function examplesOf(file: string, doors: DoorNames): Snippet[] {
  const text = readFileSync(join(root, file), "utf8");
  const found: Snippet[] = [];
  for (const match of text.matchAll(/\* @example\n((?: *\* ?.*\n)*?) *(?:\* @|\*\/)/g)) {
    const line = text.slice(0, match.index).split("\n").length + 1;
    const example = (match[1] as string)
      .replace(/^ *\* ?/gm, "")
      .replaceAll("{ …,", "{ ...options,");
    const front = preamble(file, text, example, doors);
    const code = [...front, example, "export {};", ""].join("\n");
    found.push({ place: `${file}:${line}`, file, line, code, added: front.length, runs: true });
  }
  return found;
}

/** Lines that give an example the names it leans on. */
function preamble(file: string, text: string, example: string, doors: DoorNames): string[] {
  const lines: string[] = [];
  const done = new Set<string>();
  const give = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const own = new RegExp(`^export (?:abstract |async )*(?:function|class|const) ${name}\\b`, "m");
    const known = local[file]?.[name];
    if (known) {
      for (const need of known[0]) give(need);
      lines.push(known[1]);
    } else if (own.test(text)) {
      lines.push(`import { ${name} } from "./${file}";`);
    } else if (usual[name]) {
      for (const need of usual[name][0]) give(need);
      lines.push(usual[name][1]);
    } else if (doors.has(name)) {
      lines.push(`import { ${name} } from "${doors.get(name)}";`);
    }
  };
  for (const name of freeNames(example)) give(name);
  return lines;
}

/** Identifiers that a piece of code uses and does not declare. */
function freeNames(code: string): Set<string> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isName = "name" in parent && parent.name === node;
      if (isName && (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent)))
        declared.add(node.text);
      else if (isName && (ts.isParameter(parent) || ts.isClassDeclaration(parent)))
        declared.add(node.text);
      else if (ts.isBindingElement(parent) && parent.propertyName === node) return;
      else if (!isName || ts.isShorthandPropertyAssignment(parent)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true));
  for (const name of declared) used.delete(name);
  return used;
}

/**
 * The module with its comments as comparisons: `f(x); // 3` becomes `await same(f(x), 3)`, and
 * `const [y, dy] = …; // dy: 1` is followed by `await same(dy, 1)`. Comments that are no values stay.
 */
export function comparing({ code }: Snippet): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const pieces: string[] = [];
  let rest = 0;
  for (const statement of source.statements) {
    const said = /^;?[ \n]*\/\/ ?(.*)/.exec(code.slice(statement.end))?.[1];
    if (said === undefined) continue;
    const start = statement.getStart();
    if (ts.isExpressionStatement(statement)) {
      const value = literalOf(said);
      if (value === undefined) continue;
      pieces.push(
        code.slice(rest, start),
        `await same(${statement.expression.getText()}, ${value});`,
      );
    } else {
      const values = /^\w+: /.test(said) ? literalOf(`{ ${said} }`) : undefined;
      if (values === undefined) continue;
      const names = Object.keys(evaluate(values) as object);
      const calls = names.map((name) => `await same(${name}, ${values}.${name});`);
      pieces.push(code.slice(rest, start), statement.getText(), ...calls);
    }
    rest = statement.end;
  }
  pieces.push(code.slice(rest));
  const head = `import { same } from "${root}test/support/same.ts";\n`;
  return head + pieces.join("").replaceAll('from "./src/', `from "${root}src/`);
}

/** A comment as a JavaScript value, if it is one: `f32 [1, 2]`, `0, 1, 2`, `log 4`, `{ w: [1] }`. */
function literalOf(comment: string): string | undefined {
  const bare = comment
    .trim()
    .replace(/^(?:f32|f64|i32|u32|u8|bool|Float32Array) (?=\[)/, "")
    .replace(/^log (\d+)$/, "Math.log($1)");
  const list = evaluate(`[${bare}]`) as unknown[] | undefined;
  if (list === undefined || list.length === 0) return undefined;
  return list.length === 1 ? `(${bare})` : `[${bare}]`;
}

function evaluate(text: string): unknown {
  try {
    return new Function(`"use strict"; return (${text});`)();
  } catch {
    return undefined;
  }
}
