import { afterEach, describe, expect, test } from "vitest";
import { download } from "../../src/data/download.ts";
import { DataError } from "../../src/ir/errors.ts";
import { type LocalServer, rangeStart, sendPart, startServer } from "./local-server.ts";

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) >> 3);
const fast = { connectTimeout: 2000, stallTimeout: 250 };

let server: LocalServer;
afterEach(() => server.close());

describe("download", () => {
  test("fetches a file", async () => {
    server = await startServer((_, response) => sendPart(response, bytes, {}));
    expect(await download(server.url)).toEqual(bytes);
    expect(server.requests).toEqual([""]);
  });

  test("continues where a connection broke, as often as it brings something", async () => {
    server = await startServer((_, response, request) => {
      sendPart(response, bytes, { start: rangeStart(request), count: 2000 });
    });
    // How much of a broken answer the client still reads is up to its buffers.
    expect(await download(`${server.url}f`, { ...fast, retries: 10 })).toEqual(bytes);
    expect(server.requests.length).toBeGreaterThanOrEqual(3);
    expect(server.requests.at(-1)).toMatch(/^f bytes=[1-9]\d*-$/);
  });

  test("continues where a body stood still", async () => {
    server = await startServer((_, response, request) => {
      sendPart(response, bytes, { start: rangeStart(request), count: 3000, stall: true });
    });
    expect(await download(`${server.url}f`, fast)).toEqual(bytes);
    expect(server.requests).toEqual(["f", "f bytes=3000-"]);
  });

  test("starts anew where the server sends the whole file, or the file has changed", async () => {
    const ifRange: unknown[] = [];
    server = await startServer((_, response, request) => {
      ifRange.push(request.headers["if-range"]);
      const isFirst = ifRange.length === 1;
      const content = isFirst ? bytes.map((byte) => byte ^ 1) : bytes;
      const headers = { etag: isFirst ? '"old"' : '"new"' };
      sendPart(response, content, { count: isFirst ? 1000 : 5000, stall: true, headers });
    });
    expect(await download(server.url, fast)).toEqual(bytes);
    expect(ifRange).toEqual([undefined, '"old"']);
  });

  test("refuses other bytes than it asked for", async () => {
    server = await startServer((_, response, request) => {
      const start = rangeStart(request);
      sendPart(response, bytes, { start: start && start - 10, count: 2000, stall: true });
    });
    await expect(download(server.url, fast)).rejects.toThrow(/byte 2000 onwards.*something else/);
  });

  test("gives up after its retries, or at once where nothing ever came", async () => {
    server = await startServer((path, response, request) => {
      if (path === "drip")
        sendPart(response, bytes, { start: rangeStart(request), count: 10, stall: true });
      else if (path === "mute") sendPart(response, bytes, { count: 0, stall: true });
      else if (path === "dead") response.destroy();
      else response.writeHead(path === "busy" ? 503 : 404).end();
    });
    await expect(download(`${server.url}drip`, { ...fast, retries: 2 })).rejects.toThrow(DataError);
    expect(server.requests.length).toBe(3);
    await expect(download(`${server.url}dead`, fast)).rejects.toThrow(/\/dead: /);
    await expect(download(`${server.url}busy`, fast)).rejects.toThrow(/\/busy: HTTP 503/);
    await expect(download(`${server.url}none`, fast)).rejects.toThrow(/\/none: HTTP 404/);
    await expect(download(`${server.url}mute`, fast)).rejects.toThrow(/nothing received/);
    expect(server.requests.slice(3)).toEqual(["dead", "busy", "none", "mute", "mute"]);
  });

  test("stops at the size limit", async () => {
    server = await startServer((_, response) => sendPart(response, bytes, {}));
    expect((await download(server.url, { maximumSize: 5000 })).length).toBe(5000);
    await expect(download(server.url, { maximumSize: 4999 })).rejects.toThrow(/more than .* 4999/);
  });

  test("a body that the server packs for the way is unpacked and never continued by position", async () => {
    const { gzipSync } = await import("node:zlib");
    const packed = new Uint8Array(gzipSync(bytes));
    let count = 0;
    server = await startServer((_, response) => {
      const headers = { "content-encoding": "gzip" };
      sendPart(response, packed, {
        headers,
        count: count++ === 0 ? packed.length - 50 : 1e9,
        stall: true,
      });
    });
    expect(await download(server.url, fast)).toEqual(bytes);
    expect(server.requests).toEqual(["", ""]);
  });

  test("a signal ends it", async () => {
    server = await startServer((_, response) =>
      sendPart(response, bytes, { count: 5, stall: true }),
    );
    const control = new AbortController();
    const work = download(server.url, { signal: control.signal });
    setTimeout(() => control.abort(new Error("enough")), 30);
    await expect(work).rejects.toThrow(/enough/);
    expect(server.requests.length).toBe(1);
  });
});
