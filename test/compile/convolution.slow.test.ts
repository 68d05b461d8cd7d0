// The tests of convolutions on every kind of machine: they choose their targets by HEBB_TESTS.

import "./convolution.test.ts";
