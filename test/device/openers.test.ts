// What a browser's bundle has in place of the devices of Node.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openers } from "../../src/device/openers.ts";
import { automatic, openers as browser } from "../../src/device/openers-browser.ts";

test("package.json gives browsers their own table of devices, and no dial from the environment", () => {
  const { imports } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(imports).toEqual({
    "#devices": {
      browser: "./dist/device/openers-browser.js",
      default: "./dist/device/openers.js",
    },
    "#observer": {
      browser: "./dist/engine/observer-at-start-browser.js",
      default: "./dist/engine/observer-at-start.js",
    },
  });
});

test("a browser lists the same devices, and says why two are not there", () => {
  expect(Object.keys(browser)).toEqual(Object.keys(openers));
  expect(browser.native()).toEqual({ reason: expect.stringContaining("C compiler") });
  expect(browser.reference()).toEqual({ reason: expect.stringContaining("addReferenceDevice") });
  expect(automatic).not.toContain("native");
  expect(browser.wasm()).toHaveProperty("device");
});
