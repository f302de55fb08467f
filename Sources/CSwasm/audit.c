#define _GNU_SOURCE
#include "audit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MILLISECONDS = 300 };

struct swasm_audit_page *swasm_audit_page(void) {
  void *page = mmap(NULL, sizeof(struct swasm_audit_page), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? NULL : page;
}

static int64_t now(void) {
  struct timespec time;
  /* The vDSO answers: no system call. */
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* All of it inline: after this there is no way back to any function that might make a call of its own. */
static void lock_down(const struct swasm_plan *plan, const int *kept, size_t count,
                      struct swasm_audit_page *page) {
  page->failure = swasm_close_all_except(kept, count);
  const int64_t start = now();
  if (!page->failure.step) page->failure = swasm_lock_down(plan, &page->protections);
  page->nanoseconds = now() - start;
  if (page->failure.step) swasm_exit_group(100);
  page->state = SWASM_AUDIT_LOCKED;
}

static long call(const struct swasm_attempt *attempt) {
  const long *a = attempt->arguments;
  if (!attempt->by_interrupt) return swasm_syscall6(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  long result = attempt->number;
  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"(a[0]), "c"(a[1]), "d"(a[2])
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

/* The wait status; a process that takes its time is killed: then `late` is set. */
static int end_of(pid_t pid, int patience, int *late) {
  const int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
  struct pollfd polled = {descriptor, POLLIN, 0};
  int ready;
  do ready = poll(&polled, 1, patience);
  while (ready < 0 && errno == EINTR);
  *late = ready == 0;
  if (ready <= 0) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  close(descriptor);
  return status;
}

static struct swasm_attempt_result try_call(const struct swasm_plan *plan, const int *kept, size_t count,
                                            const struct swasm_attempt *attempt, int patience,
                                            struct swasm_audit_page *page) {
  page->state = 0;
  page->failure = (struct swasm_failure){SWASM_STEP_NONE, 0};
  const pid_t pid = fork();
  if (pid == 0) {
    lock_down(plan, kept, count, page);
    page->value = call(attempt);
    page->state = SWASM_AUDIT_DONE;
    swasm_exit_group(0);
  }
  if (pid < 0) return (struct swasm_attempt_result){SWASM_ATTEMPT_NOT_LOCKED, 0};
  int late;
  const int status = end_of(pid, patience, &late);
  if (page->state < SWASM_AUDIT_LOCKED && !late)
    return (struct swasm_attempt_result){SWASM_ATTEMPT_NOT_LOCKED, page->failure.step};
  if (page->state == SWASM_AUDIT_DONE)
    return (struct swasm_attempt_result){SWASM_ATTEMPT_RETURNED, page->value};
  if (late) return (struct swasm_attempt_result){SWASM_ATTEMPT_WAITED, 0};
  if (WIFEXITED(status)) return (struct swasm_attempt_result){SWASM_ATTEMPT_EXITED, WEXITSTATUS(status)};
  if (WTERMSIG(status) == SIGSYS) return (struct swasm_attempt_result){SWASM_ATTEMPT_FORBIDDEN, 0};
  return (struct swasm_attempt_result){SWASM_ATTEMPT_SIGNAL, WTERMSIG(status)};
}

struct swasm_attempt_result swasm_try_call(const struct swasm_plan *plan, const int *kept, size_t count,
                                           const struct swasm_attempt *attempt,
                                           struct swasm_audit_page *page) {
  struct swasm_attempt_result result = try_call(plan, kept, count, attempt, PATIENCE_MILLISECONDS, page);
  /* On a busy machine a process may not have had its turn. */
  if (result.end == SWASM_ATTEMPT_WAITED)
    result = try_call(plan, kept, count, attempt, 20 * PATIENCE_MILLISECONDS, page);
  if (result.end == SWASM_ATTEMPT_WAITED && page->state < SWASM_AUDIT_LOCKED)
    result = (struct swasm_attempt_result){SWASM_ATTEMPT_NOT_LOCKED, page->failure.step};
  return result;
}

static int is_needle(const struct swasm_needle *needle, const uint8_t *at) {
  for (uint32_t i = 0; i < needle->length; i++)
    if ((uint8_t)~at[i] != needle->complement[i]) return 0;
  return 1;
}

static void look_for_needles(struct swasm_audit_page *page) {
  uint8_t begins[256] = {0};
  for (uint32_t n = 0; n < page->needle_count; n++) begins[(uint8_t)~page->needles[n].complement[0]] = 1;
  for (uint32_t s = 0; s < page->span_count; s++) {
    const uint8_t *start = (const uint8_t *)page->spans[s].start;
    const uint8_t *end = start + page->spans[s].length;
    for (const uint8_t *at = start; at < end; at++) {
      if (!begins[*at]) continue;
      for (uint32_t n = 0; n < page->needle_count; n++)
        if ((size_t)(end - at) >= page->needles[n].length && is_needle(&page->needles[n], at))
          page->needles[n].found++;
    }
  }
}

static void wait_for_go(struct swasm_audit_page *page, int go) {
  while (page->go < go) __builtin_ia32_pause();
}

pid_t swasm_start_subject(const struct swasm_plan *plan, const int *kept, size_t count,
                          struct swasm_audit_page *page) {
  page->state = 0;
  page->go = 0;
  const pid_t pid = fork();
  if (pid != 0) return pid < 0 ? -errno : pid;
  page->failure = swasm_close_all_except(kept, count);
  if (page->failure.step) swasm_exit_group(100);
  page->state = SWASM_AUDIT_STARTED;
  wait_for_go(page, 1);
  lock_down(plan, kept, count, page);
  wait_for_go(page, 2);
  look_for_needles(page);
  page->state = SWASM_AUDIT_DONE;
  wait_for_go(page, 3);
  swasm_exit_group(0);
}

void swasm_end_subject(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

int swasm_await_subject(struct swasm_audit_page *page, int state) {
  for (int i = 0; i < 100000 && page->state < state; i++) usleep(100);
  return page->state >= state;
}
