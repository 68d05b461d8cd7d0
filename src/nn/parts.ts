// The fields of a module: which of them are cells and modules, in arrays and records too. What
// cannot be found by walking fields is refused where it can be noticed: #private fields, cells and
// modules in a Map or a Set.

import { HebbError } from "../ir/errors.ts";
import { Cell } from "../tensor/cell.ts";
import { type CellTree, isCellTree, isRecord } from "../tensor/tree.ts";
import { fieldsOf } from "./guards.ts";
import type { FieldNames } from "./state-keys.ts";

/** A cell or a module, and its name below the object that was walked. */
export type Part = readonly [name: string, part: Cell | CellTree];

/** One name below another; the empty name adds nothing. */
export const join = (above: string, below: string): string =>
  above === "" ? below : below === "" ? above : `${above}.${below}`;

/** The cells and modules in the fields of an object, in the order of the fields. */
export function partsOf(module: object, names: FieldNames): Part[] {
  refusePrivateFields(module);
  const found: Part[] = [];
  for (const key of fieldsOf(module)) {
    gather((module as Record<string, unknown>)[key], names[key] ?? key, found);
  }
  return found;
}

function gather(value: unknown, name: string, found: Part[]): void {
  if (value instanceof Cell || isCellTree(value)) found.push([name, value]);
  else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) gather(value[i], join(name, `${i}`), found);
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) gather(value[key], join(name, key), found);
  } else if (value instanceof Map || value instanceof Set) {
    for (const part of value.values()) {
      if (!(part instanceof Cell) && !isCellTree(part)) continue;
      throw new HebbError(
        `"${name}": parameters and modules in a ${value instanceof Map ? "Map" : "Set"} are not found; put them in an array or a plain record`,
      );
    }
  }
}

const checked = new WeakSet<object>();

/** A declaration of a #private field in the body of a class; not a method, an accessor or a use. */
const privateField =
  /(?:^|[;{}\n])\s*#([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:=(?!=|>)|;|\n|\})/u;

/** Throws if the class of a module declares #private fields, which nothing outside can read. */
function refusePrivateFields(module: object): void {
  for (let of = Object.getPrototypeOf(module); of !== null; of = Object.getPrototypeOf(of)) {
    const kind: unknown = of.constructor;
    if (typeof kind !== "function" || kind === Object || checked.has(kind)) return;
    const code = withoutText(Function.prototype.toString.call(kind));
    const name = code.startsWith("class") ? privateField.exec(code)?.[1] : undefined;
    if (name !== undefined) {
      throw new HebbError(
        `${kind.name}: the field #${name} is private to JavaScript, so a parameter in it could be neither trained nor saved; declare it as "private ${name}" or with a leading underscore`,
      );
    }
    checked.add(kind);
  }
}

/** Source code with comments and the contents of strings taken out. */
function withoutText(code: string): string {
  return code.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g,
    (text) => (text.startsWith("/") ? " " : '""'),
  );
}
