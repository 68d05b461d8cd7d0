// The few Node-API functions that the launcher needs, declared here so that no header is, and what
// every exported function shares: throwing, reading arguments, finding the environment's state.

export const nodeText: string = String.raw`
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_threadsafe_function__ *napi_threadsafe_function;
typedef struct napi_callback_info__ *napi_callback_info;
typedef int napi_status;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *data, void *hint);
extern napi_status napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern napi_status napi_set_named_property(napi_env, napi_value, const char *, napi_value);
extern napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
extern napi_status napi_throw_error(napi_env, const char *code, const char *message);
extern napi_status napi_create_string_utf8(napi_env, const char *, size_t, napi_value *);
extern napi_status napi_get_value_string_utf8(napi_env, napi_value, char *, size_t, size_t *);
extern napi_status napi_get_value_bool(napi_env, napi_value, _Bool *);
extern napi_status napi_get_value_double(napi_env, napi_value, double *);
extern napi_status napi_detach_arraybuffer(napi_env, napi_value);
extern napi_status napi_get_array_length(napi_env, napi_value, uint32_t *);
extern napi_status napi_get_element(napi_env, napi_value, uint32_t, napi_value *);
extern napi_status napi_set_element(napi_env, napi_value, uint32_t, napi_value);
extern napi_status napi_get_arraybuffer_info(napi_env, napi_value, void **, size_t *);
extern napi_status napi_get_typedarray_info(napi_env, napi_value, int *type, size_t *length, void **data, napi_value *, size_t *);
extern napi_status napi_create_array_with_length(napi_env, size_t, napi_value *);
extern napi_status napi_create_double(napi_env, double, napi_value *);
extern napi_status napi_create_bigint_uint64(napi_env, uint64_t, napi_value *);
extern napi_status napi_get_undefined(napi_env, napi_value *);
extern napi_status napi_create_external(napi_env, void *, napi_finalize, void *, napi_value *);
extern napi_status napi_get_value_external(napi_env, napi_value, void **);
extern napi_status napi_set_instance_data(napi_env, void *, napi_finalize, void *);
extern napi_status napi_get_instance_data(napi_env, void **);
extern napi_status napi_add_env_cleanup_hook(napi_env, void (*)(void *), void *);
extern napi_status napi_create_reference(napi_env, napi_value, uint32_t, napi_ref *);
extern napi_status napi_delete_reference(napi_env, napi_ref);
extern napi_status napi_get_boolean(napi_env, _Bool, napi_value *);
extern napi_status napi_create_threadsafe_function(napi_env, napi_value call, napi_value resource, napi_value name, size_t queue,
  size_t threads, void *data, napi_finalize, void *context, void (*call_js)(napi_env, napi_value, void *, void *), napi_threadsafe_function *);
extern napi_status napi_call_threadsafe_function(napi_threadsafe_function, void *, int mode);
extern napi_status napi_ref_threadsafe_function(napi_env, napi_threadsafe_function);
extern napi_status napi_unref_threadsafe_function(napi_env, napi_threadsafe_function);

#define AUTO ((size_t)-1)
#define EXPORT __attribute__((visibility("default")))
enum { FLOAT64 = 8, BIGUINT64 = 10 };

static napi_value fail(napi_env env, const char *message) { napi_throw_error(env, NULL, message); return NULL; }
static napi_value undefined(napi_env env) { napi_value v; napi_get_undefined(env, &v); return v; }
static environment *here(napi_env env) { void *data = NULL; napi_get_instance_data(env, &data); return data; }

#define ARGUMENTS(n) napi_value arg[n]; size_t count = n; \
  if (napi_get_cb_info(env, info, &count, arg, NULL, NULL) || count < n) return fail(env, "too few arguments")
`;
