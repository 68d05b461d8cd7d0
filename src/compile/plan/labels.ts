// What a step is called for people: the name of its kernel and the sizes it runs at, such as
// `contract_add [128, 784]×[784, 512]` or `max_exp_sum_div rows [4096, 1024]`. Kernels of one text serve
// all sizes, so these stand in the step, and nowhere in the kernel.

import { is, type Node } from "../../ir/node.ts";
import { showShape, sizeOf } from "../../ir/shape.ts";
import { sizeOfLabel, summedLabels } from "../contraction.ts";
import { type Domain, domainOf, type Group, outerShape } from "../schedule/group.ts";

/** The label of a step in which so many kernels of a name run, for some groups. */
export function labelOf(name: string, count: number, groups: readonly Group[]): string {
  const title = count > 1 ? `${name} ×${count}` : name;
  const [largest, ...others] = [...groups].sort((g, h) => elementsOf(h) - elementsOf(g));
  if (!largest) return title;
  const sizes = sizesOf(largest);
  const alike = others.every((group) => sizesOf(group) === sizes);
  return `${title} ${sizes}${alike ? "" : " …"}`;
}

const elementsOf = (group: Group): number => sizeOf(domainOf(group).shape);

function sizesOf(group: Group): string {
  const first = group.points[0] as Node;
  return is(first, "contract") ? sizesOfProduct(first) : sizesOfLoops(domainOf(group));
}

/** As a product of matrices, whatever the axes: `[m, k]×[k, n]`, with the batch before them. */
function sizesOfProduct(contract: Node<"contract">): string {
  const { a, b, out } = contract.arg;
  const size = (labels: readonly number[]): number =>
    sizeOf(labels.map((label) => sizeOfLabel(contract, label)));
  const batch = size(out.filter((l) => a.includes(l) && b.includes(l)));
  const [rows, columns] = [
    size(out.filter((l) => !b.includes(l))),
    size(out.filter((l) => !a.includes(l))),
  ];
  const terms = size(summedLabels(contract));
  const matrix = (...shape: number[]): string => showShape(batch > 1 ? [batch, ...shape] : shape);
  return `${matrix(rows, terms)}×${matrix(terms, columns)}`;
}

/** What the loops run over; where whole rows or columns are reduced, as a matrix of these. */
function sizesOfLoops(domain: Domain): string {
  const { shape, inner } = domain;
  const outer = sizeOf(outerShape(domain));
  const reduced = sizeOf(inner.map((axis) => shape[axis] as number));
  if (inner.length === 0 || outer === 1) return showShape(shape);
  const first = shape.length - inner.length;
  if (inner.every((axis) => axis >= first)) return `rows ${showShape([outer, reduced])}`;
  if (inner.every((axis) => axis < inner.length)) return `columns ${showShape([reduced, outer])}`;
  return `${showShape(shape)} along ${inner.join(", ")}`;
}
