#ifndef SWASM_ENTER_H
#define SWASM_ENTER_H

#include "runtime.h"

/* The innermost activation of this thread; the fault handler reads it, so it must never be allocated lazily. */
extern __thread struct swasm_activation *swasm_current
  __attribute__((tls_model("initial-exec"), visibility("hidden")));

uint32_t swasm_switch_stack(struct swasm_activation *activation);
void swasm_switch_back(void);

#endif
