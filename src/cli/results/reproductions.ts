// The results by name, each loaded when it is asked for.

import type { Reproduction } from "./reproduction.ts";

export const reproductions: Readonly<Record<string, () => Promise<Reproduction>>> = {
  lenet: async () => (await import("./lenet.ts")).lenet,
  dropout: async () => (await import("./dropout.ts")).dropoutNet,
  nanogpt: async () => (await import("./nanogpt.ts")).nanogpt,
  adding: async () => (await import("./adding.ts")).adding,
  gcn: async () => (await import("./gcn.ts")).gcn,
  resnet: async () => (await import("./resnet.ts")).resnet,
  translate: async () => (await import("./translate.ts")).translate,
  fashion: async () => (await import("./fashion.ts")).fashion,
};
