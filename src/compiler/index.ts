// The door to the inside: build and print a graph, see how it is scheduled, read its kernels, add a
// renderer. Made for the curious and for tools; its names may change between minor versions.

export { compileGraph } from "../compile/compile.ts";
export { simplify } from "../compile/simplify/simplify.ts";
export { addReferenceDevice } from "../device/reference-device.ts";
export * as ir from "../ir/build.ts";
export { interpret } from "../ir/interpret.ts";
export type { Kernel, Statement } from "../ir/kernel.ts";
export type { Body, Node } from "../ir/node.ts";
export { type Op, ops } from "../ir/op.ts";
export { print } from "../ir/print.ts";
export { printKernel } from "../ir/print-kernel.ts";
export type { Graph, Job, Program, Step } from "../ir/program.ts";
export { verify } from "../ir/verify.ts";
export { renderC } from "../render/c.ts";
export type { Renderer, Target } from "../render/renderer.ts";
export { printWasm, renderWasm } from "../render/wasm.ts";
