// In a browser's bundle: what observer-at-start.ts is elsewhere. No page has HEBB_DEBUG.

export const observerAtStart = (): undefined => undefined;
