// The form of scans as loops of a program: merged, prepared and planned.

import { mergeScans } from "../../ir/merge-scans.ts";
import type { PlannedLoop } from "./loop-form.ts";
import { planScan, prepareScans } from "./scans.ts";

export const loop: PlannedLoop = {
  name: "loop",
  merge: mergeScans,
  prepare: prepareScans,
  plan: planScan,
};
