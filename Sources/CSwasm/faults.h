#ifndef SWASM_FAULTS_H
#define SWASM_FAULTS_H

#include "runtime.h"

/* A fault as the kernel reports it. */
struct swasm_fault {
  int signal;
  uint64_t address;
  uint64_t pc;
  /* rax rcx rdx rbx rsp rbp rsi rdi r8–r15, as instructions number them. */
  uint64_t registers[16];
};

enum { SWASM_RSP = 4 };

static inline int swasm_contains(struct swasm_range range, uint64_t address) {
  return address >= range.start && address < range.end;
}

static inline int swasm_any_contains(
  const struct swasm_range *ranges, uint64_t count, uint64_t address) {
  for (uint64_t i = 0; i < count; i++)
    if (swasm_contains(ranges[i], address)) return 1;
  return 0;
}

/* The module text that holds an address, or NULL. */
const struct swasm_text *swasm_text_at(const struct swasm_store *store, uint64_t address);

/* The row of the function that the address is in, or NULL. */
const struct swasm_frame_row *swasm_frame_row_at(const struct swasm_text *text, uint64_t pc);
/* Bytes of registers that the function's prologue pushes. */
uint64_t swasm_pushed_bytes(const struct swasm_frame_row *row);
/* Bytes of stack arguments that a call, which returns to `pc`, expects its callee to have popped. */
uint64_t swasm_bytes_taken_after_call(const struct swasm_text *text, uint64_t pc);

/* The kind of the trap, or 0 when the fault is not one. */
uint32_t swasm_classify(
  const struct swasm_activation *activation, const struct swasm_fault *fault);

/* Fills the record's frames. */
void swasm_walk_frames(
  const struct swasm_activation *activation, const struct swasm_fault *fault,
  struct swasm_trap_record *record);

#endif
