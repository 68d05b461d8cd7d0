// The linear maps of a form of Winograd's minimal filtering, along both axes of a square, as code.

import type { Atom } from "../../ir/kernel.ts";
import type { Arithmetic } from "../math-arithmetic.ts";
import type { Fraction, WinogradForm } from "./winograd-form.ts";

type Line = readonly Atom[];
type Matrix = readonly (readonly number[])[];
type Transform = (f: Arithmetic, form: WinogradForm, square: readonly Line[]) => Line[];

/** Bᵀ d, which makes Bᵀ d B of columns and then of rows. */
export const transformLine = (f: Arithmetic, { b }: WinogradForm, line: Line): Line =>
  multiply(f, numbersOf(b), line);
/** G g Gᵀ */
export const transformKernel: Transform = (f, { g }, square) => alongBoth(f, numbersOf(g), square);
/** Aᵀ m A */
export const transformResult: Transform = (f, { a }, square) => alongBoth(f, numbersOf(a), square);
/** A e Aᵀ */
export const transformSlope: Transform = (f, { a }, square) =>
  alongBoth(f, turned(numbersOf(a)), square);
/** Gᵀ m G */
export const transformKernelSlope: Transform = (f, { g }, square) =>
  alongBoth(f, turned(numbersOf(g)), square);

const numbersOf = (matrix: readonly (readonly Fraction[])[]): Matrix =>
  matrix.map((row) => row.map(([top, bottom]) => top / bottom));

const turned = <T>(square: readonly (readonly T[])[]): T[][] =>
  (square[0] as readonly T[]).map((_, i) => square.map((line) => line[i] as T));

function alongBoth(f: Arithmetic, matrix: Matrix, square: readonly Line[]): Line[] {
  const across = turned(square.map((line) => multiply(f, matrix, line)));
  return turned(across.map((line) => multiply(f, matrix, line)));
}

/** The product of a matrix and a line. Two elements, and two rows, that differ in signs alone share what they can. */
function multiply(f: Arithmetic, matrix: Matrix, line: Line): Line {
  const columns = turned(matrix);
  const pair = pairIn(columns);
  if (!pair) return multiplyRows(f, matrix, line);
  // Rows take either the sum or the difference of the two.
  const [k, l] = pair;
  const [x, y] = [line[k], line[l]] as [Atom, Atom];
  const [sums, differences] = partsOf(columns[k] as number[], columns[l] as number[]);
  const isOther = (_: unknown, i: number): boolean => i !== k && i !== l;
  const parts = turned([...columns.filter(isOther), sums, differences]);
  return multiply(f, parts, [...line.filter(isOther), f.add(x, y), f.sub(x, y)]);
}

function multiplyRows(f: Arithmetic, matrix: Matrix, line: Line): Line {
  const out: Atom[] = [];
  matrix.forEach((row, i) => {
    if (out[i]) return;
    const j = matrix.findIndex((other, at) => at > i && areAlike(row, other));
    const [even, odd] = partsOf(row, matrix[j] ?? row);
    const start = scaled(f, sumOf(f, even, line));
    if (j < 0) {
      out[i] = start;
      return;
    }
    const { factor, value } = sumOf(f, odd, line);
    out[i] = added(f, start, factor, value);
    out[j] = added(f, start, -factor, value);
  });
  return out;
}

/** Of a row, what another has alike, and what it has with the other sign. */
const partsOf = (row: readonly number[], other: readonly number[]): [number[], number[]] => [
  row.map((c, i) => (c === other[i] ? c : 0)),
  row.map((c, i) => (c === other[i] ? 0 : c)),
];

/** Whether two rows differ in signs alone, but not in all or none. */
function areAlike(row: readonly number[], other: readonly number[]): boolean {
  const sizes = row.every((c, i) => Math.abs(c) === Math.abs(other[i] as number));
  const same = (c: number, i: number): boolean => c !== 0 && c === other[i];
  const opposite = (c: number, i: number): boolean => c !== 0 && c === -(other[i] as number);
  return sizes && row.some(same) && row.some(opposite);
}

/** Two columns that are alike. */
function pairIn(columns: Matrix): [number, number] | undefined {
  for (const [k, column] of columns.entries()) {
    const l = columns.findIndex((other, at) => at > k && areAlike(column, other));
    if (l >= 0) return [k, l];
  }
  return undefined;
}

/** A number times a sum. */
interface Scaled {
  readonly factor: number;
  readonly value: Atom;
}

/** A coefficient, and what it counts. */
interface Term {
  readonly c: number;
  readonly x: Atom;
}

/** The sum of coefficients · line, begun with a term that needs no multiplication if there is one. */
function sumOf(f: Arithmetic, coefficients: readonly number[], line: Line): Scaled {
  const used = coefficients.flatMap((c, i): Term[] => (c === 0 ? [] : [{ c, x: line[i] as Atom }]));
  const [begin] = used as [Term];
  const first = used.find(({ c }) => c === 1) ?? used.find(({ c }) => c === -1) ?? begin;
  const value = used
    .filter((term) => term !== first)
    .reduce((sum, { c, x }) => added(f, sum, c / first.c, x), first.x);
  return { factor: first.c, value };
}

function scaled(f: Arithmetic, { factor, value }: Scaled): Atom {
  if (factor === 1) return value;
  return factor === -1 ? f.neg(value) : f.mul(value, factor);
}

/** sum + factor · value */
function added(f: Arithmetic, sum: Atom, factor: number, value: Atom): Atom {
  if (factor === 1) return f.add(sum, value);
  return factor === -1 ? f.sub(sum, value) : f.fma(value, factor, sum);
}
