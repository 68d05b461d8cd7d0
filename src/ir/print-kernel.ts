// A kernel as text, one statement a line, blocks indented:
//
//   kernel of 4 lanes; f32 b0, f32 b1 out; 1 ints, 0 floats
//   for v0 in units:
//     for v1 = 0 to n0 step 4:
//       v2: f32 ×4 = load b0[v1]
//       v3: f32 ×4 = mul v2 2
//       store ×4 b1[v1] v3
//
// Variables keep their numbers; n0 and x0 are the ints and floats of a launch.

import type { Atom, Kernel, KernelBuffer, Statement } from "./kernel.ts";

/** @returns lines joined by newlines, without one at the end; the name is not part of it */
export function printKernel(kernel: Kernel): string {
  const buffers = kernel.buffers.map(showBuffer).join(", ");
  const numbers = `${kernel.ints} ints, ${kernel.floats} floats`;
  return [
    `kernel of ${kernel.lanes} lanes; ${buffers}; ${numbers}`,
    `for v${kernel.unit.id} in units:`,
    ...block(kernel.body),
  ].join("\n");
}

function showBuffer({ memory, write, scratch }: KernelBuffer, at: number): string {
  if (scratch !== undefined) return `${memory} b${at} scratch at n${scratch}`;
  return `${memory} b${at}${write ? " out" : ""}`;
}

const block = (statements: readonly Statement[]): string[] =>
  statements.flatMap(lines).map((line) => `  ${line}`);

function lines(s: Statement): string[] {
  switch (s.kind) {
    case "compute":
      return [`${declared(s.to)} = ${s.op} ${s.args.map(show).join(" ")}`];
    case "var":
      return [`var ${declared(s.to)} = ${show(s.value)}`];
    case "set":
      return [`v${s.to.id} = ${show(s.value)}`];
    case "lanes":
      return [`${declared(s.to)} = lanes`];
    case "first":
      return [`${declared(s.to)} = first ${show(s.count)}`];
    case "load":
      return [`${declared(s.to)} = load ${place(s)}`];
    case "store":
      return [`store${times(s.lanes)} ${place(s)} ${show(s.value)}`];
    case "across":
      return [`${declared(s.to)} = ${s.op} across ${show(s.value)}`];
    case "transpose":
      return [`${s.to.map(declared).join(", ")} = transpose ${s.from.map(show).join(" ")}`];
    case "for": {
      const range = `${show(s.start)} to ${show(s.stop)} step ${show(s.step)}`;
      return [`for v${s.variable.id} = ${range}:`, ...block(s.body)];
    }
    case "if":
      return [
        `if ${show(s.condition)}:`,
        ...block(s.body),
        ...(s.otherwise ? ["else:", ...block(s.otherwise)] : []),
      ];
    case "routine": {
      const given = s.parameters.map((v, i) => `${declared(v)} = ${show(s.args[i] as Atom)}`);
      return [`routine ${given.join(", ")}:`, ...block(s.body)];
    }
    case "prefetch":
      return [
        `prefetch b${s.buffer}[${show(s.index)}]${s.write ? " to write" : ""}${s.near ? " near" : ""}`,
      ];
    case "report":
      return [`report ${show(s.code)} ${show(s.value)}`];
  }
}

const times = (lanes: number): string => (lanes === 1 ? "" : ` ×${lanes}`);

const declared = (v: { id: number; type: string; lanes: number }): string =>
  `v${v.id}: ${v.type}${times(v.lanes)}`;

function place(s: Extract<Statement, { kind: "load" | "store" }>): string {
  const words = [["by", s.stride] as const, ["from", s.base] as const, ["first", s.count] as const];
  const more = words.flatMap(([word, atom]) => (atom ? ` ${word} ${show(atom)}` : []));
  return `b${s.buffer}[${show(s.index)}${more.join("")}]`;
}

function show(a: Atom): string {
  if (a.kind === "variable") return `v${a.id}`;
  if (a.kind === "literal") return Object.is(a.value, -0) ? "-0" : String(a.value);
  return `${a.kind === "int" ? "n" : "x"}${a.at}`;
}
