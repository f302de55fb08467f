#ifndef SWASM_EXCEPTIONS_H
#define SWASM_EXCEPTIONS_H

#include "runtime.h"

/* Where a handler goes on, and its stack pointer. In rax and rdx: throw.S relies on it. */
struct swasm_landing_place {
  uint64_t pc;
  uint64_t stack_pointer;
};

/* The libcalls, in throw.S: they save the callee-saved registers and call those below. */
uint64_t swasm_exception_make(const uint8_t *data, uint64_t tag, uint64_t slots);
uint64_t swasm_exception_throw(const uint8_t *data, uint64_t reference);
/* For host trampolines: throws the last exception made, to the caller whose return address is there and who expects
   so many bytes to be popped. */
uint64_t swasm_exception_throw_from_host(
  const uint8_t *data, uint64_t return_slot, uint64_t popped);

uint64_t swasm_exception_make_from(
  const uint8_t *data, uint64_t tag, uint64_t slots, uint64_t stack_pointer);
/* `registers`: rbx rbp r12–r15. They become the handler's. The first frame is the one that the address in the return slot
   leads to. pc is 0 when there is no handler; the exception is the last one then, to be thrown again by a host function. */
struct swasm_landing_place swasm_exception_throw_from(
  const uint8_t *data, uint64_t reference, uint64_t registers[6], uint64_t return_slot,
  uint64_t popped);

#endif
