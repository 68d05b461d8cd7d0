// What every computing command does first: threads and device, before anything asks for them.

import { env } from "node:process";
import { listDevices, useDevice } from "../index.ts";
import type { Options } from "./arguments.ts";
import { UsageError } from "./usage-error.ts";

/** Options that every computing command takes. */
export const deviceOptions: Options = {
  device: { type: "string" },
  threads: { type: "string" },
  json: { type: "boolean" },
};

/** Names that --device takes. */
export const deviceNames: readonly string[] = ["auto", "native", "wasm", "webgpu", "reference"];

/**
 * Chooses the device. Threads are read when a device opens, so they come first.
 *
 * @returns  the line that names the device
 */
export async function setUpDevice(
  device: string | undefined,
  threads?: number | null,
): Promise<string> {
  if (device !== undefined && !deviceNames.includes(device)) {
    throw new UsageError(`there is no device "${device}"; choose ${deviceNames.join(", ")}`);
  }
  if (threads !== undefined && threads !== null) env.HEBB_THREADS = String(threads);
  if (device !== undefined && device !== "auto") return useDevice(device);
  return listDevices().find(({ isDefault }) => isDefault)?.description ?? useDevice("auto");
}
