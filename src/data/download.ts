// Fetches a file over a bad connection: bounded waits, and when the body breaks off or stands
// still, the rest is asked for with a Range request from where it stopped (RFC 9110, section 14).
// The ETag goes along as If-Range, so that a file which changed in between starts anew.

import { fetchStream } from "../device/host.ts";
import { DataError } from "../ir/errors.ts";

export interface DownloadOptions {
  /** Milliseconds until a server's first answer. Default 10,000 */
  connectTimeout?: number;
  /** Milliseconds that a body may stand still. Default 15,000 */
  stallTimeout?: number;
  /** How often to continue after an interruption. Default 3 */
  retries?: number;
  /** Bytes after which to stop. Default: none */
  maximumSize?: number;
  signal?: AbortSignal;
}

/**
 * The bytes at an address, however many connections it takes.
 *
 * @throws DataError  an HTTP error, silence, or too many interruptions; the message has the address
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  const { retries = 3, signal } = options;
  const progress: Progress = {
    pieces: [],
    received: 0,
    total: undefined,
    tag: undefined,
    isEncoded: false,
    hasBegun: false,
  };
  let fruitless = 0;
  for (let attempt = 0; ; attempt++) {
    const before = progress.received;
    try {
      await receive(url, progress, options);
      return joined(progress);
    } catch (error) {
      fruitless = progress.received > before ? 0 : fruitless + 1;
      // A server that never began, or brought nothing twice, is not worth waiting for again.
      const isHopeless = error instanceof FinalError || !progress.hasBegun || fruitless > 1;
      if (isHopeless || signal?.aborted || attempt >= retries) throw error;
    }
  }
}

/** What is here so far. */
interface Progress {
  pieces: Uint8Array[];
  received: number;
  total: number | undefined;
  tag: string | undefined;
  /** The connection packs the content, so that byte positions do not carry over. */
  isEncoded: boolean;
  /** Some answer had the file. */
  hasBegun: boolean;
}

/** Asking again would bring the same. */
class FinalError extends DataError {}

async function receive(url: string, progress: Progress, options: DownloadOptions): Promise<void> {
  const { maximumSize = Infinity } = options;
  const headers: Record<string, string> = {};
  if (progress.received > 0 && !progress.isEncoded) {
    headers.range = `bytes=${progress.received}-`;
    if (progress.tag) headers["if-range"] = progress.tag;
  }
  const answer = await fetchStream(url, { ...options, headers });
  try {
    accept(url, progress, answer.status, answer.headers);
    for await (const piece of answer.body) {
      progress.pieces.push(piece);
      progress.received += piece.length;
      if (progress.received > maximumSize) {
        throw new FinalError(`${url}: more than the expected ${maximumSize} bytes`);
      }
    }
  } finally {
    answer.cancel();
  }
  if (progress.total !== undefined && progress.received !== progress.total) {
    throw new DataError(`${url}: ${progress.received} of ${progress.total} bytes arrived`);
  }
}

/** Takes in the answer's headers; starts from nothing where the server sends the whole file. */
function accept(url: string, progress: Progress, status: number, headers: Headers): void {
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    if (!range || Number(range[1]) !== progress.received) {
      const wanted = `byte ${progress.received} onwards`;
      throw new FinalError(`${url}: asked for ${wanted}, the server sent something else`);
    }
    if (range[2] !== "*") progress.total = Number(range[2]);
    return;
  }
  if (status === 429 || status >= 500) throw new DataError(`${url}: HTTP ${status}`);
  if (status !== 200) throw new FinalError(`${url}: HTTP ${status}`);
  progress.hasBegun = true;
  progress.pieces = [];
  progress.received = 0;
  const tag = headers.get("etag");
  // A weak tag does not promise equal bytes.
  progress.tag = tag && !tag.startsWith("W/") ? tag : undefined;
  progress.isEncoded = headers.has("content-encoding");
  // With an encoding, the length is that of other bytes than those that arrive here.
  const length = progress.isEncoded ? null : headers.get("content-length");
  progress.total = length === null ? undefined : Number(length);
}

function joined(progress: Progress): Uint8Array {
  const whole = new Uint8Array(progress.received);
  let at = 0;
  for (const piece of progress.pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
