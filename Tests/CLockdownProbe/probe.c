#define _GNU_SOURCE
#include "CLockdownProbe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *shared_page(void) {
  return mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static int wait_for(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

static long raw(const struct probe_request *request) {
  const long *a = request->arguments;
  return swasm_syscall6(request->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long int80(const struct probe_request *request) {
  long result = request->number;
  const long *a = request->arguments;
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(a[0]), "c"(a[1]), "d"(a[2])
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

struct thread_state {
  const struct probe_request *request;
  struct probe_record *record;
  volatile int go, done;
};

static void *thread_body(void *argument) {
  struct thread_state *state = argument;
  while (!__atomic_load_n(&state->go, __ATOMIC_ACQUIRE)) {}
  state->record->value = raw(state->request);
  __atomic_store_n(&state->done, 1, __ATOMIC_RELEASE);
  for (;;) {}
  return 0;
}

static struct probe_record *fault_record;

static void on_fault(int signal, siginfo_t *information, void *context) {
  (void)signal, (void)context;
  fault_record->value = (long)information->si_addr;
  fault_record->finished = 1;
  swasm_exit_group(9);
}

static void prepare_fault(struct probe_record *record) {
  static char stack[65536];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, 0);
  fault_record = record;
}

static int copy(void) {
  char buffer[512];
  for (;;) {
    long count = swasm_syscall3(SYS_read, 0, (long)buffer, sizeof buffer);
    if (count <= 0) return count < 0;
    for (long done = 0; done < count;) {
      long written = swasm_syscall3(SYS_write, 1, (long)buffer + done, count - done);
      if (written < 0) return 2;
      done += written;
    }
  }
}

static int act(const struct probe_request *request, struct probe_record *record,
               struct thread_state *thread) {
  const long *a = request->arguments;
  switch (request->body) {
    case PROBE_CALL: record->value = raw(request); return 0;
    case PROBE_INT80: record->value = int80(request); return 0;
    case PROBE_THREAD_CALL:
      __atomic_store_n(&thread->go, 1, __ATOMIC_RELEASE);
      while (!__atomic_load_n(&thread->done, __ATOMIC_ACQUIRE)) {}
      return 0;
    case PROBE_COPY: return copy();
    case PROBE_GROW:
      record->value = swasm_syscall3(SYS_mprotect, a[0], a[1], PROT_READ | PROT_WRITE);
      if (record->value == 0) ((volatile char *)a[0])[a[1] - 1] = 1;
      return 0;
    case PROBE_FAULT: record->value = *(volatile char *)a[0]; return 0;
  }
  return 3;
}

static _Noreturn void child(const struct probe_request *request, struct probe_record *record) {
  int nothing = open("/dev/null", O_RDWR);
  dup2(request->input < 0 ? nothing : request->input, 0);
  dup2(request->output < 0 ? nothing : request->output, 1);
  dup2(nothing, 2);
  swasm_syscall3(SYS_close_range, 3, ~0u, 0);
  struct thread_state thread = {request, record, 0, 0};
  if (request->body == PROBE_THREAD_CALL) {
    pthread_t ignored;
    if (pthread_create(&ignored, 0, thread_body, &thread)) swasm_exit_group(101);
  }
  if (request->body == PROBE_FAULT) prepare_fault(record);
  if (request->plan) {
    record->failure = swasm_lock_down(request->plan, &record->protections);
    if (record->failure.step) swasm_exit_group(100);
  }
  record->locked = 1;
  int status = act(request, record, &thread);
  record->finished = 1;
  swasm_exit_group(status);
}

struct probe_child probe_start(const struct probe_request *request) {
  struct probe_record *record = shared_page();
  pid_t pid = swasm_fork();
  if (pid == 0) child(request, record);
  return (struct probe_child){pid, record};
}

int probe_finish(struct probe_child child, struct probe_record *record) {
  int status = wait_for(child.pid);
  *record = *child.record;
  munmap(child.record, 4096);
  return status;
}

static void look_around(struct probe_entered *seen) {
  for (int i = 0; i < 64; i++)
    if (fcntl(i, F_GETFD) >= 0) seen->open_descriptors |= 1ull << i;
  seen->file_mask = umask(0);
  seen->leads_session = getsid(0) == getpid();
  char path[8] = "";
  seen->at_root = swasm_syscall3(SYS_getcwd, (long)path, sizeof path, 0) == 2 && path[0] == '/';
  swasm_syscall4(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&seen->blocked_signals, 8);
  for (int i = 1; i < 32; i++) {
    struct sigaction action;
    if (sigaction(i, 0, &action) == 0 && action.sa_handler != SIG_DFL) seen->ignored_signals++;
  }
}

struct probe_child probe_enter_start(const struct swasm_entry *entry,
                                     struct probe_entered **seen) {
  *seen = shared_page();
  pid_t pid = swasm_fork();
  if (pid == 0) {
    for (int i = 0; i < 20; i++) open("/dev/null", O_RDONLY);
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    umask(0);
    (*seen)->failure = swasm_enter_child(entry);
    if (!(*seen)->failure.step) look_around(*seen);
    swasm_exit_group(0);
  }
  return (struct probe_child){pid, 0};
}

int probe_enter_finish(struct probe_child child, struct probe_entered *seen,
                       struct probe_entered *copy) {
  int status = wait_for(child.pid);
  *copy = *seen;
  munmap(seen, 4096);
  return status;
}

pid_t probe_orphan(int orphaned, int report, int hold, int hold_write_end) {
  pid_t middle = swasm_fork();
  if (middle != 0) return middle;
  close(hold_write_end);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) swasm_exit_group(100);
  const pid_t parent = getpid();
  if (swasm_fork() == 0) {
    while (orphaned && getppid() == parent) usleep(1000);
    const char step = (char)swasm_tie_to_parent(ends[0], ends[1]).step;
    swasm_syscall3(SYS_write, report, (long)&step, 1);
    if (step) swasm_exit_group(0);
    for (;;) pause();
  }
  if (orphaned) swasm_exit_group(0);
  close(ends[0]);
  swasm_acknowledge_child(ends[1]);
  char byte;
  while (read(hold, &byte, 1) > 0) {}
  swasm_exit_group(0);
}
