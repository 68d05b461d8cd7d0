// Files of the library's tests share a process: each begins with the device and the seed of a fresh one.

import { beforeAll } from "vitest";
import { setDefaultDevice } from "../src/device/devices.ts";
import { seed } from "../src/tensor/generator.ts";

beforeAll(() => {
  setDefaultDevice(process.env.HEBB_DEVICE ?? "auto");
  seed(0);
});
