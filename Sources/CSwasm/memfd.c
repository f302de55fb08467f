/* Sealed memory files: fcntl is variadic, which Swift can't call. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "runtime.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

int swasm_memfd(const char *name) {
  /* Code is mapped from it, which newer kernels want to be told; older ones refuse the flag. */
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (descriptor < 0 && errno == EINVAL)
    descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return descriptor;
}

int swasm_seal(int descriptor) {
  return fcntl(
    descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}
