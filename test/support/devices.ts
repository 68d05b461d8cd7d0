// The devices that work here, for tests that run once on each.

import type { DeviceName } from "../../src/device/device.ts";
import { deviceNamed, setDefaultDevice } from "../../src/device/devices.ts";

const candidates: readonly DeviceName[] = ["reference", "native", "wasm"];

/** Devices of the CPU that can be opened on this machine. */
export const devicesHere: readonly DeviceName[] = candidates.filter((name) => {
  try {
    deviceNamed(name);
    return true;
  } catch {
    return false;
  }
});

export { setDefaultDevice };
