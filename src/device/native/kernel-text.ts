// A kernel in C, named by its text.

import type { Kernel } from "../../ir/kernel.ts";
import { type FunctionC, functionC } from "../../render/c.ts";
import { digest } from "./system.ts";

export interface KernelText extends FunctionC {
  /** What it computes, for messages. */
  readonly label: string;
  readonly lanes: number;
  /** What `nameOf` makes of its source. */
  readonly name: string;
}

export function kernelText(kernel: Kernel): KernelText {
  const made = functionC(kernel, (text) => `r${digest(text).slice(0, 40)}`);
  return { ...made, label: kernel.name, lanes: kernel.lanes, name: nameOf(sourceOf(made)) };
}

/** All of a kernel's text but its name. */
export const sourceOf = ({ routines, body }: FunctionC): string => [...routines, body].join("\n");

/** The name of a kernel's function and of its file. */
export const nameOf = (source: string): string => `k${digest(source).slice(0, 40)}`;
