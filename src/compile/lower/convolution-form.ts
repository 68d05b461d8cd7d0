// Which of two forms a convolution takes: lanes along columns, which wastes none and reads the image an
// element at a time; or along a run of places, where columns are too few to fill a vector or sums too
// short to pay for turning results round. And whether results can be made in lanes along an axis.

import { bytesOf } from "../../ir/dtype.ts";
import type { Register } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, dependsOn, factorOf, type Index, isLinear } from "../affine.ts";
import { walk } from "../expression-walk.ts";
import { lanesFor, registersOf } from "../registers.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import type { ImageAxis, WindowView } from "./convolution-view.ts";

export interface FormRequest {
  readonly spec: ContractSpecification;
  readonly view: WindowView;
  readonly target: Target;
  readonly type: Register;
  readonly lanes: number;
  /** The indices of what follows. */
  readonly after: readonly Index[];
}

/** Of a vector, the share that few columns fill; terms of a short sum. */
const fewColumns = 1 / 4;
const shortSum = 32;
/** How often the second cache the fewest lines of all channels may be. */
const largeBlock = 4;

/** The second cache for what results depend on: forms, and how a sum is cut into pieces. */
export const formCache = ({ cache }: Target): number => cache.forms ?? cache.l2;

/** The axis of places for the lanes to lie along; undefined if they lie along columns. */
export function runOf(
  request: FormRequest,
  { columns, channels }: { columns: number; channels: number },
): Axis | undefined {
  const { view, spec, lanes, target } = request;
  const run = view.image[view.image.length - 1]?.place;
  if (!view.resultsArePlaces || !run || !followsLanes(request, run)) return undefined;
  if (spec.results.some((r) => factorOf(r.index, run) !== 1)) return undefined;
  const taps = view.image.reduce((n, { tap }) => n * (tap?.extent ?? 1), 1);
  const [first, ...rest] = view.image as [ImageAxis, ...ImageAxis[]];
  const lines = first.dilation * ((first.tap?.extent ?? 1) - 1) + 1;
  const block = rest.reduce((n, { extent }) => n * extent, channels * lines);
  if (block * bytesOf(spec.node.dtype) > largeBlock * formCache(target)) return undefined;
  const isShort = channels * taps <= shortSum && run.extent >= lanes;
  return isShort || columns <= lanes * fewColumns ? run : undefined;
}

/** Columns of a tile in runs: registers hold two vectors of sums for each. */
export function runColumns(columns: number, target: Target): number {
  return Math.min(mostRuns(target), 2 ** Math.ceil(Math.log2(columns)));
}

const mostRuns = ({ vectorRegisters }: Target): number => (vectorRegisters >= 32 ? 8 : 4);
/** Lines of places at a time: more would want an address each that registers do not hold. */
const mostLines = 4;

/** Lines of places that a tile of few columns in runs takes at once, for its sums not to wait. */
export function runLines(columns: number, { image }: WindowView, target: Target): number {
  return image.length < 2 ? 1 : Math.min(mostLines, Math.floor(mostRuns(target) / columns));
}

/** Whether what follows a convolution can be done in vectors along an axis. */
export function followsLanes(request: FormRequest, axis: Axis): boolean {
  const { spec, after, type, lanes, target } = request;
  if (lanes === 1 || !after.every((i) => isLinear(i, axis))) return false;
  const values = spec.results.map((r) => r.value);
  // Registers that do not fit the lanes of this kernel would be needed.
  if (lanesFor(target, registersOf(values).add(type)) !== lanes) return false;
  let guarded = false;
  walk(values, (e) => {
    if (e.kind === "guard" && e.conditions.some((c) => dependsOn(c.index, axis))) guarded = true;
  });
  return !guarded;
}
