// Cora: 2,708 papers on machine learning, the words in each, who cites whom, and the subject of each.
// Sen et al. 2008, "Collective Classification in Network Data"; with the split of Yang et al. 2016
// ("Planetoid"): 20 labelled papers a subject, 500 to validate, 1,000 to test.
//
// Three text files: nodes.tsv (node, label, places of its words, by tabs), edges.txt (u v, each edge
// once), split.json ({ train, val, test }: nodes).

import { joinPath } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";
import { SparseMatrix } from "../linalg/sparse-matrix.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { findDataFolder, readText } from "./data-folder.ts";

/** A graph whose nodes have features, and some of them labels. */
export interface CitationGraph {
  /** [nodes, words]: 1 for a word that is in a paper, divided by how many are. */
  readonly features: SparseMatrix;
  /** Pairs of papers, each once. */
  readonly edges: readonly (readonly [number, number])[];
  /** i32 [nodes], −1 where there is none */
  readonly labels: Tensor;
  readonly classes: number;
  /** i32 [140], [500] and [1000] in Cora: nodes. */
  readonly train: Tensor;
  readonly validation: Tensor;
  readonly test: Tensor;
  /** One line: where it came from. */
  readonly origin: string;
}

const files = ["nodes.tsv", "edges.txt", "split.json"] as const;

/**
 * Cora with the split of Planetoid, from HEBB_DATA/graphs/cora, HEBB_DATA/cora or HEBB_DATA.
 *
 * @returns  2,708 nodes with 1,433 words, 5,278 edges, 7 classes
 * @throws DataError  it is not there, or a line of a file is not as it must be; the message names it
 */
export async function cora(): Promise<CitationGraph> {
  const folder = findDataFolder("Cora", ["graphs/cora", "cora"], files);
  const [nodes, edges, split] = await Promise.all(files.map((file) => readText(folder, file)));
  const graph = parseCitationGraph({ nodes, edges, split } as CitationTexts, folder);
  return { ...graph, origin: `Cora from ${folder} (HEBB_DATA)` };
}

export interface CitationTexts {
  readonly nodes: string;
  readonly edges: string;
  readonly split: string;
}

/** The graph in the texts of the three files. @param folder  for messages */
export function parseCitationGraph(
  texts: CitationTexts,
  folder: string,
): Omit<CitationGraph, "origin"> {
  const fail = (file: number, line: number, what: string): never => {
    throw new DataError(`${joinPath(folder, files[file] as string)}, line ${line}: ${what}`);
  };
  const labels: number[] = [];
  const [rows, columns, values]: [number[], number[], number[]] = [[], [], []];
  for (const [i, line] of linesOf(texts.nodes).entries()) {
    const [node, label, words = ""] = line.split("\t");
    if (!isWhole(node) || Number(node) !== i || !isWhole(label, -1)) {
      fail(0, i + 1, `expected node ${i}, its label and its words, by tabs; found "${clip(line)}"`);
    }
    const places = words === "" ? [] : words.split(" ");
    for (const place of places) {
      if (!isWhole(place)) fail(0, i + 1, `"${clip(place)}" is not the place of a word`);
      rows.push(i);
      columns.push(Number(place));
      values.push(1 / places.length);
    }
    labels.push(Number(label));
  }
  const count = labels.length;
  const edges = linesOf(texts.edges).map((line, i): readonly [number, number] => {
    const [u, v, ...rest] = line.split(" ");
    if (!isNode(u, count) || !isNode(v, count) || rest.length > 0) {
      fail(1, i + 1, `expected two of the ${count} nodes, not "${clip(line)}"`);
    }
    return [Number(u), Number(v)];
  });
  const split = splitOf(texts.split, count, (what) => fail(2, 1, what));
  return {
    features: new SparseMatrix({
      rows: tensor(Int32Array.from(rows)),
      columns: tensor(Int32Array.from(columns)),
      values: tensor(Float32Array.from(values)),
      shape: [count, columns.reduce((most, place) => Math.max(most, place), -1) + 1],
    }),
    edges,
    labels: tensor(Int32Array.from(labels)),
    classes: labels.reduce((most, label) => Math.max(most, label), -1) + 1,
    ...split,
  };
}

function splitOf(
  text: string,
  count: number,
  fail: (what: string) => never,
): Pick<CitationGraph, "train" | "validation" | "test"> {
  let parts: Partial<Record<string, unknown>>;
  try {
    parts = JSON.parse(text) as Partial<Record<string, unknown>>;
  } catch (error) {
    return fail((error as Error).message);
  }
  const nodesOf = (name: string): Tensor => {
    const nodes = parts[name];
    if (!Array.isArray(nodes) || !nodes.every((node) => isNode(String(node), count))) {
      fail(`"${name}" must be a list of nodes below ${count}`);
    }
    return tensor(Int32Array.from(nodes as number[]));
  };
  return { train: nodesOf("train"), validation: nodesOf("val"), test: nodesOf("test") };
}

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== "");
const isWhole = (text: string | undefined, least = 0): boolean =>
  text !== undefined && /^-?\d+$/.test(text) && Number(text) >= least;
const isNode = (text: string | undefined, count: number): boolean =>
  isWhole(text) && Number(text) < count;
const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
