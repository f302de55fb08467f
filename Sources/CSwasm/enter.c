/* Entering compiled code, and the processor state that goes with it. */
#define _GNU_SOURCE
#include "enter.h"

#include <asm/prctl.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/platform/x86.h>

#include "lockdown.h"

__thread struct swasm_activation *swasm_current;

_Static_assert(offsetof(struct swasm_activation, host_stack) == 0, "enter.S");
_Static_assert(offsetof(struct swasm_activation, entry) == 8, "enter.S");
_Static_assert(offsetof(struct swasm_activation, code) == 16, "enter.S");
_Static_assert(offsetof(struct swasm_activation, slots) == 24, "enter.S");
_Static_assert(offsetof(struct swasm_activation, stack_top) == 32, "enter.S");
_Static_assert(offsetof(struct swasm_activation, has_avx) == 40, "enter.S");

/* HWCAP2_FSGSBASE */
int swasm_has_fsgsbase(void) { return (getauxval(AT_HWCAP2) & 2) != 0; }

__attribute__((target("fsgsbase"))) static uint64_t read_gs(void) {
  return __builtin_ia32_rdgsbase64();
}

__attribute__((target("fsgsbase"))) static void write_gs(uint64_t base) {
  __builtin_ia32_wrgsbase64(base);
}

int swasm_set_gs_base(uint64_t base) {
  if (!swasm_has_fsgsbase()) return (int)-swasm_syscall3(SYS_arch_prctl, ARCH_SET_GS, (long)base, 0);
  write_gs(base);
  return 0;
}

static uint64_t gs_base(void) {
  uint64_t base = 0;
  if (swasm_has_fsgsbase()) return read_gs();
  swasm_syscall3(SYS_arch_prctl, ARCH_GET_GS, (long)&base, 0);
  return base;
}

uint32_t swasm_enter(struct swasm_activation *activation) {
  uint64_t base = activation->gs_base;
  uint64_t outer = base != 0 ? gs_base() : 0;
  activation->previous = swasm_current;
  swasm_current = activation;
  if (base != 0) swasm_set_gs_base(base);
  uint32_t end = swasm_switch_stack(activation);
  if (base != 0) swasm_set_gs_base(outer);
  swasm_current = activation->previous;
  return end;
}

/* Each row: a feature that the kernel lets programs use, and its bit in CPUFeatures. */
static const struct {
  uint32_t feature;
  unsigned int name;
} features[] = {
  {1 << 0, x86_cpu_SSE4_1}, {1 << 1, x86_cpu_POPCNT}, {1 << 2, x86_cpu_LZCNT}, {1 << 3, x86_cpu_BMI1},
  {1 << 4, x86_cpu_BMI2},   {1 << 5, x86_cpu_AVX},    {1 << 6, x86_cpu_AVX2},  {1 << 7, x86_cpu_FMA},
};

/* The C library has asked the processor when the program started. In a virtual machine every cpuid is a trip to the
 * hypervisor, microseconds long. */
uint32_t swasm_cpu_features(void) {
  uint32_t found = swasm_has_fsgsbase() ? 1 << 8 : 0;
  for (size_t i = 0; i < sizeof features / sizeof *features; i++)
    if (x86_cpu_active(features[i].name)) found |= features[i].feature;
  return found;
}
