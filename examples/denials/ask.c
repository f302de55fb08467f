// ask WHAT: asks for one thing, and fails with the errno when it is refused. The launcher then says what would allow it.
#include "../wasi.h"

WASI(sock_accept)(u32 fd, u32 flags, u32 *opened);

enum { CREATE = 1, RIGHT_READ = 1 << 1, RIGHT_WRITE = 1 << 6 };

static char bytes[4096], *words[8];

static int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static int open_file(const char *path, u32 flags, u64 rights, u32 *fd) {
  return path_open(3, 1, path, length(path), flags, rights, 0, 0, fd);
}

// A millisecond, or until standard input has something.
static int wait_for(u32 kind) {
  Subscription subscription = {.kind = kind, .clock = kind == 0 ? 1 : STDIN, .timeout = 1000000};
  u64 event[4];
  u32 ready;
  return poll_oneoff(&subscription, event, 1, &ready);
}

static int fill(const char *path) {
  static const char zeros[65536];
  Vector vector = {zeros, sizeof zeros};
  u32 fd, done;
  int error = open_file(path, CREATE, RIGHT_WRITE, &fd);
  for (int i = 0; i < 64 && error == 0; i++) error = fd_write(fd, &vector, 1, &done);
  return error;
}

static int ask(const char *what, const char *path) {
  u32 fd, done;
  char buffer[64];
  Vector vector = {buffer, sizeof buffer};
  if (equal(what, "random")) return random_get(buffer, sizeof buffer);
  if (equal(what, "sleep")) return wait_for(0);
  if (equal(what, "wait")) return wait_for(1);
  if (equal(what, "input")) return fd_read(STDIN, &vector, 1, &done);
  if (equal(what, "accept")) return sock_accept(3, 0, &fd);
  if (equal(what, "read")) return open_file(path, 0, RIGHT_READ, &fd);
  if (equal(what, "write")) return open_file(path, CREATE, RIGHT_WRITE, &fd);
  if (equal(what, "fill")) return fill(path);
  if (equal(what, "many")) {
    int error = 0;
    while (error == 0) error = open_file(path, 0, RIGHT_READ, &fd);
    return error;
  }
  return 28;  // inval
}

EXPORT(_start) void start(void) {
  u32 count, size;
  args_sizes_get(&count, &size);
  if (count < 2 || count > 8 || size > sizeof bytes) proc_exit(2);
  args_get(words, bytes);
  proc_exit(ask(words[1], count > 2 ? words[2] : ""));
}
