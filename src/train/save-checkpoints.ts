// Checkpoints on the disk while a run goes on, and going on from the newest.

import { joinPath } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Callback, RunContext } from "./callback.ts";
import {
  latestCheckpoint,
  listCheckpoints,
  removeLeftovers,
  writeCheckpoint,
} from "./checkpoint.ts";

/** Options of saveCheckpoints. */
export interface SaveCheckpointsOptions {
  /** After each epoch, or also after so many steps within one. Default "epoch" */
  readonly every?: "epoch" | number;
  /** Go on from the newest checkpoint, if there is one. Default false */
  readonly resume?: boolean;
  /** How many are kept. Default 2, so that one is there while the next is written */
  readonly keep?: number;
}

/**
 * Writes checkpoints into `folder`/checkpoints: after each epoch, at the end, and after `every` steps.
 *
 * A run that is killed at any moment goes on from the last one with { resume: true } and ends with
 * the same weights, bit for bit, as one that was never stopped. A file is complete before it gets its
 * name, and the one before it is kept until then.
 *
 * @param folder   made if it is absent
 * @param options  every, resume, keep
 * @throws DataError  the folder has checkpoints of another run and resume is false, or cannot be written
 * @example
 * fit(model, { …, callbacks: [saveCheckpoints("runs/digits", { resume: true })] });
 */
export function saveCheckpoints(
  folder: string,
  { every = "epoch", resume = false, keep = 2 }: SaveCheckpointsOptions = {},
): Callback {
  if (every !== "epoch") requireSizes("saveCheckpoints", { every: every as number });
  requireSizes("saveCheckpoints", { keep });
  const place = (): string => joinPath(folder, "checkpoints");
  let saved = -1;
  let savedEpoch = -1;
  const write = async (context: RunContext): Promise<void> => {
    const bytes = await context.capture();
    await writeCheckpoint(place(), context.step, bytes, { keep });
    saved = context.step;
    savedEpoch = context.epoch;
  };
  return {
    name: "saveCheckpoints",
    async resumeFrom() {
      if (!resume) {
        const old = await listCheckpoints(place());
        if (old.length === 0) return undefined;
        throw new DataError(
          `saveCheckpoints: ${place()} has checkpoints of an earlier run; go on from them with { resume: true }, or choose another folder`,
        );
      }
      await removeLeftovers(place());
      return (await latestCheckpoint(place()))?.bytes;
    },
    async save(moment, context) {
      if (saved === context.step && savedEpoch === context.epoch) return;
      const due = typeof every === "number" && context.step % every === 0;
      if (moment !== "batch" || due) await write(context);
    },
  };
}
