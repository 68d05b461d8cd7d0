// The results by name, each loaded when it is asked for.

import type { Reproduction } from "./reproduction.ts";

export const reproductions: Readonly<Record<string, () => Promise<Reproduction>>> = {
  lenet: async () => (await import("./lenet.ts")).lenet,
  dropout: async () => (await import("./dropout.ts")).dropoutNet,
  gcn: async () => (await import("./gcn.ts")).gcn,
  fashion: async () => (await import("./fashion.ts")).fashion,
};
