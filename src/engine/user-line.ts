// Where in the user's code a call was written: for messages.

/**
 * Where the lines of a stack trace that lie in this library begin: the path of its folder, of which
 * this file is in engine/ and, as published, in chunks/. In another's bundle, the path of that.
 */
export const libraryPath = (): string =>
  import.meta.url.replace(/(engine|chunks)\/[^/]*$/, "").replace(/^file:\/\//, "");

/** The first line of the stack outside this library: where the user wrote the call. */
export function userLine(): string | undefined {
  const here = libraryPath();
  for (const line of (new Error().stack ?? "").split("\n").slice(1)) {
    if (line.includes(here) || line.includes("node:internal")) continue;
    const place = /\(?((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?\s*$/.exec(line);
    if (place) return place[1];
  }
  return undefined;
}
