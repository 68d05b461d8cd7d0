import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as host from "../../src/device/host.ts";
import { DataError, DeviceError } from "../../src/ir/errors.ts";

let folder: string;
beforeEach(() => {
  folder = host.temporaryDirectory("hebb-host-test-");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await host.remove(folder);
});

describe("environment", () => {
  test("variables: set, empty, unset", () => {
    vi.stubEnv("HEBB_TEST_VALUE", "x");
    expect(host.environment("HEBB_TEST_VALUE")).toBe("x");
    vi.stubEnv("HEBB_TEST_VALUE", "");
    expect(host.environment("HEBB_TEST_VALUE")).toBeUndefined();
    expect(host.environment("HEBB_TEST_UNSET")).toBeUndefined();
  });

  test("the cache folder follows HEBB_CACHE, then XDG_CACHE_HOME, then the home folder", () => {
    vi.stubEnv("HEBB_CACHE", "/somewhere/own");
    vi.stubEnv("XDG_CACHE_HOME", "/somewhere/xdg");
    vi.stubEnv("HOME", "/somewhere/home");
    expect(host.cacheDirectory()).toBe("/somewhere/own");
    vi.stubEnv("HEBB_CACHE", "");
    expect(host.cacheDirectory()).toBe(join("/somewhere/xdg", "hebb"));
    vi.stubEnv("XDG_CACHE_HOME", "relative");
    const usual = process.platform === "darwin" ? ["Library", "Caches"] : [".cache"];
    expect(host.cacheDirectory()).toBe(join("/somewhere/home", ...usual, "hebb"));
  });

  test("clock and threads", async () => {
    const before = host.now();
    await host.yieldToEventLoop();
    expect(host.now()).toBeGreaterThanOrEqual(before);
    expect(host.availableParallelism()).toBeGreaterThanOrEqual(1);
    expect(host.isNode()).toBe(true);
    expect(host.platform()).toBe(process.platform);
  });
});

test("without Node, what needs no files works and files say why not", async () => {
  vi.stubGlobal("process", undefined);
  try {
    expect(host.isNode()).toBe(false);
    expect(host.platform()).toBe("browser");
    expect(host.environment("HOME")).toBeUndefined();
    expect(host.cacheDirectory()).toBeUndefined();
    expect(host.builtin("node:fs")).toBeUndefined();
    expect(host.exists("/")).toBe(false);
    expect(host.availableParallelism()).toBeGreaterThanOrEqual(1);
    await expect(host.readFile("x")).rejects.toThrow(DeviceError);
    expect(() => host.temporaryDirectory()).toThrow(/needs Node/);
    expect(await host.sha256(new Uint8Array(0))).toHaveLength(64);
  } finally {
    vi.unstubAllGlobals();
  }
});

describe("files", () => {
  test("written, appended, listed, read, removed", async () => {
    const path = join(folder, "a", "b");
    await host.makeDirectory(path);
    await host.writeFileAtomic(join(path, "z.txt"), "one");
    await host.appendFile(join(path, "z.txt"), "two");
    await host.appendFile(join(path, "a.bin"), Uint8Array.of(0, 255));
    host.writeFileAtomicSync(join(path, "m.bin"), Uint8Array.of(1, 2, 3));
    expect(await host.list(path)).toEqual(["a.bin", "m.bin", "z.txt"]);
    expect(new TextDecoder().decode(await host.readFile(join(path, "z.txt")))).toBe("onetwo");
    expect(Array.from(await host.readFile(join(path, "m.bin")))).toEqual([1, 2, 3]);
    await host.remove(join(folder, "a"));
    expect(host.exists(path)).toBe(false);
    expect(await host.list(path)).toEqual([]);
    await host.remove(path);
  });

  test("a failed write leaves the old file and no scrap, and names the path", async () => {
    const path = join(folder, "target");
    await host.makeDirectory(join(path, "occupied"));
    await expect(host.writeFileAtomic(path, "new")).rejects.toThrow(/cannot write .*target/);
    expect(() => host.writeFileAtomicSync(path, "new")).toThrow(DataError);
    await expect(host.writeFileAtomic(join(folder, "no", "x"), "new")).rejects.toThrow(DataError);
    expect(await host.list(folder)).toEqual(["target"]);
    await expect(host.readFile(join(folder, "none"))).rejects.toThrow(/cannot read .*none.*ENOENT/);
    await expect(host.appendFile(join(folder, "no", "x"), "")).rejects.toThrow(DataError);
    await host.writeFileAtomic(join(folder, "file"), "");
    await expect(host.makeDirectory(join(folder, "file", "x"))).rejects.toThrow(DataError);
    // Node's own recursive mkdir never returns from here.
    await expect(host.makeDirectory("/proc/none/x")).rejects.toThrow(/folder .proc.none.x/);
  });

  test("many writers at once: one of them wins whole", async () => {
    const path = join(folder, "shared");
    const contents = Array.from({ length: 20 }, (_, i) => new Uint8Array(5000).fill(i));
    await Promise.all(contents.map((content) => host.writeFileAtomic(path, content)));
    const found = await host.readFile(path);
    expect(found.length).toBe(5000);
    expect(new Set(found).size).toBe(1);
    expect(await host.list(folder)).toEqual(["shared"]);
  });
});

test("sha256 has the published value of abc", async () => {
  expect(await host.sha256(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

describe("fetchStream", () => {
  let server: Server;
  const serve = async (handler: RequestListener): Promise<string> => {
    server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
  };
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const collect = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
    let text = "";
    for await (const piece of body) text += new TextDecoder().decode(piece);
    return text;
  };

  test("gives status, headers and body, and sends headers", async () => {
    const url = await serve((request, response) => {
      response.writeHead(206, { "x-answer": "42" });
      response.end(`got ${request.headers.range}`);
    });
    const answer = await host.fetchStream(url, { headers: { range: "bytes=5-" } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("x-answer")).toBe("42");
    expect(await collect(answer.body)).toBe("got bytes=5-");
  });

  test("gives up on a server that never answers", async () => {
    const url = await serve(() => {});
    await expect(host.fetchStream(url, { connectTimeout: 60 })).rejects.toThrow(
      /127\.0\.0\.1.*no answer for 0\.06 s/,
    );
  });

  test("gives up on a body that stands still, after handing over what came", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half");
    });
    const { body } = await host.fetchStream(url, { stallTimeout: 100 });
    let text = "";
    const read = async (): Promise<void> => {
      for await (const piece of body) text += new TextDecoder().decode(piece);
    };
    await expect(read()).rejects.toThrow(/nothing received for 0\.1 s/);
    expect(text).toBe("half");
  });

  test("a connection that breaks is an error", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half", () => response.destroy());
    });
    const { body } = await host.fetchStream(url);
    await expect(collect(body)).rejects.toThrow(DataError);
    const closed = "http://127.0.0.1:1/";
    await expect(host.fetchStream(closed)).rejects.toThrow(/127\.0\.0\.1:1\//);
  });

  test("follows an AbortSignal, before and during", async () => {
    const url = await serve((_, response) => {
      response.write("half");
    });
    const early = AbortSignal.abort(new Error("not wanted"));
    await expect(host.fetchStream(url, { signal: early })).rejects.toThrow(/not wanted/);
    const control = new AbortController();
    const { body } = await host.fetchStream(url, { signal: control.signal });
    expect(new TextDecoder().decode((await body.next()).value as Uint8Array)).toBe("half");
    const waiting = body.next();
    control.abort(new Error("changed my mind"));
    await expect(waiting).rejects.toThrow(/changed my mind/);
  });
});
