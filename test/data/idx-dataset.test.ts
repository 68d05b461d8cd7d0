import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findIdxDataset, type IdxDataset } from "../../src/data/idx-dataset.ts";
import { writeIdx } from "../../src/io/idx.ts";
import { type LocalServer, rangeStart, sendPart, startServer } from "./local-server.ts";

// A data set of two tiny files, packed by this test.
const values = {
  images: Uint8Array.from({ length: 3000 }, (_, i) => (i * 2654435761) >>> 24),
  labels: Uint8Array.of(4, 0, 2),
};
const shapes = { images: [3, 10, 100], labels: [3] };
const plain = {
  images: writeIdx({ shape: shapes.images, dtype: "u8", data: values.images }),
  labels: writeIdx({ shape: shapes.labels, dtype: "u8", data: values.labels }),
};
const packed: Record<string, Uint8Array> = {
  "images.gz": new Uint8Array(gzipSync(plain.images)),
  "labels.gz": new Uint8Array(gzipSync(plain.labels)),
};
const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const dataset: IdxDataset<"images" | "labels"> = {
  title: "Tiny",
  folder: "tiny",
  files: {
    images: { name: "images.gz", shape: shapes.images, checksum: hash(plain.images) },
    labels: { name: "labels.gz", shape: shapes.labels, checksum: hash(plain.labels) },
  },
  mirrors: [],
};

let folder: string;
let cache: string;
const servers: LocalServer[] = [];
const serve = async (...parameters: Parameters<typeof startServer>): Promise<LocalServer> => {
  const server = await startServer(...parameters);
  servers.push(server);
  return server;
};
/** A server that has the files; `change` may answer differently. */
const good = (): Promise<LocalServer> =>
  serve((path, response) => {
    if (packed[path]) sendPart(response, packed[path], {});
    else response.writeHead(404).end();
  });
const download = { connectTimeout: 2000, stallTimeout: 250, retries: 2 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hebb-data-test-"));
  cache = join(folder, "cache", "tiny");
  vi.stubEnv("HEBB_DATA", "");
  vi.stubEnv("HEBB_OFFLINE", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

function fill(place: string, files: Record<string, Uint8Array> = packed): string {
  mkdirSync(place, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content);
  return place;
}

describe("findIdxDataset", () => {
  test("HEBB_DATA comes first, as a folder of folders or the folder itself", async () => {
    const mirror = await good();
    for (const place of ["tiny", "."]) {
      const data = join(folder, `data-${place}x`);
      const files = fill(join(data, place));
      fill(cache);
      vi.stubEnv("HEBB_DATA", data);
      const { found, origin, reasons } = await findIdxDataset(dataset, {
        cache,
        mirrors: [mirror.url],
      });
      expect(found).toEqual(values);
      expect(origin).toBe(`from ${files} (HEBB_DATA)`);
      expect(reasons).toEqual([]);
    }
    expect(mirror.requests).toEqual([]);
  });

  test("then the cache, without the network", async () => {
    fill(cache);
    const mirror = await good();
    const { found, origin, reasons } = await findIdxDataset(dataset, {
      cache,
      mirrors: [mirror.url],
    });
    expect(found).toEqual(values);
    expect(origin).toBe(`from the cache ${cache}`);
    expect(reasons).toEqual(["HEBB_DATA is not set"]);
    expect(mirror.requests).toEqual([]);
  });

  test("the usual cache is in HEBB_CACHE", async () => {
    vi.stubEnv("HEBB_CACHE", join(folder, "cache"));
    fill(cache);
    expect((await findIdxDataset(dataset, { network: false })).origin).toBe(
      `from the cache ${cache}`,
    );
  });

  test("then a mirror; what passes is kept, whole, for the next time", async () => {
    const mirror = await good();
    const first = await findIdxDataset(dataset, { cache, mirrors: [mirror.url] });
    expect(first.found).toEqual(values);
    expect(first.origin).toBe(`downloaded from ${mirror.url}, kept in ${cache}`);
    expect(first.reasons[1]).toMatch(/the cache .* does not have it/);
    expect(readdirSync(cache).sort()).toEqual(["images.gz", "labels.gz"]);
    expect(new Uint8Array(readFileSync(join(cache, "images.gz")))).toEqual(packed["images.gz"]);
    const second = await findIdxDataset(dataset, { cache, mirrors: [mirror.url] });
    expect(second.origin).toBe(`from the cache ${cache}`);
    expect(mirror.requests.length).toBe(2);
  });

  test("a mirror that has nothing: the second is asked, and for the next file first", async () => {
    const empty = await serve((_, response) => void response.writeHead(404).end());
    const full = await good();
    const mirrors = [empty.url, full.url];
    const { found, origin } = await findIdxDataset(dataset, { cache, mirrors, download });
    expect(found).toEqual(values);
    expect(origin).toContain(full.url);
    expect(origin).not.toContain(empty.url);
    expect(empty.requests).toEqual(["images.gz"]);
  });

  test("a mirror with other content is passed over, and nothing of it is kept", async () => {
    const other = new Uint8Array(
      gzipSync(plain.images.map((byte, i) => (i > 20 ? byte ^ 1 : byte))),
    );
    const wrong = await serve((_, response) => sendPart(response, other, {}));
    const alone = await findIdxDataset(dataset, { cache, mirrors: [wrong.url] });
    expect(alone.found).toBeUndefined();
    expect(alone.reasons[2]).toMatch(/images\.gz: the content has SHA-256 [0-9a-f]{12}…, not /);
    expect(existsSync(cache)).toBe(false);
    const full = await good();
    const both = await findIdxDataset(dataset, { cache, mirrors: [wrong.url, full.url] });
    expect(both.found).toEqual(values);
  });

  test("a mirror whose files are damaged or no gzip at all", async () => {
    const cut = await serve((path, response) =>
      sendPart(response, packed[path]!.slice(0, 200), {}),
    );
    const page = await serve((_, response) => void response.end("<html>please log in</html>"));
    const { found, reasons } = await findIdxDataset(dataset, {
      cache,
      mirrors: [cut.url, page.url],
    });
    expect(found).toBeUndefined();
    expect(reasons[2]).toMatch(/cut off or damaged.*; .*SHA-256/);
  });

  test("a bomb is stopped at the size of the true file", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(5e6)));
    const mirror = await serve((_, response) => sendPart(response, bomb, {}));
    const { reasons } = await findIdxDataset(dataset, { cache, mirrors: [mirror.url] });
    expect(reasons[2]).toMatch(/more than the expected 3016 bytes/);
  });

  test("a broken connection and a stalled one are continued with Range", async () => {
    for (const stall of [false, true]) {
      const mirror = await serve((path, response, request) => {
        const start = rangeStart(request);
        const count = start === 0 && path === "images.gz" ? 1000 : 1e9;
        sendPart(response, packed[path]!, { start, count, stall });
      });
      const { found } = await findIdxDataset(dataset, {
        cache: null,
        mirrors: [mirror.url],
        download,
      });
      expect(found).toEqual(values);
      // How much of a broken answer the client still reads is up to its buffers.
      expect(mirror.requests.length).toBeGreaterThanOrEqual(3);
      if (stall) expect(mirror.requests[1]).toBe("images.gz bytes=1000-");
      expect(mirror.requests.at(-1)).toBe("labels.gz");
    }
  });

  test("a server that takes the request and is silent costs only its time-out", async () => {
    const silent = await serve(() => {});
    const full = await good();
    const { found } = await findIdxDataset(dataset, {
      cache: null,
      mirrors: [silent.url, full.url],
      download: { ...download, connectTimeout: 80 },
    });
    expect(found).toEqual(values);
  });

  test("a mirror may serve the content unpacked", async () => {
    const files: Record<string, Uint8Array> = {
      "images.gz": plain.images,
      "labels.gz": plain.labels,
    };
    const mirror = await serve((path, response) => sendPart(response, files[path]!, {}));
    const options = { cache, mirrors: [mirror.url] };
    expect((await findIdxDataset(dataset, options)).found).toEqual(values);
    expect((await findIdxDataset(dataset, options)).origin).toContain("from the cache");
  });

  test("only what an interrupted run left out is fetched", async () => {
    fill(cache, { "images.gz": packed["images.gz"]! });
    const mirror = await good();
    const { found } = await findIdxDataset(dataset, { cache, mirrors: [mirror.url] });
    expect(found).toEqual(values);
    expect(mirror.requests).toEqual(["labels.gz"]);
  });

  test("a damaged cache is named and replaced", async () => {
    fill(cache, { ...packed, "images.gz": packed["images.gz"]!.slice(0, 500) });
    const mirror = await good();
    const { found, reasons } = await findIdxDataset(dataset, { cache, mirrors: [mirror.url] });
    expect(found).toEqual(values);
    expect(reasons[1]).toMatch(/images\.gz: the gzip stream of 500 bytes/);
    expect(mirror.requests).toEqual(["images.gz"]);
    expect((await findIdxDataset(dataset, { cache, network: false })).found).toEqual(values);
  });

  test("a damaged HEBB_DATA is named, and the search goes on", async () => {
    vi.stubEnv(
      "HEBB_DATA",
      fill(join(folder, "data"), { ...packed, "labels.gz": packed["images.gz"]! }),
    );
    fill(cache);
    const { found, reasons } = await findIdxDataset(dataset, { cache, network: false });
    expect(found).toEqual(values);
    expect(reasons[0]).toMatch(/labels\.gz: .*more than the expected 11 bytes/);
  });

  test("a cache that cannot be written does not stop it", async () => {
    writeFileSync(join(folder, "file"), "");
    const mirror = await good();
    const blocked = join(folder, "file", "cache");
    const { found, origin } = await findIdxDataset(dataset, {
      cache: blocked,
      mirrors: [mirror.url],
    });
    expect(found).toEqual(values);
    expect(origin).toMatch(/not kept: cannot create the folder/);
  });

  test("HEBB_OFFLINE=1 and network: false keep off the network; every reason is given", async () => {
    const mirror = await good();
    vi.stubEnv("HEBB_OFFLINE", "1");
    vi.stubEnv("HEBB_DATA", folder);
    const { found, reasons } = await findIdxDataset(dataset, {
      cache: null,
      mirrors: [mirror.url],
    });
    expect(found).toBeUndefined();
    expect(reasons).toEqual([
      `HEBB_DATA has no Tiny (${join(folder, "tiny")}, ${folder})`,
      "there is no cache folder",
      "the network is off (HEBB_OFFLINE)",
    ]);
    vi.stubEnv("HEBB_OFFLINE", "");
    await findIdxDataset(dataset, { cache: null, mirrors: [mirror.url], network: false });
    expect(mirror.requests).toEqual([]);
  });

  test("content of another shape than promised is refused", async () => {
    fill(cache);
    const files = { ...dataset.files, images: { ...dataset.files.images, shape: [30, 100] } };
    const other = { ...dataset, files };
    const { reasons } = await findIdxDataset(other, { cache, network: false });
    expect(reasons[1]).toMatch(/more than the expected|where u8 \[30, 100\] was expected/);
  });

  test("a signal ends the search instead of trying on", async () => {
    const silent = await serve(() => {});
    const signal = AbortSignal.timeout(40);
    const work = findIdxDataset(dataset, {
      cache: null,
      mirrors: [silent.url],
      download: { signal },
    });
    await expect(work).rejects.toThrow();
  });
});
