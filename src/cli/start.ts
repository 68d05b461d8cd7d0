// hebb start (npm start): trains the preset, says how good it became and shows the report.

import { type Options, readArguments } from "./arguments.ts";
import { serveFile, untilInterrupted } from "./serve.ts";
import { deviceOptions } from "./setup.ts";
import type { Terminal } from "./terminal.ts";
import { train } from "./train.ts";

export async function startCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const options: Options = {
    ...deviceOptions,
    seed: { type: "string" },
    epochs: { type: "string" },
    out: { type: "string" },
    once: { type: "boolean" },
  };
  const args = readArguments(words, options, 1);
  const { code, report } = await train(args, terminal);
  if (code !== 0 || report === undefined || args.values.once === true) return code;
  const { server, url } = await serveFile(report);
  terminal.say(`report at ${url} · Ctrl-C ends`);
  terminal.tell({ type: "serving", url });
  await untilInterrupted(server);
  return 0;
}
