import { gradients, Parameter, type Tensor, tensor, useDevice } from "hebb";
import { beforeAll, expect, test } from "vitest";
import { finiteness, firstNonFinite } from "../../src/tensor/non-finite.ts";

beforeAll(() => useDevice("reference"));

const found = async (f: (x: Tensor) => Tensor, values: number[]) =>
  (await firstNonFinite(() => [f(tensor(values))])).map(
    ({ value, operation }) => `${operation} ${value}`,
  );

test("names the first NaN and the infinity that it came from", async () => {
  expect(await found((x) => x.add(1).log().mul(0).exp(), [-1, 2])).toEqual([
    "log Infinity",
    "mul NaN",
  ]);
  expect(await found((x) => x.sqrt().sum(), [-1, 4])).toEqual(["sqrt NaN"]);
});

test("an infinity alone is named; finite numbers are nothing to name", async () => {
  expect(await found((x) => x.mul(1e30).mul(1e30).add(1), [1])).toEqual(["mul Infinity"]);
  expect(await found((x) => x.exp().sum(), [1, 2])).toEqual([]);
});

test("infinities that are only moved about, as in a mask, are no one's fault", async () => {
  const masked = (x: Tensor): Tensor => x.maskedFill(x.less(0), Number.NEGATIVE_INFINITY).softmax();
  expect(await found(masked, [1, -1, 2])).toEqual([]);
});

test("tells the line, and the gradient from what it was taken of", async () => {
  const x = new Parameter(tensor([0, 1]));
  const [place] = await firstNonFinite(
    () => [x.sqrt().sum()],
    ([loss]) => gradients(loss as Tensor, [x]),
  );
  expect(place).toMatchObject({ isGradient: true });
  const [inside] = await firstNonFinite(() => [tensor([-1]).log()]);
  expect(inside).toMatchObject({ operation: "log", isGradient: false, shape: [1] });
  expect(inside?.line).toMatch(/non-finite\.test\.ts:\d+:\d+$/);
});

test("finiteness of values at hand", async () => {
  expect(await finiteness(tensor([1, 2]))).toBe("finite");
  expect(await finiteness(tensor([1, Number.NEGATIVE_INFINITY]))).toBe("Infinity");
  expect(await finiteness(tensor([Number.POSITIVE_INFINITY, Number.NaN]))).toBe("NaN");
  expect(await finiteness(tensor([1], { dtype: "i32" }))).toBe("finite");
});
