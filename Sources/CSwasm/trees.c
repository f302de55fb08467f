/* Directories that are copied on write: overlays, and copies where there can be none. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "mount_calls.h"
#include "trees.h"

/* 0, or -errno. */
static int write_text(const char *path, const char *text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -errno;
  const ssize_t count = write(file, text, strlen(text));
  const int error = count < 0 ? -errno : 0;
  close(file);
  return error;
}

int swasm_map_user(uid_t user, gid_t group) {
  char map[64];
  /* A group can be mapped only by a process that can no longer give groups up. */
  int result = write_text("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "%u %u 1", group, group);
  if (result == 0) result = write_text("/proc/self/gid_map", map);
  snprintf(map, sizeof map, "%u %u 1", user, user);
  if (result == 0) result = write_text("/proc/self/uid_map", map);
  return result;
}

int swasm_find_again(int directory, const char *path) {
  const int found = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (found < 0) return -errno;
  struct stat old, new;
  if (fstat(directory, &old) == 0 && fstat(found, &new) == 0 && old.st_dev == new.st_dev &&
      old.st_ino == new.st_ino)
    return found;
  close(found);
  return -ESTALE;
}

/* Without attributes a file system can't mark a directory that replaces another. */
static int keeps_attributes(int directory) {
  const char *name = "user.swasm-sandbox";
  if (fsetxattr(directory, name, "1", 1, 0) != 0) return -errno;
  return fremovexattr(directory, name) == 0 ? 0 : -errno;
}

static int set_layer(int context, const char *name, int directory) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
  return result_of(syscall(FSCONFIG_CALL, context, FS_SET_STRING, name, path, 0));
}

int swasm_mount_overlay(int lower, int upper, int work) {
  int result = keeps_attributes(upper);
  if (result < 0) return result;
  const int context = (int)syscall(FSOPEN_CALL, "overlay", FS_CLOEXEC);
  if (context < 0) return -errno;
  result = set_layer(context, "lowerdir", lower);
  if (result == 0) result = set_layer(context, "upperdir", upper);
  if (result == 0) result = set_layer(context, "workdir", work);
  /* Marks that a user may make. No data is left out of the upper layer, no directory is renamed by a mark only; what
   * is in it need not be on the disk at any time. */
  static const char *const flags[] = {"userxattr", "volatile"};
  static const char *const off[] = {"metacopy", "index", "xino"};
  for (size_t i = 0; result == 0 && i < sizeof flags / sizeof *flags; i++)
    result = result_of(syscall(FSCONFIG_CALL, context, FS_SET_FLAG, flags[i], NULL, 0));
  for (size_t i = 0; result == 0 && i < sizeof off / sizeof *off; i++)
    result = result_of(syscall(FSCONFIG_CALL, context, FS_SET_STRING, off[i], "off", 0));
  if (result == 0) result = result_of(syscall(FSCONFIG_CALL, context, FS_CREATE, NULL, NULL, 0));
  if (result == 0)
    result = result_of(syscall(FSMOUNT_CALL, context, FS_CLOEXEC, 0));
  close(context);
  return result;
}

int swasm_is_opaque(int directory) {
  char value = 0;
  return fgetxattr(directory, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

int swasm_open_beneath(int directory, const char *path, int flags) {
  const struct open_how how = {
      .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
      .resolve =
          RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
  };
  int result = -EAGAIN;
  for (int i = 0; i < 16 && (result == -EAGAIN || result == -EINTR); i++)
    result = result_of(syscall(SYS_openat2, directory, path, &how, sizeof how));
  return result;
}

int swasm_is_younger(int directory, const char *name, const struct timespec *time) {
  struct statx status;
  const unsigned wanted = STATX_BTIME;
  if (statx(directory, name, AT_SYMLINK_NOFOLLOW, wanted, &status) != 0) return 0;
  if (!(status.stx_mask & STATX_BTIME)) return 0;
  if (status.stx_btime.tv_sec != time->tv_sec) return status.stx_btime.tv_sec > time->tv_sec;
  return status.stx_btime.tv_nsec > time->tv_nsec;
}

int swasm_rename_new(int from, const char *old, int to, const char *new) {
  const int result = result_of(syscall(SYS_renameat2, from, old, to, new, 1 /* RENAME_NOREPLACE */));
  if (result != -EINVAL && result != -ENOSYS) return result;
  /* A file system that does not know it. */
  struct stat status;
  if (fstatat(to, new, &status, AT_SYMLINK_NOFOLLOW) == 0) return -EEXIST;
  return result_of(renameat(from, old, to, new));
}

int swasm_lock_folder(int directory) { return result_of(flock(directory, LOCK_EX | LOCK_NB)); }

int swasm_sync_file_system(int descriptor) { return result_of(syncfs(descriptor)); }

/* From one offset to another, by the cheapest way that works. 0, or -errno. */
static int copy_range(int from, int to, off_t start, off_t end) {
  off_t in = start, out = start;
  while (in < end) {
    const ssize_t count = copy_file_range(from, &in, to, &out, (size_t)(end - in), 0);
    if (count > 0) continue;
    /* Shorter than it was. */
    if (count == 0) return 0;
    if (errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
      return -errno;
    static char buffer[1 << 16];
    const size_t part = end - in < (off_t)sizeof buffer ? (size_t)(end - in) : sizeof buffer;
    const ssize_t got = pread(from, buffer, part, in);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? -errno : 0;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = pwrite(to, buffer + done, (size_t)(got - done), out);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return -errno;
      done += put;
      out += put;
    }
    in += got;
  }
  return 0;
}

int64_t swasm_copy_contents(int from, int to, int64_t limit) {
  struct stat status;
  if (fstat(from, &status) != 0) return -errno;
  if (!S_ISREG(status.st_mode)) return -EINVAL;
  if (status.st_size == 0 || ioctl(to, FICLONE, from) == 0) return 0;
  if (ftruncate(to, status.st_size) != 0) return -errno;
  int64_t copied = 0;
  off_t next = 0;
  while (next < status.st_size) {
    off_t start = lseek(from, next, SEEK_DATA);
    if (start < 0 && errno == ENXIO) break;
    off_t end = start < 0 ? status.st_size : lseek(from, start, SEEK_HOLE);
    /* A file system without holes. */
    if (start < 0) start = next;
    if (end < 0 || end > status.st_size) end = status.st_size;
    if (end - start > limit - copied) return -EFBIG;
    const int result = copy_range(from, to, start, end);
    if (result < 0) return result;
    copied += end - start;
    next = end;
  }
  return copied;
}

void swasm_copy_attributes(int from, int to) {
  const ssize_t size = flistxattr(from, NULL, 0);
  if (size <= 0 || size > 1 << 16) return;
  char *names = malloc((size_t)size), *value = malloc(1 << 16);
  const ssize_t length = names && value ? flistxattr(from, names, (size_t)size) : 0;
  for (ssize_t i = 0; i < length; i += (ssize_t)strlen(names + i) + 1) {
    const ssize_t count = fgetxattr(from, names + i, value, 1 << 16);
    /* Some are the kernel's to set. */
    if (count >= 0) (void)fsetxattr(to, names + i, value, (size_t)count, 0);
  }
  free(names);
  free(value);
}

int swasm_same_contents(int first, int second) {
  static char a[1 << 16], b[1 << 16];
  for (off_t offset = 0;;) {
    const ssize_t count = pread(first, a, sizeof a, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    ssize_t other = 0;
    while (other < count) {
      const ssize_t part = pread(second, b + other, (size_t)(count - other), offset + other);
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) return -errno;
      if (part == 0) return 0;
      other += part;
    }
    if (memcmp(a, b, (size_t)count) != 0) return 0;
    if (count == 0) {
      const ssize_t more = pread(second, b, 1, offset);
      return more < 0 ? -errno : more == 0;
    }
    offset += count;
  }
}

