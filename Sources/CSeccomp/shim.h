/* libseccomp, used to turn the table of system calls into BPF; never to load it. */
#include <seccomp.h>

/* Swift cannot read the macro behind it. */
static const uint32_t swasm_x86_64 = SCMP_ARCH_X86_64;
