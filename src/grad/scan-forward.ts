// The forward rule of scan: one scan that carries values and tangents side by side. It computes the
// values again, because tangents need them step by step; only the tangents are taken from it.

import { input, scan } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { bodyFrom } from "./bodies.ts";
import type { Forward } from "./forward.ts";
import { derivativeType, zeros } from "./operands.ts";
import { activeInputs } from "./scan-residuals.ts";

/**
 * Tangents of the parts of a scan.
 *
 * @param node      the scan
 * @param tangents  of its sources; null is zero
 * @param jvp       the walk to use on the body
 * @returns         one a part, null where nothing flows
 */
export function scanForward(
  node: Node<"scan">,
  tangents: readonly (Node | null)[],
  jvp: Forward,
): (Node | null)[] {
  const { body, carries, stacked, length, reverse, checkpoint, rule, loop } = node.arg;
  const { active } = activeInputs(
    node.arg,
    tangents.map((t) => t !== null),
  );
  const seeds = body.inputs.map((x, i) =>
    active[i] ? input(i, x.shape, derivativeType(x.dtype)) : null,
  );
  const results = jvp(body.outputs, body.inputs, seeds);

  /** Of a list by source: the carries, the stacked inputs or the constants that are there. */
  const among = <T>(list: readonly (T | null)[], first: number, last?: number): T[] =>
    list.slice(first, last).filter((x) => x !== null);
  const groups = [[0, carries], [carries, carries + stacked], [carries + stacked]] as const;
  const interleave = (values: readonly Node[], moved: readonly (Node | null)[]): Node[] =>
    groups.flatMap(([first, last]) => [...values.slice(first, last), ...among(moved, first, last)]);

  const activeCarries = [...Array(carries).keys()].filter((i) => active[i]);
  const rows = [...results.keys()].slice(carries).filter((i) => results[i]);
  const inner = bodyFrom(interleave(body.inputs, seeds), [
    ...body.outputs.slice(0, carries),
    ...activeCarries.map((i) => results[i] ?? zeros(body.outputs[i] as Node)),
    ...rows.map((i) => results[i] as Node),
  ]);
  const starts = node.src.map((s, i) => (active[i] ? (tangents[i] ?? zeros(s)) : null));
  const parts = scan(
    {
      body: inner.body,
      carries: carries + activeCarries.length,
      stacked: stacked + among(seeds, carries, carries + stacked).length,
      length,
      reverse,
      ...(rule ? { rule } : {}),
      ...(loop ? { loop } : {}),
      ...(checkpoint ? { checkpoint } : {}),
    },
    [...interleave(node.src, starts), ...inner.captured],
  );
  const order = [...activeCarries, ...rows];
  return body.outputs.map((_, i) => {
    const at = order.indexOf(i);
    return at < 0 ? null : (parts[carries + at] as Node);
  });
}
