// How each device is opened in a browser: what openers.ts is elsewhere. No page can run a compiler,
// so the native device, its launcher and the renderer of C stay out of what a page loads; and the
// interpreter, which few pages ask for, comes with whoever does (see reference-device.ts).

import type { Openers } from "./device.ts";
import { probeWasm } from "./wasm.ts";

export const openers: Openers = {
  native: () => ({ reason: "it builds kernels with a C compiler, which a browser has none of" }),
  wasm: () => probeWasm({ profile: true }),
  webgpu: () => ({ reason: "not part of this version" }),
  reference: () => ({
    reason: "not part of this page; call addReferenceDevice() of hebb/compiler first",
  }),
};

/** What `auto` may choose, best first. */
export const automatic: readonly (keyof Openers)[] = ["wasm", "reference"];
