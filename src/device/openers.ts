// How each device is opened. A page cannot have all of them: package.json names the file that
// stands for this one in a browser's bundle ("#devices" under "imports"), openers-browser.ts.

import { optimizationsOff } from "../ir/optimizations.ts";
import type { Openers } from "./device.ts";
import { environment } from "./host.ts";
import { probeNative } from "./native.ts";
import { referenceDevice } from "./reference.ts";
import { probeWasm } from "./wasm.ts";

/**
 * Opens each device, or tells why it does not work here. Best first. Steps are always timed: two
 * looks at a clock each, so that a report can say where the time went.
 */
export const openers: Openers = {
  native: () => probeNative({ profile: true }),
  wasm: () =>
    probeWasm({ profile: true, without: optimizationsOff(environment("HEBB_OPTIMIZE") ?? "") }),
  webgpu: () => ({ reason: "not part of this version" }),
  reference: () => ({ device: referenceDevice() }),
};

/** What `auto` may choose, best first. */
export const automatic: readonly (keyof Openers)[] = ["native", "wasm", "reference"];
