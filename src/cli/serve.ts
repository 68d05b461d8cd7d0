// A report on a web address of this machine only, until Ctrl-C.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";

/** A server of one file on a free port of 127.0.0.1; the file is read anew for each request. */
export async function serveFile(path: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    if (request.url !== "/" || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(404).end();
      return;
    }
    readFile(path).then(
      (content) => {
        response.writeHead(200, {
          "content-type": "text/html; charset=utf-8",
          "cache-control": "no-store",
        });
        response.end(request.method === "HEAD" ? undefined : content);
      },
      () => response.writeHead(500).end("the report cannot be read\n"),
    );
  });
  await new Promise<void>((ready, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", ready);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Waits for Ctrl-C, then closes the server. */
export async function untilInterrupted(server: Server): Promise<void> {
  await new Promise<void>((stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  server.closeAllConnections();
  await new Promise<void>((closed) => server.close(() => closed()));
}
