// Words of a launch, from its start; then those of each job (see job-words.ts).

export const jobs = 0;
export const chunks = 1;
/** Messages a thread must have received to know all kernels. */
export const needs = 2;
/** Scratch memory: where, and bytes a thread. */
export const scratch = 3;
export const stride = 4;
export const size = 8;
