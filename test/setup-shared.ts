// Before each file of those that share a process (vitest.config.ts): the default device and the
// default random stream are those of a fresh process, whatever the file before has left.

import { setDefaultDevice } from "../src/device/devices.ts";
import { seed } from "../src/tensor/generator.ts";

setDefaultDevice(process.env.HEBB_DEVICE ?? "auto");
seed(0);
