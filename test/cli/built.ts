// The command as it is installed: dist/cli/main.js, built first if src/ changed.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensure } from "../../scripts/ensure.mjs";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Builds dist/ if it is not of this source. */
export const build = (): Promise<void> => ensure({ say: () => {} }) as Promise<void>;

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of stdout so far, each time there is more. */
  readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** What a command with --json said, a line each. */
export const jsonLines = ({ stdout }: Outcome): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Runs `hebb …words` and waits for its end. */
export function hebb(
  words: readonly string[],
  { cwd, env = {}, onOutput }: Call,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...words], {
      cwd,
      env: { ...process.env, HEBB_OFFLINE: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      onOutput?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
