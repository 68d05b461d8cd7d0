// hebb predict: which digit is in a picture.

import { readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { tensor } from "../index.ts";
import { integer, readArguments, text } from "./arguments.ts";
import { digitImage, type Picture } from "./digit-image.ts";
import { digitExample, digitModel } from "./experiment.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import type { Terminal } from "./terminal.ts";
import { findModel, loadWeights } from "./trained-model.ts";
import { UsageError } from "./usage-error.ts";

export async function predictCommand(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const args = readArguments(words, deviceOptions, Infinity);
  const [path, ...files] = args.positionals;
  if (path === undefined || files.length === 0) {
    throw new UsageError("predict needs a model and pictures: hebb predict latest seven.png");
  }
  const found = findModel(path);
  if (found.config.module !== null) {
    throw new UsageError(
      "predict reads pictures of digits; load models of your own from a program",
    );
  }
  await setUpDevice(
    text(args, "device") ?? found.config.device,
    integer(args, "threads", { min: 1 }) ?? found.config.threads,
  );
  const model = digitModel(found.config).eval();
  await loadWeights(model, found);
  let failures = 0;
  for (const file of files) {
    const picture = readPicture(file);
    const digit =
      typeof picture === "string" ? picture : (digitImage(picture) ?? "there is no ink on it");
    if (typeof digit === "string") {
      failures++;
      terminal.say(`${file}: ${digit}`);
      terminal.tell({ type: "prediction", file, error: digit });
      continue;
    }
    const images = tensor(digit.pixels, { shape: [1, 28, 28] });
    const [input] = digitExample({ images, labels: images });
    const shares = await model.forward(input).softmax({ axis: 1 }).data();
    const ranked = Array.from(shares, (p, value) => ({ digit: value, probability: p })).sort(
      (a, b) => b.probability - a.probability,
    );
    const show = ({ digit: d, probability: p }: (typeof ranked)[number]): string =>
      `${d} (${(100 * p).toFixed(1)} %)`;
    const [best, second] = ranked as [(typeof ranked)[number], (typeof ranked)[number]];
    const others = second.probability >= 0.01 ? ` · or ${show(second)}` : "";
    const changes = digit.changes.length > 0 ? ` · ${digit.changes.join(", ")}` : "";
    terminal.say(`${file}: ${show(best)}${others}${changes}`);
    terminal.tell({
      type: "prediction",
      file,
      digit: best.digit,
      probabilities: [...shares],
      changes: digit.changes,
    });
  }
  return failures === 0 ? 0 : 1;
}

/** A PNG's pixels, or why there are none. */
function readPicture(file: string): Picture | string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
  if (!startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) {
    const isJpeg = startsWith(bytes, [0xff, 0xd8, 0xff]);
    return `is not a PNG picture${isJpeg ? " but a JPEG" : ""}; save it as PNG`;
  }
  try {
    const { width, height, data } = PNG.sync.read(bytes);
    return { width, height, rgba: data };
  } catch (error) {
    return `is not a PNG picture that can be read: ${(error as Error).message}`;
  }
}

const startsWith = (bytes: Uint8Array, head: readonly number[]): boolean =>
  head.every((byte, i) => bytes[i] === byte);
