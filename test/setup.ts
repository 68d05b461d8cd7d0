// Property tests draw the same cases each time, so that a run can be repeated; HEBB_TEST_SEED draws
// others.

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.HEBB_TEST_SEED ?? 20261120) });
