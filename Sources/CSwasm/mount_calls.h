/* The kernel's calls for detached mounts, which older headers lack. */
#ifndef SWASM_MOUNT_CALLS_H
#define SWASM_MOUNT_CALLS_H

#include <errno.h>

enum {
  OPEN_TREE_CALL = 428,
  MOVE_MOUNT_CALL = 429,
  FSOPEN_CALL = 430,
  FSCONFIG_CALL = 431,
  FSMOUNT_CALL = 432,
  SETATTR_CALL = 442,
};

/* FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC; what fsconfig does. */
enum { FS_CLOEXEC = 1, FS_SET_FLAG = 0, FS_SET_STRING = 1, FS_CREATE = 6 };

/* Of a call that sets errno: what it gave, or -errno. */
static inline int result_of(long result) { return result < 0 ? -errno : (int)result; }

#endif
