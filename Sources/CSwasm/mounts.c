/* Granted directories as trees of mounts of their own: they lead nowhere, and the kernel itself keeps them read-only,
 * free of devices and of programs. Needs CAP_SYS_ADMIN, in a user namespace if not otherwise. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mount_calls.h"
#include "process.h"

/* Flags that older headers lack. */
enum {
  CLONE_TREE = 1,
  WHOLE_TREE = 0x8000,
  EMPTY_PATH = 0x1000,
  FROM_EMPTY_PATH = 0x04,
  TO_EMPTY_PATH = 0x40,
};

struct attributes {
  uint64_t set, clear, propagation, namespace;
};

long swasm_directory_path(int directory, char *path, size_t size) {
  if (fchdir(directory) != 0) return -errno;
  const long length = syscall(SYS_getcwd, path, size);
  if (length < 0) return -errno;
  /* What can't be reached from the root has a path that does not begin with a slash. */
  return path[0] == '/' ? length - 1 : -ENOENT;
}

int swasm_own_mount_namespace(void) {
  if (geteuid() == 0) return 0;
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 1 : -errno;
}

int swasm_private_mounts(int has_namespace) {
  if (!has_namespace && unshare(CLONE_NEWNS) != 0) return -errno;
  /* Else what is mounted here would be mounted for everybody. */
  return result_of(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

/* In a mount namespace of our own the descriptor is of the old one's mount, which can't be cloned: the same
 * directory is looked for by its path, and has to be the same. */
static int clone_by_path(int directory, const char *path) {
  const int tree = (int)syscall(OPEN_TREE_CALL, AT_FDCWD, path,
                                CLONE_TREE | WHOLE_TREE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  if (tree < 0) return -errno;
  struct stat old, new;
  if (fstat(directory, &old) == 0 && fstat(tree, &new) == 0 && old.st_dev == new.st_dev &&
      old.st_ino == new.st_ino)
    return tree;
  close(tree);
  return -ESTALE;
}

int swasm_clone_tree(int directory, const char *path) {
  if (path != NULL) return clone_by_path(directory, path);
  return result_of(
      syscall(OPEN_TREE_CALL, directory, "", CLONE_TREE | WHOLE_TREE | O_CLOEXEC | EMPTY_PATH));
}

int swasm_mark_tree(int tree, int read_only) {
  /* MOUNT_ATTR_RDONLY; NOSUID, NODEV, NOEXEC. Private: what is mounted in one place does not show in another. */
  const struct attributes attributes = {.set = (read_only ? 1 : 0) | 2 | 4 | 8, .propagation = MS_PRIVATE};
  return result_of(
      syscall(SETATTR_CALL, tree, "", EMPTY_PATH | WHOLE_TREE, &attributes, sizeof attributes));
}

int swasm_attach_tree(int tree, int place) {
  if (place < 0) return result_of(syscall(MOVE_MOUNT_CALL, tree, "", AT_FDCWD, "/", FROM_EMPTY_PATH));
  return result_of(
      syscall(MOVE_MOUNT_CALL, tree, "", place, "", FROM_EMPTY_PATH | TO_EMPTY_PATH));
}

int swasm_open_place(int tree, const char *path) {
  const struct open_how how = {
      .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
  };
  return result_of(syscall(SYS_openat2, tree, path, &how, sizeof how));
}

/* An empty file system whose root nobody may enter. A namespace of a user's has no user that could own a directory
 * in it, so the root itself has to do. */
static int closed_directory(void) {
  const int context = (int)syscall(FSOPEN_CALL, "tmpfs", FS_CLOEXEC);
  if (context < 0) return -errno;
  long result = syscall(FSCONFIG_CALL, context, FS_SET_STRING, "mode", "0", 0);
  if (result == 0) result = syscall(FSCONFIG_CALL, context, FS_CREATE, NULL, NULL, 0);
  if (result == 0) result = syscall(FSMOUNT_CALL, context, FS_CLOEXEC, 0);
  const int error = errno;
  close(context);
  return result < 0 ? -error : (int)result;
}

/* A device, which no mount without devices opens. */
static int closed_file(void) {
  return result_of(syscall(OPEN_TREE_CALL, AT_FDCWD, "/dev/null", CLONE_TREE | O_CLOEXEC));
}

int swasm_close_place(int place, uint64_t identity[2]) {
  struct stat status;
  if (fstat(place, &status) != 0) return -errno;
  const int tree = S_ISDIR(status.st_mode) ? closed_directory() : closed_file();
  if (tree < 0) return tree;
  int result = swasm_mark_tree(tree, 1);
  if (result == 0) result = swasm_attach_tree(tree, place);
  if (result == 0) result = result_of(fstat(tree, &status));
  close(tree);
  identity[0] = status.st_dev;
  identity[1] = status.st_ino;
  return result;
}

int swasm_holds_files(int descriptor) {
  /* File systems without a block device whose files are somebody's data: tmpfs, ramfs, overlay, btrfs, bcachefs,
   * NFS, SMB (three), FUSE, 9P, Ceph, AFS, ZFS, UBIFS, eCryptfs, EROFS, VirtualBox and VMware folders. */
  static const uint32_t known[] = {
      0x01021994, 0x858458f6, 0x794c7630, 0x9123683e, 0xca451a4e, 0x00006969, 0x0000517b,
      0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x00c36400, 0x5346414f, 0x2fc12fc1,
      0x24051905, 0x0000f15f, 0xe0f5e1e2, 0x786f4256, 0xbacbacbc,
  };
  struct stat status;
  struct statfs file_system;
  if (fstat(descriptor, &status) != 0 || fstatfs(descriptor, &file_system) != 0) return -errno;
  if (major(status.st_dev) != 0) return 1;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if ((uint32_t)file_system.f_type == known[i]) return 1;
  return 0;
}

int swasm_is_proc(int descriptor) {
  struct statfs file_system;
  return fstatfs(descriptor, &file_system) == 0 && file_system.f_type == 0x9fa0;
}

int swasm_enter_tree(int tree) {
  return fchdir(tree) == 0 && chroot(".") == 0 ? 0 : -errno;
}

int swasm_can_detach(void) {
  const pid_t pid = fork();
  if (pid < 0) return -errno;
  if (pid == 0) {
    const int directory = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int namespace = swasm_own_mount_namespace();
    int tree = namespace < 0 ? namespace : swasm_clone_tree(directory, namespace ? "/usr" : NULL);
    if (tree >= 0) tree = swasm_mark_tree(tree, 1);
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
