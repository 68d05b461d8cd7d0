// hebb devices: what there is to compute on, and why a device does not work here.

import { listDevices } from "../index.ts";
import { readArguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

export function devicesCommand(words: readonly string[], terminal: Terminal): number {
  readArguments(words, { json: { type: "boolean" } }, 0);
  const devices = listDevices();
  for (const device of devices) {
    const { name, available, description, isDefault } = device;
    const mark = isDefault ? "*" : available ? " " : "-";
    const facts = description.startsWith(name) ? description : `${name}: ${description}`;
    terminal.say(`${mark} ${facts}`);
    terminal.tell({ type: "device", ...device });
  }
  if (devices.some((d) => d.isDefault))
    terminal.say("* is what auto chooses, - does not work here");
  return 0;
}
