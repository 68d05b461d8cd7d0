// The registry of systems, and the judgement of what works.
import { describe, expect, test } from "vitest";
import { judgeSystems } from "../../scripts/systems.mjs";
import { areas, systems } from "../../src/registry/systems.ts";

describe("the registry", () => {
  test("lists 499 systems in 33 areas, 27 of them only named by the notes", () => {
    expect(areas).toHaveLength(33);
    expect(systems()).toHaveLength(499);
    expect(systems().filter(({ area }) => area === "MN")).toHaveLength(27);
  });

  test("every id is its area's and the next number, every title says something", () => {
    for (const { id, systems: members } of areas) {
      members.forEach((entry, index) => {
        expect(entry.id).toBe(`${id}-${String(index + 1).padStart(2, "0")}`);
        expect(entry.title.trim()).toMatch(/^.{2,}$/);
      });
    }
  });

  test("every symbol is written as door#name", () => {
    for (const { symbols } of systems()) {
      for (const symbol of symbols) expect(symbol).toMatch(/^hebb(?:\/[a-z]+)?#[\w$.]+$/);
    }
  });
});

describe("what works", () => {
  const system = (id: string, symbols: string[]) => ({
    id,
    title: id,
    symbols,
    area: "TL",
    chapter: "",
  });
  const passed = (name: string) => ({ name, fullName: name, state: "passed" });
  const judge = async (
    symbols: string[],
    tests: { name: string; fullName: string; state: string }[],
  ): Promise<unknown> => {
    const rows = await judgeSystems(
      [system("TL-19", symbols)],
      tests,
      async (s) => s !== "hebb#gone",
    );
    return [rows[0]?.status, rows[0]?.tests];
  };

  test("needs a symbol, each of them exported, and a passing test", async () => {
    expect(await judge(["hebb#a"], [passed("TL-19 holds")])).toEqual(["works", 1]);
    expect(await judge([], [passed("TL-19 holds")])).toEqual(["missing", 1]);
    expect(await judge(["hebb#a", "hebb#gone"], [passed("TL-19 holds")])).toEqual(["missing", 1]);
    expect(await judge(["hebb#a"], [])).toEqual(["missing", 0]);
  });

  test("one failed test of the system is enough to lose it; a skipped one counts for nothing", async () => {
    const failed = { ...passed("TL-19 bound"), state: "failed" };
    const skipped = { ...passed("TL-19 bound"), state: "skipped" };
    expect(await judge(["hebb#a"], [passed("TL-19 holds"), failed])).toEqual(["missing", 1]);
    expect(await judge(["hebb#a"], [skipped])).toEqual(["missing", 0]);
  });

  test("the id must open the name of the test or of its outermost group, and end there", async () => {
    const inGroup = { name: "bound", fullName: "TL-19 perceptron > bound", state: "passed" };
    expect(await judge(["hebb#a"], [inGroup])).toEqual(["works", 1]);
    expect(await judge(["hebb#a"], [passed("TL-190 holds")])).toEqual(["missing", 0]);
    expect(await judge(["hebb#a"], [passed("about TL-19")])).toEqual(["missing", 0]);
  });
});
