/* Seals of memory files: fcntl is variadic, which Swift can't call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>

#include "runtime.h"

int swasm_seal(int descriptor) {
  return fcntl(
    descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}
