// ZIP archives as .npz files are: stored or deflated entries, read by the central directory,
// every checksum verified; written stored, with a fixed date, so that equal content gives equal
// bytes. PKWARE APPNOTE 6.3.10. Zip64, encryption and several discs are refused by name.

import { inflate } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";
import { ByteReader, decodeText, type SourceOptions } from "./bytes.ts";

const localSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const zip64Advice = "this is a zip64 archive, which is not read; save it in parts under 4 GiB";
/** Deflate cannot expand further than this: 258 bytes from two bits. */
const maximumExpansion = 1032;

interface Entry {
  name: string;
  method: number;
  checksum: number;
  packedSize: number;
  size: number;
  /** Start of the local header. */
  start: number;
}

/** The files in an archive, by name, in the archive's order. */
export async function parseZip(
  bytes: Uint8Array,
  options: SourceOptions = {},
): Promise<Map<string, Uint8Array>> {
  const reader = new ByteReader(bytes, options.file);
  const entries = readDirectory(reader);
  let free = 0;
  for (const entry of [...entries].sort((a, b) => a.start - b.start)) {
    // Entries that share bytes are how small archives pretend to be huge.
    if (entry.start < free)
      throw reader.error(`"${entry.name}" overlaps another file`, entry.start);
    free = findData(reader, entry) + entry.packedSize;
  }
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (files.has(entry.name)) {
      throw reader.error(`the name "${entry.name}" is there twice`, entry.start);
    }
    files.set(entry.name, await unpack(reader, entry));
  }
  return files;
}

function readDirectory(reader: ByteReader): Entry[] {
  const end = findEnd(reader);
  reader.offset = end + 4;
  const disc = reader.u16("the disc number");
  const directoryDisc = reader.u16("the disc number");
  const countHere = reader.u16("the number of files");
  const count = reader.u16("the number of files");
  const size = reader.u32("the directory's size");
  const start = reader.u32("the directory's place");
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    throw reader.error(zip64Advice, end);
  }
  if (disc !== 0 || directoryDisc !== 0 || countHere !== count) {
    throw reader.error("archives of several discs are not read", end);
  }
  if (start + size > end) {
    throw reader.error(
      `the directory (${size} bytes from byte ${start}) reaches past its end`,
      end,
    );
  }
  reader.offset = start;
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) entries.push(readEntry(reader, i));
  if (reader.offset > start + size) throw reader.error("the directory is longer than declared");
  return entries;
}

/** The end record lies in the last 64 KiB, before a comment of the length that it declares. */
function findEnd(reader: ByteReader): number {
  const { view, bytes } = reader;
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + 22 + view.getUint16(at + 20, true) === bytes.length) return at;
  }
  throw reader.error("not a zip archive, or cut off: it has no end record", bytes.length);
}

function readEntry(reader: ByteReader, index: number): Entry {
  const at = reader.offset;
  if (reader.u32(`directory entry ${index}`) !== entrySignature) {
    throw reader.error(`directory entry ${index} has a wrong signature`, at);
  }
  const fields = reader.take(42, `directory entry ${index}`);
  const { view } = reader;
  const flags = view.getUint16(fields + 4, true);
  const entry: Entry = {
    name: "",
    method: view.getUint16(fields + 6, true),
    checksum: view.getUint32(fields + 12, true),
    packedSize: view.getUint32(fields + 16, true),
    size: view.getUint32(fields + 20, true),
    start: view.getUint32(fields + 38, true),
  };
  const nameStart = reader.offset;
  const name = reader.slice(view.getUint16(fields + 24, true), "a file name");
  entry.name = decodeText(name, reader.file, nameStart);
  reader.take(view.getUint16(fields + 26, true), "extra fields");
  reader.take(view.getUint16(fields + 28, true), "a comment");
  const { packedSize, size, start, method } = entry;
  if (packedSize === 0xffffffff || size === 0xffffffff || start === 0xffffffff) {
    throw reader.error(zip64Advice, at);
  }
  if (flags & 1) throw reader.error(`"${entry.name}" is encrypted`, at);
  if (method !== 0 && method !== 8) {
    throw reader.error(`"${entry.name}" is packed by method ${method}; 0 and 8 are read`, at);
  }
  if (method === 0 && packedSize !== size) {
    throw reader.error(`"${entry.name}" is stored, but has two sizes: ${packedSize}, ${size}`, at);
  }
  if (size > packedSize * maximumExpansion) {
    throw reader.error(`"${entry.name}" cannot hold ${size} bytes in ${packedSize}`, at);
  }
  return entry;
}

/** The first byte of an entry's content. Sizes in local headers may be absent; they are not used. */
function findData(reader: ByteReader, entry: Entry): number {
  reader.offset = entry.start;
  if (reader.u32(`the header of "${entry.name}"`) !== localSignature) {
    throw reader.error(`no file header for "${entry.name}" here`, entry.start);
  }
  const fields = reader.take(26, `the header of "${entry.name}"`);
  const lengths =
    reader.view.getUint16(fields + 22, true) + reader.view.getUint16(fields + 24, true);
  reader.take(lengths, `the name of "${entry.name}"`);
  return reader.take(entry.packedSize, `the content of "${entry.name}"`);
}

async function unpack(reader: ByteReader, entry: Entry): Promise<Uint8Array> {
  const start = findData(reader, entry);
  const packed = reader.bytes.subarray(start, start + entry.packedSize);
  let content = packed;
  if (entry.method === 8) {
    content = await inflate(packed, "deflate-raw", entry.size).catch((cause: Error) => {
      throw reader.error(`"${entry.name}" is damaged: ${cause.message}`, start);
    });
  }
  if (content.length !== entry.size) {
    const sizes = `${content.length} bytes instead of ${entry.size}`;
    throw reader.error(`"${entry.name}" unpacks to ${sizes}`, start);
  }
  if (crc32(content) !== entry.checksum) {
    throw reader.error(`"${entry.name}" is damaged: its CRC-32 does not match`, start);
  }
  return content;
}

/** An archive of the files, stored without compression; equal files give equal bytes. */
export function writeZip(files: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const encoder = new TextEncoder();
  const seen = new Set<string>();
  const entries = Array.from(files, ([name, content]) => {
    if (seen.has(name)) throw new DataError(`writeZip: the name "${name}" is there twice`);
    seen.add(name);
    return { name: encoder.encode(name), content, checksum: crc32(content), start: 0 };
  });
  const headers = entries.reduce((sum, { name }) => sum + 30 + 46 + 2 * name.length, 22);
  const total = entries.reduce((sum, { content }) => sum + content.length, headers);
  if (
    total >= 0xffffffff ||
    entries.length >= 0xffff ||
    entries.some((e) => e.name.length > 0xffff)
  ) {
    throw new DataError("writeZip: too much for one archive (4 GiB, 65,534 files); save in parts");
  }
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u16 = (...values: number[]): void => {
    for (const value of values) {
      view.setUint16(at, value, true);
      at += 2;
    }
  };
  const u32 = (...values: number[]): void => {
    for (const value of values) {
      view.setUint32(at, value, true);
      at += 4;
    }
  };
  const append = (content: Uint8Array): void => {
    bytes.set(content, at);
    at += content.length;
  };
  // version 2.0, names in UTF-8, stored, midnight of 1 January 1980; then checksum and sizes
  const common = ({ name, content, checksum }: (typeof entries)[number]): void => {
    u16(20, 0x800, 0, 0, 0x21);
    u32(checksum, content.length, content.length);
    u16(name.length, 0);
  };
  for (const entry of entries) {
    entry.start = at;
    u32(localSignature);
    common(entry);
    append(entry.name);
    append(entry.content);
  }
  const directory = at;
  for (const entry of entries) {
    u32(entrySignature);
    u16(20);
    common(entry);
    u16(0, 0, 0);
    u32(0, entry.start);
    append(entry.name);
  }
  const size = at - directory;
  u32(endSignature);
  u16(0, 0, entries.length, entries.length);
  u32(size, directory);
  u16(0);
  return bytes;
}

let crcTable: Uint32Array | undefined;

/** The checksum of zip and PNG: polynomial 0xEDB88320, reflected. */
export function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    return rest;
  });
  const table = crcTable;
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}
