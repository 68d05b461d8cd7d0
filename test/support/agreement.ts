// Whether a program's outputs are the interpreter's, within the rounding of their type.

import { compileGraph } from "../../src/compile/compile.ts";
import type { Device } from "../../src/device/device.ts";
import { bytesOf, isFloat, type TypedArray, viewOf } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import type { Target } from "../../src/render/renderer.ts";
import { runProgram } from "./run-program.ts";

const bytes = (array: TypedArray): Uint8Array<ArrayBuffer> =>
  new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength).slice();

/** Outputs of a compiled program, run by the kernel evaluator. */
export function evaluateOn(
  target: Target,
  inputs: readonly Node[],
  outputs: readonly Node[],
  values: ReadonlyMap<Node, TypedArray>,
): TypedArray[] {
  const program = compileGraph(
    { inputs, outputs, constants: [], replaces: outputs.map(() => -1) },
    target,
  );
  const results = outputs.map((o) => new Uint8Array(sizeOf(o.shape) * bytesOf(o.dtype)));
  runProgram(
    program,
    inputs.map((i) => bytes(values.get(i) as TypedArray)),
    results,
  );
  return outputs.map((o, i) => viewOf(o.dtype, (results[i] as Uint8Array).buffer));
}

/** Outputs of a graph on a device. */
export function runOn(
  device: Device,
  inputs: readonly Node[],
  outputs: readonly Node[],
  values: ReadonlyMap<Node, TypedArray>,
): TypedArray[] {
  const executable = device.prepare({
    inputs,
    outputs,
    constants: [],
    replaces: outputs.map(() => -1),
  });
  const from = inputs.map((i) => {
    const data = bytes(values.get(i) as TypedArray);
    const storage = device.allocate(data.byteLength);
    device.write(storage, data);
    return storage;
  });
  const to = outputs.map((o) => device.allocate(sizeOf(o.shape) * bytesOf(o.dtype)));
  executable.run(from, to, []);
  const results = outputs.map((o, i) => viewOf(o.dtype, device.read(to[i] as never).buffer));
  executable.dispose();
  return results;
}

/** The first element that differs by more than rounding explains, as text; undefined if none does. */
export function disagreement(
  node: Node,
  got: TypedArray,
  want: TypedArray,
  tolerance = node.dtype === "f64" ? 1e-10 : 2e-4,
): string | undefined {
  let scale = 1;
  if (isFloat(node.dtype))
    for (const w of want) if (Number.isFinite(w)) scale = Math.max(scale, Math.abs(w));
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i] as number, want[i] as number];
    if (Object.is(g, w) || g === w || (Number.isNaN(g) && Number.isNaN(w))) continue;
    if (isFloat(node.dtype) && Math.abs(g - w) <= tolerance * scale) continue;
    return `element ${i} of ${node.op} [${node.shape}] ${node.dtype}: ${g}, not ${w}`;
  }
  return got.length === want.length ? undefined : `${got.length} elements, not ${want.length}`;
}
