// The launcher's thread pool, as C: threads that look for work while a run is under way and then sleep,
// and a task whose chunks are shared out. Each thread begins with its own share, the same part of every
// kernel's range, so that it finds in its caches what it wrote the kernel before; then it helps with the
// others'. The caller takes part, so nothing waits for a thread to wake; when it finds no chunk left it
// closes the task and waits only for those still inside. Which thread computes a unit changes nothing in
// the result.

export const poolText: string = `
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <dlfcn.h>

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

/* About 30 microseconds: longer than the gap between two runs, shorter than anyone notices. */
#define SPINS 1000
/* While a run is under way its next kernel comes soon, and waking takes longer than many a kernel: so
   often a thread looks, letting others have the processor, before it sleeps all the same. */
#define LOOKS 20000

typedef struct task {
  void (*chunk)(struct task *, int64_t chunk, int thread);
  int64_t chunks;
  int helpers;
} task;

/* The chunks that a thread begins with, from next to end; alone in its line of the cache. */
typedef struct {
  _Atomic int64_t next;
  int64_t end;
  char rest[48];
} share;

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_t *threads;
  share *shares;        /* one more than threads: the caller's is the first */
  int count;
  _Atomic int quit;
  _Atomic int running;  /* whether a run is under way */
  _Atomic uint32_t generation;
  _Atomic int sleepers;
  _Atomic int active;
  _Atomic(task *) current;
} pool;

typedef struct { pool *owner; int index; uint32_t seen; } helper;

static void take_chunks(pool *p, task *t, int thread) {
  int count = t->helpers + 1;
  for (int i = 0; i < count; i++) {
    share *s = &p->shares[(thread + i) % count];
    while (atomic_load_explicit(&s->next, memory_order_relaxed) < s->end) {
      int64_t k = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
      if (k < s->end) t->chunk(t, k, thread);
    }
  }
}

static void *help(void *argument) {
  helper self = *(helper *)argument;
  free(argument);
  pool *p = self.owner;
  int spins = 0;
  for (;;) {
    while (atomic_load(&p->generation) == self.seen) {
      if (atomic_load(&p->quit)) return NULL;
      if (++spins < SPINS) { PAUSE(); continue; }
      if (spins < LOOKS && atomic_load(&p->running)) { sched_yield(); continue; }
      pthread_mutex_lock(&p->lock);
      /* Announced before looking again: a task published meanwhile is either seen here or rings. */
      atomic_fetch_add(&p->sleepers, 1);
      while (atomic_load(&p->generation) == self.seen && !atomic_load(&p->quit))
        pthread_cond_wait(&p->wake, &p->lock);
      atomic_fetch_sub(&p->sleepers, 1);
      pthread_mutex_unlock(&p->lock);
    }
    spins = 0;
    self.seen = atomic_load(&p->generation);
    /* Entered before looking: the caller either sees this thread inside or has closed the task. */
    atomic_fetch_add(&p->active, 1);
    task *t = atomic_load(&p->current);
    if (t && self.index < t->helpers) take_chunks(p, t, self.index + 1);
    atomic_fetch_sub(&p->active, 1);
  }
}

/* Starts helpers up to this number; fewer if the system gives no more. */
static void pool_grow(pool *p, int count) {
  if (count <= p->count) return;
  pthread_t *threads = realloc(p->threads, sizeof(pthread_t) * (size_t)count);
  if (!threads) return;
  p->threads = threads;
  share *shares = aligned_alloc(sizeof(share), sizeof(share) * (size_t)(count + 1));
  if (!shares) return;
  free(p->shares);
  p->shares = shares;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (p->count < count) {
    helper *h = malloc(sizeof *h);
    if (!h) break;
    *h = (helper){ p, p->count, atomic_load(&p->generation) };
    if (pthread_create(&p->threads[p->count], NULL, help, h)) { free(h); break; }
    p->count++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void pool_run(pool *p, task *t) {
  pool_grow(p, t->helpers);
  if (t->helpers > p->count) t->helpers = p->count;
  if (t->helpers == 0) {
    for (int64_t k = 0; k < t->chunks; k++) t->chunk(t, k, 0);
    return;
  }
  int count = t->helpers + 1;
  for (int i = 0; i < count; i++) {
    atomic_store_explicit(&p->shares[i].next, t->chunks * i / count, memory_order_relaxed);
    p->shares[i].end = t->chunks * (i + 1) / count;
  }
  atomic_store(&p->current, t);
  atomic_fetch_add(&p->generation, 1);
  if (atomic_load(&p->sleepers)) {
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
  }
  take_chunks(p, t, 0);
  atomic_store(&p->current, NULL);
  for (int spins = 0; atomic_load(&p->active); spins++) {
    if (spins < 500) PAUSE(); else sched_yield();
  }
}

static void pool_stop(pool *p) {
  pthread_mutex_lock(&p->lock);
  atomic_store(&p->quit, 1);
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->lock);
  for (int i = 0; i < p->count; i++) pthread_join(p->threads[i], NULL);
  free(p->threads);
  free(p->shares);
  p->threads = NULL;
  p->shares = NULL;
  p->count = 0;
}
`;
