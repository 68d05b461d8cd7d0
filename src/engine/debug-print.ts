// What the library tells people beside its results: on stderr, where there is one.

export function debugPrint(text: string): void {
  console.error(`hebb: ${text}`);
}
