// What the library weighs: lines of code by folder (no blank lines, no comments), and the bytes of
// each door as a page would load it (bundled, minified, gzip). A report; it judges nothing.

import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./ensure.mjs";
import { filesUnder } from "./files.mjs";

const source = join(root, "src");
const lines = new Map();
for (const path of filesUnder(source).filter((file) => file.endsWith(".ts"))) {
  const parts = relative(source, path).split(sep);
  const folder = parts.length === 1 ? "(doors)" : parts[0];
  const count = codeLines(readFileSync(path, "utf8"));
  const entry = lines.get(folder) ?? { files: 0, code: 0 };
  lines.set(folder, { files: entry.files + 1, code: entry.code + count });
}
console.log("folder            files   code lines");
let total = 0;
for (const [folder, { files, code }] of [...lines].sort()) {
  console.log(`${folder.padEnd(16)} ${String(files).padStart(6)} ${String(code).padStart(12)}`);
  total += code;
}
console.log(`${"all".padEnd(23)} ${String(total).padStart(12)}`);

console.log("\ndoor              gzip bytes");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const [door, target] of Object.entries(exports)) {
  const entry = target.default === undefined ? undefined : join(root, target.default);
  if (entry === undefined || !existsSync(entry)) continue;
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    external: ["node:*"],
    logLevel: "error",
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${door.padEnd(16)} ${String(bytes).padStart(11)}`);
}

// A line counts when something but a comment stands on it. Doc comments open on lines of their own
// here (the formatter sees to it), so whole lines are all that need telling apart.
function codeLines(text) {
  let inComment = false;
  let count = 0;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (inComment) {
      inComment = !line.includes("*/");
    } else if (line.startsWith("/*")) {
      inComment = !line.includes("*/");
    } else if (line !== "" && !line.startsWith("//")) count++;
  }
  return count;
}
