// Tries one thing after the other that a program may wish for, says what came of each, and fails if one was refused.
#include "../wasi.h"

static int refused;

static void report(const char *wish, int error) {
  put(STDOUT, wish);
  if (error == 0) {
    put(STDOUT, ": granted\n");
  } else {
    put(STDOUT, ": refused, errno ");
    put_number(STDOUT, error);
    put(STDOUT, "\n");
    refused = 1;
  }
}

static int sleep_a_millisecond(void) {
  Subscription subscription = {.clock = 1, .timeout = 1000000};
  u64 event[4];
  u32 ready;
  return poll_oneoff(&subscription, event, 1, &ready);
}

static int open_file(const char *path, u32 open_flags, u64 rights) {
  u32 fd;
  int error = path_open(3, 1, path, length(path), open_flags, rights, 0, 0, &fd);
  if (error == 0) fd_close(fd);
  return error;
}

EXPORT(_start) void start(void) {
  u64 seed;
  report("random numbers", random_get(&seed, sizeof seed));
  report("to sleep", sleep_a_millisecond());
  report("to read plan.txt", open_file("plan.txt", 0, 1 << 1));
  report("to write plan.txt", open_file("plan.txt", 0, 1 << 6));
  proc_exit(refused);
}
