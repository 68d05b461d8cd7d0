// Node's process and the modules that only this device needs, by way of the host: typed by the few
// members in use.

import { DeviceError } from "../../ir/errors.ts";
import { builtin, environment } from "../host.ts";

interface Hashing {
  createHash(algorithm: string): {
    update(content: string | Uint8Array): { digest(encoding: "hex"): string };
  };
}

interface Running {
  spawnSync(
    file: string,
    args: readonly string[],
    options: {
      encoding: "utf8";
      timeout: number;
      killSignal: "SIGKILL";
      stdio: readonly ("ignore" | "pipe")[];
      maxBuffer: number;
    },
  ): {
    readonly status: number | null;
    readonly stdout: string | null;
    readonly stderr: string | null;
    readonly error?: Error & { readonly code?: string };
  };
}

function needed<T>(name: string): T {
  const found = builtin<T>(name);
  if (found === undefined) throw new DeviceError(`native kernels need Node's ${name}`);
  return found;
}

/** Node's process. */
export const nodeProcess = (): NodeJS.Process => needed<NodeJS.Process>("node:process");

/** SHA-256 in hexadecimal. */
export function digest(content: string | Uint8Array): string {
  return needed<Hashing>("node:crypto").createHash("sha256").update(content).digest("hex");
}

/** Values to bytes and back, exactly: numbers that JSON does not have too. */
export const serialization = (): {
  serialize(value: unknown): Uint8Array;
  deserialize(bytes: Uint8Array): unknown;
} => needed("node:v8");

/** Whether this is Node's main thread and not a worker thread. */
export function isMainThread(): boolean {
  return needed<{ readonly isMainThread: boolean }>("node:worker_threads").isMainThread;
}

/** After so many seconds a call of the compiler counts as hung: HEBB_CC_TIMEOUT, else 60. */
export function patience(): number {
  const wish = Number(environment("HEBB_CC_TIMEOUT") ?? 60);
  return wish > 0 && wish < 1e6 ? wish : 60;
}

/** Runs a command to its end; its output, both streams, as text. */
export function run(
  command: readonly string[],
  seconds: number = patience(),
): { status: number | "not found" | "timeout"; output: string } {
  const [file, ...rest] = command as [string, ...string[]];
  const done = needed<Running>("node:child_process").spawnSync(file, rest, {
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 26,
  });
  const code = done.error?.code;
  if (code === "ENOENT" || code === "EACCES") return { status: "not found", output: "" };
  if (code === "ETIMEDOUT") return { status: "timeout", output: "" };
  return { status: done.status ?? 128, output: `${done.stdout ?? ""}${done.stderr ?? ""}` };
}
