// The floors: each rule of scripts/layers.mjs on a small tree that breaks it, and on one that keeps
// them all. The last test holds this repository to them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkLayers } from "../../scripts/layers.mjs";

type Tree = Record<string, string>;

function check(tree: Tree): ReturnType<typeof checkLayers> {
  const root = mkdtempSync(join(tmpdir(), "hebb-layers-"));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const offenders = (tree: Tree): string[] =>
  check(tree).offenders.map(({ file, line, message }) => `${file}:${line}: ${message}`);

const sound: Tree = {
  "src/index.ts": 'export { Tensor } from "./tensor/tensor.ts";\n',
  "src/ir/dtype.ts": "export type DType = string;\n",
  "src/ir/errors.ts": "export class ShapeError extends Error {}\n",
  "src/ir/node.ts":
    'import type { DType } from "./dtype.ts";\nexport type Node = { dtype: DType };\n',
  "src/render/renderer.ts": "export interface Target { lanes: number }\nexport const other = 1;\n",
  "src/compile/lower.ts":
    'import type { Target } from "../render/renderer.ts";\nexport type Lower = (t: Target) => void;\n',
  "src/device/host.ts":
    'import type { Stats } from "node:fs";\nexport const open = async (): Promise<Stats> => (await import("node:fs")).statSync(process.cwd());\n',
  "src/engine/realize.ts": 'import { open } from "../device/host.ts";\nexport { open };\n',
  "src/tensor/tensor.ts":
    'import { open } from "../engine/realize.ts";\nexport class Tensor { open = open; }\n',
  "src/io/index.ts": 'export { read } from "./npy.ts";\n',
  "src/io/npy.ts":
    'import { open } from "../device/host.ts";\nimport { ShapeError } from "../ir/errors.ts";\nexport const read = (): unknown => [open, ShapeError];\n',
  "src/nn/index.ts": 'import { read } from "../io/npy.ts";\nexport const layer: unknown = read;\n',
  "src/optim/adam.ts":
    'import { layer } from "../nn/index.ts";\nexport const adam: unknown = layer;\n',
  "src/train/fit.ts":
    'import { adam } from "../optim/adam.ts";\nexport const fit: unknown = adam;\n',
  "src/models/lenet.ts":
    'import { layer } from "../nn/index.ts";\nexport const lenet: unknown = layer;\n',
  "src/compiler/index.ts": 'export type { Node } from "../ir/node.ts";\n',
  "src/registry/systems.ts": "export const areas: string[] = [];\n",
  "src/cli/main.ts":
    'import { readFileSync } from "node:fs";\nimport { PNG } from "pngjs";\nimport { Tensor } from "../index.ts";\nimport { layer } from "../nn/index.ts";\nexport const main: unknown = [readFileSync, PNG, Tensor, layer, process.argv];\n',
  "examples/01-tensor.ts":
    'import { Tensor } from "hebb";\nimport "hebb/nn";\nconsole.log(Tensor);\n',
};

const broken: { rule: string; tree: Tree; offence: RegExp }[] = [
  {
    rule: "an import from a higher floor",
    tree: {
      "src/ir/node.ts": '\n\nimport { Tensor } from "../tensor/tensor.ts";\nexport { Tensor };\n',
    },
    offence: /^src\/ir\/node\.ts:3: ir \(floor 0\) imports src\/tensor\/tensor\.ts/,
  },
  {
    rule: "a type import from a higher floor",
    tree: {
      "src/ir/node.ts":
        'import type { Tensor } from "../tensor/tensor.ts";\nexport type A = Tensor;\n',
    },
    offence: /^src\/ir\/node\.ts:1: ir \(floor 0\)/,
  },
  {
    rule: "a dynamic import from a higher floor",
    tree: {
      "src/engine/realize.ts":
        'export const open = (): unknown => import("../tensor/tensor.ts");\n',
    },
    offence: /^src\/engine\/realize\.ts:1: engine/,
  },
  {
    rule: "row 1 folders importing each other",
    tree: { "src/grad/rules.ts": 'export { other } from "../render/renderer.ts";\n' },
    offence: /^src\/grad\/rules\.ts:1: grad \(floor 1\) imports src\/render/,
  },
  {
    rule: "compile taking more than the type Target",
    tree: {
      "src/compile/lower.ts": 'import { other } from "../render/renderer.ts";\nexport { other };\n',
    },
    offence: /^src\/compile\/lower\.ts:1: compile may import only the type Target/,
  },
  {
    rule: "compile importing Target as a value import",
    tree: {
      "src/compile/lower.ts":
        'import { type Target } from "../render/renderer.ts";\nexport type A = Target;\n',
    },
    offence: /^src\/compile\/lower\.ts:1: compile may import only the type Target/,
  },
  {
    rule: "a right neighbour in row 5",
    tree: { "src/nn/linear.ts": 'export { adam } from "../optim/adam.ts";\n' },
    offence: /^src\/nn\/linear\.ts:1: nn \(floor 6\) imports src\/optim/,
  },
  {
    rule: "optim and data importing each other",
    tree: { "src/data/loader.ts": 'export { adam } from "../optim/adam.ts";\n' },
    offence: /^src\/data\/loader\.ts:1: data/,
  },
  {
    rule: "a node: import outside the host door",
    tree: { "src/device/native.ts": 'export const a = (): unknown => import("node:fs");\n' },
    offence: /^src\/device\/native\.ts:1: imports node:fs; only src\/device\/host\.ts/,
  },
  {
    rule: "a static node: import in the host door",
    tree: {
      "src/device/host.ts":
        'import { statSync } from "node:fs";\nexport const open: unknown = statSync;\n',
    },
    offence: /^src\/device\/host\.ts:1: imports node:fs statically/,
  },
  {
    rule: "the host's globals outside the host door",
    tree: { "src/device/native.ts": "// process.env\nexport const a: unknown = process.env;\n" },
    offence: /^src\/device\/native\.ts:2: `process\.env` reaches the host/,
  },
  {
    rule: "a name of the package's own that leads upwards",
    tree: {
      "package.json": '{ "imports": { "#devices": { "default": "./dist/device/openers.js" } } }',
      "src/device/openers.ts": "export const openers = {};\n",
      "src/ir/node.ts": 'export { openers } from "#devices";\n',
    },
    offence: /^src\/ir\/node\.ts:\d+: ir \(floor 0\) imports src\/device\/openers\.ts/,
  },
  {
    rule: "a package in the core",
    tree: { "src/io/png.ts": 'export { PNG } from "pngjs";\n' },
    offence: /^src\/io\/png\.ts:1: imports the package "pngjs"/,
  },
  {
    rule: "a library naming a node",
    tree: {
      "src/nn/linear.ts": 'import type { Node } from "../ir/node.ts";\nexport type A = Node;\n',
    },
    offence:
      /^src\/nn\/linear\.ts:1: nn is above tensor and names the compiler's src\/ir\/node\.ts/,
  },
  {
    rule: "the host door reached from below the engine",
    tree: { "src/render/c.ts": 'export { open } from "../device/host.ts";\n' },
    offence: /^src\/render\/c\.ts:1: render/,
  },
  {
    rule: "a program going past the doors",
    tree: {
      "src/cli/main.ts": 'import { Tensor } from "../tensor/tensor.ts";\nexport { Tensor };\n',
    },
    offence: /^src\/cli\/main\.ts:1: .*not a public door/,
  },
  {
    rule: "an example going past the doors",
    tree: {
      "examples/01-tensor.ts":
        'import "hebb";\nimport { Tensor } from "../src/tensor/tensor.ts";\n',
    },
    offence: /^examples\/01-tensor\.ts:2: .*not a public door/,
  },
  {
    rule: "a door that package.json does not export",
    tree: {
      "package.json": JSON.stringify({ exports: { ".": {}, "./nn": {} } }),
      "examples/02-files.ts": 'import { read } from "hebb/io";\nconsole.log(read);\n',
    },
    offence: /^examples\/02-files\.ts:1: "hebb\/io" is not a public door/,
  },
  {
    rule: "the root door imported from inside",
    tree: { "src/nn/linear.ts": 'export { Tensor } from "../index.ts";\n' },
    offence: /^src\/nn\/linear\.ts:1: imports the door src\/index\.ts/,
  },
  {
    rule: "a subject importing another without a reason",
    tree: {
      "src/latent/pca.ts": "export const pca = 1;\n",
      "src/graphical/factor.ts": 'export { pca } from "../latent/pca.ts";\n',
    },
    offence: /^src\/graphical\/factor\.ts:1: graphical imports latent, another subject/,
  },
  {
    rule: "a folder without a floor",
    tree: { "src/helpers/strings.ts": "export const a = 1;\n" },
    offence: /^src\/helpers\/strings\.ts:1: src\/helpers has no floor/,
  },
  {
    rule: "an import cycle between files",
    tree: {
      "src/tensor/a.ts": 'import { b } from "./b.ts";\nexport const a = (): unknown => b;\n',
      "src/tensor/b.ts": 'import { c } from "./c.ts";\nexport const b = (): unknown => c;\n',
      "src/tensor/c.ts": '\nimport { a } from "./a.ts";\nexport const c = (): unknown => a;\n',
    },
    offence:
      /^src\/tensor\/c\.ts:2: import cycle: tensor\/a\.ts → tensor\/b\.ts → tensor\/c\.ts → tensor\/a\.ts/,
  },
  {
    rule: "a missing file",
    tree: { "src/tensor/a.ts": 'export { b } from "./gone.ts";\n' },
    offence: /^src\/tensor\/a\.ts:1: imports src\/tensor\/gone\.ts, which does not exist/,
  },
  {
    rule: "an import without its ending",
    tree: { "src/tensor/a.ts": 'export { Tensor } from "./tensor";\n' },
    offence: /^src\/tensor\/a\.ts:1: imports "\.\/tensor" without its \.ts ending/,
  },
];

describe("the floors", () => {
  test("a tree that keeps every rule passes", () => {
    expect(offenders(sound)).toEqual([]);
  });

  test.each(broken)("$rule is found where it stands", ({ tree, offence }) => {
    const found = offenders({ ...sound, ...tree });
    expect(
      found.filter((line) => offence.test(line)),
      found.join("\n"),
    ).toHaveLength(1);
    expect(found).toHaveLength(1);
  });

  test("one subject may import another with a reason above the line", () => {
    const tree = {
      "src/latent/pca.ts": "export const pca = 1;\n",
      "src/graphical/factor.ts":
        '// reason: the same components\nexport { pca } from "../latent/pca.ts";\n',
    };
    expect(offenders({ ...sound, ...tree })).toEqual([]);
  });

  test("a cycle of types only is no cycle", () => {
    const tree = {
      "src/tensor/a.ts": 'import { b } from "./b.ts";\nexport const a: unknown = b;\n',
      "src/tensor/b.ts":
        'import type { a } from "./a.ts";\nexport const b: typeof a | number = 1;\n',
    };
    expect(offenders({ ...sound, ...tree })).toEqual([]);
  });

  test("imports inside comments, templates, strings and patterns are not imports", () => {
    const text = [
      '// import { x } from "../tensor/tensor.ts";',
      '/* import "node:fs"; process.env */',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source text that contains a template
      'export const source = `import "node:fs"; ${[`export * from "../train/fit.ts"`, 1].join("}")} import("node:os")`;',
      'export const pattern = /[/"`] import "node:fs"/;',
      "export const words = 'process.env is the host';",
      "export const ratio = (a: number, b: number): number => a / b / 2;",
    ].join("\n");
    expect(offenders({ ...sound, "src/ir/text.ts": text })).toEqual([]);
  });

  test("an import over several lines is reported at its first", () => {
    const tree = {
      "src/ir/a.ts":
        'import "./dtype.ts";\nimport {\n  fit,\n} from "../train/fit.ts";\nexport { fit };\n',
    };
    expect(offenders({ ...sound, ...tree })).toEqual([
      expect.stringMatching(/^src\/ir\/a\.ts:2: /),
    ]);
  });

  test("sources without a test of their own name are counted, doors and the registry aside", () => {
    const { untested } = check({
      ...sound,
      "test/ir/node.test.ts": "",
      "test/train/fit.slow.test.ts": "",
    });
    expect(untested).not.toContain("ir/node.ts");
    expect(untested).not.toContain("train/fit.ts");
    expect(untested).not.toContain("index.ts");
    expect(untested).not.toContain("registry/systems.ts");
    expect(untested).toContain("io/npy.ts");
  });
});

test("this repository keeps its floors", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  expect(checkLayers(root).offenders).toEqual([]);
});
