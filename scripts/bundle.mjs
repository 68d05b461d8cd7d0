// Turns what tsc wrote, a file for each source, into what is published: a file for each door and the
// chunks they share. Loading a file takes Node a quarter of a millisecond at best whatever is in it,
// and there are hundreds of sources (docs/decisions/0011); so what the first door loads is in two
// chunks. Names and lines, which a reader of a stack trace needs, stay; comments, which take time to
// read past, go. Types stay as they are.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { filesUnder } from "./files.mjs";
import { constantsMarker } from "./pure.mjs";

/**
 * Bundles in place.
 * @param folder    the compiled tree, which is to become dist/
 * @param manifest  package.json: its `exports` and `imports` are the entries. The command is none:
 *   it uses the doors, as any program does, and keeps its files
 */
export async function bundleDoors(folder, manifest) {
  const entries = entriesOf(manifest).map((path) => join(folder, path));
  if (entries.length === 0) return;
  const { build, transform } = await import("esbuild");
  const marked = await constantsMarker();
  const { outputFiles, metafile } = await build({
    entryPoints: entries,
    outbase: folder,
    outdir: folder,
    bundle: true,
    splitting: true,
    // import.meta.url leads from any file to the library's folder: see engine/user-line.ts.
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    define: {
      HEBB_BUILD: JSON.stringify(buildOf(folder)),
      HEBB_PRELUDE: JSON.stringify(await preludeOf(folder)),
    },
    packages: "external",
    external: [...Object.keys(manifest.imports ?? {}), "node:*"],
    allowOverwrite: true,
    write: false,
    metafile: true,
    absWorkingDir: folder,
    logLevel: "warning",
    logOverride: { "ignored-bare-import": "silent" },
    // Not the repository's own paths, which lead to the sources.
    tsconfigRaw: {},
    plugins: [sources(folder, manifest, transform, marked)],
  });
  for (const file of Object.keys(metafile.inputs)) rmSync(join(folder, file));
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withPureNamespaces(withoutBareImports(text)));
  }
}

/**
 * Reads sources without their comments. A chunk is made for each set of entries that load the same
 * sources. So that there are few sets, each door says that it loads what the first one does, and
 * each entry what opens devices in Node: idle imports, which withoutBareImports takes away again.
 */
function sources(folder, { exports = {}, imports = {} }, transform, marked) {
  const files = (part) => entriesOf(part).map((path) => join(folder, path));
  const [first, ...doors] = files({ exports });
  const openers = files({ imports: Object.values(imports).map(({ default: path }) => path) });
  const also = new Map([...doors, ...files({ imports })].map((path) => [path, [...openers]]));
  also.set(first, openers);
  for (const door of doors) also.get(door).push(first);
  return {
    name: "sources",
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const { code } = await transform(readFileSync(path, "utf8"), { minifyWhitespace: true });
        const idle = (also.get(path) ?? []).filter((other) => other !== path);
        const bare = idle.map((other) => `import "${other}";`);
        return { contents: [marked(code), ...bare].join("\n") };
      });
    },
  };
}

// What the library was built from, by which it knows what an earlier build of it left on the disk.
function buildOf(folder) {
  const hash = createHash("sha256");
  for (const file of filesUnder(folder).sort()) {
    if (file.endsWith(".js")) hash.update(relative(folder, file)).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

// The prelude of kernels in C, by its hash: to write and hash it takes longer than most programs that
// find their kernels on the disk have to do.
async function preludeOf(folder) {
  const path = join(folder, "render/c-prelude.js");
  const { preludeC, allLanes } = await import(pathToFileURL(path).href);
  return createHash("sha256").update(preludeC(allLanes)).digest("hex");
}

// `export * as init` becomes an object that is filled as the file loads, which would keep all of it
// in the bundle of everyone who imports that file. Made in one expression, it goes when unused.
const withPureNamespaces = (text) =>
  text
    .replace(/^var (\w+) = \{\};\n__export\(\1, \{$/gm, "var $1 = /* @__PURE__ */ __export({}, {")
    .replace(/^(var __export = .*\n.*\n.*\n)\};$/m, "$1  return target;\n};");

// No module of this package does anything when it is loaded, so importing one for nothing is idle;
// bundlers would warn of it.
const withoutBareImports = (text) => text.replace(/^import "\.[^"]*";\n/gm, "");

/** Every file under dist/ that the manifest names, without that folder. */
export function entriesOf({ exports = {}, imports = {} }) {
  const paths = new Set();
  const visit = (value) => {
    if (typeof value === "object") Object.values(value).forEach(visit);
    else if (/^(?:\.\/)?dist\/.*\.js$/.test(value))
      paths.add(value.replace(/^(?:\.\/)?dist\//, ""));
  };
  [exports, imports].forEach(visit);
  return [...paths];
}
