import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { tensor } from "../../src/tensor/create.ts";
import { listDevices, useDevice } from "../../src/tensor/engine.ts";
import { devicesHere } from "../support/devices.ts";

/** Module state is per registry: a fresh one sees the environment anew. */
async function fresh(
  environment: Record<string, string>,
): Promise<typeof import("../../src/device/devices.ts")> {
  vi.resetModules();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return import("../../src/device/devices.ts");
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("choosing", () => {
  test("HEBB_DEVICE names the default", async () => {
    const devices = await fresh({ HEBB_DEVICE: "reference" });
    expect(devices.defaultDevice().name).toBe("reference");
    expect(devices.listDevices().find((d) => d.isDefault)?.name).toBe("reference");
  });

  test("a name that is none of the devices says which there are", async () => {
    const devices = await fresh({ HEBB_DEVICE: "abacus" });
    expect(() => devices.defaultDevice()).toThrow(/no device "abacus".*native, wasm/);
    expect(devices.listDevices().every((d) => !d.isDefault)).toBe(true);
  });

  test("auto takes the best that works and says in one line why a better was skipped", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {});
    // No compiler can be found on an empty PATH.
    const devices = await fresh({ HEBB_DEVICE: "auto", PATH: "/nowhere", CC: "" });
    expect(devices.defaultDevice().name).toBe("wasm");
    expect(lines.mock.calls).toHaveLength(1);
    expect(String(lines.mock.calls[0]?.[0])).toMatch(/^hebb: device wasm .* native skipped: ./);
    devices.defaultDevice();
    expect(lines.mock.calls).toHaveLength(1);
  });

  test("a device that does not work throws its reason when it is asked for", async () => {
    const devices = await fresh({});
    expect(() => devices.deviceNamed("webgpu")).toThrow(/webgpu: /);
    const listing = devices.listDevices().find((d) => d.name === "webgpu");
    expect(listing?.available).toBe(false);
    expect(listing?.description).not.toBe("");
  });
});

test("useDevice changes the default for what comes after", async () => {
  for (const name of devicesHere) {
    expect(await useDevice(name)).toContain(name);
    expect(tensor([1, 2]).mul(2).device).toBe(name);
    expect(
      listDevices()
        .filter((d) => d.isDefault)
        .map((d) => d.name),
    ).toEqual([name]);
  }
  await expect(useDevice("webgpu")).rejects.toThrow(/webgpu/);
  expect(listDevices().map((d) => d.name)).toEqual(["native", "wasm", "webgpu", "reference"]);
});

test("importing the library opens no device and prints nothing", () => {
  const program = `
    import { build } from "esbuild";
    const out = await build({ stdin: { contents: 'import * as hebb from "./src/index.ts"; console.log(typeof hebb.tensor)', resolveDir: process.cwd(), loader: "ts" }, bundle: true, platform: "node", format: "esm", write: false });
    process.env.PATH = "/nowhere";
    await import("data:text/javascript;base64," + Buffer.from(out.outputFiles[0].text).toString("base64"));
  `;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(done.stderr).toBe("");
  expect(done.stdout.trim()).toBe("function");
});
