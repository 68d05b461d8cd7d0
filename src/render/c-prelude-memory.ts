// Vectors to and from memory in C: whole or only their first lanes, one element after another, some
// elements apart, or each at a place of its own. Raw bits move here; what they mean is read and
// written elsewhere in the prelude. For the first lanes of a vector AVX and AVX-512 have masked
// moves, named by builtins that gcc and clang share; other machines move them one by one.

import { eitherForm, eitherList, inlineC } from "./c-definitions.ts";

/** Loads and stores of vectors of n lanes, by the bytes of an element. */
export function memoryPieces(n: number): string[] {
  return [1, 2, 4, 8].flatMap((bytes) => movesOf(n, bytes));
}

function movesOf(n: number, bytes: number): string[] {
  const each = (item: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => item(i)).join(", ");
  const all = `LANES(${n})`;
  const first = `_Pragma("GCC unroll 1") for (int i = 0; i < (int)n; i++)`;
  const [E, R, I] = [`b${bytes}`, `b${bytes}x${n}`, `i32x${n}`];
  const at = (k: string): string => `((m${bytes} *)p)[${k}]`;
  const pieces: string[] = [];
  const load = (name: string, parameters: string, body: string): string =>
    inlineC(R, `load${name}_${R}`, `const char *p${parameters}`, body);
  const store = (name: string, parameters: string, body: string): string =>
    inlineC("void", `store${name}_${R}`, `char *p${parameters}, ${R} a`, body);
  /** What the lanes past the first n, which had to be read somewhere, become. */
  const cleared = (vector: string): string =>
    `return ${vector} & (${R})((${R}){${each((i) => `${i}`)}} < (${E})n);`;
  pieces.push(
    load("", "", `return *(const m${bytes}x${n} *)p;`),
    store("", "", `*(m${bytes}x${n} *)p = a;`),
    load("_each", `, ${I} k`, `return (${R}){${each((i) => at(`(index)k[${i}]`))}};`),
    store("_each", `, ${I} k`, `${all} ${at("(index)k[i]")} = a[i];`),
    // The lanes that do not count read what the last or the first of those that do reads.
    load(
      "_each_first",
      `, ${I} k, index n`,
      `${R} r = {${each((i) => at(`(index)k[${i} < n ? ${i} : 0]`))}}; ${cleared("r")}`,
    ),
    store("_each_first", `, ${I} k, index n`, `${first} ${at("(index)k[i]")} = a[i];`),
  );
  const masked = maskedMoves(n, bytes);
  const firsts = [
    load("_first", ", index n", `${R} r = {}; ${first} r[i] = ${at("i")}; return r;`),
    store("_first", ", index n", `${first} ${at("i")} = a[i];`),
  ];
  const masks = masked && [
    load("_first", ", index n", `return (${R})${masked.load};`),
    store("_first", ", index n", `${masked.store};`),
  ];
  pieces.push(...(masks ? eitherList(masked.where, masks, firsts) : firsts));
  const apart: Moves = {
    load: `return (${R}){${each((i) => at(`${i} * s`))}};`,
    loadFirst: `${R} r = {${each((i) => at(`(${i} < n ? ${i} : n - 1) * s`))}}; ${cleared("r")}`,
    store: `${all} ${at("i * s")} = a[i];`,
    storeFirst: `${first} ${at("i * s")} = a[i];`,
  };
  const pairs = masked && everySecond(n, bytes);
  for (const which of ["load", "store"] as const) {
    const [result, pointer, value] =
      which === "load" ? [R, "const char *p", ""] : ["void", "char *p", `, ${R} a`];
    for (const [name, count, argument] of [
      ["", "", ""],
      ["First", ", index n", ", n"],
    ] as const) {
      const move = `${which}_strided${name && "_first"}_${R}`;
      const parameters = `${pointer}, index s${count}${value}`;
      const body = apart[`${which}${name}`];
      const each = inlineC(result, move, parameters, body);
      if (!pairs) {
        pieces.push(each);
        continue;
      }
      const other = `${which === "load" ? "return " : ""}far_${move}(p, s${argument}${value && ", a"});`;
      const picking = [
        `SELDOM ${result} far_${move}(${parameters}) { ${body} }`,
        inlineC(
          result,
          move,
          parameters,
          `if (s == 2) { ${pairs[`${which}${name}`]} } else { ${other} }`,
        ),
      ].join("\n");
      if (which === "load") pieces.push(picking);
      else pieces.push(pairs.masks ? eitherForm(pairs.masks, picking, each) : each);
    }
  }
  return pieces;
}

/** What a vector some elements apart takes, whole or only its first n lanes. */
interface Moves {
  readonly load: string;
  readonly loadFirst: string;
  readonly store: string;
  readonly storeFirst: string;
}

/**
 * Every second element, the commonest stride (windows of two, convolutions that halve an image), is
 * picked from two vectors that lie one after the other, of which the second begins at the first's last
 * element: no memory past the last is touched. Stores need masks, for what lies in between stays.
 * Other strides take the long way, out of line, so that compilers do not prepare for it in every loop.
 */
function everySecond(n: number, bytes: number): Moves & { readonly masks: string | undefined } {
  const R = `b${bytes}x${n}`;
  const I = bytes === 4 ? "i32" : "i64";
  const lanes = (of: (i: number) => number): string =>
    Array.from({ length: n }, (_, i) => `${of(i)}`).join(", ");
  const half = n / 2;
  const picked = lanes((i) => (i < half ? 2 * i : 2 * i + 1));
  const far = `p + ${(n - 1) * bytes}`;
  const pick = `return SHUFFLE2_${n}(${I}, e, o, ${picked});`;
  const spread = (from: number): string =>
    `SHUFFLE_${n}(${I}, a, ${lanes((i) => from + (i >> 1))})`;
  const type = bytes === 4 ? "ps" : "pd";
  const [real, mask] = [`${bytes === 4 ? "f32" : "f64"}x${n}`, `uint${Math.max(8, n)}_t`];
  const put = (to: string, from: number, bits: string): string =>
    `__builtin_ia32_storeu${type}512_mask((void *)(${to}), (${real})${spread(from)}, (${mask})(${bits}));`;
  const high = `p + ${n * bytes}`;
  const stores = (bits: string): string =>
    `uint32_t m = ${bits}; ${put("p", 0, "m")} ${put(high, half, `m >> ${n}`)}`;
  return {
    load: `${R} e = load_${R}(p), o = load_${R}(${far}); ${pick}`,
    loadFirst:
      `index c = 2 * n - 1; ${R} o = {}, e = load_first_${R}(p, c < ${n} ? c : ${n}); ` +
      `if (c > ${n}) o = load_first_${R}(${far}, c - ${n - 1}); ${pick}`,
    store: stores("0x55555555u"),
    storeFirst: stores("0x55555555u & (uint32_t)((1ull << (2 * n)) - 1)"),
    masks: n * bytes === 64 ? "defined(__AVX512F__)" : undefined,
  };
}

/** How a machine with masks moves the first n lanes at `p`, if vectors of these bytes have any. */
function maskedMoves(
  lanes: number,
  bytes: number,
): { where: string; load: string; store: string } | undefined {
  const size = lanes * bytes;
  if (bytes < 4 || size < 16 || size > 64) return undefined;
  const type = bytes === 4 ? "ps" : "pd";
  const real = `${bytes === 4 ? "f32" : "f64"}x${lanes}`;
  if (size === 64) {
    const bits = bytes === 4 ? "(uint16_t)((1u << n) - 1u)" : "(uint8_t)((1u << n) - 1u)";
    return {
      where: "defined(__AVX512F__)",
      load: `__builtin_ia32_loadu${type}512_mask((const void *)p, (${real}){}, ${bits})`,
      store: `__builtin_ia32_storeu${type}512_mask((void *)p, (${real})a, ${bits})`,
    };
  }
  const counts = Array.from({ length: lanes }, (_, i) => `${i}`).join(", ");
  const whole = `${bytes === 4 ? "i32" : "i64"}x${lanes}`;
  const mask = `(${whole})((${whole}){${counts}} < (${bytes === 4 ? "i32" : "int64_t"})n)`;
  const suffix = `${type}${size === 32 ? "256" : ""}`;
  return {
    where: "defined(__AVX__)",
    load: `__builtin_ia32_maskload${suffix}((const void *)p, ${bytes === 4 ? mask : longlong(mask, lanes)})`,
    store: `__builtin_ia32_maskstore${suffix}((void *)p, ${bytes === 4 ? mask : longlong(mask, lanes)}, (${real})a)`,
  };
}

/** The builtins of 64-bit lanes want long long, which int64_t need not be. */
const longlong = (mask: string, lanes: number): string => `(longx${lanes})${mask}`;
