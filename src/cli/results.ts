// hebb results: results of the literature that models here reproduce, each with what was measured.

import { readArguments } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

/** One published figure and the same measured here. */
export interface Result {
  readonly model: string;
  readonly data: string;
  readonly measure: string;
  readonly published: number;
  readonly source: string;
  readonly measured: number;
}

/** None has been measured in the way that this list asks for: several seeds, the paper's set-up. */
const results: readonly Result[] = [];

export function resultsCommand(words: readonly string[], terminal: Terminal): number {
  readArguments(words, { json: { type: "boolean" } }, 0);
  for (const result of results) {
    const { model, data, measure, published, measured, source } = result;
    terminal.say(`${model} on ${data}: ${measure} ${measured}, published ${published} (${source})`);
    terminal.tell({ type: "result", ...result });
  }
  if (results.length === 0) terminal.say("no published result has been reproduced yet");
  terminal.tell({ type: "results", count: results.length });
  return 0;
}
