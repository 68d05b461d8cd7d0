// The pictures of the report: first-layer filters and the worst mistakes, one PNG each, enlarged
// by the browser without smoothing. Filters use opacity for size, so that zero is the paper's own
// colour in a light and in a dark page.

import type { ReportFilters, ReportMistake } from "./report-data.ts";
import { escapeHtml, formatCount, formatNumber, formatPercent } from "./report-format.ts";
import { pngUri } from "./report-png.ts";

/** More pictures than this are not shown. */
const most = 128;
/** Colours of positive and negative weights. */
const above = [201, 92, 38] as const;
const below = [38, 116, 168] as const;

export function filtersSection(filters: ReportFilters | undefined): string {
  if (filters === undefined || filters.count < 1) return "";
  const { name, count, channels, height, width, values } = filters;
  const size = height * width;
  const finite = values.filter((x) => Number.isFinite(x));
  const largest = finite.reduce((top, x) => Math.max(top, Math.abs(x)), 0);
  const shown = Math.min(count, Math.max(1, Math.floor(most / channels)));
  const tiles: string[] = [];
  for (let i = 0; i < shown; i++) {
    let planes = "";
    for (let c = 0; c < channels; c++) {
      const start = (i * channels + c) * size;
      const pixels = divergingPixels(values.subarray(start, start + size), largest);
      const label = `filter ${i}${channels > 1 ? `, channel ${c}` : ""}`;
      planes += `<img src="${pngUri({ width, height, channels: 4, pixels })}" width="${width}" height="${height}" alt="${label}" title="${label}">`;
    }
    tiles.push(`<span class="filter" style="--ratio:${width}/${height}">${planes}</span>`);
  }
  const top = formatNumber(largest);
  const rest = shown < count ? ` The first ${shown} of ${formatCount(count)}.` : "";
  return `<section><h2>What the first layer looks for</h2>
<p class="note"><code>${escapeHtml(name)}</code>: ${formatCount(count)} filters of ${channels} × ${height} × ${width}, all on one scale.${rest}</p>
<div class="filters">${tiles.join("")}</div>
<div class="scale" aria-hidden="true"><span>−${top}</span><i></i><span>0</span><i></i><span>+${top}</span></div>
</section>`;
}

/** Red, green, blue, opacity of each weight; grey where it is not a number. */
export function divergingPixels(values: Float32Array, largest: number): Uint8Array {
  const pixels = new Uint8Array(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    const opacity = largest > 0 ? Math.round(255 * Math.min(1, Math.abs(x) / largest)) : 0;
    const pixel = Number.isNaN(x) ? [128, 128, 128, 255] : [...(x < 0 ? below : above), opacity];
    pixels.set(pixel, i * 4);
  }
  return pixels;
}

export function mistakesSection(
  mistakes: readonly ReportMistake[] | undefined,
  wrong: number | undefined,
): string {
  if (mistakes === undefined) return "";
  if (mistakes.length === 0) {
    return `<section><h2>The worst mistakes</h2><p class="note">There were none.</p></section>`;
  }
  const cards = mistakes
    .slice(0, most)
    .map(({ height, width, pixels, label, prediction, probability }) => {
      const words = `${label} read as ${prediction}`;
      const image = `<span class="picture"><img src="${pngUri({ width, height, channels: 1, pixels })}" width="${width}" height="${height}" alt="${escapeHtml(words)}"></span>`;
      return (
        `<li title="${escapeHtml(`${words}, with probability ${formatPercent(probability)}`)}">${image}` +
        `<span class="verdict"><span class="truth">${escapeHtml(label)}</span><span class="arrow">→</span>` +
        `<span class="wrong">${escapeHtml(prediction)}</span></span>` +
        `<span class="sure">${formatPercent(probability, 1)}</span></li>`
      );
    });
  const all =
    wrong === undefined || wrong <= cards.length
      ? `All ${formatCount(cards.length)} of them`
      : `The ${formatCount(cards.length)} surest of ${formatCount(wrong)}`;
  return `<section><h2>The worst mistakes</h2>
<p class="note">${all}: what it was → what the network read, and how sure it was.</p>
<ol class="mistakes">${cards.join("")}</ol>
</section>`;
}
