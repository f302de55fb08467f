/* Entering compiled code, and the processor state that goes with it. */
#define _GNU_SOURCE
#include "enter.h"

#include <asm/prctl.h>
#include <cpuid.h>
#include <stddef.h>
#include <sys/auxv.h>

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

/* Each row: where cpuid reports a feature, and its bit in CPUFeatures. */
struct feature {
  uint32_t leaf;
  enum { EBX, ECX } reg;
  uint32_t bit;
  uint32_t feature;
  /* Usable only when the kernel saves ymm registers. */
  int needs_ymm;
};

static const struct feature features[] = {
  {1, ECX, 19, 1 << 0, 0},          /* sse4.1 */
  {1, ECX, 23, 1 << 1, 0},          /* popcnt */
  {0x80000001, ECX, 5, 1 << 2, 0},  /* lzcnt */
  {7, EBX, 3, 1 << 3, 0},           /* bmi1 */
  {7, EBX, 8, 1 << 4, 0},           /* bmi2 */
  {1, ECX, 28, 1 << 5, 1},          /* avx */
  {7, EBX, 5, 1 << 6, 1},           /* avx2 */
  {1, ECX, 12, 1 << 7, 1},          /* fma */
};

/* OSXSAVE, and xmm and ymm state enabled in XCR0. */
static int kernel_saves_ymm(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

/* In a virtual machine every cpuid is a trip to the hypervisor. */
static uint32_t ask_for_features(void) {
  uint32_t found = swasm_has_fsgsbase() ? 1 << 8 : 0;
  int ymm = kernel_saves_ymm();
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    const struct feature *f = &features[i];
    uint32_t r[4] = {0};
    if (!__get_cpuid_count(f->leaf, 0, &r[0], &r[1], &r[2], &r[3])) continue;
    uint32_t word = f->reg == EBX ? r[1] : r[2];
    if ((word >> f->bit & 1) && (!f->needs_ymm || ymm)) found |= f->feature;
  }
  return found;
}

uint32_t swasm_cpu_features(void) {
  /* The answer is the same for every thread: it does not matter who is first. */
  static _Atomic uint32_t known = UINT32_MAX;
  if (known == UINT32_MAX) known = ask_for_features();
  return known;
}
