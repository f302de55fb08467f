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
  STEP(LANDLOCK, "give up all paths but the granted ones (Landlock)")          \
  STEP(SEAL, "seal code, tables and guards (mseal)")                           \
  STEP(MEMORY_DENY_WRITE_EXECUTE, "PR_SET_MDWE")                               \
  STEP(SPECULATION, "speculation controls")                                    \
  STEP(REQUIRED_LAYER, "have a layer that the policy requires")                \
  STEP(REPORT, "close the page that the launcher is told by")                  \
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

/* A limit that lockdown or entry sets. */
struct swasm_limit {
  int resource;
  uint64_t soft;         /* never above the hard limit */
  uint64_t hard;         /* never above the hard limit in force */
};

/* What a locked-down process is protected by, with the words that policies and results use. The
 * first group are walls: nothing runs without one of them. The others are second walls, which hold off
 * what a wall holds off already: had where the kernel, the user's rights or the processor give them, and
 * missed only by a plan that requires them. docs/policy.md has the argument for each. */
#define SWASM_PROTECTIONS(PROTECTION)                \
  PROTECTION(PARENT_DEATH, 0, "dies-with-launcher")  \
  PROTECTION(NO_CAPABILITIES, 1, "no-capabilities")  \
  PROTECTION(NOT_DUMPABLE, 2, "not-dumpable")        \
  PROTECTION(LIMITS, 3, "rlimits")                   \
  PROTECTION(NO_NEW_PRIVILEGES, 4, "no-new-privs")   \
  PROTECTION(FILTER, 5, "seccomp")                   \
  PROTECTION(LANDLOCK, 8, "landlock")                \
  PROTECTION(SEALED, 9, "mseal")                     \
  PROTECTION(DENY_WRITE_EXECUTE, 10, "mdwe")         \
  PROTECTION(IDENTITY, 16, "own-user")               \
  PROTECTION(INDIRECT_BRANCH, 17, "indirect-branch") \
  PROTECTION(STORE_BYPASS, 18, "store-bypass")       \
  PROTECTION(DETACHED_MOUNTS, 19, "detached-mounts")

enum swasm_protection {
#define SWASM_PROTECTION_ENUM(symbol, bit, name) SWASM_PROTECTION_##symbol = 1 << bit,
  SWASM_PROTECTIONS(SWASM_PROTECTION_ENUM)
#undef SWASM_PROTECTION_ENUM
};

/* The name of the protection of that bit number; NULL where there is none. */
const char *swasm_protection_name(int bit);

/* A directory that stays reachable under Landlock. */
struct swasm_grant {
  int descriptor;
  uint32_t writable;
};

/* Mappings that nobody can change any more; whole pages. */
struct swasm_span {
  uint64_t start;
  uint64_t length;
};

/* Everything that swasm_lock_down needs, prepared before. */
struct swasm_plan {
  struct swasm_identity identity;
  const struct swasm_limit *limits;
  size_t limit_count;
  const struct swasm_grant *grants;
  size_t grant_count;
  const struct swasm_span *sealed;
  size_t sealed_count;
  uint32_t paths_restricted; /* swasm_restrict_early has been there */
  uint32_t required;         /* second walls without which it fails */
  uint32_t speculation;      /* wanted bits: SWASM_PROTECTION_INDIRECT_BRANCH, _STORE_BYPASS */
  uint32_t all_threads;      /* the filter is for every thread (SECCOMP_FILTER_FLAG_TSYNC) */
  const uint64_t *filter;    /* BPF: an array of struct sock_filter, eight bytes each */
  uint16_t filter_length;    /* in instructions */
  uint32_t *report;          /* NULL, or the start of a page that receives the protections and is then
                                made read-only for good */
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

/* Empties the capability sets that only matter to execve, as far as the kernel lets it. Once in the zygote is
 * enough for all that it forks; lockdown looks again. */
void swasm_shrink_inheritable_capabilities(void);

/* Groups, group, user, capabilities; of the calling thread only: call it before any thread starts. */
struct swasm_failure swasm_drop_privileges(const struct swasm_identity *identity, uint32_t *protections);

/* Limits that hold before lockdown, and a timer that kills after so much processor time from now on; 0: none. */
struct swasm_failure swasm_limit_early(
    const struct swasm_limit *limits, size_t count, uint64_t cpu_milliseconds);

/* The steps that hold for one thread, for a process that starts threads: privileges, the death signal
 * that a change of user clears, NO_NEW_PRIVS, Landlock with nothing granted. */
struct swasm_failure swasm_restrict_early(const struct swasm_identity *identity, uint32_t required,
                                          uint32_t *protections);

/* The version of the kernel's Landlock, or -errno. */
int swasm_landlock_version(void);

/* Gives up every path, port and foreign socket but what is beneath the granted directories. Needs
 * NO_NEW_PRIVS; of the calling thread and those it starts. */
struct swasm_failure swasm_restrict_paths(const struct swasm_grant *grants, size_t count,
                                          uint32_t required, uint32_t *protections);

/* mseal: the mappings can't be unmapped, moved, or get other rights. 0 or -errno; -ENOSYS before
 * Linux 6.10. */
long swasm_seal_span(uint64_t start, uint64_t length);

/* Seals what the program and its libraries are made of, but for their data. Children inherit it.
 * 0 or -errno. */
long swasm_seal_program(void);

/* The last list: see lockdown.c. `protections` receives bits of enum swasm_protection. */
struct swasm_failure swasm_lock_down(const struct swasm_plan *plan, uint32_t *protections);

#endif
