// What `npm start`, `npm test` and the other scripts do: make the checkout ready, then run the
// program in this same process, so that its exit code, its terminal and its signals are its own
// (package.json says `exec node` for the same reason: see exec.cmd).

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensure, root } from "./ensure.mjs";

const inModules = (path) => join(root, "node_modules", path);
const program = (path, ...args) => become(join(root, path), args);

const commands = {
  start: (args) => program("dist/cli/main.js", "start", ...args),
  hebb: (args) => program("dist/cli/main.js", ...args),
  bench: (args) => program("dist/cli/main.js", "bench", ...args),
  results: (args) => program("dist/cli/main.js", "results", ...args),
  systems: (args) => program("scripts/systems.mjs", ...args),
  size: (args) => program("scripts/size.mjs", ...args),
  build: () => {},
  test: (args) => {
    const kinds = ["native", "slow", "learning"];
    for (const kind of kinds) if (args.includes(`--${kind}`)) process.env.HEBB_TESTS = kind;
    const rest = args.filter((argument) => !kinds.includes(argument.slice(2)));
    return program("node_modules/vitest/vitest.mjs", "run", ...rest);
  },
  lint: () => {
    step("biome", [inModules("@biomejs/biome/bin/biome"), "check", "."]);
    step("tsc", [inModules("typescript/bin/tsc"), "-p", ".", "--noEmit"]);
  },
  package: () => {
    step("publint", [inModules("publint/src/cli.js"), "--strict"]);
    const attw = inModules("@arethetypeswrong/cli/dist/index.js");
    step("are-the-types-wrong", [attw, "--pack", ".", "--profile", "esm-only"]);
  },
  check: async () => {
    await commands.lint();
    step("layers", [join(root, "scripts/layers.mjs")]);
    await commands.package();
    return commands.test([]);
  },
};

/** Runs one step of several in a child; ends this process with its code when it fails. */
function step(name, args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  process.stderr.write(`hebb: ${name} failed${signal === null ? "" : ` (${signal})`}\n`);
  process.exit(status ?? 1);
}

async function become(file, args) {
  hearOnce();
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}

// A Ctrl-C under `npm run` arrives twice within a millisecond: from the terminal, and from npm,
// which passes on the one it got itself. To the program they are one.
function hearOnce({ within = 250 } = {}) {
  const emit = process.emit;
  const last = {};
  process.emit = function (name, ...rest) {
    if (name === "SIGINT" || name === "SIGTERM") {
      const now = performance.now();
      if (now - (last[name] ?? Number.NEGATIVE_INFINITY) < within) return true;
      last[name] = now;
    }
    return emit.call(this, name, ...rest);
  };
}

const [name = "", ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(
    `hebb: no script "${name}"; there are ${Object.keys(commands).join(", ")}\n`,
  );
  process.exit(2);
}
try {
  await ensure({ build: name !== "lint" });
} catch (error) {
  process.stderr.write(`hebb: ${error.message}\n`);
  if (name === "test") process.stdout.write("0 passed, 1 failed, 0 skipped\n");
  process.exit(1);
}
await command(args);
