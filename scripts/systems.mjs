// `npm run systems`: every system of the registry and whether it works. It works when its symbols
// are there, behind the doors that the registry names, and a test whose name starts with its id
// passed in the last `npm test` (or `npm run test:native`, `test:slow`, `test:learning`), and none of them failed.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./ensure.mjs";

/**
 * One row for each system, in the order of the registry.
 * @param {readonly import("../src/registry/system.ts").System[]} systems
 * @param {readonly { name: string, fullName: string, state: string }[]} tests  those that were run
 * @param {(symbol: string) => Promise<boolean>} hasSymbol  whether `hebb/nn#Linear` is exported
 */
export async function judgeSystems(systems, tests, hasSymbol) {
  const outcomes = new Map();
  for (const { name, fullName, state } of tests) {
    const id = idOf(name) ?? idOf(fullName);
    if (id === undefined) continue;
    const seen = outcomes.get(id) ?? { passed: 0, failed: 0, skipped: 0 };
    seen[state]++;
    outcomes.set(id, seen);
  }
  const rows = [];
  for (const { id, title, symbols, area, chapter } of systems) {
    const { passed = 0, failed = 0 } = outcomes.get(id) ?? {};
    const found = await Promise.all(symbols.map(hasSymbol));
    const works = symbols.length > 0 && found.every(Boolean) && passed > 0 && failed === 0;
    const absent = symbols.filter((_, index) => !found[index]);
    rows.push({
      id,
      title,
      symbols,
      tests: passed,
      status: works ? "works" : "missing",
      area,
      chapter,
      absent,
    });
  }
  return rows;
}

// "TL-19 converges" and "TL-19: …" are tests of TL-19; "TL-190" is not.
function idOf(name) {
  return /^([A-Z]{2}-\d{2,3})(?![\w-])/.exec(name)?.[1];
}

/** Looks symbols up in the built doors; a door that is missing or does not load has none. */
function builtSymbols() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const loaded = new Map();
  const load = (door) => {
    const key = door === "hebb" ? "." : door.replace(/^hebb\//, "./");
    const path = exports[key]?.default;
    if (path === undefined || !existsSync(join(root, path))) return Promise.resolve({});
    return import(pathToFileURL(join(root, path)).href);
  };
  return async (symbol) => {
    const [door, name = ""] = symbol.split("#");
    if (!loaded.has(door)) loaded.set(door, load(door));
    let value = await loaded.get(door);
    for (const part of name.split(".")) {
      if (value === undefined || value === null || !(part in Object(value))) return false;
      // A getter, as those on a prototype, is there; its value is not asked for.
      value = Object.getOwnPropertyDescriptor(value, part)?.value ?? true;
    }
    return true;
  };
}

function lastTests() {
  const files = ["", ".native", ".slow", ".learning"].map((kind) =>
    join(root, ".hebb", `test-results${kind}.json`),
  );
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    process.stderr.write(
      "hebb: no test results yet; run `npm test` first, or every system counts as missing\n",
    );
  }
  return present.flatMap((file) => JSON.parse(readFileSync(file, "utf8")).tests);
}

function table(rows) {
  const areas = new Map();
  for (const row of rows) areas.set(row.area, [...(areas.get(row.area) ?? []), row]);
  const lines = ["area  works   of  chapter"];
  for (const [area, members] of areas) {
    const works = members.filter((row) => row.status === "works").length;
    const figures = `${String(works).padStart(7)}${String(members.length).padStart(5)}`;
    lines.push(`${area.padEnd(4)}${figures}  ${members[0].chapter}`);
  }
  const works = rows.filter((row) => row.status === "works").length;
  lines.push(`all ${String(works).padStart(7)}${String(rows.length).padStart(5)}`);
  for (const { id, absent } of rows) {
    if (absent.length > 0) lines.push(`${id}: not exported: ${absent.join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // `| head` closes the pipe early: no error.
  process.stdout.on("error", (error) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const { systems } = await import(pathToFileURL(join(root, "dist/registry/systems.js")).href);
  const rows = await judgeSystems(systems(), lastTests(), builtSymbols());
  if (process.argv.includes("--json")) {
    for (const { id, title, symbols, tests, status } of rows) {
      process.stdout.write(`${JSON.stringify({ id, title, symbols, tests, status })}\n`);
    }
  } else process.stdout.write(table(rows));
}
