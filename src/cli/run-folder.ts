// The folder of one run: runs/<date>-<name>, with -2, -3, … where there are several a day.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DataError } from "../index.ts";
import { parseConfig, type TrainConfig } from "./config.ts";
import { UsageError } from "./usage-error.ts";

/** What a folder of a run holds. */
export const runFiles = {
  config: "config.json",
  metrics: "metrics.jsonl",
  model: "model.safetensors",
  report: "report.html",
} as const;

/** A new folder under `parent`, made; or the one asked for, which must not hold a run already. */
export function newRunFolder(
  name: string,
  {
    out,
    parent = "runs",
    date = new Date(),
  }: { out?: string | undefined; parent?: string; date?: Date } = {},
): string {
  if (out !== undefined) {
    if (existsSync(join(out, runFiles.config))) {
      throw new UsageError(
        `${out} holds a run already; go on with --resume ${out}, or choose another --out`,
      );
    }
    makeFolder(out);
    return out;
  }
  makeFolder(parent);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((n) => String(n).padStart(2, "0"))
    .join("-");
  for (let n = 1; ; n++) {
    const folder = join(parent, `${day}-${name}${n === 1 ? "" : `-${n}`}`);
    try {
      mkdirSync(folder); // fails where it is there: two runs at once get two folders
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** With its parents, one after the other: Node's recursive form never returns where /proc refuses. */
function makeFolder(path: string): void {
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (existsSync(path) && statSync(path).isDirectory()) return;
    throw new DataError(`the folder ${path} cannot be made: ${(error as Error).message}`);
  }
}

/** Writes one of a run's files. @throws DataError  it cannot be written */
export function writeRunFile(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new DataError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** The run meant by a path, or by "latest". @throws UsageError  there is none */
export function findRun(path: string, parent = "runs"): { folder: string; config: TrainConfig } {
  const folder = path === "latest" ? latestRun(parent) : path;
  const file = join(folder, runFiles.config);
  if (!existsSync(file)) {
    throw new UsageError(`${folder} is not the folder of a run: it has no ${runFiles.config}`);
  }
  return { folder, config: parseConfig(readFileSync(file, "utf8"), file) };
}

function latestRun(parent: string): string {
  const runs = existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
  const dated = runs
    .map((folder) => ({ folder, config: join(folder, runFiles.config) }))
    .filter(({ config }) => existsSync(config))
    .map(({ folder, config }) => ({ folder, time: statSync(config).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  if (dated[0] === undefined) throw new UsageError(`there is no run in ${parent}/ yet`);
  return dated[0].folder;
}
