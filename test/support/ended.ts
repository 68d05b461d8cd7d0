// Waiting for a run that was started on a device.

import type { Running } from "../../src/device/device.ts";

/** What a run gives when it has ended; rejects with what became of it otherwise. */
export async function ended(running: Running | undefined): Promise<ReturnType<Running["finish"]>> {
  if (running === undefined) throw new Error("the device has no start()");
  await running.ended;
  return running.finish();
}
