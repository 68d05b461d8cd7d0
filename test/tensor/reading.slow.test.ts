// The tests of reading with chains of 10^5 operations: they choose the length by HEBB_TESTS.

import "./reading.test.ts";
