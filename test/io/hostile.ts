// Shared by the format tests: what a reader must do with bytes that are not a file of its kind.

import fc from "fast-check";
import { expect } from "vitest";
import { DataError } from "../../src/ir/errors.ts";

type Reader = (bytes: Uint8Array) => unknown;

/** The reader's result, or undefined after a DataError; any other failure fails the test. */
export async function survive(read: Reader, bytes: Uint8Array): Promise<unknown> {
  try {
    return await read(bytes);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    expect(error.message.length).toBeGreaterThan(10);
    return undefined;
  }
}

/** The message of the DataError that the reader must throw. */
export async function refusal(read: Reader, bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message;
  }
  throw new Error("the reader accepted what it must refuse");
}

/** Every proper prefix of a good file is refused, with the file's name. */
export async function refusesPrefixes(
  read: (bytes: Uint8Array, options: { file: string }) => unknown,
  good: Uint8Array,
): Promise<void> {
  const step = Math.max(1, Math.floor(good.length / 300));
  for (let length = 0; length < good.length; length += step) {
    const message = await refusal((b) => read(b, { file: "cut.bin" }), good.slice(0, length));
    expect(message).toContain("cut.bin");
    expect(message).toMatch(/byte \d+/);
  }
}

/** Random bytes, and good files with some bytes replaced or inserted. */
export async function surviveNoise(read: Reader, good: readonly Uint8Array[]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await survive(read, bytes);
    }),
  );
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.integer({ min: 0, max: 4 }),
    insert: fc.uint8Array({ maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...good),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      async (bytes, edits) => {
        let current = bytes;
        for (const { at, remove, insert } of edits) {
          // Squared: most formats have their header at the front.
          const position = Math.floor(at * at * current.length);
          current = Uint8Array.from([
            ...current.subarray(0, position),
            ...insert,
            ...current.subarray(position + remove),
          ]);
        }
        await survive(read, current);
      },
    ),
    { numRuns: 500 },
  );
}
