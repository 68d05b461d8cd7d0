// The interpreter for pages: a browser's bundle holds it only where this is imported.

import { addOpener } from "./devices.ts";
import { referenceDevice } from "./reference.ts";

/**
 * Makes the device "reference" available where it is not part of the program, as in a browser.
 * Elsewhere it is there from the start, and this changes nothing.
 *
 * @example
 * addReferenceDevice();
 * await useDevice("reference");
 */
export function addReferenceDevice(): void {
  addOpener("reference", () => ({ device: referenceDevice() }));
}
