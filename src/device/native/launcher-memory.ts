// What results are written into, as C. Their memory comes from malloc and goes back to it when the
// collector frees their ArrayBuffers; here malloc is told to keep what comes back, and the system to
// hand out what is new in huge pages. A page that is touched for the first time costs more than the
// arithmetic on it (docs/decisions/0013).

/** Bytes of a line of the cache, with which the content of an aligned storage begins. */
const lineBytes = 64;
/** Bytes of the ArrayBuffers whose content is aligned: more than the first, at most the second. */
const smallBytes = 4096;
const largeBytes = 2 ** 25;

/**
 * How long the ArrayBuffer of a storage is: with a line to spare where the content is aligned. V8 aligns
 * to 16 bytes, so that of the longest vectors three in four would lie across two lines, and be read and
 * written in twice the time. Little ones are not worth it, and large ones come from memory that is slower.
 */
export function roomFor(bytes: number): number {
  if (bytes <= smallBytes) return bytes;
  return bytes + lineBytes <= largeBytes ? bytes + lineBytes : Math.max(bytes, largeBytes + 1);
}

export const memoryText: string = `
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* The largest piece that is kept for the next result instead of being given back. */
#define KEPT_PIECE (256 << 20)
/* What may lie unused at the end of the heap before it is given back. */
#define KEPT_IN_ALL (512 << 20)
/* By how much the heap grows at least: whole huge pages, of which only the first may be touched already. */
#define GROWN_AT_ONCE (64 << 20)

/* Where in its ArrayBuffer the content of a storage begins. */
static char *content(char *data, size_t bytes) {
  if (bytes <= ${smallBytes} || bytes > ${largeBytes}) return data;
  return (char *)(((uintptr_t)data + ${lineBytes} - 1) & -(uintptr_t)${lineBytes});
}

/* Once for the process. Whoever has set malloc's thresholds in the environment has the last word. */
static void keep_freed_memory(void) {
#ifdef __GLIBC__
  static atomic_int done;
  if (atomic_exchange(&done, 1)) return;
  if (getenv("MALLOC_TRIM_THRESHOLD_") || getenv("MALLOC_MMAP_THRESHOLD_") || getenv("GLIBC_TUNABLES")) return;
  /* Older libraries take no more than half of a thread's heap. */
  if (!mallopt(M_MMAP_THRESHOLD, KEPT_PIECE)) mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, KEPT_IN_ALL);
  mallopt(M_TOP_PAD, GROWN_AT_ONCE);
#endif
}

/* Memory about to be written comes in huge pages where the system has them. */
static void advise(char *data, size_t bytes) {
#ifdef MADV_HUGEPAGE
  uintptr_t page = 4096, from = ((uintptr_t)data + page - 1) & -page, to = ((uintptr_t)data + bytes) & -page;
  if (bytes >= (4 << 20)) madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
  (void)data; (void)bytes;
#endif
}

/*
 * What the heap has grown by comes in huge pages too: parameters and an optimiser's slots are small
 * pieces that stay where they are, read once a step, and finding a small page of theirs takes longer
 * than reading it.
 */
static void advise_heap(void) {
#if defined __GLIBC__ && defined MADV_HUGEPAGE
  static _Atomic uintptr_t known;
  uintptr_t end = (uintptr_t)sbrk(0) & -(uintptr_t)4096, from = atomic_exchange(&known, end);
  if (from && from < end) madvise((void *)from, end - from, MADV_HUGEPAGE);
#endif
}
`;
