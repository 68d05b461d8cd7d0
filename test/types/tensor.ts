// What the type checker must accept and refuse of tensors and their operations.

import { add, arange, concat, einsum, grad, matmul, randn, type Tensor, tensor, zeros } from "hebb";

export async function accepts(): Promise<void> {
  const a: Tensor = tensor([
    [1, 2],
    [3, 4],
  ]);
  const b: Tensor = a.matmul(a.T).add(1).relu();
  const n: number = await b.sum().item();
  const f: Float32Array = await b.data("f32");
  const { values, indices }: { values: Tensor; indices: Tensor } = b.sort({ axis: 0 });
  const parts: Tensor[] = a.chunk(2, { axis: -1 });
  a.at(0);
  a.at(":", -1);
  a.at("::-1", arange(2), "...");
  tensor(new Float32Array(4), { shape: [2, 2], dtype: "f64" });
  tensor([[true], [false]]);
  concat(parts);
  einsum("ij,jk->ik", a, b);
  const slope: Tensor = grad((x: Tensor) => x.square().sum())(a);
  void [n, f, values, indices, slope, add(1, a), matmul(a, randn([2, 3]))];
}

export function refuses(): void {
  const a = zeros([2, 2]);
  // @ts-expect-error a tensor is no number
  const n: number = a.sum();
  // @ts-expect-error tensors are not added with +
  const s = a + a;
  // @ts-expect-error strings are no operands
  a.add("1");
  // @ts-expect-error a shape is a list
  zeros(3);
  // @ts-expect-error no such type
  zeros([2], { dtype: "float32" });
  // @ts-expect-error options are an object
  a.sum(0);
  // @ts-expect-error gather needs an axis
  a.gather(a);
  // @ts-expect-error shapes never change
  a.shape[0] = 3;
  // @ts-expect-error a nested array holds numbers
  tensor([["1"]]);
  // @ts-expect-error the data is a promise
  const d: Float32Array = a.data("f32");
  void [n, s, d];
}
