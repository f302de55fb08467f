// The part of WASI preview 1 that the C examples use, declared by hand: they are built without a C library.
#ifndef EXAMPLES_WASI_H
#define EXAMPLES_WASI_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
#define WASI(name) IMPORT(name) int name
#define EXPORT(name) __attribute__((export_name(#name)))

typedef struct { const void *bytes; u32 length; } Vector;
typedef struct { u32 tag, name_length; } Prestat;
typedef struct { u64 userdata; u32 kind, pad, clock, pad2; u64 timeout, precision; u32 flags, pad3; } Subscription;

WASI(args_sizes_get)(u32 *count, u32 *bytes);
WASI(args_get)(char **words, char *bytes);
WASI(fd_read)(u32 fd, const Vector *vectors, u32 count, u32 *done);
WASI(fd_write)(u32 fd, const Vector *vectors, u32 count, u32 *done);
WASI(fd_close)(u32 fd);
WASI(fd_prestat_get)(u32 fd, Prestat *result);
WASI(fd_prestat_dir_name)(u32 fd, char *name, u32 length);
WASI(path_open)(u32 fd, u32 lookup, const char *path, u32 length, u32 open_flags, u64 rights, u64 inheriting,
                u32 fd_flags, u32 *opened);
WASI(path_unlink_file)(u32 fd, const char *path, u32 length);
WASI(poll_oneoff)(const Subscription *subscriptions, void *events, u32 count, u32 *ready);
WASI(random_get)(void *bytes, u32 length);
IMPORT(proc_exit) __attribute__((noreturn)) void proc_exit(u32 code);

enum { STDIN, STDOUT, STDERR };

static u32 length(const char *text) {
  u32 count = 0;
  while (text[count]) count++;
  return count;
}

static void put_bytes(u32 fd, const char *bytes, u32 count) {
  while (count > 0) {
    Vector vector = {bytes, count};
    u32 done = 0;
    if (fd_write(fd, &vector, 1, &done) != 0) proc_exit(1);
    bytes += done;
    count -= done;
  }
}

static void put(u32 fd, const char *text) { put_bytes(fd, text, length(text)); }

static void put_number(u32 fd, u64 number) {
  char digits[20];
  u32 start = sizeof digits;
  do {
    digits[--start] = '0' + number % 10;
    number /= 10;
  } while (number > 0);
  put_bytes(fd, digits + start, sizeof digits - start);
}

#endif
