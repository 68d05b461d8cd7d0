// From a picture of a digit to what the network was trained on: light ink on black, in the middle of
// 28 x 28 pixels. Photographs have paper of uneven light, dark ink, any size and any place.
//
// The paper is taken for a plane of brightness through the border of the picture, the ink for what
// differs from it; the ink's pieces are kept if they are large enough, cut out, scaled to 20 x 20 and
// put with their centre of mass in the middle, as MNIST was made (LeCun et al. 1998, section III.A).

/** A picture: RGBA bytes, row after row, as PNG readers give them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface DigitImage {
  /** [28, 28], 0 is paper, 255 is ink. */
  readonly pixels: Uint8Array;
  /** What was done, in words; empty if the picture was taken as it is. */
  readonly changes: readonly string[];
}

const side = 28;
/** The longer side of the ink. */
const inkSide = 20;

/**
 * A picture of one digit as the network expects it.
 *
 * @param picture  RGBA; transparent is white
 * @returns        the 28 x 28 pixels and what was changed; undefined where there is no ink
 */
export function digitImage({ width, height, rgba }: Picture): DigitImage | undefined {
  const grey = brightness(rgba, width * height);
  if (width === side && height === side && isTrainingLike(grey)) {
    return { pixels: Uint8Array.from(grey, Math.round), changes: [] };
  }
  const { ink, inverted, uneven } = separateInk(grey, width, height);
  const threshold = otsu(ink);
  if (threshold === undefined) return undefined;
  const mask = keepPieces(ink, threshold, width, height);
  const box = bounds(mask, width, height);
  if (box === undefined) return undefined;
  for (let i = 0; i < ink.length; i++) if (mask[i] === 0) ink[i] = 0;
  const scale = inkSide / Math.max(box.width, box.height);
  const pixels = place(ink, width, box, scale);
  const changes = [
    ...(inverted ? ["inverted (dark ink on light paper)"] : []),
    ...(uneven ? ["evened out the light"] : []),
    ...(box.width < width || box.height < height
      ? [`cut out ${box.width}x${box.height} at ${box.left},${box.top} of ${width}x${height}`]
      : []),
    ...(Math.abs(scale - 1) > 0.01 ? [`scaled by ${scale.toPrecision(2)}`] : []),
    "centred",
  ];
  return { pixels, changes };
}

/** Rec. 601 luma over white, 0…255. */
function brightness(rgba: Uint8Array, count: number): Float64Array {
  const grey = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [r = 0, g = 0, b = 0, a = 255] = rgba.subarray(4 * i, 4 * i + 4);
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    grey[i] = (luma * a + 255 * (255 - a)) / 255;
  }
  return grey;
}

/** Black around, light within, the weight near the middle: a picture of the data set itself. */
function isTrainingLike(grey: Float64Array): boolean {
  let [total, x, y, border] = [0, 0, 0, 0];
  for (let i = 0; i < grey.length; i++) {
    const value = grey[i] as number;
    const [column, row] = [i % side, Math.floor(i / side)];
    total += value;
    x += value * column;
    y += value * row;
    const edge = column < 2 || row < 2 || column > side - 3 || row > side - 3;
    if (edge) border = Math.max(border, value);
  }
  const isCentred = (sum: number): boolean => Math.abs(sum / total - (side - 1) / 2) < 2;
  return total > 0 && border < 64 && isCentred(x) && isCentred(y);
}

/** How much each pixel differs from the paper, towards the ink. */
function separateInk(
  grey: Float64Array,
  width: number,
  height: number,
): { ink: Float64Array; inverted: boolean; uneven: boolean } {
  const plane = borderPlane(grey, width, height);
  const difference = grey.map((value, i) => plane.at(i % width, Math.floor(i / width)) - value);
  // The side with the stronger differences is the ink; noise of the paper is on both.
  let [darker, lighter] = [0, 0];
  for (const d of difference) {
    if (d > 0) darker += d * d;
    else lighter += d * d;
  }
  const inverted = darker >= lighter;
  const sign = inverted ? 1 : -1;
  return {
    ink: difference.map((d) => Math.max(0, sign * d)),
    inverted,
    uneven: plane.range > 16,
  };
}

/** The plane of least squares through the border; a second time without what lies far from it. */
function borderPlane(
  grey: Float64Array,
  width: number,
  height: number,
): { at: (x: number, y: number) => number; range: number } {
  const rim = Math.max(1, Math.round(Math.min(width, height) * 0.04));
  const points: [number, number, number][] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x >= rim && y >= rim && x < width - rim && y < height - rim) continue;
      points.push([x / width - 0.5, y / height - 0.5, grey[y * width + x] as number]);
    }
  }
  const values = points.map(([, , v]) => v).sort((a, b) => a - b);
  const median = values[values.length >> 1] as number;
  // Ink that runs over the border would tilt the plane.
  const paper = points.filter(([, , v]) => Math.abs(v - median) < 64);
  const [a, b, c] = leastSquares(paper.length >= 3 ? paper : points) ?? [median, 0, 0];
  const at = (x: number, y: number): number => a + b * (x / width - 0.5) + c * (y / height - 0.5);
  return { at, range: Math.abs(b) + Math.abs(c) };
}

/** v ≈ a + b·x + c·y by the normal equations; undefined where the points lie on a line. */
function leastSquares(points: [number, number, number][]): [number, number, number] | undefined {
  let [n, sx, sy, sxx, sxy, syy, sv, sxv, syv] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const [x, y, v] of points) {
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
    syy += y * y;
    sv += v;
    sxv += x * v;
    syv += y * v;
  }
  const det3 = (m: number[]): number => {
    const [p, q, r, s, t, u, v, w, z] = m as [number, ...number[]] as number[] & { length: 9 };
    return (
      (p as number) * ((t as number) * (z as number) - (u as number) * (w as number)) -
      (q as number) * ((s as number) * (z as number) - (u as number) * (v as number)) +
      (r as number) * ((s as number) * (w as number) - (t as number) * (v as number))
    );
  };
  const whole = det3([n, sx, sy, sx, sxx, sxy, sy, sxy, syy]);
  if (Math.abs(whole) < 1e-9) return undefined;
  return [
    det3([sv, sx, sy, sxv, sxx, sxy, syv, sxy, syy]) / whole,
    det3([n, sv, sy, sx, sxv, sxy, sy, syv, syy]) / whole,
    det3([n, sx, sv, sx, sxx, sxv, sy, sxy, syv]) / whole,
  ];
}

/**
 * The level that parts ink from paper best: it maximises the variance between the two classes.
 * Undefined where the picture is all of one shade. Otsu 1979, eq. (12).
 */
function otsu(ink: Float64Array): number | undefined {
  const counts = new Array<number>(256).fill(0);
  for (const value of ink) {
    const bin = Math.min(255, Math.round(value));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const total = ink.length;
  const sum = counts.reduce((s, count, level) => s + count * level, 0);
  let [below, sumBelow, best, level] = [0, 0, 0, -1];
  for (let t = 0; t < 255; t++) {
    below += counts[t] as number;
    sumBelow += t * (counts[t] as number);
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const gap = sumBelow / below - (sum - sumBelow) / above;
    const variance = below * above * gap * gap;
    if (variance > best) [best, level] = [variance, t];
  }
  // Differences of a few levels are noise of a blank sheet.
  const brightest = ink.reduce((m, v) => Math.max(m, v), 0);
  return level < 0 || brightest < 24 ? undefined : level;
}

/** 1 where ink belongs to a piece that is not small beside the largest; specks are left out. */
function keepPieces(
  ink: Float64Array,
  threshold: number,
  width: number,
  height: number,
): Uint8Array {
  const piece = new Int32Array(width * height);
  const weights: number[] = [0];
  const stack: number[] = [];
  for (let start = 0; start < piece.length; start++) {
    if (piece[start] !== 0 || (ink[start] as number) <= threshold) continue;
    const label = weights.length;
    let weight = 0;
    stack.push(start);
    piece[start] = label;
    while (stack.length > 0) {
      const at = stack.pop() as number;
      weight += ink[at] as number;
      const x = at % width;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const next = at + dy * width + dx;
          if (x + dx < 0 || x + dx >= width || next < 0 || next >= piece.length) continue;
          if (piece[next] !== 0 || (ink[next] as number) <= threshold) continue;
          piece[next] = label;
          stack.push(next);
        }
      }
    }
    weights.push(weight);
  }
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  const mask = Uint8Array.from(piece, (label) =>
    label > 0 && (weights[label] as number) >= 0.08 * largest ? 1 : 0,
  );
  return grown(mask, width, height);
}

/** The mask and one pixel around it, so that soft edges stay. */
function grown(mask: Uint8Array, width: number, height: number): Uint8Array {
  const result = mask.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] === 0) continue;
      if (x > 0) result[y * width + x - 1] = 1;
      if (x < width - 1) result[y * width + x + 1] = 1;
      if (y > 0) result[(y - 1) * width + x] = 1;
      if (y < height - 1) result[(y + 1) * width + x] = 1;
    }
  }
  return result;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function bounds(mask: Uint8Array, width: number, height: number): Box | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) return undefined;
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The ink in the box, scaled, with its centre of mass in the middle of 28 x 28 and full contrast. */
function place(ink: Float64Array, width: number, box: Box, scale: number): Uint8Array {
  let [total, sumX, sumY] = [0, 0, 0];
  const each = (f: (value: number, x: number, y: number) => void): void => {
    for (let y = 0; y < box.height; y++) {
      for (let x = 0; x < box.width; x++) {
        f(ink[(box.top + y) * width + box.left + x] as number, x, y);
      }
    }
  };
  each((value, x, y) => {
    total += value;
    sumX += value * (x + 0.5);
    sumY += value * (y + 0.5);
  });
  // Where the box begins in the result; the ink must stay inside.
  const offset = (sum: number, size: number): number =>
    Math.min(Math.max(side / 2 - (sum / total) * scale, 1), side - 1 - size * scale);
  const [left, top] = [offset(sumX, box.width), offset(sumY, box.height)];
  const result = new Float64Array(side * side);
  // Each pixel is a square that lays its ink over the pixels it covers.
  each((value, x, y) => {
    if (value === 0) return;
    const [x0, x1] = [left + x * scale, left + (x + 1) * scale];
    const [y0, y1] = [top + y * scale, top + (y + 1) * scale];
    for (let row = Math.floor(y0); row < y1; row++) {
      for (let column = Math.floor(x0); column < x1; column++) {
        const area =
          (Math.min(x1, column + 1) - Math.max(x0, column)) *
          (Math.min(y1, row + 1) - Math.max(y0, row));
        const at = row * side + column;
        result[at] = (result[at] as number) + value * area;
      }
    }
  });
  // The brightest twentieth of the ink becomes white, so that one glossy spot does not decide.
  const inked = Array.from(result)
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  const white = inked[Math.floor(inked.length * 0.8)] ?? 1;
  return Uint8Array.from(result, (v) => Math.min(255, Math.round((255 * v) / white)));
}
