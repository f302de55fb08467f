/* Children for the lockdown tests. Written in C because the test process has threads: between fork
 * and the end of such a child only raw system calls are safe. */
#ifndef SWASM_LOCKDOWN_PROBE_H
#define SWASM_LOCKDOWN_PROBE_H

#include <stdint.h>
#include <sys/types.h>

#include "lockdown.h"

enum probe_body {
  PROBE_CALL,        /* one system call with `arguments` */
  PROBE_INT80,       /* the same number through the 32-bit entry point */
  PROBE_THREAD_CALL, /* the call from a thread started before lockdown */
  PROBE_COPY,        /* copy descriptor 0 to 1 until the end, like cat */
  PROBE_GROW,        /* mprotect(arguments[0], arguments[1]) read-write and touch the last byte */
  PROBE_FAULT,       /* load from arguments[0] with a SIGSEGV handler on its own stack */
};

struct probe_request {
  enum probe_body body;
  const struct swasm_plan *plan; /* NULL: not locked down */
  int input;                     /* becomes descriptor 0; -1: /dev/null */
  int output;                    /* becomes descriptor 1; -1: /dev/null */
  long number;
  const long *arguments;         /* six */
};

/* Written by the child into a shared page. */
struct probe_record {
  struct swasm_failure failure;
  uint32_t protections;
  int locked;   /* lockdown succeeded */
  int finished; /* the body got to its end */
  long value;   /* of the call; or the fault's address */
};

struct probe_child {
  pid_t pid;
  struct probe_record *record;
};

struct probe_child probe_start(const struct probe_request *request);
/* Waits; the wait status is returned, the record copied, the page unmapped. */
int probe_finish(struct probe_child child, struct probe_record *record);

/* What a child finds after swasm_enter_child. */
struct probe_entered {
  struct swasm_failure failure;
  uint64_t open_descriptors; /* bit n: descriptor n < 64 is open */
  uint32_t file_mask;
  int leads_session;
  int at_root;
  uint64_t blocked_signals;
  int ignored_signals;
};

/* The child first spoils what it inherits: opens 20 descriptors, blocks SIGTERM, ignores SIGPIPE,
 * umask 0. Then it enters. The parent answers the handshake by itself before probe_enter_finish. */
struct probe_child probe_enter_start(const struct swasm_entry *entry, struct probe_entered **seen);
int probe_enter_finish(struct probe_child child, struct probe_entered *seen,
                       struct probe_entered *copy);

/* Forks a middle process and from it a child tied to it. The child writes one byte to `report`: the
 * failed step, or 0 when tied, and then waits for ever. With `orphaned` the middle process is dead
 * before the child asks to be tied; else it lives until `hold` (read end) sees EOF. */
pid_t probe_orphan(int orphaned, int report, int hold, int hold_write_end);

#endif
