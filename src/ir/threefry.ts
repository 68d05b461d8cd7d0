// Threefry-2x32 with 20 rounds: the one source of random bits.
//
// A counter-based generator is a function, not a state: the same key and counter give the same
// two words on every machine, in any order, on any number of threads. It mixes with 32-bit add,
// rotate and xor only, which every target has. Salmon, Moraes, Dror and Shaw 2011, "Parallel
// Random Numbers: As Easy as 1, 2, 3", section 3.3; checked against the vectors of Random123.

/** Keeps the key schedule from being all zero (Skein 1.3 gives the 64-bit form). */
const parity = 0x1bd11bda;

/** Rotation distances of the eight rounds that repeat. */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Two random words from a key and a counter: threefry2x32-20(key, counter).
 *
 * Every output bit depends on every bit of key and counter, so counting upwards gives independent
 * words.
 *
 * @param key0      first key word, taken modulo 2³²
 * @param key1      second key word
 * @param counter0  first counter word
 * @param counter1  second counter word
 * @returns         two unsigned 32-bit words
 * @cost    20 rounds of add, rotate, xor
 * @source  Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3, §3.3
 * @example
 * threefry2x32(0, 0, 0, 0) // [0x6b200159, 0x99ba4efe]
 */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): [number, number] {
  const schedule = [key0 | 0, key1 | 0, key0 ^ key1 ^ parity];
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let round = first; round < first + 4; round++) {
      const distance = rotations[round] as number;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << distance) | (x1 >>> (32 - distance))) ^ x0;
    }
    x0 = (x0 + (schedule[(group + 1) % 3] as number)) | 0;
    x1 = (x1 + (schedule[(group + 2) % 3] as number) + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}
