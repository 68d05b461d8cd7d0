// A smoke test of the built package that any Node can run without a test runner: three steps of
// gradient descent must lower a loss and land where arithmetic says. Used for other Node versions.

import assert from "node:assert/strict";

const { grad, tensor } = await import(new URL("../dist/index.js", import.meta.url).href);
assert.equal(typeof tensor, "function", "dist/index.js exports no tensor; run npm run build first");
assert.equal(typeof grad, "function", "dist/index.js exports no grad");

// (w - 3)² from w = 0 with rate 0.25 halves the distance to 3 in each step: 1.5, 2.25, 2.625.
const loss = (w) => w.sub(3).mul(w.sub(3)).sum();
let w = tensor([0, 0]);
const losses = [];
for (let step = 0; step < 3; step++) {
  losses.push(await loss(w).item());
  w = w.sub(grad(loss)(w).mul(0.25));
}
assert.deepEqual(losses, [18, 4.5, 1.125]);
assert.deepEqual(await w.array(), [2.625, 2.625]);
console.log(`node ${process.version}: three steps of training are right`);
