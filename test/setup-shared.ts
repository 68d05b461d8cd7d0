// Around each file of those that share a process (vitest.config.ts): it begins with the default
// device and the default random stream of a fresh process, and what it assigned to cells and never
// read is no longer computed along with what later files read.

import { afterAll } from "vitest";
import { setDefaultDevice } from "../src/device/devices.ts";
import { seed } from "../src/tensor/generator.ts";
import { forgetPending } from "../src/tensor/slot.ts";

setDefaultDevice(process.env.HEBB_DEVICE ?? "auto");
seed(0);
afterAll(forgetPending);
