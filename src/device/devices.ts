// The devices there are, whether each works here and why not, and which one is the default.
//
// A device is opened when it is first asked for and stays open. The default is chosen at first use,
// without waiting: HEBB_DEVICE, else native, else wasm; one line says why a better one was skipped.
// Probing never throws: what a device answers is a fact to list.

import { automatic, openers } from "#devices";
import { DeviceError } from "../ir/errors.ts";
import type { Device, DeviceName, Probe } from "./device.ts";
import { environment, isNode } from "./host.ts";

const names = Object.keys(openers) as DeviceName[];

const added = new Map<DeviceName, () => Probe>();
const probes = new Map<DeviceName, Probe>();
let chosen: Device | undefined;

function probe(name: DeviceName): Probe {
  let found = probes.get(name);
  if (found === undefined) {
    try {
      found = (added.get(name) ?? openers[name])();
    } catch (error) {
      found = { reason: error instanceof Error ? error.message : String(error) };
    }
    probes.set(name, found);
  }
  return found;
}

/** Another way to open a device that does not work here by itself. */
export function addOpener(name: DeviceName, open: () => Probe): void {
  if ("device" in probe(name)) return;
  added.set(name, open);
  probes.delete(name);
}

function checkedName(name: string): DeviceName {
  if ((names as string[]).includes(name)) return name as DeviceName;
  throw new DeviceError(`there is no device "${name}"; choose auto, ${names.join(", ")}`);
}

/** An open device. Throws a DeviceError with the reason where it does not work here. */
export function deviceNamed(name: string): Device {
  const at = checkedName(name);
  const found = probe(at);
  if ("device" in found) return found.device;
  throw new DeviceError(`${at}: ${found.reason}`);
}

/** The default device, chosen now if it was not before. */
export function defaultDevice(): Device {
  if (chosen === undefined) {
    const wish = environment("HEBB_DEVICE") ?? "auto";
    chosen = wish === "auto" ? chooseDevice() : deviceNamed(wish);
  }
  return chosen;
}

function chooseDevice(): Device {
  const skipped: string[] = [];
  for (const name of automatic) {
    const found = probe(name);
    if ("device" in found) {
      if (skipped.length > 0) {
        // On stderr where there is one: standard output belongs to the program.
        const say = isNode() ? console.error : console.info;
        say(`hebb: device ${found.device.description} · ${skipped.join(" · ")}`);
      }
      return found.device;
    }
    skipped.push(`${name} skipped: ${found.reason}`);
  }
  throw new DeviceError(`no device works here: ${skipped.join("; ")}`);
}

/** Makes a device the default; "auto" is the best that works here. */
export function setDefaultDevice(name: string): Device {
  chosen = name === "auto" ? chooseDevice() : deviceNamed(name);
  return chosen;
}

/** Devices that have been opened, for totals over all of them. */
export function openDevices(): Device[] {
  return [...probes.values()].flatMap((p) => ("device" in p ? [p.device] : []));
}

/** A device by name, and whether it can be used here or why not. */
export interface DeviceListing {
  readonly name: DeviceName;
  readonly available: boolean;
  /** What it is, or why it does not work here. */
  readonly description: string;
  readonly isDefault: boolean;
}

/** Every device with what it is or why it does not work here; never throws. */
export function listDevices(): DeviceListing[] {
  let standard: Device | undefined;
  try {
    standard = defaultDevice();
  } catch {
    // HEBB_DEVICE names a device that does not work: the list says why, and none is the default.
  }
  return names.map((name) => {
    const found = probe(name);
    return "device" in found
      ? {
          name,
          available: true,
          description: found.device.description,
          isDefault: found.device === standard,
        }
      : { name, available: false, description: found.reason, isDefault: false };
  });
}
