// The launcher's plans, as C: a program unpacked from a tape of numbers (plan.ts writes it) into
// steps, jobs and locations, and its execution. All memory of a plan is one chain of blocks. What a
// run needs beyond the plan (buffer addresses, constants, loop counters) belongs to the run, except
// the resolved pointers of each job: one run at a time executes in an environment.

export const planText: string = `
typedef struct { int64_t code; double value; } hebb_status;
typedef void (*kernel)(char *const *, const int64_t *, const double *, int64_t, int64_t, char *, hebb_status *);

typedef struct { int32_t slot; int32_t levels; int64_t offset; int64_t *advance; } location;
typedef struct {
  kernel run;
  int32_t buffers;
  location *at;
  char **pointers;
  int64_t *ints;
  double *floats;
  int64_t units;
  int64_t first_chunk;
} job;
typedef struct { double *to; int32_t from; } patch;
typedef struct {
  int64_t count;        /* iterations of a loop; -1: a launch */
  int32_t size;         /* entries of the loop's body */
  int32_t jobs_count;
  job *jobs;
  int64_t chunk;        /* units a chunk */
  int64_t chunks;       /* 0: run on the caller alone */
  int32_t info;         /* position in the profile */
} step;
typedef struct block { struct block *next; size_t used, size; } block;
typedef struct {
  block *memory;
  int32_t inputs, outputs, constants, depth, launches, steps_count, patches_count, threads;
  double *needs;        /* bytes of each input, then of each output */
  int64_t arena, scratch;
  step *steps;
  patch *patches;
  double *times;        /* nanoseconds and runs of each launch */
  int profiling, users, disposed;
  int32_t overwrites;   /* the first entry of the outer list that writes over an input */
} plan;

static void *plan_alloc(plan *p, size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  if (!p->memory || p->memory->used + bytes > p->memory->size) {
    size_t size = bytes > 32768 ? bytes : 32768;
    block *b = calloc(1, sizeof(block) + 16 + size);
    if (!b) return NULL;
    b->size = size;
    b->next = p->memory;
    p->memory = b;
  }
  char *start = (char *)(((uintptr_t)(p->memory + 1) + 15) & ~(uintptr_t)15) + p->memory->used;
  p->memory->used += bytes;
  return start;
}

static void plan_free(plan *p) {
  for (block *b = p->memory; b;) { block *next = b->next; free(b); b = next; }
  free(p);
}

typedef struct { const double *at, *end; int bad; } tape;
static double take(tape *t) {
  if (t->at < t->end) return *t->at++;
  t->bad = 1;
  return 0;
}
/* A count: it must be possible for the rest of the tape to hold that many of something. */
static int32_t take_count(tape *t) {
  double n = take(t);
  if (n >= 0 && n <= (double)(t->end - t->at)) return (int32_t)n;
  t->bad = 1;
  return 0;
}

#define ALLOC(T, n) ((T *)plan_alloc(p, sizeof(T) * (size_t)(n)))

/* Below this much work (operations and bytes) waking a thread costs more than it saves. */
#define WORTH_WAKING 131072
/* About so much work is done between two looks at whether the run was cancelled: some 10 ms. */
#define BETWEEN_LOOKS 2e8

static int unpack_job(plan *p, tape *t, job *j, const uint64_t *kernels, size_t kernels_count, int32_t *patches) {
  double index = take(t);
  if (t->bad || index < 0 || index >= (double)kernels_count) return 0;
  j->run = (kernel)(uintptr_t)kernels[(size_t)index];
  j->units = (int64_t)take(t);
  j->buffers = take_count(t);
  if (t->bad) return 0;
  j->at = ALLOC(location, j->buffers);
  j->pointers = ALLOC(char *, j->buffers);
  if (!j->at || !j->pointers) return 0;
  for (int32_t b = 0; b < j->buffers; b++) {
    location *l = &j->at[b];
    double slot = take(t);
    if (!(slot >= 0 && slot <= p->inputs + p->outputs)) return 0;
    l->slot = (int32_t)slot;
    l->offset = (int64_t)take(t);
    l->levels = take_count(t);
    if (t->bad || l->levels > p->depth) return 0;
    l->advance = ALLOC(int64_t, l->levels);
    if (!l->advance) return 0;
    for (int32_t i = 0; i < l->levels; i++) l->advance[i] = (int64_t)take(t);
  }
  int32_t ints = take_count(t);
  if (t->bad || !(j->ints = ALLOC(int64_t, ints + 1))) return 0;
  for (int32_t i = 0; i < ints; i++) j->ints[i] = (int64_t)take(t);
  int32_t floats = take_count(t);
  if (t->bad || !(j->floats = ALLOC(double, floats + 1))) return 0;
  for (int32_t i = 0; i < floats; i++) {
    double constant = take(t);
    j->floats[i] = take(t);
    if (constant < 0) continue;
    if (!(constant < p->constants) || *patches >= p->patches_count) return 0;
    p->patches[(*patches)++] = (patch){ &j->floats[i], (int32_t)constant };
  }
  return !t->bad;
}

/* Returns NULL for a tape that is not a plan, or without memory. */
static plan *plan_unpack(const double *words, size_t length, const uint64_t *kernels, size_t kernels_count) {
  plan *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  tape tp = { words, words + length, 0 }, *t = &tp;
  p->threads = (int32_t)take(t);
  p->inputs = take_count(t);
  p->outputs = take_count(t);
  double constants = take(t);
  if (!(constants >= 0 && constants < 1e8)) t->bad = 1; else p->constants = (int32_t)constants;
  p->depth = take_count(t);
  p->launches = take_count(t);
  p->steps_count = take_count(t);
  p->patches_count = take_count(t);
  p->overwrites = (int32_t)take(t);
  p->arena = (int64_t)take(t);
  p->scratch = ((int64_t)take(t) + 4095) & ~(int64_t)4095;
  if (t->bad || p->threads < 1) goto bad;
  p->needs = ALLOC(double, p->inputs + p->outputs);
  p->steps = ALLOC(step, p->steps_count + 1);
  p->patches = ALLOC(patch, p->patches_count + 1);
  p->times = ALLOC(double, 2 * p->launches + 2);
  if (!p->needs || !p->steps || !p->patches || !p->times) goto bad;
  for (int32_t i = 0; i < p->inputs + p->outputs; i++) p->needs[i] = take(t);
  int32_t launches = 0, patches = 0;
  for (int32_t i = 0; i < p->steps_count; i++) {
    step *s = &p->steps[i];
    s->count = (int64_t)take(t);
    if (s->count >= 0) {
      s->size = take_count(t);
      if (t->bad || s->size > p->steps_count - i - 1) goto bad;
      continue;
    }
    double work = take(t);
    s->jobs_count = take_count(t);
    if (t->bad || launches >= p->launches) goto bad;
    s->info = launches++;
    if (!(s->jobs = ALLOC(job, s->jobs_count))) goto bad;
    int64_t units = 0;
    for (int32_t k = 0; k < s->jobs_count; k++) {
      if (!unpack_job(p, t, &s->jobs[k], kernels, kernels_count, &patches)) goto bad;
      units += s->jobs[k].units;
    }
    if (units < 2 || work < (p->threads == 1 ? BETWEEN_LOOKS : WORTH_WAKING)) continue;
    double chunks = p->threads * 8;
    if (chunks < work / BETWEEN_LOOKS) chunks = work / BETWEEN_LOOKS;
    s->chunk = units / (int64_t)chunks;
    if (s->chunk < 1) s->chunk = 1;
    for (int32_t k = 0; k < s->jobs_count; k++) {
      s->jobs[k].first_chunk = s->chunks;
      s->chunks += (s->jobs[k].units + s->chunk - 1) / s->chunk;
    }
  }
  p->patches_count = patches;
  if (!t->bad && t->at == t->end) return p;
bad:
  plan_free(p);
  return NULL;
}

typedef struct run run;

/* Another thread, and the run that it was handed: NULL once that has ended. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  int started, leaving;
  run *job;
  void *tell;           /* what to call so that JavaScript hears of the end */
} runner;

/* One environment (the main thread of Node, or a worker thread): what its runs share. */
typedef struct {
  pool threads;
  pthread_mutex_t running;
  char *arena, *scratch;
  int64_t arena_size, scratch_size;
  void **objects;       /* kernel objects opened here */
  int objects_count;
  _Atomic int stopping;
  runner other;         /* the thread of runs that JavaScript does not wait for */
  void *later;          /* such a run, until JavaScript has seen how it ended */
} environment;

static _Atomic int stopping;

struct run {
  environment *env;
  plan *plan;
  char **bases;         /* inputs, outputs, arena */
  double *constants;
  int64_t *counters;
  hebb_status status;
  const char *error;
  int32_t overwrites;   /* as the plan's; past the end where no output is an input */
  int committed;        /* it writes over its inputs: it must come to its end */
  _Atomic int cancel;
  int64_t taken;        /* nanoseconds, of a run on the other thread */
};

static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether a run is to end before it is done. */
static int stops(run *r) {
  return (!r->committed && atomic_load_explicit(&r->cancel, memory_order_relaxed)) ||
    atomic_load_explicit(&r->env->stopping, memory_order_relaxed) ||
    atomic_load_explicit(&stopping, memory_order_relaxed);
}

typedef struct { task base; run *run; step *step; } launch;

static void launch_chunk(task *t, int64_t k, int thread) {
  launch *l = (launch *)t;
  step *s = l->step;
  if (stops(l->run)) return;
  int32_t low = 0, high = s->jobs_count - 1;
  while (low < high) {
    int32_t middle = (low + high + 1) / 2;
    if (s->jobs[middle].first_chunk <= k) low = middle; else high = middle - 1;
  }
  job *j = &s->jobs[low];
  int64_t begin = (k - j->first_chunk) * s->chunk, end = begin + s->chunk;
  if (end > j->units) end = j->units;
  j->run(j->pointers, j->ints, j->floats, begin, end, l->run->env->scratch + l->run->plan->scratch * thread, &l->run->status);
}

static void run_launch(run *r, step *s) {
  int64_t start = r->plan->profiling ? nanoseconds() : 0;
  for (int32_t k = 0; k < s->jobs_count; k++) {
    job *j = &s->jobs[k];
    for (int32_t b = 0; b < j->buffers; b++) {
      location *l = &j->at[b];
      int64_t offset = l->offset;
      for (int32_t i = 0; i < l->levels; i++) offset += l->advance[i] * r->counters[i];
      j->pointers[b] = r->bases[l->slot] + offset;
    }
    if (!s->chunks && j->units > 0)
      j->run(j->pointers, j->ints, j->floats, 0, j->units, r->env->scratch, &r->status);
  }
  if (s->chunks) {
    launch l = { { launch_chunk, s->chunks, r->plan->threads - 1 }, r, s };
    pool_run(&r->env->threads, &l.base);
  }
  if (r->plan->profiling) {
    r->plan->times[2 * s->info] += (double)(nanoseconds() - start);
    r->plan->times[2 * s->info + 1] += 1;
  }
}

/* 0 where the run ended early: it was stopped, or an index was out of range. */
static int run_steps(run *r, int32_t from, int32_t to, int depth) {
  for (int32_t i = from; i < to; i++) {
    step *s = &r->plan->steps[i];
    if (stops(r)) return 0;
    if (depth == 0 && i >= r->overwrites) r->committed = 1;
    if (s->count < 0) {
      run_launch(r, s);
      if (r->status.code) return 0;
      continue;
    }
    for (int64_t k = 0; k < s->count; k++) {
      r->counters[depth] = k;
      if (!run_steps(r, i + 1, i + 1 + s->size, depth + 1)) return 0;
    }
    i += s->size;
  }
  return 1;
}

/* Memory that grows and never shrinks; its content does not survive. */
static int reserve(char **memory, int64_t *size, int64_t wanted) {
  if (wanted <= *size) return 1;
  void *fresh = NULL;
  free(*memory);
  *memory = NULL;
  *size = 0;
  size_t alignment = wanted >= (4 << 20) ? 2 << 20 : 64;
  if (posix_memalign(&fresh, alignment, (size_t)wanted)) return 0;
#ifdef MADV_HUGEPAGE
  if (wanted >= (4 << 20)) madvise(fresh, (size_t)wanted, MADV_HUGEPAGE);
#endif
  *memory = fresh;
  *size = wanted;
  return 1;
}

/* The arena and scratch of a plan; 0 where there is no memory. */
static int make_room(environment *e, plan *p) {
  return reserve(&e->arena, &e->arena_size, p->arena) &&
    reserve(&e->scratch, &e->scratch_size, p->scratch * p->threads);
}

/* Waits for a run that is under way in this environment, then runs. No JavaScript is needed to finish either. */
static void run_execute(run *r) {
  plan *p = r->plan;
  environment *e = r->env;
  pthread_mutex_lock(&e->running);
  if (!make_room(e, p)) {
    r->error = "memory";
  } else {
    r->bases[p->inputs + p->outputs] = e->arena;
    for (int32_t i = 0; i < p->patches_count; i++) *p->patches[i].to = r->constants[p->patches[i].from];
    atomic_store(&e->threads.running, 1);
    int whole = run_steps(r, 0, p->steps_count, 0);
    atomic_store(&e->threads.running, 0);
    /* Looked at again: in the last step it may be chunks that were left out. */
    if ((!whole && !r->status.code) || stops(r)) r->error = "cancelled";
  }
  pthread_mutex_unlock(&e->running);
}
`;
