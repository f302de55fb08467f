#define _GNU_SOURCE
#include "lockdown.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Younger than the headers of the oldest distribution this is built on. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

_Static_assert(sizeof(struct sock_filter) == sizeof(uint64_t), "a BPF instruction is eight bytes");

static const struct swasm_failure success = {SWASM_STEP_NONE, 0};

static inline long call(long number, long a, long b, long c) {
  return swasm_syscall3(number, a, b, c);
}

static inline long control(long option, long a, long b, long c) {
  return swasm_syscall6(SYS_prctl, option, a, b, c, 0, 0);
}

static inline struct swasm_failure failed(enum swasm_step step, long result) {
  return (struct swasm_failure){step, (int)-result};
}

const char *swasm_step_name(enum swasm_step step) {
  static const char *const names[] = {
#define SWASM_STEP_NAME(symbol, name) name,
      SWASM_STEPS(SWASM_STEP_NAME)
#undef SWASM_STEP_NAME
  };
  return (size_t)step < sizeof names / sizeof *names ? names[step] : "unknown step";
}

const char *swasm_protection_name(int bit) {
  switch (bit) {
#define SWASM_PROTECTION_NAME(symbol, bit, name) \
  case bit: return name;
    SWASM_PROTECTIONS(SWASM_PROTECTION_NAME)
#undef SWASM_PROTECTION_NAME
  }
  return NULL;
}

pid_t swasm_fork(void) { return fork(); }

int swasm_memory_file(const char *name) {
  return (int)call(SYS_memfd_create, (long)name, MFD_CLOEXEC | MFD_ALLOW_SEALING, 0);
}

void swasm_allocate_from_one_arena(void) { mallopt(M_ARENA_MAX, 1); }

void swasm_allocate_from_heap_only(void) {
  swasm_allocate_from_one_arena();
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

/* One byte each way over a socket; MSG_NOSIGNAL because a dead peer is an answer, not a reason to
 * die silently of SIGPIPE. */
static long send_byte(int descriptor) {
  const char byte = 1;
  long sent;
  do {
    sent = swasm_syscall6(SYS_sendto, descriptor, (long)&byte, 1, MSG_NOSIGNAL, 0, 0);
  } while (sent == -EINTR);
  return sent;
}

static long receive_byte(int descriptor) {
  char byte;
  long received;
  do {
    received = call(SYS_read, descriptor, (long)&byte, 1);
  } while (received == -EINTR);
  return received == 0 ? -ECONNRESET : received;
}

struct swasm_failure swasm_tie_to_parent(int child_end, int parent_end) {
  long result = control(PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (result < 0) return failed(SWASM_STEP_PARENT_DEATH_SIGNAL, result);
  if (child_end < 0) return success;
  if (parent_end >= 0) call(SYS_close, parent_end, 0, 0);
  result = send_byte(child_end);
  if (result == 1) result = receive_byte(child_end);
  call(SYS_close, child_end, 0, 0);
  return result < 0 ? failed(SWASM_STEP_HANDSHAKE, result) : success;
}

int swasm_acknowledge_child(int parent_end) {
  long result = receive_byte(parent_end);
  if (result == 1) result = send_byte(parent_end);
  return result < 0 ? (int)-result : 0;
}

struct swasm_failure swasm_close_all_except(const int *kept, size_t count) {
  /* The whole list first: an unsorted one closes nothing. */
  for (size_t i = 0; i < count; i++)
    if (kept[i] < 0 || (i > 0 && kept[i] <= kept[i - 1]))
      return failed(SWASM_STEP_DESCRIPTORS, -EINVAL);

  unsigned first = 0;
  for (size_t i = 0; i < count; i++) {
    if ((unsigned)kept[i] > first) {
      long result = call(SYS_close_range, first, (unsigned)kept[i] - 1, 0);
      if (result < 0) return failed(SWASM_STEP_DESCRIPTORS, result);
    }
    first = (unsigned)kept[i] + 1;
  }
  long result = call(SYS_close_range, first, ~0u, 0);
  return result < 0 ? failed(SWASM_STEP_DESCRIPTORS, result) : success;
}

/* The kernel's own struct sigaction; all zero is SIG_DFL with no flags and an empty mask. */
struct kernel_signal_action {
  void *handler;
  unsigned long flags;
  void *restorer;
  uint64_t mask;
};

/* Those that a terminal, a shell or a reader that went away sends: a program that was started with one of them ignored
 * counts on that. */
static int stays_ignored(int signal) {
  static const int list[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    struct kernel_signal_action now;
    if (signal == list[i])
      return swasm_syscall4(SYS_rt_sigaction, signal, 0, (long)&now, sizeof(uint64_t)) == 0 &&
             now.handler == (void *)SIG_IGN;
  }
  return 0;
}

static struct swasm_failure reset_signals(void) {
  const struct kernel_signal_action standard = {0};
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP || stays_ignored(signal)) continue;
    long result = swasm_syscall4(SYS_rt_sigaction, signal, (long)&standard, 0, sizeof(uint64_t));
    if (result < 0) return failed(SWASM_STEP_SIGNALS, result);
  }
  const uint64_t none = 0;
  long result =
      swasm_syscall4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(uint64_t));
  return result < 0 ? failed(SWASM_STEP_SIGNALS, result) : success;
}

struct swasm_failure swasm_reset_inherited(uint32_t file_mask) {
  struct swasm_failure failure = reset_signals();
  if (failure.step) return failure;

  const struct itimerval off = {0};
  for (int timer = ITIMER_REAL; timer <= ITIMER_PROF; timer++) {
    long result = call(SYS_setitimer, timer, (long)&off, 0);
    if (result < 0) return failed(SWASM_STEP_TIMERS, result);
  }

  /* A kernel or a container without keyrings holds no keys to inherit. */
  long result = call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0);
  if (result < 0 && result != -ENOSYS && result != -EPERM && result != -EDQUOT &&
      result != -EACCES)
    return failed(SWASM_STEP_KEYRING, result);

  call(SYS_umask, file_mask, 0, 0);
  result = call(SYS_chdir, (long)"/", 0, 0);
  return result < 0 ? failed(SWASM_STEP_DIRECTORY, result) : success;
}

struct swasm_failure swasm_enter_child(const struct swasm_entry *entry) {
  /* First, so that nothing below can outlive the parent. */
  struct swasm_failure failure = swasm_tie_to_parent(entry->child_end, entry->parent_end);
  /* After the handshake, whose socket is closed by now, and before anything is opened. */
  if (!failure.step) failure = swasm_close_all_except(entry->kept, entry->kept_count);
  if (!failure.step) failure = swasm_reset_inherited(entry->file_mask);
  return failure;
}

/* The bounding set and the ambient set only matter to execve, which NO_NEW_PRIVS and the filter also
 * stop: EPERM (no CAP_SETPCAP) and EINVAL (past the last capability) are not failures here. The
 * three sets of capset are what the kernel checks, and emptying them always works. */
void swasm_shrink_inheritable_capabilities(void) {
  for (int capability = 0; capability < 64; capability++) {
    /* Dropping copies the process's credentials, asking doesn't; after the zygote there is nothing to drop, but for a
     * broker that has entered a user namespace, where the set is full again. */
    const long held = control(PR_CAPBSET_READ, capability, 0, 0);
    if (held < 0 || (held > 0 && control(PR_CAPBSET_DROP, capability, 0, 0) < 0)) break;
  }
  control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0);
}

static struct swasm_failure switch_identity(const struct swasm_identity *identity) {
  /* Groups while still privileged; group before user, for the user change takes the right to it. */
  long result = call(SYS_setgroups, 0, 0, 0);
  if (result < 0) return failed(SWASM_STEP_GROUPS, result);
  result = call(SYS_setresgid, identity->group, identity->group, identity->group);
  if (result < 0) return failed(SWASM_STEP_GROUP_IDENTITY, result);
  result = call(SYS_setresuid, identity->user, identity->user, identity->user);
  return result < 0 ? failed(SWASM_STEP_USER_IDENTITY, result) : success;
}

struct swasm_failure swasm_drop_privileges(const struct swasm_identity *identity,
                                           uint32_t *protections) {
  swasm_shrink_inheritable_capabilities();
  if (identity->switches) {
    struct swasm_failure failure = switch_identity(identity);
    if (!failure.step) *protections |= SWASM_PROTECTION_IDENTITY;
    if (failure.step && identity->required) return failure;
  }
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  long result = call(SYS_capset, (long)&header, (long)none, 0);
  if (result < 0) return failed(SWASM_STEP_CAPABILITIES, result);
  *protections |= SWASM_PROTECTION_NO_CAPABILITIES;
  return success;
}

/* Changing identity clears PDEATHSIG, so it is armed again; a parent that died in between shows as a
 * new parent. */
static struct swasm_failure arm_parent_death_again(long parent, uint32_t *protections) {
  long result = control(PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (result < 0) return failed(SWASM_STEP_PARENT_DEATH_SIGNAL, result);
  if (call(SYS_getppid, 0, 0, 0) != parent) return failed(SWASM_STEP_PARENT_GONE, -ESRCH);
  *protections |= SWASM_PROTECTION_PARENT_DEATH;
  return success;
}

/* Of files, from before it was raised. */
static uint64_t soft_file_limit = RLIM64_INFINITY;

uint64_t swasm_soft_file_limit(void) {
  struct rlimit64 limit;
  if (swasm_syscall4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) < 0) return soft_file_limit;
  return limit.rlim_cur < soft_file_limit ? limit.rlim_cur : soft_file_limit;
}

void swasm_raise_file_limit(void) {
  struct rlimit64 limit;
  if (swasm_syscall4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) < 0) return;
  if (limit.rlim_cur != limit.rlim_max) soft_file_limit = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  swasm_syscall4(SYS_prlimit64, 0, RLIMIT_FSIZE, (long)&limit, 0);
}

void swasm_restore_file_limit(void) {
  struct rlimit64 limit;
  if (swasm_syscall4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) < 0) return;
  if (soft_file_limit < limit.rlim_cur) limit.rlim_cur = soft_file_limit;
  swasm_syscall4(SYS_prlimit64, 0, RLIMIT_FSIZE, (long)&limit, 0);
}

static struct swasm_failure set_limits(const struct swasm_limit *limits, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct rlimit64 now;
    long result = swasm_syscall4(SYS_prlimit64, 0, limits[i].resource, 0, (long)&now);
    if (result < 0) return failed(SWASM_STEP_RESOURCE_LIMIT, result);
    const uint64_t hard = limits[i].hard < now.rlim_max ? limits[i].hard : now.rlim_max;
    struct rlimit64 then = {limits[i].soft < hard ? limits[i].soft : hard, hard};
    if (limits[i].within_soft) {
      if (limits[i].resource == RLIMIT_FSIZE && soft_file_limit < now.rlim_cur) now.rlim_cur = soft_file_limit;
      if (now.rlim_cur < then.rlim_cur) then.rlim_cur = now.rlim_cur;
    }
    result = swasm_syscall4(SYS_prlimit64, 0, limits[i].resource, (long)&then, 0);
    if (result < 0) return failed(SWASM_STEP_RESOURCE_LIMIT, result);
  }
  return success;
}

struct swasm_failure swasm_limit_early(
    const struct swasm_limit *limits, size_t count, uint64_t cpu_milliseconds) {
  struct swasm_failure failure = set_limits(limits, count);
  if (failure.step || cpu_milliseconds == 0) return failure;
  /* SIGPROF kills, for entry has reset all signals; and no filter has a call that sets timers. */
  const struct itimerval timer = {
      .it_value = {(time_t)(cpu_milliseconds / 1000), (suseconds_t)(cpu_milliseconds % 1000 * 1000)}};
  long result = call(SYS_setitimer, ITIMER_PROF, (long)&timer, 0);
  return result < 0 ? failed(SWASM_STEP_TIMERS, result) : success;
}

/* A processor or a kernel without the control answers ENODEV, EINVAL or ENXIO; one where the
 * administrator decided answers EPERM. Those are not failures: the measure is not reported. */
static struct swasm_failure set_speculation(uint32_t wanted, uint32_t *protections) {
  static const struct {
    uint32_t protection;
    long feature;
  } controls[] = {
      {SWASM_PROTECTION_INDIRECT_BRANCH, PR_SPEC_INDIRECT_BRANCH},
      {SWASM_PROTECTION_STORE_BYPASS, PR_SPEC_STORE_BYPASS},
  };
  for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
    if (!(wanted & controls[i].protection)) continue;
    long result =
        control(PR_SET_SPECULATION_CTRL, controls[i].feature, PR_SPEC_FORCE_DISABLE, 0);
    if (result >= 0)
      *protections |= controls[i].protection;
    else if (result != -ENODEV && result != -EINVAL && result != -ENXIO && result != -EPERM)
      return failed(SWASM_STEP_SPECULATION, result);
  }
  return success;
}

static struct swasm_failure deny_write_execute(uint32_t required, uint32_t *protections) {
  long result = control(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0);
  if (result >= 0)
    *protections |= SWASM_PROTECTION_DENY_WRITE_EXECUTE;
  else if (result != -EINVAL || (required & SWASM_PROTECTION_DENY_WRITE_EXECUTE))
    return failed(SWASM_STEP_MEMORY_DENY_WRITE_EXECUTE, result); /* EINVAL: a kernel before 6.3 */
  return success;
}

long swasm_seal_span(uint64_t start, uint64_t length) {
  const long mseal = 462;
  return call(mseal, (long)start, (long)length, 0);
}

static struct swasm_failure seal(const struct swasm_plan *plan, uint32_t *protections) {
  /* An empty list too has to find out whether there is mseal. */
  long result = swasm_seal_span(0, 0);
  const int lacks = result == -ENOSYS || result == -EPERM;
  if (lacks && !(plan->required & SWASM_PROTECTION_SEALED)) return success;
  for (size_t i = 0; result >= 0 && i < plan->sealed_count; i++)
    result = swasm_seal_span(plan->sealed[i].start, plan->sealed[i].length);
  if (result < 0) return failed(SWASM_STEP_SEAL, result);
  *protections |= SWASM_PROTECTION_SEALED;
  return success;
}

/* Code, constants, and what became read-only when its addresses had been filled in (RELRO): of that only the whole pages
 * are. */
static int seal_object(struct dl_phdr_info *object, size_t size, void *result) {
  (void)size;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    const int is_relro = segment->p_type == PT_GNU_RELRO;
    if (!is_relro && (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))) continue;
    const uint64_t start = (object->dlpi_addr + segment->p_vaddr) & ~4095ull;
    const uint64_t last = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    const uint64_t end = (is_relro ? last : last + 4095) & ~4095ull;
    if (end <= start) continue;
    *(long *)result = swasm_seal_span(start, end - start);
    if (*(long *)result < 0) return 1;
  }
  return 0;
}

long swasm_seal_program(void) {
  long result = 0;
  dl_iterate_phdr(seal_object, &result);
  return result;
}

static struct swasm_failure refuse_new_privileges(uint32_t *protections) {
  long result = control(PR_SET_NO_NEW_PRIVS, 1, 0, 0);
  if (result < 0) return failed(SWASM_STEP_NO_NEW_PRIVILEGES, result);
  *protections |= SWASM_PROTECTION_NO_NEW_PRIVILEGES;
  return success;
}

static struct swasm_failure refuse_dumps(uint32_t *protections) {
  long result = control(PR_SET_DUMPABLE, 0, 0, 0);
  if (result < 0) return failed(SWASM_STEP_DUMPABLE, result);
  *protections |= SWASM_PROTECTION_NOT_DUMPABLE;
  return success;
}

/* Layers that are had where they can be had show only now: a policy may insist on them. What a thread
 * gave up before it made others (swasm_restrict_early) was asked about there. */
static struct swasm_failure check_required(uint32_t required, uint32_t protections) {
  const uint32_t missing = required & ~protections;
  return missing ? failed(SWASM_STEP_REQUIRED_LAYER, -__builtin_ctz(missing)) : success;
}

/* Told before the filter, which forbids it: the filter is on, or nothing of the guest runs. */
static struct swasm_failure report(const struct swasm_plan *plan, uint32_t protections) {
  if (plan->report == NULL) return success;
  *plan->report = protections | SWASM_PROTECTION_FILTER;
  long result = call(SYS_mprotect, (long)plan->report, 4096, PROT_READ);
  if (result >= 0 && (protections & SWASM_PROTECTION_SEALED))
    result = swasm_seal_span((uint64_t)plan->report, 4096);
  return result < 0 ? failed(SWASM_STEP_REPORT, result) : success;
}

static struct swasm_failure install_filter(const struct swasm_plan *plan, uint32_t *protections) {
  const struct sock_fprog program = {plan->filter_length, (struct sock_filter *)plan->filter};
  const long flags = plan->all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  long result = call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)&program);
  /* With TSYNC a positive answer is the thread that could not be brought along. */
  if (result > 0) result = -EBUSY;
  if (result < 0) return failed(SWASM_STEP_SYSTEM_CALL_FILTER, result);
  *protections |= SWASM_PROTECTION_FILTER;
  return success;
}

/* What holds for one thread and those that it makes. */
static const uint32_t early_layers = SWASM_PROTECTION_IDENTITY | SWASM_PROTECTION_LANDLOCK;

struct swasm_failure swasm_restrict_early(const struct swasm_identity *identity, uint32_t required,
                                          uint32_t *protections) {
  const long parent = call(SYS_getppid, 0, 0, 0);
  *protections = 0;
  struct swasm_failure failure = swasm_drop_privileges(identity, protections);
  if (!failure.step) failure = arm_parent_death_again(parent, protections);
  if (!failure.step) failure = refuse_new_privileges(protections);
  if (!failure.step) failure = swasm_restrict_paths(NULL, 0, required, protections);
  if (!failure.step) failure = check_required(required & early_layers, *protections);
  return failure;
}

struct swasm_failure swasm_lock_down(const struct swasm_plan *plan, uint32_t *protections) {
  /* Read while the parent's death still kills us. */
  const long parent = call(SYS_getppid, 0, 0, 0);
  *protections = 0;

  /* Identity first: it needs the privileges that everything below removes. */
  struct swasm_failure failure = swasm_drop_privileges(&plan->identity, protections);
  /* Undone by the identity change: PDEATHSIG is cleared, DUMPABLE is reset. */
  if (!failure.step) failure = arm_parent_death_again(parent, protections);
  if (!failure.step) failure = refuse_dumps(protections);
  /* After the identity change, when no privilege is left to raise them again. */
  if (!failure.step) failure = set_limits(plan->limits, plan->limit_count);
  if (!failure.step) *protections |= SWASM_PROTECTION_LIMITS;
  /* Without it an unprivileged process may install neither Landlock nor a filter. */
  if (!failure.step) failure = refuse_new_privileges(protections);
  if (!failure.step && !plan->paths_restricted)
    failure = swasm_restrict_paths(plan->grants, plan->grant_count, plan->required, protections);
  /* After everything is mapped. Pages from PROT_NONE to read-write stay allowed where not sealed. */
  if (!failure.step) failure = seal(plan, protections);
  if (!failure.step) failure = deny_write_execute(plan->required, protections);
  if (!failure.step) failure = set_speculation(plan->speculation, protections);
  if (!failure.step)
    failure = check_required(plan->required & ~(plan->paths_restricted ? early_layers : 0), *protections);
  if (!failure.step) failure = report(plan, *protections);
  /* Last: the filter allows none of the calls above. */
  if (!failure.step) failure = install_filter(plan, protections);
  /* The page says already that the filter is on, and can't be told otherwise. Under a filter no process can send itself
   * this signal. */
  if (failure.step >= SWASM_STEP_REPORT && plan->report != NULL)
    call(SYS_kill, call(SYS_getpid, 0, 0, 0), SIGABRT, 0);
  return failure;
}
