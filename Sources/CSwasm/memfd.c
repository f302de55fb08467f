/* Sealed memory files: fcntl is variadic, which Swift can't call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>

#include "runtime.h"

int swasm_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int swasm_seal(int descriptor) {
  return fcntl(
    descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}
