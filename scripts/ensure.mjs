// Makes a checkout ready to run: installs the packages that the lock file names, and builds src/
// into dist/, each only when something changed since the last time (by content, not by date).
// Plain Node, so that it works on a clean clone; speaks on stderr only; safe with several at once.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleDoors } from "./bundle.mjs";
import { filesUnder } from "./files.mjs";
import { withLock } from "./lock.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Installs and builds what is missing in `at`.
 * @param build  also build src/ into dist/. Default: true
 * @throws when the install or the build fails; what they printed is on stderr
 */
export async function ensure({ at = root, build = true, say = log } = {}) {
  if (isInstalled(at) && (!build || isBuilt(at))) return;
  await withLock(
    join(at, ".hebb", "ensure.lock"),
    async () => {
      // Looked at again: the process that we waited for may have done it all.
      if (!isInstalled(at)) await install(at, say);
      if (build && !isBuilt(at)) await compile(at, say);
    },
    { say },
  );
}

function isInstalled(at) {
  const lockFile = join(at, "package-lock.json");
  const modules = join(at, "node_modules");
  if (read(join(modules, ".hebb-stamp")) === digest([lockFile], at)) return true;
  // Installed by hand: npm writes its own lock file last, so an interrupted install has none.
  const written = modified(join(modules, ".package-lock.json"));
  return written !== undefined && written >= (modified(lockFile) ?? 0);
}

async function install(at, say) {
  say("installing packages (npm ci)");
  const flags = [
    "ci",
    "--include=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=warn",
  ];
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli))
    await run(process.execPath, [cli, ...flags], at);
  else await run("npm", flags, at);
  writeFileSync(
    join(at, "node_modules", ".hebb-stamp"),
    digest([join(at, "package-lock.json")], at),
  );
}

function isBuilt(at) {
  return read(join(at, "dist", ".stamp")) === sourceDigest(at);
}

// Built beside and then moved into place, so that an interrupted or failed build leaves the last
// good one, and files whose source is gone disappear.
async function compile(at, say) {
  say("building (tsc)");
  const stamp = sourceDigest(at);
  const fresh = join(at, ".hebb", `dist-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    rmSync(fresh, { recursive: true, force: true });
    const tsc = join(at, "node_modules", "typescript", "bin", "tsc");
    await run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", fresh], at);
    mkdirSync(fresh, { recursive: true });
    await bundleDoors(fresh, JSON.parse(readFileSync(join(at, "package.json"), "utf8")));
    const bin = join(fresh, "cli", "main.js");
    if (existsSync(bin)) chmodSync(bin, 0o755);
    writeFileSync(join(fresh, ".stamp"), stamp);
    const dist = join(at, "dist");
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

function sourceDigest(at) {
  const config = [
    "tsconfig.base.json",
    "tsconfig.build.json",
    "package.json",
    "scripts/bundle.mjs",
    "scripts/pure.mjs",
  ].map((file) => join(at, file));
  return digest([...config, ...filesUnder(join(at, "src"))], at);
}

function digest(files, at) {
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    hash.update(`${relative(at, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32" && command === "npm",
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function modified(file) {
  return existsSync(file) ? statSync(file).mtimeMs : undefined;
}

function log(line) {
  process.stderr.write(`hebb: ${line}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensure({ build: !process.argv.includes("--no-build") }).catch((error) => {
    log(error.message);
    process.exitCode = 1;
  });
}
