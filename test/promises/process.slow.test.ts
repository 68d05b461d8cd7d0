// Several threads of JavaScript at once, processes that end in the middle of a step, and Ctrl-C.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { devicesHere } from "../support/devices.ts";
import {
  answerOf,
  bundleScene,
  type Ended,
  runChild,
  type ScratchFolder,
  scratchFolder,
  startChild,
} from "./child.ts";

describe.each(devicesHere.filter((name) => name !== "reference"))("processes on %s", (device) => {
  let folder: ScratchFolder;
  let program = "";
  beforeAll(() => {
    folder = scratchFolder();
    program = bundleScene("process-scene.ts", folder.path);
  });
  afterAll(() => folder.remove());

  /** Ends it with SIGINT as soon as it says that it is ready. */
  async function interrupted(scene: string): Promise<Ended> {
    const { child, ended } = startChild(program, [scene, device]);
    child.stdout?.on("data", (text: string) => {
      if (text.includes("ready")) child.kill("SIGINT");
    });
    return ended;
  }

  test("two worker threads and the main one train at once, with the same bits", () => {
    const { mine, theirs, after } = answerOf<{ mine: string; theirs: string[]; after: string }>(
      runChild(program, ["at once", device]),
    );
    expect(mine).toMatch(/^[0-9a-f]{64}$/);
    expect(theirs).toEqual([mine, mine]);
    expect(after).toBe(mine);
  });

  test.each([
    ["exit in a step", 7],
    ["exit in a compiled step", 7],
    ["exit at once after a long call", 9],
    ["exit between steps", 8],
    ["ends by itself", 0],
  ])("process.exit: %s", (scene, status) => {
    expect(runChild(program, [scene, device])).toEqual({ out: "", err: "", status, signal: null });
  });

  test("Ctrl-C stops an awaited program of a long scan; all goes on afterwards", async () => {
    const ended = await interrupted("interrupt a program");
    expect(ended.err).toBe("");
    const { stopped, ms, after } = answerOf<{ stopped: string; ms: number; after: string }>(ended);
    expect(stopped).toBe("interrupted");
    console.log(`${device}: a scan stopped ${ms.toFixed(1)} ms after SIGINT`);
    expect(after).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a process waits for a long call that nobody else waits for", () => {
    expect(answerOf(runChild(program, ["a long call that nobody waits for", device]))).toBe(true);
  });

  test("worker threads end in the middle of a long call; the others go on", () => {
    const ended = runChild(program, ["worker ended in a long call", device]);
    expect(ended.err).toBe("");
    const { codes, after } = answerOf<{ codes: number[]; after: string }>(ended);
    expect(codes).toEqual([1, 1]);
    expect(after).toMatch(/^[0-9a-f]{64}$/);
  });

  test("what a long call uses is not collected", () => {
    const flags = ["--expose-gc"];
    const [first, ...others] = answerOf<number[]>(
      runChild(program, ["collected while it runs", device], { flags }),
    );
    expect(first).toBeGreaterThan(0);
    expect(others).toEqual([first, first]);
  });

  test("Ctrl-C is heard in a loop that only awaits steps", async () => {
    expect(answerOf(await interrupted("interrupt a loop"))).toEqual({ interrupted: true });
  });

  test("Ctrl-C ends a process that does not listen", async () => {
    expect(await interrupted("killed by default")).toMatchObject({ signal: "SIGINT", err: "" });
  });
});
