// gzip (RFC 1952), recognised by its magic bytes rather than by the file's name.

import { deflate, inflate } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";
import { dataError, type SourceOptions } from "./bytes.ts";

export interface GunzipOptions extends SourceOptions {
  /** Bytes of output after which to give up. Default: none; deflate expands at most 1,032-fold */
  limit?: number;
}

/** Whether the bytes begin like a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses; its checksum and length are verified. */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions = {}): Promise<Uint8Array> {
  if (!isGzip(bytes)) throw dataError(options.file, 0, "not a gzip file: it must begin 1f 8b");
  try {
    return await inflate(bytes, "gzip", options.limit);
  } catch (cause) {
    const where = options.file ? `${options.file}: ` : "";
    throw new DataError(
      `${where}the gzip stream of ${bytes.length} bytes (from byte 0) is cut off or damaged: ` +
        (cause as Error).message,
      { cause },
    );
  }
}

/** The bytes themselves, or what they decompress to where they are gzip. */
export async function gunzipIfNeeded(
  bytes: Uint8Array,
  options: GunzipOptions = {},
): Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(bytes, options) : bytes;
}

/** Compresses to a gzip file. */
export function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return deflate(bytes, "gzip");
}
