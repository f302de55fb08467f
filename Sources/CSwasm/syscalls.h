/* Raw system calls: no errno, no cancellation points, nothing that a filter would not expect. */
#ifndef SWASM_SYSCALLS_H
#define SWASM_SYSCALLS_H

#include <stdint.h>
#include <sys/syscall.h>

static inline int64_t swasm_syscall3(int64_t number, uint64_t a, uint64_t b, uint64_t c) {
  int64_t result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

_Noreturn static inline void swasm_exit(uint32_t status) {
  for (;;) swasm_syscall3(SYS_exit_group, status, 0, 0);
}

#endif
