// Building and loading the launcher: from the cache, where its text and checksum are right, else
// with the compiler. What goes wrong here decides where kernels may live at all: a folder on a file
// system without execution shows itself by a launcher that does not load.

import { DeviceError } from "../../ir/errors.ts";
import { allLanes, preludeC } from "../../render/c-prelude.ts";
import { fileSystem, joinPath } from "../host.ts";
import { type CacheFolder, openCacheFolder, temporaryCacheFolder, unique } from "./cache-folder.ts";
import type { Compiler } from "./compiler.ts";
import { type Launcher, launcherText } from "./launcher.ts";
import { digest, nodeProcess, run } from "./system.ts";

/** The SHA-256 of the whole prelude; scripts/bundle.mjs fills it in. */
declare const HEBB_PRELUDE: string;

/** Names everything that code in the cache depends on besides the kernel's own text. */
function machineKey(compiler: Compiler): string {
  const facts = [
    compiler.command,
    compiler.flags,
    compiler.libraries,
    compiler.launcherFlags,
    [...compiler.macros],
    nodeProcess().version,
    nodeProcess().arch,
    launcherText,
    typeof HEBB_PRELUDE === "undefined" ? digest(preludeC(allLanes)) : HEBB_PRELUDE,
  ];
  return digest(JSON.stringify(facts)).slice(0, 24);
}

/** The launcher of this thread of JavaScript, and the folder where it and kernels can live. */
export function loadLauncher(compiler: Compiler): { launcher: Launcher; folder: CacheFolder } {
  const folder = openCacheFolder(machineKey(compiler));
  try {
    return { launcher: launcherIn(folder, compiler), folder };
  } catch (error) {
    if (folder.temporary !== undefined) throw error;
    const other = temporaryCacheFolder((error as Error).message);
    return { launcher: launcherIn(other, compiler), folder: other };
  }
}

function launcherIn(folder: CacheFolder, compiler: Compiler): Launcher {
  const fs = fileSystem();
  const index = joinPath(folder.path, "launcher");
  const pathOf = (hash: string): string => joinPath(folder.path, `${hash}.node`);
  let path: string | undefined;
  try {
    const hash = fs.readFileSync(index, "latin1");
    if (/^[0-9a-f]{64}$/.test(hash) && digest(fs.readFileSync(pathOf(hash))) === hash) {
      path = pathOf(hash);
    }
  } catch {
    // not built yet
  }
  if (path === undefined) {
    const hash = buildLauncher(folder, compiler, pathOf);
    path = pathOf(hash);
    const temporary = `${index}.${unique()}`;
    fs.writeFileSync(temporary, hash, { mode: 0o600 });
    fs.renameSync(temporary, index);
  }
  const module: { exports: unknown } = { exports: {} };
  try {
    nodeProcess().dlopen(module, path);
  } catch (error) {
    throw new DeviceError(`the launcher does not load: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return module.exports as Launcher;
}

/** Builds it under the name of its content; gives the hash. */
function buildLauncher(
  folder: CacheFolder,
  compiler: Compiler,
  pathOf: (hash: string) => string,
): string {
  const fs = fileSystem();
  const stem = joinPath(folder.path, `build-${unique()}`);
  const source = `${stem}.c`;
  const object = `${stem}.node`;
  try {
    fs.writeFileSync(source, launcherText, { mode: 0o600 });
    const command = [...compiler.command, ...compiler.launcherFlags, source, "-o", object];
    const { status, output } = run(command);
    if (status !== 0) {
      const lines = output.trim().split("\n").slice(0, 5).join("\n");
      throw new DeviceError(
        `building the launcher ended with ${status}: ${command.join(" ")}\n${lines}`,
      );
    }
    const hash = digest(fs.readFileSync(object));
    fs.renameSync(object, pathOf(hash));
    return hash;
  } finally {
    for (const file of [source, object]) fs.rmSync(file, { force: true });
  }
}
