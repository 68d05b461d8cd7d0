// The machine's C compiler: found once, asked what it makes of -march=native (its predefined macros
// tell the vector width and name the machine), and called. Finding none is no error: it is a reason
// why this device is not here.

import { environment, platform } from "../host.ts";
import { type CompilerAnswer, keepAnswer, recallAnswer } from "./known-compilers.ts";
import { patience, run } from "./system.ts";

export interface Compiler {
  /** The command and its leading arguments, as in HEBB_CC. */
  readonly command: readonly string[];
  /** "gcc 12.2", "clang 16.0". */
  readonly version: string;
  readonly macros: ReadonlyMap<string, string>;
  /** All flags of a kernel object. */
  readonly flags: readonly string[];
  /** What a kernel object is linked with: follows its source. */
  readonly libraries: readonly string[];
  /** All flags of the launcher. */
  readonly launcherFlags: readonly string[];
  /** Before the first time that it is called: asks again whoever was not asked in this process. */
  confirm(): void;
}

export type CompilerProbe = { readonly compiler: Compiler } | { readonly reason: string };

const seen = new Map<string, CompilerProbe>();

/** The compiler of HEBB_CC, else the first of cc, gcc and clang on the PATH. Never throws. */
export function probeCompiler(): CompilerProbe {
  const key = `${environment("HEBB_CC") ?? ""}\n${environment("PATH") ?? ""}`;
  const known = seen.get(key);
  if (known) return known;
  const found = search();
  seen.set(key, found);
  return found;
}

function search(): CompilerProbe {
  if (platform() !== "linux" && platform() !== "darwin") {
    return { reason: `kernels are built on Linux and macOS only, not on ${platform()}` };
  }
  const chosen = environment("HEBB_CC");
  const commands = chosen ? [chosen.trim().split(/\s+/)] : [["cc"], ["gcc"], ["clang"]];
  const reasons: string[] = [];
  for (const command of commands) {
    const result = examine(command);
    if ("compiler" in result) return result;
    reasons.push(result.reason);
  }
  const tried = commands.map((c) => c.join(" ")).join(", ");
  const unusual = reasons.filter((reason) => reason !== "not found");
  return {
    reason: `no C compiler (tried ${tried})${unusual.length ? `: ${unusual.join("; ")}` : ""}`,
  };
}

function examine(command: readonly string[]): CompilerProbe {
  const known = recallAnswer(command);
  const answer = known ?? ask(command);
  if ("reason" in answer) return answer;
  const macros = macrosOf(answer.output);
  const version = versionOf(macros);
  if (!version) return { reason: `${command.join(" ")} is neither gcc nor clang` };
  let isAsked = known === undefined;
  const confirm = (): void => {
    if (!isAsked) ask(command);
    isAsked = true;
  };
  return { compiler: { command, version, macros, confirm, ...flagsFor(macros, answer.machine) } };
}

/** What the compiler says of this machine; kept for processes to come. */
function ask(command: readonly string[]): CompilerAnswer | { readonly reason: string } {
  let failure = "";
  // What a compiler calls this very machine differs between architectures and ages.
  for (const machine of ["-march=native", "-mcpu=native", ""]) {
    const result = run([
      ...command,
      ...(machine ? [machine] : []),
      "-dM",
      "-E",
      "-xc",
      "/dev/null",
    ]);
    if (result.status === "not found") return { reason: "not found" };
    if (result.status === "timeout") {
      return { reason: `${command.join(" ")} did not answer within ${patience()} s` };
    }
    if (result.status !== 0) {
      failure ||= `${command.join(" ")}: ${result.output.split("\n")[0] || `status ${result.status}`}`;
      continue;
    }
    const answer = { machine, output: result.output };
    keepAnswer(command, answer);
    return answer;
  }
  return { reason: failure };
}

function macrosOf(output: string): Map<string, string> {
  const macros = new Map<string, string>();
  for (const line of output.split("\n")) {
    const match = /^#define (\w+) (.*)$/.exec(line);
    if (match) macros.set(match[1] as string, match[2] as string);
  }
  return macros;
}

function versionOf(macros: ReadonlyMap<string, string>): string | undefined {
  const clang = macros.get("__clang_major__");
  if (clang) return `clang ${clang}.${macros.get("__clang_minor__")}`;
  const gcc = macros.get("__GNUC__");
  return gcc && Number(gcc) >= 9 ? `gcc ${gcc}.${macros.get("__GNUC_MINOR__")}` : undefined;
}

/**
 * What the text of a kernel leaves to do. Its index arithmetic is shared and its loops are unrolled
 * already, so most of gcc's second level takes time and finds nothing in it; without these three of
 * its passes convolutions get slower. Choosing other induction variables takes a fifth of the time and
 * spills more than it saves, but in routines; looking along dominators for what is known already finds
 * little where nothing is computed twice. Registers are allotted over a whole function at once: loop by
 * loop takes a third of a long kernel's time, and seldom spills less.
 */
function optimizing(macros: ReadonlyMap<string, string>): string[] {
  if (macros.has("__clang__")) return ["-O2", "-ftree-vectorize"];
  const late = ["-fpeephole2", "-fcaller-saves", "-freorder-blocks-algorithm=stc"];
  const not = ["-fno-ivopts", "-fno-tree-dominator-opts"];
  return ["-O1", "-ftree-vectorize", ...late, ...not, "-fira-region=one"];
}

function flagsFor(
  macros: ReadonlyMap<string, string>,
  machine: string,
): Pick<Compiler, "flags" | "libraries" | "launcherFlags"> {
  const shared = ["-std=gnu11", "-fPIC", "-fvisibility=hidden", "-w"];
  const linking =
    platform() === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"];
  // Kernels for x86 call nothing that a process does not have; elsewhere compare-and-swap may be a call.
  const alone = platform() === "linux" && macros.has("__x86_64__");
  const wide = macros.has("__AVX512F__") ? ["-mprefer-vector-width=512"] : [];
  return {
    // No flag here may change the meaning of arithmetic: bits depend on the kernel alone.
    flags: [
      ...shared,
      ...linking,
      "-pipe",
      ...optimizing(macros),
      ...(machine ? [machine] : []),
      ...wide,
      "-fno-math-errno",
      "-fno-trapping-math",
      "-ffp-contract=off",
      "-fno-stack-protector",
      "-fno-asynchronous-unwind-tables",
    ],
    libraries: alone ? ["-nostdlib"] : ["-lm"],
    // It only leads to kernels: of what takes most of a start from nothing, the first level is enough.
    launcherFlags: [...shared, ...linking, "-O1", "-pthread"],
  };
}
