// The door to models: known networks, one file each.

export { LeNet, type LeNetOptions } from "./lenet.ts";
