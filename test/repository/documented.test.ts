// Every name that a door gives has a doc comment where it is declared: what an editor shows.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, { types?: string }>;
};
const doors = Object.entries(exports).flatMap(([door, { types }]) =>
  types === undefined
    ? []
    : [[door, types.replace("dist", "src").replace(".d.ts", ".ts")] as const],
);

/** Names that a file takes from others, to pass them on or ("import") to use them too. */
function passedOn(file: string, verb = "export"): [name: string, file: string][] {
  const text = readFileSync(file, "utf8");
  const lists = new RegExp(`${verb} (?:type )?\\{([^}]*)\\} from "([^"]+)";`, "g");
  return [...text.matchAll(lists)].flatMap(([, names, from]) =>
    names!
      .split(",")
      .map((name) =>
        name
          .replace(/\btype /, "")
          .split(" as ")[0]!
          .trim(),
      )
      .filter((name) => name !== "")
      .map((name): [string, string] => [name, join(dirname(file), from!)]),
  );
}

/** Whether what a file declares by this name has a comment; what it passes on itself counts there. */
function isDocumented(name: string, file: string): boolean {
  const text = readFileSync(file, "utf8");
  const words = "(?:abstract |async )?(?:function\\*?|class|const|interface|type)";
  if (new RegExp(`\\*/\\nexport ${words} ${name}\\b`).test(text)) return true;
  if (new RegExp(`^export ${words} ${name}\\b`, "m").test(text)) return false;
  const further = [...passedOn(file), ...passedOn(file, "import")];
  const from = further.find(([passed]) => passed === name);
  return from !== undefined && isDocumented(...from);
}

test("there are doors", () => expect(doors.length).toBeGreaterThan(8));

test.each(doors)("%s", (_, index) => {
  const names = passedOn(join(root, index));
  const bare = names
    .filter(([name, file]) => !isDocumented(name, file))
    .map(([name, file]) => `${name} of ${relative(root, file)}`);
  expect(bare).toEqual([]);
});
