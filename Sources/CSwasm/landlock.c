/* Landlock: which files, ports and sockets of others a process may still get hold of. What is open
 * already stays usable. The kernel's structures are written out here: headers of the oldest
 * distribution this is built on lack the newer fields. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "lockdown.h"

enum {
  CREATE_RULESET = 444,
  ADD_RULE = 445,
  RESTRICT_SELF = 446,
  ASK_VERSION = 1,
  PATH_BENEATH = 1,
};

struct ruleset {
  uint64_t paths;
  uint64_t ports;  /* ABI 4: bind, connect */
  uint64_t scopes; /* ABI 6: abstract sockets, signals */
};

struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

enum {
  EXECUTE = 1 << 0,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIRECTORY = 1 << 3,
  REMOVE_DIRECTORY = 1 << 4,
  REMOVE_FILE = 1 << 5,
  MAKE_DIRECTORY = 1 << 7,
  MAKE_FILE = 1 << 8,
  MAKE_LINK = 1 << 12,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
};

/* Never granted, because never needed: running files, making devices, sockets or FIFOs, ioctl. */
static const uint64_t reading = READ_FILE | READ_DIRECTORY;
static const uint64_t writing = WRITE_FILE | REMOVE_DIRECTORY | REMOVE_FILE | MAKE_DIRECTORY | MAKE_FILE |
                                MAKE_LINK | REFER | TRUNCATE;

/* Everything that the kernel's version of Landlock can take away. */
static struct ruleset everything(long version) {
  const int rights = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (struct ruleset){(1u << rights) - 1, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
}

int swasm_landlock_version(void) {
  return (int)swasm_syscall3(CREATE_RULESET, 0, 0, ASK_VERSION);
}

static long grant(int ruleset, const struct ruleset *handled, const struct swasm_grant *directory) {
  const struct path_rule rule = {
    handled->paths & (reading | (directory->writable ? writing : 0)), directory->descriptor};
  return swasm_syscall4(ADD_RULE, ruleset, PATH_BENEATH, (long)&rule, 0);
}

struct swasm_failure swasm_restrict_paths(const struct swasm_grant *grants, size_t count,
                                          uint32_t required, uint32_t *protections) {
  struct swasm_failure failure = {SWASM_STEP_NONE, 0};
  const long version = swasm_landlock_version();
  if (version <= 0) {
    /* ENOSYS: not in this kernel; EOPNOTSUPP: not switched on; EPERM: a container's filter. */
    if (required & SWASM_PROTECTION_LANDLOCK)
      failure = (struct swasm_failure){SWASM_STEP_LANDLOCK, version < 0 ? (int)-version : ENOSYS};
    return failure;
  }
  const struct ruleset handled = everything(version);
  const long ruleset = swasm_syscall3(CREATE_RULESET, (long)&handled, sizeof handled, 0);
  long result = ruleset;
  for (size_t i = 0; result >= 0 && i < count; i++) result = grant((int)ruleset, &handled, &grants[i]);
  if (result >= 0) result = swasm_syscall3(RESTRICT_SELF, ruleset, 0, 0);
  if (ruleset >= 0) swasm_syscall3(SYS_close, ruleset, 0, 0);
  if (result < 0)
    failure = (struct swasm_failure){SWASM_STEP_LANDLOCK, (int)-result};
  else
    *protections |= SWASM_PROTECTION_LANDLOCK;
  return failure;
}
