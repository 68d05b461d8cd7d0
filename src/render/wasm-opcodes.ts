// WebAssembly's instructions by their names in the text format: those that kernels use, and some
// between. A number below 256 is the byte itself; above, the prefix byte (0xfc or 0xfd) times 4096 plus
// the number that follows it. From the core specification 2.0, appendix "Index of Instructions". Relaxed
// SIMD is left out on purpose: its results differ from machine to machine.

const saturating = 0xfc000;
const simd = 0xfd000;

const comparisons = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const floats = "neg ceil floor trunc nearest sqrt add sub mul div";
const floatLanes = "neg - sqrt add sub mul div min max pmin pmax";

/** What the names begin with, the number of the first, and how they go on: "-" stands for one left out. */
const runs = [
  ["", 0x02, "block loop if else"],
  ["", 0x0b, "end br br_if"],
  ["", 0x1a, "drop select"],
  ["select.", 0x1c, "v128"],
  ["local.", 0x20, "get set tee"],
  ["i32.", 0x28, "load"],
  ["f32.", 0x2a, "load"],
  ["f64.", 0x2b, "load"],
  ["i32.", 0x2c, "load8_s load8_u load16_s load16_u"],
  ["i32.", 0x36, "store"],
  ["f32.", 0x38, "store"],
  ["f64.", 0x39, "store"],
  ["i32.", 0x3a, "store8 store16"],
  ["memory.", 0x3f, "size"],
  ["i32.", 0x41, "const"],
  ["f32.", 0x43, "const"],
  ["f64.", 0x44, "const"],
  ["i32.", 0x45, "eqz"],
  ["i32.", 0x46, comparisons],
  ["f32.", 0x5b, "eq ne lt gt"],
  ["f64.", 0x61, "eq ne lt gt"],
  ["i32.", 0x6a, "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u"],
  ["f32.", 0x8c, floats],
  ["f64.", 0x9a, floats],
  ["i64.", 0xac, "extend_i32_s"],
  ["f32.", 0xb2, "convert_i32_s convert_i32_u - - demote_f64"],
  ["f64.", 0xb7, "convert_i32_s convert_i32_u - - promote_f32"],
  ["i32.", 0xbc, "reinterpret_f32"],
  ["f32.", 0xbe, "reinterpret_i32"],
  ["i32.", saturating, "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],

  ["v128.", simd, "load - - - load16x4_u - - - - load32_splat load64_splat store const"],
  ["i8x16.", simd + 13, "shuffle"],
  ["i32x4.", simd + 17, "splat"],
  ["i64x2.", simd + 18, "splat"],
  ["f32x4.", simd + 19, "splat"],
  ["f64x2.", simd + 20, "splat"],
  ["i32x4.", simd + 27, "extract_lane replace_lane"],
  ["i64x2.", simd + 29, "extract_lane replace_lane"],
  ["f32x4.", simd + 31, "extract_lane replace_lane"],
  ["f64x2.", simd + 33, "extract_lane replace_lane"],
  ["i32x4.", simd + 55, comparisons],
  ["f32x4.", simd + 65, "eq ne lt gt"],
  ["f64x2.", simd + 71, "eq ne lt gt"],
  ["v128.", simd + 77, "not and andnot or xor bitselect any_true"],
  ["v128.", simd + 85, "load16_lane load32_lane load64_lane"],
  ["v128.", simd + 89, "store16_lane store32_lane store64_lane load32_zero"],
  ["i8x16.", simd + 102, "narrow_i16x8_u"],
  ["f32x4.", simd + 104, "floor"],
  ["f64x2.", simd + 117, "floor"],
  ["i16x8.", simd + 134, "narrow_i32x4_u extend_low_i8x16_s - extend_low_i8x16_u"],
  ["i32x4.", simd + 161, "neg"],
  ["i32x4.", simd + 167, "extend_low_i16x8_s - extend_low_i16x8_u - shl shr_s shr_u add"],
  ["i32x4.", simd + 177, "sub - - - mul min_s min_u max_s max_u"],
  ["i64x2.", simd + 201, "extend_low_i32x4_u"],
  ["i64x2.", simd + 214, "eq ne lt_s gt_s"],
  ["f32x4.", simd + 225, floatLanes],
  ["f64x2.", simd + 237, floatLanes],
  ["i32x4.", simd + 248, "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  ["f32x4.", simd + 250, "convert_i32x4_s convert_i32x4_u"],
] as const;

type Words<Text> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;
type Names<Run> = Run extends readonly [infer Begin extends string, number, infer Text]
  ? `${Begin}${Exclude<Words<Text>, "-"> & string}`
  : never;

/** The instructions by name. */
export type Opcode = Names<(typeof runs)[number]>;

export const opcodes = Object.fromEntries(
  runs.flatMap(([begin, first, text]) =>
    text.split(" ").map((word, i) => [begin + word, first + i]),
  ),
) as Record<Opcode, number>;
