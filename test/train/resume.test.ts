// A run that is stopped anywhere and gone on with ends like one that never was: the same weights,
// statistics and slots bit for bit, and a log without gap or repetition.

import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rand, useDevice } from "hebb";
import { earlyStopping, fit, type History, logMetrics, saveCheckpoints } from "hebb/train";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bits, type Small, small } from "./small.ts";

let folder = "";
beforeAll(() => useDevice("reference"));
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/hebb-resume-`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const checkpoints = (): string[] =>
  existsSync(join(folder, "checkpoints")) ? readdirSync(join(folder, "checkpoints")).sort() : [];
const log = (): string => readFileSync(join(folder, "metrics.jsonl"), "utf8");
/** The log without what a clock says. */
const events = (): unknown[] =>
  log()
    .trimEnd()
    .split("\n")
    .map((text) => ({ ...JSON.parse(text), seconds: 0 }));

function train(
  small: Small,
  { resume = false, every = 1, stopAt = Number.POSITIVE_INFINITY } = {},
) {
  const run = fit(small.model, {
    ...small.options,
    callbacks: [saveCheckpoints(folder, { every, resume }), logMetrics(folder)],
  });
  return (async (): Promise<History> => {
    for await (const event of run) if (event.step >= stopAt) break;
    return run.finished();
  })();
}

/** The state after 12 steps without a stop, and one more random number. */
async function reference() {
  const whole = small();
  const run = fit(whole.model, { ...whole.options, callbacks: [logMetrics(folder)] });
  const history = await run.finished();
  const expected = {
    model: await bits(whole.model),
    optimizer: await bits(whole.optimizer as never),
    random: await rand([3]).array(),
    events: events(),
    epochs: history.epochs.map((e) => ({ ...e, seconds: 0 })),
  };
  rmSync(folder, { recursive: true });
  return expected;
}

async function outcome(part: Small, history: History) {
  return {
    model: await bits(part.model),
    optimizer: await bits(part.optimizer as never),
    random: await rand([3]).array(),
    events: events(),
    epochs: history.epochs.map((e) => ({ ...e, seconds: 0 })),
  };
}

describe("stopped after step", () => {
  test.each([1, 3, 4, 5, 8, 11])("%i, and gone on with", async (stopAt) => {
    const expected = await reference();
    expect((await train(small(), { stopAt })).steps).toBe(stopAt);
    const part = small();
    const history = await train(part, { resume: true });
    expect(history.ending).toBe("completed");
    expect(await outcome(part, history)).toEqual(expected);
  });

  test("two, three times in a row", async () => {
    const expected = await reference();
    await train(small(), { stopAt: 2 });
    await train(small(), { resume: true, stopAt: 6 });
    await train(small(), { resume: true, stopAt: 7 });
    const part = small();
    expect(await outcome(part, await train(part, { resume: true }))).toEqual(expected);
  });
});

describe("killed", () => {
  test("between two checkpoints: the log is cut back and no step is in it twice", async () => {
    const expected = await reference();
    const last = small();
    const run = fit(last.model, {
      ...last.options,
      callbacks: [saveCheckpoints(folder, { every: 3, keep: 5 }), logMetrics(folder)],
    });
    for await (const event of run) {
      if (event.step === 8 && event.type === "batch") break;
    }
    // break saved a checkpoint of step 8; a kill would not have.
    rmSync(join(folder, "checkpoints", "step-000000008.safetensors"));
    appendFileSync(join(folder, "metrics.jsonl"), '{"type":"batch","step":9,"lo');
    const part = small();
    expect(await outcome(part, await train(part, { resume: true }))).toEqual(expected);
  });

  test("while a checkpoint was written: the half is passed over and removed", async () => {
    const expected = await reference();
    await train(small(), { stopAt: 6, every: 2 });
    const names = checkpoints();
    expect(names).toEqual(["step-000000004.safetensors", "step-000000006.safetensors"]);
    // A file that did not get its name, and, on a disk that lies, one that did but is cut off.
    const half = join(folder, "checkpoints", `${names[1]}.99-abc.tmp`);
    writeFileSync(half, "half");
    truncateSync(join(folder, "checkpoints", names[1] as string), 1000);
    const part = small();
    expect(await outcome(part, await train(part, { resume: true }))).toEqual(expected);
    expect(existsSync(half)).toBe(false);
  });
});

describe("checkpoints", () => {
  test("the last two are kept, and resuming without any starts from the beginning", async () => {
    const expected = await reference();
    const part = small();
    expect(await outcome(part, await train(part, { resume: true }))).toEqual(expected);
    expect(checkpoints()).toEqual(["step-000000011.safetensors", "step-000000012.safetensors"]);
  });

  test("a finished run that is resumed is left as it is", async () => {
    await train(small());
    const before = log();
    const part = small();
    const history = await train(part, { resume: true });
    expect(history).toMatchObject({ ending: "completed", steps: 12 });
    expect(history.epochs.length).toBe(3);
    expect(log()).toBe(before);
  });

  test("more epochs go on from the end", async () => {
    const long = small();
    await fit(long.model, { ...long.options, epochs: 5 }).finished();
    await train(small());
    const part = small();
    const run = fit(part.model, {
      ...part.options,
      epochs: 5,
      callbacks: [saveCheckpoints(folder, { resume: true })],
    });
    expect((await run.finished()).steps).toBe(20);
    expect(await bits(part.model)).toEqual(await bits(long.model));
  });

  test("those of another run are not written over", async () => {
    await train(small(), { stopAt: 1 });
    await expect(train(small())).rejects.toThrow(/checkpoints of an earlier run.*resume: true/);
  });

  test("those of another architecture are refused with the keys that differ", async () => {
    await train(small(), { stopAt: 1 });
    const other = small();
    const run = fit(other.model, {
      ...other.options,
      optimizer: other.optimizer,
      callbacks: [saveCheckpoints(folder, { resume: true })],
    });
    const file = join(folder, "checkpoints", "step-000000001.safetensors");
    const bytes = readFileSync(file);
    writeFileSync(
      file,
      bytes.toString("latin1").replace('"model.5.bias"', '"model.6.bias"'),
      "latin1",
    );
    const before = await bits(other.model);
    await expect(run.finished()).rejects.toThrow(
      /model\.5\.bias \[2\] is missing[\s\S]*model\.6\.bias/,
    );
    expect(await bits(other.model)).toEqual(before);
  });

  test("a folder that cannot be written stops the run and says so", async () => {
    writeFileSync(join(folder, "checkpoints"), "a file in the way");
    await expect(train(small())).rejects.toThrow(/cannot list .*checkpoints/);
  });

  test("a log that is shorter than the checkpoint knows is refused", async () => {
    await train(small(), { stopAt: 3 });
    truncateSync(join(folder, "metrics.jsonl"), 10);
    await expect(train(small(), { resume: true })).rejects.toThrow(
      /it has 10 bytes, the checkpoint knows/,
    );
  });

  test("early stopping remembers what was best", async () => {
    const stopping = () => {
      const part = small();
      const callbacks = [
        earlyStopping({ patience: 2, minDelta: 100 }),

        saveCheckpoints(folder, { resume: true }),
      ];
      return fit(part.model, { ...part.options, epochs: 9, callbacks });
    };
    for await (const event of stopping()) if (event.type === "epoch") break;
    expect(await stopping().finished()).toMatchObject({ ending: "stopped", steps: 12 });
  });
});
