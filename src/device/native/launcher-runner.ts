// The launcher's other thread, as C: it executes the runs that JavaScript does not wait for, one at
// a time, and is started by the first. A job is handed over under the lock and taken off the table
// when it has ended, which wakes whoever waits and calls into the event loop of whoever does not.

export const runnerText: string = `
static void *run_jobs(void *argument) {
  environment *e = argument;
  runner *o = &e->other;
  pthread_mutex_lock(&o->lock);
  for (;;) {
    while (!o->job && !o->leaving) pthread_cond_wait(&o->changed, &o->lock);
    if (o->leaving) break;
    pthread_mutex_unlock(&o->lock);
    int64_t start = nanoseconds();
    run_execute(o->job);
    o->job->taken = nanoseconds() - start;
    pthread_mutex_lock(&o->lock);
    o->job = NULL;
    pthread_cond_broadcast(&o->changed);
    napi_call_threadsafe_function(o->tell, NULL, 0);
  }
  pthread_mutex_unlock(&o->lock);
  return NULL;
}

/* 0 where the system gives no thread. */
static int runner_start(environment *e) {
  runner *o = &e->other;
  if (o->started) return 1;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  o->started = !pthread_create(&o->thread, NULL, run_jobs, e);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return o->started;
}

static void runner_hand(runner *o, run *r) {
  pthread_mutex_lock(&o->lock);
  o->job = r;
  pthread_cond_broadcast(&o->changed);
  pthread_mutex_unlock(&o->lock);
}

static int runner_busy(runner *o) {
  pthread_mutex_lock(&o->lock);
  int busy = o->job != NULL;
  pthread_mutex_unlock(&o->lock);
  return busy;
}

static void runner_wait(runner *o) {
  pthread_mutex_lock(&o->lock);
  while (o->job) pthread_cond_wait(&o->changed, &o->lock);
  pthread_mutex_unlock(&o->lock);
}

static void runner_stop(runner *o) {
  if (!o->started) return;
  pthread_mutex_lock(&o->lock);
  o->leaving = 1;
  pthread_cond_broadcast(&o->changed);
  pthread_mutex_unlock(&o->lock);
  pthread_join(o->thread, NULL);
  o->started = 0;
}
`;
