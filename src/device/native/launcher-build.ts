// Running compilers side by side, as C: Node can only wait for one command at a time without turning
// its event loop, so the launcher starts them and waits. A compiler that hangs is ended with its
// children.

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
 * build(commands, log, seconds): runs the commands (arrays of strings) at the same time, each with
 * its output in the file log + position. Returns exit statuses; -1 where it could not start, -2
 * where it was killed for taking too long.
 */
static napi_value build(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  uint32_t commands;
  char log[4096], path[4160];
  double seconds;
  size_t length;
  if (napi_get_array_length(env, arg[0], &commands) || commands > 1024 || napi_get_value_double(env, arg[2], &seconds) ||
      napi_get_value_string_utf8(env, arg[1], log, sizeof log, &length)) return fail(env, "build: commands, a log path and seconds are expected");
  int statuses[1024];
  pid_t pids[1024];
  for (uint32_t c = 0; c < commands; c++) {
    char *words[128];
    uint32_t count_words = 0;
    napi_value command, word;
    statuses[c] = -1;
    pids[c] = 0;
    if (napi_get_element(env, arg[0], c, &command) || napi_get_array_length(env, command, &count_words) || count_words > 127) continue;
    uint32_t k = 0;
    for (; k < count_words; k++) {
      if (napi_get_element(env, command, k, &word) || napi_get_value_string_utf8(env, word, NULL, 0, &length) ||
          !(words[k] = malloc(length + 1))) break;
      napi_get_value_string_utf8(env, word, words[k], length + 1, &length);
    }
    words[k] = NULL;
    if (k == count_words && k > 0) {
      posix_spawn_file_actions_t files;
      posix_spawnattr_t attributes;
      sigset_t none;
      sigemptyset(&none);
      posix_spawn_file_actions_init(&files);
      posix_spawnattr_init(&attributes);
      snprintf(path, sizeof path, "%s%u", log, c);
      posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
      posix_spawn_file_actions_addopen(&files, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      posix_spawn_file_actions_adddup2(&files, 1, 2);
      /* A group of its own, so that a compiler's children can be ended with it. */
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
      posix_spawnattr_setpgroup(&attributes, 0);
      posix_spawnattr_setsigmask(&attributes, &none);
      if (posix_spawnp(&pids[c], words[0], &files, &attributes, words, environ)) pids[c] = 0;
      posix_spawn_file_actions_destroy(&files);
      posix_spawnattr_destroy(&attributes);
    }
    while (k > 0) free(words[--k]);
  }
  int64_t deadline = nanoseconds() + (int64_t)(seconds * 1e9);
  for (uint32_t c = 0; c < commands; c++) {
    if (!pids[c]) continue;
    int status, late = 0;
    for (;;) {
      pid_t done = waitpid(pids[c], &status, late ? 0 : WNOHANG);
      if (done == pids[c]) { statuses[c] = late ? -2 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); break; }
      if (done < 0 && errno != EINTR) break;
      if (done == 0 && nanoseconds() > deadline) { kill(-pids[c], SIGKILL); late = 1; continue; }
      nanosleep(&(struct timespec){ 0, 300000 }, NULL);
    }
  }
  napi_value result, status;
  napi_create_array_with_length(env, commands, &result);
  for (uint32_t c = 0; c < commands; c++) {
    napi_create_double(env, statuses[c], &status);
    napi_set_element(env, result, c, status);
  }
  return result;
}
`;
