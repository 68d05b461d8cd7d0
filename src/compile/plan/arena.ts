// Memory between steps: pieces that are never needed at once share the same bytes of one arena.

/** A piece of the arena, needed from step `first` to step `last`. */
export class Allocation {
  readonly bytes: number;
  first: number = Infinity;
  last = -1;
  offset = 0;

  constructor(bytes: number) {
    this.bytes = Math.ceil(Math.max(bytes, 4) / 64) * 64;
  }

  touch(step: number): void {
    this.first = Math.min(this.first, step);
    this.last = Math.max(this.last, step);
  }
}

/**
 * Give every piece its offset; returns the bytes of the arena. Largest first, each as low as it fits,
 * or all side by side where they may not share.
 */
export function arrange(pieces: readonly Allocation[], share = true): number {
  const order = [...pieces].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  const placed: Allocation[] = [];
  let total = 0;
  for (const piece of order) {
    const rivals = placed
      .filter((p) => !share || (p.first <= piece.last && piece.first <= p.last))
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (rival.offset - offset >= piece.bytes) break;
      offset = Math.max(offset, rival.offset + rival.bytes);
    }
    piece.offset = offset;
    placed.push(piece);
    total = Math.max(total, offset + piece.bytes);
  }
  return total;
}
