// Who looks on: from the start as the environment says, afterwards whoever was named last.
import { afterEach, expect, test, vi } from "vitest";
import { setDebugLevel } from "../../src/engine/debug-level.ts";
import { observe, observer } from "../../src/engine/observer.ts";
import { observerAtStart } from "../../src/engine/observer-at-start.ts";
import { observerAtStart as inBrowsers } from "../../src/engine/observer-at-start-browser.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  observe(undefined);
});

test("HEBB_DEBUG turns the dial, outside browsers", () => {
  vi.stubEnv("HEBB_DEBUG", "1");
  expect(observerAtStart()).toHaveProperty("compiled");
  expect(inBrowsers()).toBeUndefined();
  for (const off of ["0", "", "loud"]) {
    vi.stubEnv("HEBB_DEBUG", off);
    expect(observerAtStart()).toBeUndefined();
  }
});

test("setDebugLevel names who looks on, and nobody at 0", () => {
  setDebugLevel(2);
  expect(observer()).toBeDefined();
  setDebugLevel(0);
  expect(observer()).toBeUndefined();
});
