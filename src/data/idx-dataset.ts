// Data sets that are a few gzipped IDX files with known content, and the places to look for them:
// HEBB_DATA, then the user's cache, then mirrors on the network.
//
// Mirrors pack the same content differently, so the checksums are of what is inside. Only files
// that pass reach the cache. HEBB_OFFLINE=1 keeps off the network.

import {
  cacheDirectory,
  environment,
  exists,
  joinPath,
  makeDirectory,
  readFile,
  sha256,
  writeFileAtomic,
} from "../device/host.ts";
import { gunzipIfNeeded } from "../io/gzip.ts";
import { parseIdx } from "../io/idx.ts";
import { DataError } from "../ir/errors.ts";
import { type DownloadOptions, download } from "./download.ts";

/** One file of bytes (u8), by what it must hold. */
export interface IdxFile {
  name: string;
  shape: readonly number[];
  /** SHA-256 of the decompressed file. */
  checksum: string;
}

export interface IdxDataset<Part extends string> {
  title: string;
  /** Its folder in HEBB_DATA and in the cache. */
  folder: string;
  files: Record<Part, IdxFile>;
  /** Addresses of folders that hold all the files. */
  mirrors: readonly string[];
}

export interface SearchOptions {
  /** Addresses to ask instead of the data set's own, in order. */
  mirrors?: readonly string[];
  /** Folder where downloads are kept; null for nowhere. Default: in the user's cache */
  cache?: string | null;
  /** Whether to ask mirrors at all. Default: unless HEBB_OFFLINE is 1 */
  network?: boolean;
  /** How long servers may keep silent, and a signal that ends the search. */
  download?: DownloadOptions;
}

export interface IdxSearch<Part extends string> {
  /** The values of each file; undefined where no place has them all. */
  found: Record<Part, Uint8Array> | undefined;
  /** Where they were found, in a few words. */
  origin: string;
  /** Why each place before did not do. */
  reasons: string[];
}

type Content<Part extends string> = (part: Part) => Promise<Uint8Array>;
/** A place that has the files, or why it does not. */
type Place<Part extends string> = { content: Content<Part>; origin: () => string } | string;

/**
 * Looks for a data set in HEBB_DATA, the cache and on the network, in this order.
 *
 * @throws DataError  only where the signal ends the search
 */
export async function findIdxDataset<Part extends string>(
  dataset: IdxDataset<Part>,
  options: SearchOptions = {},
): Promise<IdxSearch<Part>> {
  const reasons: string[] = [];
  const cache = options.cache === undefined ? usualCache(dataset.folder) : options.cache;
  const places = [
    () => dataFolder(dataset),
    () => cacheFolder(dataset, cache),
    () => network(dataset, options, cache),
  ];
  for (const look of places) {
    try {
      const place = look();
      if (typeof place === "string") {
        reasons.push(place);
        continue;
      }
      const found: Partial<Record<Part, Uint8Array>> = {};
      for (const part of parts(dataset)) {
        found[part] = readValues(dataset.files[part], await place.content(part));
      }
      return { found: found as Record<Part, Uint8Array>, origin: place.origin(), reasons };
    } catch (error) {
      if (options.download?.signal?.aborted) throw error;
      reasons.push((error as Error).message);
    }
  }
  return { found: undefined, origin: "nowhere", reasons };
}

function dataFolder<Part extends string>(dataset: IdxDataset<Part>): Place<Part> {
  const folder = environment("HEBB_DATA");
  if (!folder) return "HEBB_DATA is not set";
  const candidates = [joinPath(folder, dataset.folder), folder];
  const place = candidates.find((path) => hasAll(dataset, path));
  if (!place) return `HEBB_DATA has no ${dataset.title} (${candidates.join(", ")})`;
  return {
    content: (part) => readPacked(dataset.files[part], place),
    origin: () => `from ${place} (HEBB_DATA)`,
  };
}

function cacheFolder<Part extends string>(
  dataset: IdxDataset<Part>,
  cache: string | null,
): Place<Part> {
  if (!cache) return "there is no cache folder";
  if (!hasAll(dataset, cache)) return `the cache ${cache} does not have it`;
  return {
    content: (part) => readPacked(dataset.files[part], cache),
    origin: () => `from the cache ${cache}`,
  };
}

function network<Part extends string>(
  dataset: IdxDataset<Part>,
  options: SearchOptions,
  cache: string | null,
): Place<Part> {
  const isOn = options.network ?? environment("HEBB_OFFLINE") !== "1";
  if (!isOn) return "the network is off (HEBB_OFFLINE)";
  let mirrors = options.mirrors ?? dataset.mirrors;
  const used = new Set<string>();
  let kept = cache ? `kept in ${cache}` : "not kept";
  const content = async (part: Part): Promise<Uint8Array> => {
    const file = dataset.files[part];
    // An earlier run may have been stopped between two files.
    if (cache && exists(joinPath(cache, file.name))) {
      const earlier = await readPacked(file, cache).catch(() => undefined);
      if (earlier) return earlier;
    }
    const { packed, unpacked, mirror } = await fromMirrors(file, mirrors, options.download);
    used.add(mirror);
    // The next file is first asked for where this one was to be had.
    mirrors = [mirror, ...mirrors.filter((other) => other !== mirror)];
    if (cache) {
      try {
        await makeDirectory(cache);
        await writeFileAtomic(joinPath(cache, file.name), packed);
      } catch (error) {
        kept = `not kept: ${(error as Error).message}`;
      }
    }
    return unpacked;
  };
  return { content, origin: () => `downloaded from ${[...used].join(", ")}, ${kept}` };
}

/** The file of the first mirror whose content passes. */
async function fromMirrors(
  file: IdxFile,
  mirrors: readonly string[],
  options: DownloadOptions | undefined,
): Promise<{ packed: Uint8Array; unpacked: Uint8Array; mirror: string }> {
  const reasons: string[] = [];
  for (const mirror of mirrors) {
    const url = `${mirror.replace(/\/?$/, "/")}${file.name}`;
    try {
      // Packed bytes may outgrow the content a little, and a mirror may serve it unpacked.
      const packed = await download(url, { maximumSize: sizeOf(file) + 65536, ...options });
      return { packed, unpacked: await unpack(file, packed, url), mirror };
    } catch (error) {
      if (options?.signal?.aborted) throw error;
      reasons.push((error as Error).message);
    }
  }
  throw new DataError(reasons.length > 0 ? reasons.join("; ") : "there are no mirrors to ask");
}

async function readPacked(file: IdxFile, folder: string): Promise<Uint8Array> {
  const path = joinPath(folder, file.name);
  return unpack(file, await readFile(path), path);
}

/** What is inside, once its checksum is found right. */
async function unpack(file: IdxFile, packed: Uint8Array, source: string): Promise<Uint8Array> {
  const content = await gunzipIfNeeded(packed, { file: source, limit: sizeOf(file) });
  const checksum = await sha256(content);
  if (checksum === file.checksum) return content;
  const short = (text: string): string => `${text.slice(0, 12)}…`;
  throw new DataError(
    `${source}: the content has SHA-256 ${short(checksum)}, not ${short(file.checksum)}`,
  );
}

function readValues(file: IdxFile, content: Uint8Array): Uint8Array {
  const { shape, dtype, data } = parseIdx(content, { file: file.name });
  if (dtype !== "u8" || shape.join() !== file.shape.join()) {
    const [is, expected] = [shape, file.shape].map((sizes) => sizes.join(", "));
    throw new DataError(`${file.name}: ${dtype} [${is}] where u8 [${expected}] was expected`);
  }
  return data as Uint8Array;
}

/** Bytes of the unpacked file. */
function sizeOf(file: IdxFile): number {
  return file.shape.reduce((product, size) => product * size, 1) + 4 + 4 * file.shape.length;
}

function parts<Part extends string>(dataset: IdxDataset<Part>): Part[] {
  return Object.keys(dataset.files) as Part[];
}

function hasAll<Part extends string>(dataset: IdxDataset<Part>, folder: string): boolean {
  return parts(dataset).every((part) => exists(joinPath(folder, dataset.files[part].name)));
}

function usualCache(folder: string): string | null {
  const cache = cacheDirectory();
  return cache ? joinPath(cache, folder) : null;
}
