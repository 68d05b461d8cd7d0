// The door to files: models and tensors saved and loaded, and the formats themselves over bytes.

export type { ArrayData, ArrayType, ArrayValues } from "./array-data.ts";
export type { SourceOptions } from "./bytes.ts";
export {
  type CsvNumberOptions,
  type CsvNumbers,
  type CsvOptions,
  type CsvTable,
  parseCsv,
  parseCsvNumbers,
  writeCsv,
} from "./csv.ts";
export { gunzip, gunzipIfNeeded, gzip, isGzip } from "./gzip.ts";
export { type IdxType, parseIdx, writeIdx } from "./idx.ts";
export { encode, type LoadReport, load, type SaveOptions, save } from "./model.ts";
export { parseNpy, writeNpy } from "./npy.ts";
export { parseNpz, writeNpz } from "./npz.ts";
export {
  parseSafetensors,
  parseSafetensorsHeader,
  type SafetensorsArray,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsHeader,
  type SafetensorsType,
  writeSafetensors,
} from "./safetensors.ts";
export { type FileSource, fromTensor, saveIdx, saveNpy, saveNpz, toTensor } from "./tensors.ts";
