// Streams of random draws. A stream is a key (from the seed) and a counter of draws; the numbers of a
// draw are a function of key, counter and position, so nothing is stored and the same seed gives the
// same bits on every device. The counter lives here, not in a tensor: a compiled program gets it as a
// number with each call.
//
// Where one line of code draws several times at once (under vmap, in the body of a scan), each time
// has its own counter: base + draw·size + index.

import { add, alias, constant, mul } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { requireSeed } from "./requirements.ts";
import { currentScope, type Scope, type Stream } from "./trace.ts";

/** What a draw is made of: u32 numbers without axes. */
export interface Draw {
  readonly k0: Node;
  readonly k1: Node;
  readonly draw: Node;
}

/** Where a stream stands; plain data, for checkpoints. */
export interface GeneratorState {
  readonly seed: number;
  readonly draws: number;
}

/**
 * A stream of random numbers of its own.
 *
 * @example
 * const generator = new Generator(7);
 * randn([2, 3], { generator });
 */
export class Generator implements Stream {
  #seed: number;
  k0 = 0;
  k1 = 0;
  /** How many draws were taken, modulo 2³². */
  draws = 0;

  constructor(seed = 0) {
    this.#seed = seed;
    this.seed(seed);
  }

  /** Starts again from a seed. @param seed  a whole number from 0 to 2⁵³ − 1 */
  seed(seed: number): void {
    requireSeed(seed);
    this.#seed = seed;
    this.k0 = seed >>> 0;
    this.k1 = Math.floor(seed / 2 ** 32);
    this.draws = 0;
  }

  get state(): GeneratorState {
    return { seed: this.#seed, draws: this.draws };
  }

  set state({ seed, draws }: GeneratorState) {
    this.seed(seed);
    this.draws = draws;
  }
}

let standard: Generator | undefined;

/** The stream that random functions use unless told otherwise; its seed is 0 until seed() is called. */
export function defaultGenerator(): Generator {
  standard ??= new Generator(0);
  return standard;
}

/**
 * Starts the default stream again: one seed, the same numbers on every device.
 *
 * @param seed  a whole number from 0 to 2⁵³ − 1
 * @example
 * seed(42);
 * randn([2, 3]);
 */
export function seed(seed: number): void {
  defaultGenerator().seed(seed);
}

/** Takes the next draw of a stream: call it once for each random tensor. */
export function nextDraw(generator: Generator = defaultGenerator()): Draw {
  // From the innermost scope outwards: how many draws this line stands for, and which one is meant.
  const bodies: Set<Node>[] = [];
  let size = 1;
  let index: Node | undefined;
  let scope: Scope | undefined = currentScope();
  for (; scope !== undefined && scope.stream === undefined; scope = scope.outer) {
    if (scope.outside !== undefined) bodies.push(scope.outside);
    if (scope.draws === undefined) continue;
    const here = scope.draws.index();
    const part = size === 1 ? here : mul(here, constant(size, "u32"));
    index = index === undefined ? part : add(index, part);
    size *= scope.draws.size;
  }
  let { k0, k1, base, offset } =
    scope?.stream?.(generator, size) ?? eager(generator, size, bodies.length > 0);
  for (const outside of bodies) for (const node of [k0, k1, base]) outside.add(node);
  if (offset !== 0) base = add(base, constant(offset, "u32"));
  return { k0, k1, draw: index === undefined ? base : add(base, index) };
}

function eager(
  generator: Generator,
  count: number,
  inBody: boolean,
): { k0: Node; k1: Node; base: Node; offset: number } {
  const [k0, k1, base] = [generator.k0, generator.k1, generator.draws].map((value) => {
    const node = constant(value, "u32");
    // Under another name it is no constant to fold, so the body stays the same at every call.
    return inBody ? alias(node) : node;
  }) as [Node, Node, Node];
  generator.draws = (generator.draws + count) % 2 ** 32;
  return { k0, k1, base, offset: 0 };
}
