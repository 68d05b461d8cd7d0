// Numbers and text as the report shows them.

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => escapes[sign] as string);
}

/**
 * A value as JSON that may stand inside a script element: no sign in it can end the element or the
 * line. Numbers that JSON lacks become the strings "NaN", "Infinity" and "-Infinity", typed arrays
 * plain lists.
 */
export function scriptJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "number" && !Number.isFinite(part)) return String(part);
    if (part instanceof Float32Array) return Array.from(part, rounded);
    if (part instanceof Uint8Array) return Array.from(part);
    return part;
  });
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** As many digits as a float32 has. */
function rounded(x: number): number {
  return Number.isFinite(x) ? Number(x.toPrecision(8)) : x;
}

/** 61706 → "61,706" */
export function formatCount(n: number): string {
  return Number.isFinite(n)
    ? n.toLocaleString("en-US", { maximumFractionDigits: 0 })
    : notFinite(n);
}

/** 0.99312 → "99.31 %" */
export function formatPercent(share: number, digits = 2): string {
  if (!Number.isFinite(share)) return notFinite(share);
  const text = (share * 100).toFixed(digits);
  // Rounding must not hide the last mistake.
  const all = (100).toFixed(digits);
  return `${text === all && share < 1 ? (100 - 10 ** -digits).toFixed(digits) : text}\u202f%`;
}

/** Three significant digits: 0.04137 → "0.0414", 12345 → "12,345", 0.0000012 → "1.20e-6" */
export function formatNumber(x: number): string {
  if (!Number.isFinite(x)) return notFinite(x);
  const size = Math.abs(x);
  if (x === 0) return "0";
  if (size >= 1000) return size < 1e9 ? formatCount(x) : x.toExponential(2);
  return size < 1e-4 ? x.toExponential(2) : x.toPrecision(3);
}

/** 93.4 → "1 min 33 s", 4.21 → "4.2 s" */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return notFinite(seconds);
  if (seconds < 1) return `${formatNumber(seconds * 1000)}\u202fms`;
  if (seconds < 60) return `${seconds.toFixed(1)}\u202fs`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}\u202fh ${minutes}\u202fmin`
    : `${minutes}\u202fmin ${whole % 60}\u202fs`;
}

/** "2026-11-20T16:05:00Z" → "20 November 2026, 16:05 UTC"; other text stays as it is. */
export function formatDate(iso: string): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  const months =
    "January February March April May June July August September October November December";
  const date = new Date(time);
  const month = months.split(" ")[date.getUTCMonth()];
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}, ${clock} UTC`;
}

function notFinite(x: number): string {
  return Number.isNaN(x) ? "not a number" : x > 0 ? "∞" : "−∞";
}
