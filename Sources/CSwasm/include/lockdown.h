/* The steps that turn a process into a guest, a compiler or a broker: raw system calls only, no
 * allocation, no lock, no libc state. SwasmLockdown prepares the plain structs and calls these. */
#ifndef SWASM_LOCKDOWN_H
#define SWASM_LOCKDOWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

#ifndef __x86_64__
#error "swasm-sandbox locks down x86-64 Linux only"
#endif

/* One raw system call. Returns the kernel's answer: a result, or -errno. Touches neither errno nor
 * any other memory of the C library, so it is safe after lockdown and between fork and lockdown. */
static inline long swasm_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline long swasm_syscall3(long number, long a, long b, long c) {
  return swasm_syscall6(number, a, b, c, 0, 0, 0);
}

static inline long swasm_syscall4(long number, long a, long b, long c, long d) {
  return swasm_syscall6(number, a, b, c, d, 0, 0);
}

/* Ends every thread of the process. Allowed at every level. */
static inline _Noreturn void swasm_exit_group(int status) {
  for (;;) swasm_syscall3(SYS_exit_group, status, 0, 0);
}

/* Every step that can fail, with the name shown in an error. */
#define SWASM_STEPS(STEP)                                                      \
  STEP(NONE, "none")                                                           \
  STEP(PARENT_DEATH_SIGNAL, "die with the parent (PR_SET_PDEATHSIG)")          \
  STEP(HANDSHAKE, "handshake with the parent")                                 \
  STEP(SESSION, "leave the session (setsid)")                                  \
  STEP(DESCRIPTORS, "close all other descriptors (close_range)")               \
  STEP(SIGNALS, "reset signal mask and dispositions")                          \
  STEP(TIMERS, "disarm interval timers")                                       \
  STEP(KEYRING, "take an empty session keyring")                               \
  STEP(DIRECTORY, "change directory to /")                                     \
  STEP(GROUPS, "drop supplementary groups")                                    \
  STEP(GROUP_IDENTITY, "switch group")                                         \
  STEP(USER_IDENTITY, "switch user")                                           \
  STEP(CAPABILITIES, "drop capabilities")                                      \
  STEP(PARENT_GONE, "parent still alive after changing identity")              \
  STEP(DUMPABLE, "refuse ptrace and core dumps (PR_SET_DUMPABLE)")             \
  STEP(RESOURCE_LIMIT, "set a resource limit")                                 \
  STEP(NO_NEW_PRIVILEGES, "PR_SET_NO_NEW_PRIVS")                               \
  STEP(MEMORY_DENY_WRITE_EXECUTE, "PR_SET_MDWE")                               \
  STEP(SPECULATION, "speculation controls")                                    \
  STEP(SYSTEM_CALL_FILTER, "install the seccomp filter")

enum swasm_step {
#define SWASM_STEP_ENUM(symbol, name) SWASM_STEP_##symbol,
  SWASM_STEPS(SWASM_STEP_ENUM)
#undef SWASM_STEP_ENUM
};

/* The name of a step, from the table above; a static string. */
const char *swasm_step_name(enum swasm_step step);

/* What a step answers: SWASM_STEP_NONE, or the step that failed and its errno. After a failure the
 * process is half locked down and has to end. */
struct swasm_failure {
  enum swasm_step step;
  int error;
};

/* What a process does first after fork (steps 1 and 2 of the order in docs). */
struct swasm_entry {
  int child_end;         /* the child's end of the handshake socketpair, -1: no handshake */
  int parent_end;        /* the parent's end, closed in the child so that its death shows as EOF */
  const int *kept;       /* ascending descriptors that survive */
  size_t kept_count;
  uint32_t file_mask;    /* umask */
};

struct swasm_identity {
  int switches;          /* 0: keep user and group */
  int required;          /* fail when the kernel refuses the switch */
  uint32_t user;
  uint32_t group;
};

struct swasm_limit {
  int resource;
  uint64_t value;        /* hard = soft; never above the hard limit in force */
};

/* Measures that depend on the kernel or on privilege: set in the answer of swasm_lock_down. */
enum swasm_measure {
  SWASM_MEASURE_IDENTITY_SWITCHED = 1,
  SWASM_MEASURE_DENY_WRITE_EXECUTE = 2,
  SWASM_MEASURE_INDIRECT_BRANCH = 4,
  SWASM_MEASURE_STORE_BYPASS = 8,
};

/* Everything that swasm_lock_down needs, prepared before. */
struct swasm_plan {
  struct swasm_identity identity;
  const struct swasm_limit *limits;
  size_t limit_count;
  uint32_t speculation;     /* wanted bits: SWASM_MEASURE_INDIRECT_BRANCH, _STORE_BYPASS */
  uint32_t all_threads;     /* the filter is for every thread (SECCOMP_FILTER_FLAG_TSYNC) */
  const uint64_t *filter;   /* BPF: an array of struct sock_filter, eight bytes each */
  uint16_t filter_length;   /* in instructions */
};

/* glibc's fork, which Swift's overlay hides. */
pid_t swasm_fork(void);

/* An anonymous memory file, closed on exec, that can be sealed. The descriptor, or -errno. */
int swasm_memory_file(const char *name);

/* Keeps the C library's allocator within brk: one arena, no mmap, no trimming. For the broker, whose
 * filter holds no mmap. Call it before the first allocation of any size. */
void swasm_allocate_from_heap_only(void);

/* Keeps the allocator in one arena: further arenas need mprotect, which the compiler process lacks. */
void swasm_allocate_from_one_arena(void);

/* Child: arms PDEATHSIG, tells the parent, waits for its answer. The parent was alive after arming,
 * so either the signal comes or the read sees EOF. Closes both ends. */
struct swasm_failure swasm_tie_to_parent(int child_end, int parent_end);

/* Parent: waits for the child's byte, answers it. 0, or an errno; ECONNRESET: the child is gone. */
int swasm_acknowledge_child(int parent_end);

/* Closes every descriptor that is not in the ascending list. */
struct swasm_failure swasm_close_all_except(const int *kept, size_t count);

/* Resets what survives fork and exec: signals, timers, keyring, umask, working directory. */
struct swasm_failure swasm_reset_inherited(uint32_t file_mask);

/* The straight list of the above, in order. */
struct swasm_failure swasm_enter_child(const struct swasm_entry *entry);

/* Groups, group, user, capabilities; of the calling thread only: call it before any thread starts. */
struct swasm_failure swasm_drop_privileges(const struct swasm_identity *identity, uint32_t *measures);

/* The last list: see lockdown.c. `measures` receives bits of enum swasm_measure. */
struct swasm_failure swasm_lock_down(const struct swasm_plan *plan, uint32_t *measures);

#endif
