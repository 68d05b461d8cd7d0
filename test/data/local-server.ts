// A small web server on 127.0.0.1 for tests of downloads.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LocalServer {
  /** With a slash at the end. */
  url: string;
  /** "path range" of each request, in order. */
  requests: string[];
  close: () => Promise<void>;
}

type Answer = (path: string, response: ServerResponse, request: IncomingMessage) => void;

export async function startServer(answer: Answer): Promise<LocalServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").slice(1);
    requests.push(request.headers.range ? `${path} ${request.headers.range}` : path);
    answer(path, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Sends the bytes from `start`, of which only the first `count` arrive; then closes or stalls. */
export function sendPart(
  response: ServerResponse,
  bytes: Uint8Array,
  options: { start?: number; count?: number; stall?: boolean; headers?: Record<string, string> },
): void {
  const { start = 0, count = Number.POSITIVE_INFINITY, stall = false, headers = {} } = options;
  const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": String(bytes.length - start),
    ...(start > 0 ? { "content-range": range } : {}),
    ...headers,
  });
  const part = bytes.subarray(start, start + count);
  if (start + part.length === bytes.length) response.end(part);
  else
    response.write(part, () => {
      // Later, because a client may drop what it has not read when the connection breaks.
      if (!stall) setTimeout(() => response.destroy(), 50);
    });
}

/** The first byte that a Range header asks for; 0 without one. */
export function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
}
