// Running compilers side by side, as C: Node can only wait for one command at a time without turning
// its event loop, so the launcher starts them, waits, and ends one that hangs with its children.

export const buildText: string = `
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __APPLE__
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#else
extern char **environ;
#endif

/*
 * spawn(command, log): starts a command (an array of strings), its output in the file log. Returns its
 * number, 0 where it could not start.
 */
static napi_value spawn_command(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  char log[4160], *words[128];
  uint32_t count_words = 0, k = 0;
  size_t length;
  pid_t pid = 0;
  napi_value word, result;
  if (napi_get_array_length(env, arg[0], &count_words) || count_words < 1 || count_words > 127 ||
      napi_get_value_string_utf8(env, arg[1], log, sizeof log, &length)) return fail(env, "spawn: a command and a log path are expected");
  for (; k < count_words; k++) {
    if (napi_get_element(env, arg[0], k, &word) || napi_get_value_string_utf8(env, word, NULL, 0, &length) ||
        !(words[k] = malloc(length + 1))) break;
    napi_get_value_string_utf8(env, word, words[k], length + 1, &length);
  }
  words[k] = NULL;
  if (k == count_words) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    /* A group of its own, so that a compiler's children can be ended with it. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    if (posix_spawnp(&pid, words[0], &files, &attributes, words, environ)) pid = 0;
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  while (k > 0) free(words[--k]);
  napi_create_double(env, pid, &result);
  return result;
}

/* wait(pid, seconds): the exit status of a command, undefined if it takes longer. */
static napi_value wait_command(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  double pid, seconds;
  if (napi_get_value_double(env, arg[0], &pid) || pid < 1 || napi_get_value_double(env, arg[1], &seconds)) return fail(env, "wait: the number of a command and seconds are expected");
  int64_t deadline = nanoseconds() + (int64_t)(seconds * 1e9);
  int status, code = -1;
  napi_value result;
  for (;;) {
    pid_t done = waitpid((pid_t)pid, &status, WNOHANG);
    if (done > 0) { code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); break; }
    if (done < 0 && errno != EINTR) break;
    if (done == 0 && nanoseconds() >= deadline) return undefined(env);
    nanosleep(&(struct timespec){ 0, 300000 }, NULL);
  }
  napi_create_double(env, code, &result);
  return result;
}

/* kill(pid): ends a command and its children. */
static napi_value kill_command(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  double pid;
  if (napi_get_value_double(env, arg[0], &pid) || pid < 1) return fail(env, "kill: the number of a command is expected");
  kill(-(pid_t)pid, SIGKILL);
  while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {}
  return undefined(env);
}
`;
