// Participants as small programs: one that answers, one that is missing, some that break.

import { expect, test } from "vitest";
import { Participant } from "../../../src/cli/bench/participant.ts";
import { startPeer } from "../../../src/cli/bench/peers.ts";
import type { Request } from "../../../src/cli/bench/protocol.ts";

const program = (text: string) => ({
  program: process.execPath,
  words: ["--input-type=module", "--eval", text],
});

const greeting = `console.log(JSON.stringify({ peer: "Abacus", version: "3", threads: 1, kinds: ["matmul"] }));`;
const answering = `${greeting}
  import { createInterface } from "node:readline";
  for await (const line of createInterface({ input: process.stdin })) {
    const { seconds } = JSON.parse(line);
    if (seconds === 3) process.exit(1);
    console.log(JSON.stringify(seconds === 2 ? { error: "too long" } : { ms: 7 * seconds }));
  }`;
const definition = { name: "p", task: { kind: "matmul", m: 1, k: 1, n: 1 } } as const;
const asking = (seconds: number): Request => ({ ask: "time", definition, seconds });

test("answers requests, refuses some, and says when it is gone", async () => {
  const abacus = (await Participant.start(program(answering))) as Participant;
  expect(abacus.name).toBe("Abacus 3, 1 thread");
  expect(abacus.can(definition)).toBe(true);
  expect(abacus.can({ name: "s", task: { kind: "softmax", rows: 1, columns: 1 } })).toBe(false);
  expect(await abacus.time(definition, 1)).toBe(7);
  await expect(abacus.ask(asking(2))).rejects.toThrow("too long");
  expect(await abacus.ask(asking(0.5))).toEqual({ ms: 3.5 });
  await expect(abacus.ask(asking(3))).rejects.toThrow("it ended without a word");
});

test("a peer that is missing gives its reason, in its own words or in the system's", async () => {
  const missing = `console.log(JSON.stringify({ missing: "no beads" }))`;
  expect(await Participant.start(program(missing))).toBe("no beads");
  expect(await Participant.start(program(`throw new Error("broken frame")`))).toMatch(/./);
  expect(await Participant.start({ program: "/nowhere/abacus", words: [] })).toMatch(/ENOENT/);
});

test("the first of a peer's commands that starts takes part", async () => {
  const commands = [{ program: "/nowhere/abacus", words: [] }, program(answering)];
  const started = await startPeer({ label: "abacus", commands });
  expect(started).toBeInstanceOf(Participant);
  (started as Participant).close();
});
