#define _GNU_SOURCE
#include "signals.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int stopping[] = {SIGTSTP, SIGTTIN, SIGTTOU};
enum {
  ENDING = sizeof ending / sizeof *ending,
  STOPPING = sizeof stopping / sizeof *stopping,
  TICK_MICROSECONDS = 10000,
  LAST_MICROSECONDS = 50000,
};

/* The launcher has one thread. */
static struct {
  int watchers;
  sigset_t mask;
  volatile sig_atomic_t told_to_end;
  volatile sig_atomic_t child; /* plus one */
  volatile uint64_t stopped;
} state;

static int is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  /* Without SA_RESTART: what was interrupted looks at the clock and goes on by itself. */
  action.sa_handler = handler;
  sigaction(number, &action, NULL);
}

static void set_timer(long first, long interval) {
  const struct itimerval timer = {.it_interval = {0, interval}, .it_value = {0, first}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_alarm(int number) {
  (void)number;
  if (state.told_to_end) swasm_die_by(state.told_to_end);
}

/* Stops by the same signal, which is what a shell is told. */
static void on_stop(int number) {
  const int error = errno;
  const uint64_t start = now();
  /* Where only this process was meant, the child would go on. */
  const int child = state.child - 1;
  if (child >= 0) swasm_signal_process(child, SIGSTOP);
  handle(number, SIG_DFL);
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &set, &before);
  /* Continued, or never stopped: the kernel does not stop a group that nobody could continue. */
  sigprocmask(SIG_SETMASK, &before, NULL);
  handle(number, on_stop);
  if (child >= 0) swasm_signal_process(child, SIGCONT);
  state.stopped += now() - start;
  errno = error;
}

void swasm_block_ending_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < ENDING; i++) sigaddset(&set, ending[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
}

int swasm_watch_signals(void) {
  sigset_t set, before;
  sigemptyset(&set);
  for (int i = 0; i < ENDING; i++) {
    /* Ignored since before us (nohup, a background job of a plain shell): it stays so. */
    if (!is_ignored(ending[i])) sigaddset(&set, ending[i]);
  }
  const int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return -errno;
  if (sigprocmask(SIG_BLOCK, &set, &before) != 0) {
    const int error = errno;
    close(descriptor);
    return -error;
  }
  if (state.watchers++ > 0) return descriptor;
  /* SIGQUIT would leave a core file of the launcher, which is of no use to anybody and takes its time. */
  struct rlimit cores;
  if (getrlimit(RLIMIT_CORE, &cores) == 0) {
    cores.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &cores);
  }
  state.mask = before;
  for (int i = 0; i < ENDING; i++) {
    if (is_ignored(ending[i])) continue;
    /* Swift's runtime may have a handler for SIGQUIT, which writes. */
    handle(ending[i], SIG_DFL);
    /* Blocked since before us it would end a run, and must not leave the launcher waiting for a reader afterwards. */
    sigdelset(&state.mask, ending[i]);
  }
  handle(SIGALRM, on_alarm);
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  for (int i = 0; i < STOPPING; i++) {
    if (!is_ignored(stopping[i])) handle(stopping[i], on_stop);
    /* Children block nothing: what stops them stops the launcher. */
    sigaddset(&set, stopping[i]);
  }
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return descriptor;
}

void swasm_unwatch_signals(int descriptor) {
  close(descriptor);
  if (--state.watchers > 0) return;
  for (int i = 0; i < STOPPING; i++)
    if (!is_ignored(stopping[i])) handle(stopping[i], SIG_DFL);
  if (state.told_to_end) {
    /* What is left to be said has this long to find a reader. */
    set_timer(LAST_MICROSECONDS, LAST_MICROSECONDS);
    return;
  }
  handle(SIGALRM, SIG_DFL);
  /* One that came meanwhile does now what it does by default. */
  sigprocmask(SIG_SETMASK, &state.mask, NULL);
}

int swasm_next_signal(int descriptor) {
  struct signalfd_siginfo info;
  if (read(descriptor, &info, sizeof info) != sizeof info) return 0;
  state.told_to_end = (int)info.ssi_signo;
  return (int)info.ssi_signo;
}

void swasm_stop_with(int child) { state.child = child + 1; }

uint64_t swasm_stopped_nanoseconds(void) { return state.stopped; }

/* A single alarm could come before the call has begun to wait. */
static void start_ticks(void) {
  if (state.watchers > 0) set_timer(TICK_MICROSECONDS, TICK_MICROSECONDS);
}

static long end_ticks(long result) {
  const int error = errno;
  if (state.watchers > 0) set_timer(0, 0);
  return result < 0 ? -error : result;
}

long swasm_write_briefly(int descriptor, const void *bytes, size_t count) {
  start_ticks();
  return end_ticks(write(descriptor, bytes, count));
}

long swasm_read_briefly(int descriptor, void *bytes, size_t count) {
  start_ticks();
  return end_ticks(read(descriptor, bytes, count));
}

int swasm_open_briefly(const char *path, int flags) {
  start_ticks();
  return (int)end_ticks(open(path, flags));
}

void swasm_die_by(int number) {
  /* As above; the signal may be another process's. */
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  /* Not a signal that kills. */
  _exit(128 + number);
}
