// The tests of Winograd's tiles with every case on the native device: they choose by HEBB_TESTS.

import "./winograd.test.ts";
