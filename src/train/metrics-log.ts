// metrics.jsonl: one line of JSON for each step and epoch, only ever added to. A checkpoint remembers
// how long the file was; going on from it cuts the file back to there, so that no step is in it twice.

import { exists, fileSystem, joinPath, makeDirectory } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Callback, Json } from "./callback.ts";
import type { FitEvent } from "./events.ts";

/** Options of logMetrics. */
export interface LogMetricsOptions {
  /** Write every so many steps. Default 1 */
  readonly every?: number;
}

/**
 * Adds a line for each step (loss, metrics, learning rate, gradient norm) and each epoch (means,
 * validation) to `folder`/metrics.jsonl.
 *
 * @throws DataError  the folder cannot be written
 */
export function logMetrics(folder: string, { every = 1 }: LogMetricsOptions = {}): Callback {
  requireSizes("logMetrics", { every });
  const path = (): string => joinPath(folder, "metrics.jsonl");
  let lines: string[] = [];
  /** Bytes that belong to this run: what a checkpoint vouches for, then what was added. */
  let length = 0;
  const flush = (): void => {
    if (lines.length === 0) return;
    const bytes = new TextEncoder().encode(lines.join(""));
    lines = [];
    length += bytes.length;
    guarded(path(), (fs) => fs.appendFileSync(path(), bytes));
  };
  return {
    name: "logMetrics",
    async onStart() {
      await makeDirectory(folder);
      guarded(path(), (fs) => {
        if (!exists(path())) fs.writeFileSync(path(), "");
        const { size } = fs.statSync(path());
        if (size < length) {
          throw new Error(`it has ${size} bytes, the checkpoint knows of ${length}`);
        }
        fs.truncateSync(path(), length);
      });
    },
    onBatch(event) {
      if (event.step % every === 0) lines.push(line(event));
      // A line is soon on the disk, but a file is not opened for every step.
      if (lines.length >= 50) flush();
    },
    onEpoch(event) {
      lines.push(line(event));
      flush();
    },
    onEnd: flush,
    state() {
      flush();
      guarded(path(), (fs) => {
        const file = fs.openSync(path(), "r+");
        try {
          fs.fsyncSync(file);
        } finally {
          fs.closeSync(file);
        }
      });
      return { length };
    },
    restore(state: Json) {
      length = (state as { length: number }).length;
    },
  };
}

function line(event: FitEvent): string {
  return `${JSON.stringify(event)}\n`;
}

function guarded(path: string, work: (fs: ReturnType<typeof fileSystem>) => void): void {
  try {
    work(fileSystem());
  } catch (cause) {
    throw new DataError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
