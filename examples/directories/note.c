// note show FILE, note write FILE TEXT, note remove FILE: files beneath the granted directories.
#include "../wasi.h"

enum { CREATE = 1, TRUNCATE = 8 };
enum { RIGHT_READ = 1 << 1, RIGHT_WRITE = 1 << 6 };

static char bytes[4096], *words[64];

static int equal(const char *a, const char *b, u32 count) {
  for (u32 i = 0; i < count; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}

// The granted directory that holds a path, and the rest of the path. Descriptor 3 is tried where there is none:
// the refusal is then on record.
static u32 directory_of(const char **path) {
  Prestat prestat;
  for (u32 fd = 3; fd_prestat_get(fd, &prestat) == 0; fd++) {
    char name[256];
    if (prestat.name_length > sizeof name) continue;
    fd_prestat_dir_name(fd, name, prestat.name_length);
    if (!equal(name, *path, prestat.name_length)) continue;
    *path += prestat.name_length;
    while (**path == '/') ++*path;
    return fd;
  }
  return 3;
}

static void fail(const char *path, int error) {
  put(STDERR, "note: ");
  put(STDERR, path);
  put(STDERR, ": errno ");
  put_number(STDERR, error);
  put(STDERR, "\n");
  proc_exit(1);
}

static void show(u32 fd) {
  char buffer[4096];
  Vector vector = {buffer, sizeof buffer};
  u32 count = 0;
  while (fd_read(fd, &vector, 1, &count) == 0 && count > 0) put_bytes(STDOUT, buffer, count);
}

EXPORT(_start) void start(void) {
  u32 count, size;
  args_sizes_get(&count, &size);
  if (count < 3 || count > 64 || size > sizeof bytes) proc_exit(2);
  args_get(words, bytes);
  char action = words[1][0];
  const char *path = words[2];
  u32 directory = directory_of(&path), fd;
  int error;
  if (action == 'r') {
    error = path_unlink_file(directory, path, length(path));
    if (error != 0) fail(words[2], error);
    return;
  }
  int is_write = action == 'w' && count == 4;
  error = path_open(directory, 1, path, length(path), is_write ? CREATE | TRUNCATE : 0,
                    is_write ? RIGHT_WRITE : RIGHT_READ, 0, 0, &fd);
  if (error != 0) fail(words[2], error);
  if (is_write) {
    put(fd, words[3]);
    put(fd, "\n");
  } else {
    show(fd);
  }
  fd_close(fd);
}
