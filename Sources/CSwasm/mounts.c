/* Granted directories as mounts of their own: nothing is mounted on them, they lead nowhere, and the kernel
 * itself keeps them read-only, free of devices and of programs. Needs CAP_SYS_ADMIN, in a user namespace if not
 * otherwise. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

enum { OPEN_TREE = 428, MOUNT_SETATTR = 442, CLONE_TREE = 1, EMPTY_PATH = 0x1000 };

struct attributes {
  uint64_t set, clear, propagation, namespace;
};

int swasm_own_mount_namespace(void) {
  if (geteuid() == 0) return 0;
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 1 : -errno;
}

/* In a mount namespace of our own the descriptor is of the old one's mount, which can't be cloned: the same
 * directory is looked for by its path, and has to be the same. */
static int clone_by_path(int directory) {
  char link[32], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return -errno;
  path[length] = 0;
  const int tree =
      (int)syscall(OPEN_TREE, AT_FDCWD, path, CLONE_TREE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  if (tree < 0) return -errno;
  struct stat old, new;
  if (fstat(directory, &old) == 0 && fstat(tree, &new) == 0 && old.st_dev == new.st_dev &&
      old.st_ino == new.st_ino)
    return tree;
  close(tree);
  return -ESTALE;
}

int swasm_detach_directory(int directory, int by_path, int read_only) {
  int tree = by_path
                 ? clone_by_path(directory)
                 : (int)syscall(OPEN_TREE, directory, "", CLONE_TREE | O_CLOEXEC | EMPTY_PATH);
  if (tree < 0) return by_path ? tree : -errno;
  /* MOUNT_ATTR_RDONLY; NOSUID, NODEV, NOEXEC */
  const struct attributes attributes = {.set = (read_only ? 1 : 0) | 2 | 4 | 8};
  if (syscall(MOUNT_SETATTR, tree, "", EMPTY_PATH, &attributes, sizeof attributes) == 0) return tree;
  const int error = errno;
  close(tree);
  return -error;
}

int swasm_can_detach(void) {
  const pid_t pid = fork();
  if (pid < 0) return -errno;
  if (pid == 0) {
    const int directory = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int namespace = swasm_own_mount_namespace();
    const int tree = namespace < 0 ? namespace : swasm_detach_directory(directory, namespace, 1);
    _exit(tree < 0 ? -tree & 0x7f : 0x80 | namespace);
  }
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status)) return -EPERM;
  return WEXITSTATUS(status) & 0x80 ? WEXITSTATUS(status) & 1 : -WEXITSTATUS(status);
}

int swasm_refuse_descriptors(int channel) {
  const int pass_rights = 83, no = 0; /* SO_PASSRIGHTS, Linux 6.16 */
  return setsockopt(channel, SOL_SOCKET, pass_rights, &no, sizeof no) == 0 ? 0 : -errno;
}
