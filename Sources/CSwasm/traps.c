/* The fault handlers: a trap is recorded and then ends the process (guests) or the activation (in-process). */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include "enter.h"
#include "faults.h"
#include "lockdown.h"

static const int handled[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { HANDLED = sizeof handled / sizeof *handled, SIGNAL_STACK = 64 << 10, GUARD = 4096 };

static struct sigaction outer[HANDLED];
/* Set in a guest's process: where to record a fault that is not a trap. */
static struct swasm_trap_record *guest_record;

static struct swasm_fault read_fault(int signal, const siginfo_t *info, const ucontext_t *context) {
  static const uint8_t order[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
  };
  const greg_t *registers = context->uc_mcontext.gregs;
  struct swasm_fault fault = {
    .signal = signal, .address = (uint64_t)info->si_addr, .pc = (uint64_t)registers[REG_RIP]};
  for (int i = 0; i < 16; i++) fault.registers[i] = (uint64_t)registers[order[i]];
  return fault;
}

static void write_record(
  struct swasm_trap_record *record, const struct swasm_fault *fault, uint32_t kind) {
  record->kind = kind;
  record->signal = (uint32_t)fault->signal;
  record->pc = fault->pc;
  record->fault_address = fault->address;
  record->stack_pointer = fault->registers[SWASM_RSP];
  record->frame_count = 0;
}

/* Not a trap of wasm. A guest ends here; elsewhere the fault is none of our business. */
static void pass_on(const struct swasm_fault *fault, siginfo_t *info, void *context) {
  if (guest_record != NULL) {
    write_record(guest_record, fault, 0);
    guest_record->state = SWASM_STATE_INTERNAL_ERROR;
    swasm_exit_group(SWASM_EXIT_STATUS_TRAP);
  }
  for (int i = 0; i < HANDLED; i++) {
    if (handled[i] != fault->signal) continue;
    struct sigaction *old = &outer[i];
    if (old->sa_flags & SA_SIGINFO) {
      old->sa_sigaction(fault->signal, info, context);
    } else if (old->sa_handler == SIG_DFL || old->sa_handler == SIG_IGN) {
      /* The instruction runs again, or the signal comes again, with the default action. */
      signal(fault->signal, SIG_DFL);
      if (info->si_code <= 0) raise(fault->signal);
    } else {
      old->sa_handler(fault->signal);
    }
  }
}

static void handle(int signal, siginfo_t *info, void *raw) {
  ucontext_t *context = raw;
  struct swasm_fault fault = read_fault(signal, info, context);
  struct swasm_activation *activation = swasm_current;
  /* A signal that some process sent is not a fault. */
  uint32_t kind = activation != NULL && info->si_code > 0 ? swasm_classify(activation, &fault) : 0;
  if (kind == 0) {
    pass_on(&fault, info, raw);
    return;
  }
  struct swasm_trap_record *record = activation->record;
  write_record(record, &fault, kind);
  swasm_walk_frames(activation, &fault, record);
  record->state = SWASM_STATE_TRAPPED;
  if (activation->exits_on_trap) swasm_exit_group(SWASM_EXIT_STATUS_TRAP);
  /* sigreturn restores the signal mask and leaves the signal stack. */
  context->uc_mcontext.gregs[REG_RIP] = (greg_t)swasm_switch_back;
  context->uc_mcontext.gregs[REG_RSP] = (greg_t)activation->host_stack;
  context->uc_mcontext.gregs[REG_EFL] &= ~0x400;
}

static void install_handlers(void) {
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  /* A second fault inside the handler is then fatal instead of recursive. */
  sigfillset(&action.sa_mask);
  for (int i = 0; i < HANDLED; i++) sigaction(handled[i], &action, &outer[i]);
}

static __thread int prepared __attribute__((tls_model("initial-exec")));

int swasm_prepare_thread(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install_handlers);
  if (prepared) return 0;
  /* Lives as long as its thread may enter compiled code, which nobody knows: it is never unmapped. */
  uint8_t *stack = mmap(
    NULL, GUARD + SIGNAL_STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) return errno;
  if (mprotect(stack + GUARD, SIGNAL_STACK, PROT_READ | PROT_WRITE) != 0) return errno;
  stack_t description = {.ss_sp = stack + GUARD, .ss_size = SIGNAL_STACK};
  if (sigaltstack(&description, NULL) != 0) return errno;
  prepared = 1;
  return 0;
}

void swasm_become_guest(struct swasm_trap_record *record) { guest_record = record; }

void swasm_note_budget(struct swasm_trap_record *record, const struct swasm_budget *budget) {
  record->memory_used = budget->memory_used;
  record->used = budget->used;
}

void swasm_note_growth(const struct swasm_budget *budget) {
  if (guest_record != NULL) swasm_note_budget(guest_record, budget);
}

void swasm_note_growth_refused(void) {
  if (guest_record != NULL) guest_record->growth_refused = 1;
}

void swasm_note_start(struct swasm_trap_record *record) {
  struct timespec now = {0, 0};
  /* The vDSO answers: no system call. */
  clock_gettime(CLOCK_MONOTONIC, &now);
  record->started_nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
