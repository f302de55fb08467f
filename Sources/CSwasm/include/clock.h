/* Whether clocks can be read without a system call. */
#ifndef SWASM_CLOCK_H
#define SWASM_CLOCK_H

#include <time.h>

/* 1 when reading a clock in this way makes a system call, 0 when it makes none, -errno where the kernel can't tell. */
int swasm_makes_call(int (*read)(clockid_t, struct timespec *), clockid_t clock);
/* 1 when the clock source of this machine is one that the vDSO can't read: guests, which may not ask the kernel for the
 * time, would be killed. Where the kernel can't tell it is taken for one that can be read. Tried once; children of
 * the process know the answer. */
int swasm_clocks_need_call(void);

#endif
