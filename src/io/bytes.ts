// A bounds-checked view of a file's bytes. Every reader takes its bytes through here, so that a
// lying header becomes a DataError with the file's name and the byte, before anything of the
// claimed size is allocated.

import { DataError } from "../ir/errors.ts";

/** Where bytes came from, for messages. */
export interface SourceOptions {
  /** The file's name, put in front of every error message. */
  file?: string;
}

/** "weights.npy, byte 12: message". */
export function dataError(file: string | undefined, offset: number, message: string): DataError {
  return new DataError(`${file ? `${file}, ` : ""}byte ${offset}: ${message}`);
}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly file: string | undefined;
  offset = 0;

  constructor(bytes: Uint8Array, file?: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  /** A DataError at the given byte, by default the current one. */
  error(message: string, offset: number = this.offset): DataError {
    return dataError(this.file, offset, message);
  }

  /** Throws unless `length` more bytes are there, and returns their start after passing them. */
  take(length: number, what: string): number {
    const start = this.offset;
    const left = this.bytes.length - start;
    if (length > left) {
      throw this.error(`${what} needs ${length} bytes, the file ends after ${left} more`);
    }
    this.offset = start + length;
    return start;
  }

  u8(what: string): number {
    return this.view.getUint8(this.take(1, what));
  }

  u16(what: string, littleEndian = true): number {
    return this.view.getUint16(this.take(2, what), littleEndian);
  }

  u32(what: string, littleEndian = true): number {
    return this.view.getUint32(this.take(4, what), littleEndian);
  }

  slice(length: number, what: string): Uint8Array {
    const start = this.take(length, what);
    return this.bytes.subarray(start, start + length);
  }

  /** Throws if bytes are left over. */
  end(): void {
    const left = this.bytes.length - this.offset;
    if (left > 0) throw this.error(`${left} bytes are left over after the data`);
  }
}

/** The product of a shape, or a DataError where it is not a size that memory can have. */
export function elementCount(reader: ByteReader, shape: readonly number[], offset: number): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw reader.error(`the shape [${shape.join(", ")}] has an impossible size`, offset);
    }
    count *= size;
  }
  // A zero further along makes an array empty, however large the sizes before it.
  if (shape.includes(0)) return 0;
  if (!Number.isSafeInteger(count)) {
    throw reader.error(`the shape [${shape.join(", ")}] is too large for any file`, offset);
  }
  return count;
}

/** Bytes that are text; a DataError names the first byte that is not UTF-8. */
export function decodeText(bytes: Uint8Array, file?: string, offset = 0): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw dataError(file, offset + firstInvalidByte(bytes), "this is not UTF-8 text");
  }
}

function firstInvalidByte(bytes: Uint8Array): number {
  // The shortest prefix that fails even when more could follow ends with the culprit.
  let valid = 0;
  let invalid = bytes.length + 1;
  while (valid + 1 < invalid) {
    const middle = (valid + invalid) >> 1;
    try {
      const decoder = new TextDecoder("utf-8", { fatal: true });
      decoder.decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return Math.min(valid, Math.max(0, bytes.length - 1));
}
