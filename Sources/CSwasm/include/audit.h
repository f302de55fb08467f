/* Native code inside a locked-down process, for `swasm-sandbox audit`: what a guest would do that has broken
 * out of its compiled code. The process that calls these never runs a module. */
#ifndef SWASM_AUDIT_H
#define SWASM_AUDIT_H

#include "lockdown.h"

/* One system call to be tried. */
struct swasm_attempt {
  long number;
  long arguments[6];
  int by_interrupt; /* through the 32-bit entry point, int 0x80 */
};

enum swasm_attempt_end {
  SWASM_ATTEMPT_NOT_LOCKED, /* `detail`: the step */
  SWASM_ATTEMPT_FORBIDDEN,  /* killed by the filter */
  SWASM_ATTEMPT_RETURNED,   /* `detail`: the kernel's answer */
  SWASM_ATTEMPT_EXITED,
  SWASM_ATTEMPT_SIGNAL, /* `detail`: its number */
  SWASM_ATTEMPT_WAITED, /* it was let through, and waits */
};

struct swasm_attempt_result {
  enum swasm_attempt_end end;
  long detail;
};

/* Pages shared between an auditor and a process that it has locked down. */
struct swasm_audit_page {
  volatile int state; /* of the child: enum swasm_audit_state */
  volatile int go;    /* of the auditor: how far the child may go */
  struct swasm_failure failure;
  uint32_t protections;
  int64_t nanoseconds; /* what lockdown took */
  long value;
  /* What to look for, complemented, so that looking for it leaves no copy. */
  uint32_t needle_count;
  struct swasm_needle {
    uint32_t length;
    uint32_t found;
    uint8_t complement[248];
  } needles[96];
  /* Where: readable mappings. */
  uint32_t span_count;
  struct swasm_span spans[600];
};

enum swasm_audit_state { SWASM_AUDIT_STARTED = 1, SWASM_AUDIT_LOCKED, SWASM_AUDIT_DONE };

/* Zeroed shared memory; NULL on failure. Never given back. */
struct swasm_audit_page *swasm_audit_page(void);

/* Forks, closes all descriptors but the ascending `kept` ones, locks down, makes the call. */
struct swasm_attempt_result swasm_try_call(const struct swasm_plan *plan, const int *kept, size_t count,
                                           const struct swasm_attempt *attempt,
                                           struct swasm_audit_page *page);

/* Forks a process that closes its descriptors and waits (state STARTED), locks down when `go` is 1 (LOCKED),
 * looks for the needles when it is 2 (DONE), and ends when it is 3. -errno on failure. */
pid_t swasm_start_subject(const struct swasm_plan *plan, const int *kept, size_t count,
                          struct swasm_audit_page *page);

/* Waits for a state, a second at most. 1, or 0. */
int swasm_await_subject(struct swasm_audit_page *page, int state);

/* Kills it and waits for it. */
void swasm_end_subject(pid_t pid);

#endif
