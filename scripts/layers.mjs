// The floors: a file imports only from its own folder and from lower rows. Reads every import line
// of src/ (and of studio/, examples/, bench/), prints what breaks a rule as file:line, and fails.
// The tables below are the architecture; change them only together with docs/decisions/.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { filesUnder } from "./files.mjs";
import { importsOf, linesMatching } from "./imports.mjs";

// Lower rows first. Folders on one line are neighbours: they do not see each other.
const floors = [
  ["ir"],
  ["grad", "compile", "render"],
  ["device"],
  ["engine"],
  ["tensor"],
  ["io", "linalg", "distributions"],
  ["nn"],
  ["optim", "data"],
  ["train", "distributed"],
  [
    ...["models", "threshold", "associative", "linear", "latent", "generative", "graphical"],
    ...["sampling", "interpret", "attack", "text", "theory", "rl"],
  ],
  ["cli"],
];

const floorOf = new Map(
  floors.flatMap((folders, floor) => folders.map((folder) => [folder, floor])),
);
const tensorFloor = floorOf.get("tensor");
const subjectFloor = floorOf.get("models");
const engineFloor = floorOf.get("engine");
const host = "device/host.ts";
const targetType = "render/renderer.ts";
// What libraries may know of the ground: errors, dtypes, the random bits; never an op or a node.
const groundForLibraries = new Set(["ir/errors.ts", "ir/dtype.ts", "ir/threefry.ts"]);
const hiddenFromLibraries = new Set(["ir", "grad", "compile", "render"]);
const forbiddenCode = [
  {
    regex: /\bprocess\s*\.\s*\w+/g,
    why: "reaches the host itself; go through device/host.ts",
    host: true,
  },
  {
    regex: /\bnew\s+Function\s*\(|(?<![.\w$])eval\s*\(\s*[^)\s]/g,
    why: "makes code from text, which pages forbid",
    host: false,
  },
];

/**
 * Checks the tree at `root`.
 * @returns offenders as { file, line, message }, in order, and the sources that have no test twin
 */
export function checkLayers(root) {
  const offenders = [];
  const files = new Map();
  for (const path of filesUnder(join(root, "src"))) {
    if (!/\.ts$/.test(path) || /\.d\.ts$/.test(path)) continue;
    const name = relative(join(root, "src"), path).split(sep).join("/");
    files.set(name, readFileSync(path, "utf8"));
  }
  const doors = publicDoors(root, files);
  const inner = innerNames(root);
  const edges = new Map();
  for (const [name, source] of files) {
    const report = (line, message) => offenders.push({ file: `src/${name}`, line, message });
    const place = placeOf(name);
    if (place === undefined)
      report(1, `src/${name.split("/")[0]} has no floor in scripts/layers.mjs`);
    edges.set(name, []);
    for (const entry of importsOf(source)) {
      const target = inner.get(entry.specifier) ?? resolveIn(name, entry.specifier);
      if (target !== undefined && !entry.typeOnly && entry.kind !== "dynamic") {
        edges.get(name).push({ target, line: entry.line });
      }
      if (place === undefined) continue;
      const message = judge({ name, place, entry, target, files, doors, source });
      if (message !== undefined) report(entry.line, message);
    }
    if (place?.folder === "cli") continue;
    for (const { regex, why, host: allowedInHost } of forbiddenCode) {
      if (allowedInHost && name === host) continue;
      for (const { line, text } of linesMatching(source, regex)) report(line, `\`${text}\` ${why}`);
    }
  }
  offenders.push(...outsiders(root, files, doors), ...cycles(edges));
  offenders.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  return { offenders, untested: withoutTwin(root, [...files.keys()]) };
}

// The root door and the `compiler` door sit on top of the tensor floor: they re-export what lies
// below, and nothing under the programs imports them. The registry is data and imports nothing.
function placeOf(name) {
  const parts = name.split("/");
  if (parts.length === 1)
    return name === "index.ts" ? { folder: "", floor: tensorFloor + 0.5 } : undefined;
  const folder = parts[0];
  if (folder === "compiler") return { folder, floor: tensorFloor + 0.5 };
  if (folder === "registry") return { folder, floor: -1 };
  const floor = floorOf.get(folder);
  return floor === undefined ? undefined : { folder, floor };
}

function judge({ name, place, entry, target, files, doors, source }) {
  const { folder, floor } = place;
  const isProgram = folder === "cli";
  if (target === undefined) {
    if (isProgram) return undefined;
    if (!entry.specifier.startsWith("node:"))
      return `imports the package "${entry.specifier}"; the core has no dependency`;
    if (name !== host) return `imports ${entry.specifier}; only src/${host} and src/cli may`;
    if (entry.kind !== "dynamic" && !entry.typeOnly)
      return `imports ${entry.specifier} statically; a browser would see it`;
    return undefined;
  }
  if (!target.endsWith(".ts")) return `imports "${entry.specifier}" without its .ts ending`;
  if (!files.has(target)) return `imports src/${target}, which does not exist`;
  const to = placeOf(target);
  if (to === undefined) return undefined; // reported at that file
  if (to.folder === folder) return undefined;
  if (isProgram) {
    return doors.has(target)
      ? undefined
      : `src/cli imports src/${target}, which is not a public door`;
  }
  if (to.folder === "" || to.folder === "compiler")
    return `imports the door src/${target}; import the file it re-exports`;
  if (to.folder === "registry") return "imports the registry, which is for programs";
  if (target === host && floor >= engineFloor) return undefined;
  if (floor > tensorFloor + 0.5) {
    if (hiddenFromLibraries.has(to.folder) && !groundForLibraries.has(target)) {
      return `${folder} is above tensor and names the compiler's src/${target}; use tensor methods`;
    }
  }
  if (to.floor < floor) return undefined;
  if (folder === "compile" && target === targetType) {
    if (entry.typeOnly && entry.names.every((imported) => imported === "Target")) return undefined;
    return "compile may import only the type Target from render/renderer.ts (import type { Target })";
  }
  if (floor === subjectFloor && to.floor === floor) {
    return hasReason(source, entry.line)
      ? undefined
      : `${folder} imports ${to.folder}, another subject; give the reason above it (// reason: …)`;
  }
  return `${folder} (floor ${floor}) imports src/${target} (${to.folder}, floor ${to.floor})`;
}

function hasReason(source, line) {
  const lines = source.split("\n");
  return [lines[line - 2], lines[line - 1]].some((text) => /\/\/ reason: \S/.test(text ?? ""));
}

// `name` as the path of a file under src/, or undefined for a package.
function resolveIn(name, specifier) {
  if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return undefined;
  return posix.normalize(posix.join(posix.dirname(name), specifier));
}

// What "#name" stands for: the file that package.json gives to Node under "imports".
function innerNames(root) {
  const manifest = join(root, "package.json");
  if (!existsSync(manifest)) return new Map();
  const { imports = {} } = JSON.parse(readFileSync(manifest, "utf8"));
  return new Map(
    Object.entries(imports).map(([name, { default: path }]) => [
      name,
      path.replace(/^\.\/dist\/(.*)\.js$/, "$1.ts"),
    ]),
  );
}

// Public is what package.json exports; a tree without any takes every index.ts for a door.
function publicDoors(root, files) {
  const manifest = join(root, "package.json");
  const every = [...files.keys()].filter((name) => /^(?:[^/]+\/)?index\.ts$/.test(name));
  if (!existsSync(manifest)) return new Set(every);
  const { exports } = JSON.parse(readFileSync(manifest, "utf8"));
  if (exports === undefined) return new Set(every);
  const exported = Object.keys(exports).map((door) =>
    door === "." ? "index.ts" : `${door.slice(2)}/index.ts`,
  );
  return new Set(every.filter((name) => exported.includes(name)));
}

// The programs beside src/ reach it by the package's name or through a door's file.
function outsiders(root, files, doors) {
  const found = [];
  for (const folder of ["studio", "examples", "bench"]) {
    for (const path of filesUnder(join(root, folder))) {
      if (!/\.(?:ts|tsx|mts|js|mjs|svelte)$/.test(path) || /node_modules/.test(path)) continue;
      const file = relative(root, path).split(sep).join("/");
      for (const { specifier, line } of importsOf(readFileSync(path, "utf8"))) {
        const message = judgeOutsider({ file, specifier, files, doors });
        if (message !== undefined) found.push({ file, line, message });
      }
    }
  }
  return found;
}

function judgeOutsider({ file, specifier, files, doors }) {
  const named = /^hebb(?:\/(.+))?$/.exec(specifier);
  if (named !== null) {
    const door = named[1] === undefined ? "index.ts" : `${named[1]}/index.ts`;
    return files.has(door) && !doors.has(door) ? `"${specifier}" is not a public door` : undefined;
  }
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const inside = /^(?:src|dist)\/(.+)$/.exec(target)?.[1]?.replace(/\.js$/, ".ts");
  if (inside === undefined || doors.has(inside)) return undefined;
  return `imports ${target}, which is not a public door`;
}

// Run-time cycles: `import type` is erased, and a dynamic import waits. Depth first, with a stack of
// its own; the edge that closes a cycle is the one reported.
function cycles(edges) {
  const found = [];
  const state = new Map(); // 1 on the path, 2 done
  for (const start of edges.keys()) {
    if (state.has(start)) continue;
    const path = [{ name: start, next: 0 }];
    state.set(start, 1);
    while (path.length > 0) {
      const top = path.at(-1);
      const edge = edges.get(top.name)[top.next++];
      if (edge === undefined) {
        state.set(top.name, 2);
        path.pop();
      } else if (state.get(edge.target) === 1) {
        const names = path.map((step) => step.name);
        const around = [...names.slice(names.indexOf(edge.target)), edge.target];
        found.push({
          file: `src/${top.name}`,
          line: edge.line,
          message: `import cycle: ${around.join(" → ")}`,
        });
      } else if (edges.has(edge.target) && !state.has(edge.target)) {
        state.set(edge.target, 1);
        path.push({ name: edge.target, next: 0 });
      }
    }
  }
  return found;
}

function withoutTwin(root, names) {
  return names.filter((name) => {
    if (/(?:^|\/)index\.ts$/.test(name) || name.startsWith("registry/")) return false;
    const twin = join(root, "test", name.replace(/\.ts$/, ""));
    return !existsSync(`${twin}.test.ts`) && !existsSync(`${twin}.slow.test.ts`);
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const here = dirname(dirname(fileURLToPath(import.meta.url)));
  const { offenders, untested } = checkLayers(here);
  for (const { file, line, message } of offenders) console.log(`${file}:${line}: ${message}`);
  if (untested.length > 0)
    console.error(`${untested.length} source files have no test of their own name`);
  if (offenders.length > 0) process.exitCode = 1;
  else console.error("the floors hold");
}
