// The devices that work here, for tests that run once on each. Where HEBB_DEVICE names one, as for
// the tests of the library (vitest.config.ts), it and the interpreter.

import type { DeviceName } from "../../src/device/device.ts";
import { deviceNamed, setDefaultDevice } from "../../src/device/devices.ts";

const names: readonly DeviceName[] = ["reference", "native", "wasm"];
const wish = process.env.HEBB_DEVICE;
const candidates = names.filter((n) => wish === undefined || n === "reference" || n === wish);

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
