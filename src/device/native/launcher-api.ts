// The launcher's face to JavaScript, as C: objects, plans and runs. Everything a caller can get wrong
// (sizes, detached buffers, foreign values) becomes an exception. State lives with the environment,
// so worker threads do not meet; only the flag that the process is ending is shared.

export const apiText: string = `
static napi_value open_object(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  char path[4096];
  size_t length;
  if (napi_get_value_string_utf8(env, arg[0], path, sizeof path, &length)) return fail(env, "open: a path is expected");
  environment *e = here(env);
  void **objects = realloc(e->objects, sizeof(void *) * (size_t)(e->objects_count + 1));
  if (!objects) return fail(env, "open: out of memory");
  e->objects = objects;
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!object) return fail(env, dlerror());
  e->objects[e->objects_count++] = object;
  napi_value result;
  if (napi_create_external(env, object, NULL, NULL, &result)) return fail(env, "open: failed");
  return result;
}

static napi_value find_symbol(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  void *object;
  char name[256];
  size_t length;
  if (napi_get_value_external(env, arg[0], &object) || napi_get_value_string_utf8(env, arg[1], name, sizeof name, &length))
    return fail(env, "symbol: an object and a name are expected");
  void *address = dlsym(object, name);
  if (!address) return fail(env, dlerror());
  napi_value result;
  napi_create_bigint_uint64(env, (uint64_t)(uintptr_t)address, &result);
  return result;
}

static napi_value close_object(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  void *object;
  if (napi_get_value_external(env, arg[0], &object)) return fail(env, "close: an object is expected");
  environment *e = here(env);
  for (int i = 0; i < e->objects_count; i++) {
    if (e->objects[i] != object) continue;
    e->objects[i] = e->objects[--e->objects_count];
    dlclose(object);
    break;
  }
  return undefined(env);
}

static void plan_release(plan *p) { if (p->disposed && p->users == 0) plan_free(p); }
static void plan_collected(napi_env env, void *data, void *hint) {
  (void)env; (void)hint;
  plan *p = ((plan **)data)[0];
  free(data);
  if (p) { p->disposed = 1; plan_release(p); }
}

static napi_value make_plan(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  int type[2];
  size_t length[2];
  void *data[2];
  for (int i = 0; i < 2; i++)
    if (napi_get_typedarray_info(env, arg[i], &type[i], &length[i], &data[i], NULL, NULL)) type[i] = -1;
  if (type[0] != FLOAT64 || type[1] != BIGUINT64) return fail(env, "plan: a Float64Array and a BigUint64Array are expected");
  plan *p = plan_unpack(data[0], length[0], data[1], length[1]);
  if (!p) return fail(env, "plan: the tape is damaged, or memory is out");
  plan **cell = malloc(sizeof *cell);
  napi_value result;
  if (!cell) { plan_free(p); return fail(env, "plan: out of memory"); }
  *cell = p;
  if (napi_create_external(env, cell, plan_collected, NULL, &result)) { free(cell); plan_free(p); return fail(env, "plan: failed"); }
  return result;
}

static plan *the_plan(napi_env env, napi_value value, plan ***where) {
  void *data;
  if (napi_get_value_external(env, value, &data)) { fail(env, "a plan is expected"); return NULL; }
  if (where) *where = data;
  if (!*(plan **)data) fail(env, "the plan is disposed");
  return *(plan **)data;
}

/* Looks up addresses and checks sizes; 0 after throwing. */
static int bind(napi_env env, plan *p, napi_value list, int32_t count, int32_t first, char **bases, const char *what) {
  uint32_t length;
  char message[160];
  if (napi_get_array_length(env, list, &length) || (int32_t)length != count) {
    snprintf(message, sizeof message, "run: an array of %d %ss is expected", count, what);
    fail(env, message);
    return 0;
  }
  for (int32_t i = 0; i < count; i++) {
    napi_value item;
    void *data;
    size_t bytes;
    if (napi_get_element(env, list, (uint32_t)i, &item) || napi_get_arraybuffer_info(env, item, &data, &bytes)) {
      snprintf(message, sizeof message, "run: %s %d is no ArrayBuffer", what, i);
      fail(env, message);
      return 0;
    }
    char *start = content(data, bytes);
    if ((double)bytes - (double)(start - (char *)data) < p->needs[first + i]) {
      snprintf(message, sizeof message, "run: %s %d has %zu bytes and must have %.0f (a buffer that was transferred or freed has none)",
        what, i, bytes, p->needs[first + i]);
      fail(env, message);
      return 0;
    }
    if (*what == 'o') advise(data, bytes);
    bases[first + i] = start;
  }
  return 1;
}

static int prepare(napi_env env, napi_value *arg, run *r, void *memory) {
  plan *p = r->plan;
  int type;
  size_t length;
  void *constants;
  r->bases = memory;
  r->constants = (double *)(r->bases + p->inputs + p->outputs + 1);
  r->counters = (int64_t *)(r->constants + p->constants);
  advise_heap();
  if (!bind(env, p, arg[1], p->inputs, 0, r->bases, "input")) return 0;
  if (!bind(env, p, arg[2], p->outputs, p->inputs, r->bases, "output")) return 0;
  if (napi_get_typedarray_info(env, arg[3], &type, &length, &constants, NULL, NULL) || type != FLOAT64 || length < (size_t)p->constants) {
    fail(env, "run: a Float64Array with every constant is expected");
    return 0;
  }
  if (p->constants) memcpy(r->constants, constants, sizeof(double) * (size_t)p->constants);
  return 1;
}

static size_t run_memory(plan *p) {
  return 8 * (size_t)(p->inputs + p->outputs + 1 + p->constants + p->depth + 1);
}

static napi_value outcome(napi_env env, run *r) {
  if (r->status.code == 0) return undefined(env);
  napi_value result, code, value;
  napi_create_array_with_length(env, 2, &result);
  napi_create_double(env, (double)r->status.code, &code);
  napi_create_double(env, r->status.value, &value);
  napi_set_element(env, result, 0, code);
  napi_set_element(env, result, 1, value);
  return result;
}

static napi_value run_plan(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  plan *p = the_plan(env, arg[0], NULL);
  if (!p) return NULL;
  run r = { .env = here(env), .plan = p, .overwrites = INT32_MAX };
  uint64_t small[256];
  size_t bytes = run_memory(p);
  void *memory = bytes <= sizeof small ? small : malloc(bytes);
  if (!memory) return fail(env, "memory");
  napi_value result = NULL;
  if (prepare(env, arg, &r, memory)) {
    run_execute(&r);
    result = r.error ? fail(env, r.error) : outcome(env, &r);
  }
  if (memory != small) free(memory);
  return result;
}

/* A run that JavaScript does not wait for, with what keeps its buffers alive. */
typedef struct { run base; napi_ref held[2]; } later;

/*
 * start(plan, inputs, outputs, constants, overwrites): run on the other thread. overwrites: whether
 * outputs are inputs too, so that a cancel comes too late once the first of them is written.
 */
static napi_value start_run(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  plan *p = the_plan(env, arg[0], NULL);
  environment *e = here(env);
  _Bool overwrites;
  if (!p) return NULL;
  if (e->later) return fail(env, "start: a run is under way already");
  if (!e->other.tell) return fail(env, "start: listen() comes first");
  if (napi_get_value_bool(env, arg[4], &overwrites)) return fail(env, "start: true or false is expected");
  /* Asked for here, so that it is missing at the caller's line. */
  pthread_mutex_lock(&e->running);
  int room = make_room(e, p);
  pthread_mutex_unlock(&e->running);
  if (!room) return fail(env, "memory");
  later *l = calloc(1, sizeof *l + run_memory(p));
  if (!l) return fail(env, "memory");
  run *r = &l->base;
  r->env = e;
  r->plan = p;
  r->overwrites = overwrites ? p->overwrites : INT32_MAX;
  if (!prepare(env, arg, r, l + 1)) { free(l); return NULL; }
  for (int i = 0; i < 2; i++) napi_create_reference(env, arg[i + 1], 1, &l->held[i]);
  p->users++;
  e->later = l;
  /* While it is under way the process stays. */
  napi_ref_threadsafe_function(env, e->other.tell);
  if (runner_start(e)) runner_hand(&e->other, r);
  else { run_execute(r); napi_call_threadsafe_function(e->other.tell, NULL, 0); }
  return undefined(env);
}

/* Waits for the run that was started; what it reports: a status code (0: nothing), the value, nanoseconds. */
static napi_value finish_run(napi_env env, napi_callback_info info) {
  (void)info;
  environment *e = here(env);
  later *l = e->later;
  if (!l) return fail(env, "finish: no run was started");
  runner_wait(&e->other);
  e->later = NULL;
  for (int i = 0; i < 2; i++) napi_delete_reference(env, l->held[i]);
  napi_unref_threadsafe_function(env, e->other.tell);
  run *r = &l->base;
  napi_value result = NULL;
  if (r->error) fail(env, r->error);
  else {
    double facts[3] = { (double)r->status.code, r->status.value, (double)r->taken };
    napi_create_array_with_length(env, 3, &result);
    for (uint32_t i = 0; i < 3; i++) {
      napi_value number;
      napi_create_double(env, facts[i], &number);
      napi_set_element(env, result, i, number);
    }
  }
  r->plan->users--;
  plan_release(r->plan);
  free(l);
  return result;
}

static napi_value is_busy(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_get_boolean(env, runner_busy(&here(env)->other), &result);
  return result;
}

/* listen(heard): what the event loop calls some time after a run has ended. */
static napi_value listen_to_runs(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  runner *o = &here(env)->other;
  napi_value name;
  napi_threadsafe_function tell;
  if (o->tell) return fail(env, "listen: somebody does already");
  if (napi_create_string_utf8(env, "hebb", AUTO, &name) ||
      napi_create_threadsafe_function(env, arg[0], NULL, name, 0, 1, NULL, NULL, NULL, NULL, &tell)) return fail(env, "listen: failed");
  /* Listening alone keeps no process alive. */
  napi_unref_threadsafe_function(env, tell);
  o->tell = tell;
  return undefined(env);
}

static napi_value cancel_run(napi_env env, napi_callback_info info) {
  (void)info;
  later *l = here(env)->later;
  if (l) atomic_store(&l->base.cancel, 1);
  return undefined(env);
}

static napi_value dispose_plan(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  void *data;
  if (napi_get_value_external(env, arg[0], &data)) return fail(env, "a plan is expected");
  plan *p = *(plan **)data;
  *(plan **)data = NULL;
  if (p) { p->disposed = 1; plan_release(p); }
  return undefined(env);
}

static napi_value profile_plan(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  plan *p = the_plan(env, arg[0], NULL);
  _Bool on;
  if (!p) return NULL;
  if (napi_get_value_bool(env, arg[1], &on)) return fail(env, "profile: true or false is expected");
  p->profiling = on;
  return undefined(env);
}

/* Fills a Float64Array with nanoseconds and runs of each launch. */
static napi_value plan_times(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  plan *p = the_plan(env, arg[0], NULL);
  int type;
  size_t length;
  void *data;
  if (!p) return NULL;
  if (napi_get_typedarray_info(env, arg[1], &type, &length, &data, NULL, NULL) || type != FLOAT64 || length < (size_t)(2 * p->launches))
    return fail(env, "times: a Float64Array with two numbers a launch is expected");
  if (p->launches) memcpy(data, p->times, sizeof(double) * 2 * (size_t)p->launches);
  return undefined(env);
}

static napi_value reserved(napi_env env, napi_callback_info info) {
  (void)info;
  environment *e = here(env);
  napi_value result;
  napi_create_double(env, (double)(e->arena_size + e->scratch_size), &result);
  return result;
}

/* The environment is ending, or the process: runs stop soon; that of this environment has then ended. */
static napi_value stop_runs(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  _Bool everywhere;
  if (napi_get_value_bool(env, arg[0], &everywhere)) return fail(env, "stop: true or false is expected");
  environment *e = here(env);
  atomic_store(everywhere ? &stopping : &e->stopping, 1);
  runner_wait(&e->other);
  return undefined(env);
}

/* At which byte of its ArrayBuffer the content of a storage begins. */
static napi_value content_offset(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  void *data;
  size_t bytes;
  napi_value result;
  if (napi_get_arraybuffer_info(env, arg[0], &data, &bytes)) return fail(env, "offset: an ArrayBuffer is expected");
  napi_create_double(env, (double)(content(data, bytes) - (char *)data), &result);
  return result;
}

/* Memory of an ArrayBuffer given back at once; it is detached. */
static napi_value free_buffer(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  if (napi_detach_arraybuffer(env, arg[0])) return fail(env, "free: an ArrayBuffer is expected");
  return undefined(env);
}

static void environment_ends(void *data) {
  environment *e = data;
  /* A thread of JavaScript that is terminated has no moment of its own to say so. */
  atomic_store(&e->stopping, 1);
  runner_stop(&e->other);
  free(e->later);
  e->later = NULL;
  pthread_mutex_lock(&e->running);
  pool_stop(&e->threads);
  for (int i = 0; i < e->objects_count; i++) dlclose(e->objects[i]);
  free(e->objects);
  free(e->arena);
  free(e->scratch);
  e->objects = NULL;
  e->arena = e->scratch = NULL;
  e->objects_count = 0;
  e->arena_size = e->scratch_size = 0;
  pthread_mutex_unlock(&e->running);
}

static void environment_free(napi_env env, void *data, void *hint) { (void)env; (void)hint; free(data); }

EXPORT int32_t node_api_module_get_api_version_v1(void) { return 8; }

EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static const struct { const char *name; napi_callback call; } functions[] = {
    { "open", open_object }, { "symbol", find_symbol }, { "close", close_object },
    { "plan", make_plan }, { "run", run_plan }, { "dispose", dispose_plan },
    { "listen", listen_to_runs }, { "start", start_run }, { "busy", is_busy },
    { "finish", finish_run }, { "cancel", cancel_run },
    { "profile", profile_plan }, { "times", plan_times },
    { "reserved", reserved }, { "stop", stop_runs }, { "offset", content_offset }, { "free", free_buffer },
    { "spawn", spawn_command }, { "wait", wait_command }, { "kill", kill_command },
  };
  keep_freed_memory();
  advise_heap();
  if (!here(env)) {
    environment *e = calloc(1, sizeof *e);
    if (!e) return fail(env, "out of memory");
    pthread_mutex_init(&e->running, NULL);
    pthread_mutex_init(&e->threads.lock, NULL);
    pthread_cond_init(&e->threads.wake, NULL);
    pthread_mutex_init(&e->other.lock, NULL);
    pthread_cond_init(&e->other.changed, NULL);
    napi_set_instance_data(env, e, environment_free, NULL);
    napi_add_env_cleanup_hook(env, environment_ends, e);
  }
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value f;
    if (napi_create_function(env, functions[i].name, AUTO, functions[i].call, NULL, &f) ||
        napi_set_named_property(env, exports, functions[i].name, f)) return fail(env, "registration failed");
  }
  return exports;
}
`;
