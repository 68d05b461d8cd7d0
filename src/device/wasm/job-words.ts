// Words of a job in a launch, from its start.

export const mostJobs = 1024;

export const kernel = 0;
export const buffers = 1;
export const ints = 2;
export const floats = 3;
export const units = 4;
/** Units a chunk, and the first chunk's number in the launch. */
export const chunk = 5;
export const first = 6;
export const size = 8;
