// Who takes part: ourselves and the peers of a device, with the ways to start them. PyTorch takes
// part in several configurations, because which is its best differs from workload to workload.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, Participant } from "./participant.ts";

const main = fileURLToPath(new URL("../main.js", import.meta.url));
const folder = fileURLToPath(new URL("../../../bench/peers/", import.meta.url));

/** Ourselves; `env` for a folder of compiled kernels of its own, say. */
export const ourselves = (
  device: string,
  threads: number,
  env: Readonly<Record<string, string>> = {},
): Command => ({
  program: process.execPath,
  words: [main, "bench", "--serve", "--device", device, "--threads", String(threads)],
  env,
});

/** A peer, and what may stand in for it if it is missing: the first that starts takes part. */
export interface Peer {
  readonly label: string;
  readonly commands: readonly Command[];
}

/** The interpreters that may have PyTorch: what the user says, the path's, the system's own. */
const pythons = (): string[] => [
  ...new Set([process.env.PYTHON, "python3", "/usr/bin/python3"].filter((p) => p !== undefined)),
];

/** Each peer chooses for itself what suits this machine best, whatever is set for other purposes. */
const unhindered = { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined };

const python = (
  label: string,
  file: string,
  threads: number,
  env: Readonly<Record<string, string>> = {},
): Peer => ({
  label,
  commands: pythons().map((program) => ({
    program,
    words: [folder + file],
    env: { THREADS: String(threads), PYTHONDONTWRITEBYTECODE: "1", ...unhindered, ...env },
  })),
});

const script = (label: string, file: string, threads: number): Peer => ({
  label,
  commands: [
    { program: process.execPath, words: [folder + file], env: { THREADS: String(threads) } },
  ],
});

/** PyTorch and OpenBLAS may each have a pool of threads; waiting threads may spin or sleep. */
export function pytorch(threads: number): Peer[] {
  const at = (count: number, how: string, env: Readonly<Record<string, string>>): Peer =>
    python(
      `PyTorch ×${count}${how}`,
      "pytorch.py",
      count,
      count === 1 ? { OPENBLAS_NUM_THREADS: "1", ...env } : env,
    );
  const one = at(1, "", {});
  if (threads === 1) return [one];
  return [
    at(threads, "", {}),
    one,
    at(threads, " passive", { OMP_WAIT_POLICY: "passive" }),
    at(threads, " one pool", { OPENBLAS_NUM_THREADS: "1" }),
  ];
}

export const openblas = (threads: number): Peer => python("OpenBLAS", "openblas.py", threads);

/** The peers for a device, besides OpenBLAS, which also tells the limits. */
export function peersOf(device: string, threads: number): Peer[] {
  if (device === "native") return pytorch(threads);
  if (device === "wasm") {
    return [script("tfjs", "tfjs.mjs", threads), script("jax-js", "jaxjs.mjs", threads)];
  }
  return [];
}

/** Starts a peer; a string says why it cannot take part. */
export async function startPeer({ commands }: Peer): Promise<Participant | string> {
  if (!existsSync(folder)) return "the peers' programs come with the repository, not the package";
  const reasons: string[] = [];
  for (const command of commands) {
    const started = await Participant.start(command);
    if (typeof started !== "string") return started;
    reasons.push(started);
  }
  return reasons.at(-1) ?? "there is no way to start it";
}
