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

uint64_t swasm_exception_make_from(
  const uint8_t *data, uint64_t tag, uint64_t slots, uint64_t stack_pointer);
/* `registers`: rbx rbp r12–r15, the return address behind them. They become the handler's. pc is 0 when there is no
   handler; nothing has changed then. */
struct swasm_landing_place swasm_exception_throw_from(
  const uint8_t *data, uint64_t reference, uint64_t registers[6]);

#endif
