// Comma-separated values after RFC 4180: quoted fields may hold delimiters, line ends and doubled
// quotes. Lines end in LF or CRLF; a byte order mark is dropped; empty lines are skipped. Every
// row must be as long as the first. What cannot be read is named by line and column, both from 1.

import { DataError } from "../ir/errors.ts";
import { decodeText, type SourceOptions } from "./bytes.ts";

/** Options of readers of CSV. */
export interface CsvOptions extends SourceOptions {
  /** One character between fields. Default "," */
  delimiter?: string;
  /** Whether the first row names the columns. Default false */
  header?: boolean;
  /** Lines that begin with this are skipped. Default: none are */
  comment?: string;
  /** Lines to pass over before anything is read. Default 0 */
  skipLines?: number;
}

/** Options of readers of numbers. */
export interface CsvNumberOptions extends CsvOptions {
  /** Columns to read, by name or by position from 0. Default: all */
  columns?: readonly (string | number)[];
  /** "error", or the number that an empty cell means, such as NaN. Default "error" */
  empty?: "error" | number;
  /** Whether a cell may say nan or inf. Default false */
  nonFinite?: boolean;
  /** Default "f32" */
  dtype?: "f32" | "f64";
}

/** Cells of a CSV file. */
export interface CsvTable {
  /** Column names; undefined without a header. */
  header: string[] | undefined;
  rows: string[][];
}

/** Numbers of a CSV file. */
export interface CsvNumbers {
  header: string[] | undefined;
  /** [rows, columns] */
  shape: [number, number];
  dtype: "f32" | "f64";
  data: Float32Array | Float64Array;
}

/** Reads a table of text. */
export function parseCsv(source: string | Uint8Array, options: CsvOptions = {}): CsvTable {
  const rows: string[][] = [];
  const header = scanCsv(source, options, (fields) => rows.push(fields));
  return { header, rows };
}

/** Reads columns of numbers into one row-major array. */
export function parseCsvNumbers(
  source: string | Uint8Array,
  options: CsvNumberOptions = {},
): CsvNumbers {
  const { file, dtype = "f32", columns, empty = "error", nonFinite = false } = options;
  const make = (size: number): Float32Array | Float64Array =>
    dtype === "f32" ? new Float32Array(size) : new Float64Array(size);
  let data = make(1024);
  let used = 0;
  let rowCount = 0;
  let chosen: number[] | undefined;
  const header = scanCsv(source, options, (fields, line, names) => {
    chosen ??= chooseColumns(columns, names, fields.length, file, line);
    if (used + chosen.length > data.length) {
      const larger = make(Math.max(2 * data.length, used + chosen.length));
      larger.set(data);
      data = larger;
    }
    for (const column of chosen) {
      const text = (fields[column] as string).trim();
      let value = text === "" ? NaN : Number(text);
      const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
      const special = nonFinite && !isNumber ? specialValue(text) : undefined;
      if (text === "" && empty !== "error") value = empty;
      else if (special !== undefined) value = special;
      else if (!isNumber) {
        const found = text === "" ? "an empty cell" : `"${clip(text)}"`;
        let advice = "";
        if (text === "") advice = "; the option `empty` gives empty cells a value";
        else if (rowCount === 0 && !names) advice = "; pass { header: true } if this row has names";
        const name = names ? ` (${names[column]})` : "";
        throw csvError(file, line, column + 1, `${found}${name} is not a number${advice}`);
      }
      data[used++] = value;
    }
    rowCount++;
  });
  chosen ??= header ? chooseColumns(columns, header, header.length, file, 1) : [];
  return { header, shape: [rowCount, chosen.length], dtype, data: data.slice(0, used) };
}

/**
 * One CSV row per array; fields are quoted where they must be.
 *
 * @param rows     text or numbers; a number is written so that it reads back equal
 * @param options  `delimiter`, default ","; `header`, the column names
 */
export function writeCsv(
  rows: Iterable<Iterable<string | number>>,
  options: { delimiter?: string; header?: readonly string[] } = {},
): string {
  const { delimiter = ",", header } = options;
  const line = (row: Iterable<string | number>): string => {
    const fields = Array.from(row, (field) => {
      const text = String(field);
      const special = text.includes(delimiter) || /["\r\n#]|^\s|\s$/.test(text);
      return special ? `"${text.replaceAll('"', '""')}"` : text;
    });
    // An empty line would be skipped by readers.
    return `${fields.length === 1 && fields[0] === "" ? '""' : fields.join(delimiter)}\r\n`;
  };
  return `${header ? line(header) : ""}${Array.from(rows, line).join("")}`;
}

/** nan, inf and infinity with an optional sign, in any case. */
function specialValue(text: string): number | undefined {
  const match = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (!match) return undefined;
  if (match[2]?.toLowerCase() === "nan") return NaN;
  return match[1] === "-" ? -Infinity : Infinity;
}

type OnRow = (fields: string[], line: number, header: string[] | undefined) => void;

/** Splits the source into rows and hands over each with its line; returns the header. */
function scanCsv(
  source: string | Uint8Array,
  options: CsvOptions,
  onRow: OnRow,
): string[] | undefined {
  const { file, delimiter = ",", comment, skipLines = 0 } = options;
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new DataError(
      `csv: the delimiter must be one character, got ${JSON.stringify(delimiter)}`,
    );
  }
  const text = typeof source === "string" ? source : decodeText(source, file);
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  const skipLine = (): void => {
    const end = text.indexOf("\n", at);
    at = end < 0 ? text.length : end + 1;
    line++;
  };
  while (line <= skipLines && at < text.length) skipLine();

  /** The end of a line at `at`: its length, or 0. */
  const lineEnd = (): number => {
    if (text[at] === "\n") return 1;
    return text[at] === "\r" && text[at + 1] === "\n" ? 2 : 0;
  };
  const quotedField = (column: number): string => {
    const startLine = line;
    let value = "";
    for (at++; ; ) {
      const quote = text.indexOf('"', at);
      if (quote < 0) throw csvError(file, startLine, column, "this quoted field does not end");
      const part = text.slice(at, quote);
      for (let i = part.indexOf("\n"); i >= 0; i = part.indexOf("\n", i + 1)) line++;
      value += part;
      at = quote + 1;
      if (text[at] !== '"') return value;
      value += '"';
      at++;
    }
  };
  const plainField = (column: number): string => {
    const start = at;
    for (; at < text.length; at++) {
      const character = text[at];
      if (character === delimiter || lineEnd() > 0) break;
      if (character === '"') {
        throw csvError(file, line, column, "a quote inside a field without quotes; double it");
      }
    }
    return text.slice(start, at);
  };

  let header: string[] | undefined;
  let width: number | undefined;
  while (at < text.length) {
    if (lineEnd() > 0 || (comment && text.startsWith(comment, at))) {
      skipLine();
      continue;
    }
    const startLine = line;
    const fields: string[] = [];
    for (;;) {
      const column = fields.length + 1;
      fields.push(text[at] === '"' ? quotedField(column) : plainField(column));
      const end = lineEnd();
      if (end > 0 || at >= text.length) {
        at += end;
        line++;
        break;
      }
      if (text[at] !== delimiter) {
        throw csvError(file, line, column, `${JSON.stringify(text[at])} after the closing quote`);
      }
      at++;
    }
    width ??= fields.length;
    if (fields.length !== width) {
      const column = Math.min(fields.length, width) + 1;
      throw csvError(
        file,
        startLine,
        column,
        `${fields.length} fields, the first row has ${width}`,
      );
    }
    if (options.header && !header) header = fields;
    else onRow(fields, startLine, header);
  }
  return header;
}

function chooseColumns(
  columns: readonly (string | number)[] | undefined,
  header: string[] | undefined,
  width: number,
  file: string | undefined,
  line: number,
): number[] {
  if (!columns) return Array.from({ length: width }, (_, column) => column);
  return columns.map((column) => {
    const index = typeof column === "number" ? column : (header?.indexOf(column) ?? -1);
    if (Number.isInteger(index) && index >= 0 && index < width) return index;
    const known = header
      ? `the columns are ${clip(header.join(", "))}`
      : `there are ${width} columns`;
    throw csvError(file, line, 1, `no column ${JSON.stringify(column)}; ${known}`);
  });
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function csvError(file: string | undefined, line: number, column: number, what: string): DataError {
  return new DataError(`${file ? `${file}, ` : ""}line ${line}, column ${column}: ${what}`);
}
