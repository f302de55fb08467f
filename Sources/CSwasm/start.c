/* What the program was started with: arguments, variables, rights. */
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;

/* Where the kernel put the arguments: main's own copy would be Swift's, and reading that is what must not happen
 * before the zygote is forked. */
static struct {
  int count;
  char **arguments;
  char **environment;
} start;

static char backtrace_setting[] = "SWIFT_BACKTRACE=enable=no,swift-backtrace=/";

/* Before all constructors. Swift's runtime looks for a program that prints backtraces beside itself, and aborts where
 * it can't find itself for want of /proc. A variable names one: it goes where the null pointer between arguments and
 * environment is, until `swasm_settle_start`. */
static void remember_start(int count, char **arguments, char **environment) {
  start.count = count;
  start.arguments = arguments;
  start.environment = environment;
  /* A runtime in a shared library knows where it is. */
  if (getauxval(AT_BASE) != 0 || &arguments[count + 1] != environment) return;
  arguments[count] = backtrace_setting;
  environ = &arguments[count];
}

__attribute__((section(".preinit_array"), used)) static void (*const before_constructors)(int, char **, char **) =
    remember_start;

void swasm_settle_start(void) {
  if (start.arguments == NULL || start.arguments[start.count] == NULL) return;
  start.arguments[start.count] = NULL;
  environ = start.environment;
}

int swasm_argument_count(void) { return start.count; }

const char *swasm_argument(int index) { return start.arguments[index]; }

int swasm_has_borrowed_rights(void) { return getauxval(AT_SECURE) != 0; }

/* Variables by which whoever starts the program decides how libc allocates and what Swift's runtime does. Both have
 * read them by now. */
static const char *const tuning[] = {
    "GLIBC_TUNABLES=", "LIBDISPATCH_", "MALLOC_", "SWIFT_BACKTRACE=", "SWIFT_BINARY_COMPATIBILITY_VERSION=",
    "SWIFT_DEBUG_", "SWIFT_DETERMINISTIC_HASHING=", "SWIFT_DUMP_", "SWIFT_ENABLE_",
    "SWIFT_IS_CURRENT_EXECUTOR_", "SWIFT_ROOT=", "SWIFT_UNEXPECTED_EXECUTOR_",
};
/* Under a name before which this is put a variable changes nothing, and can be given back. */
static const char kept[] = "SWASM_KEPT_";

static int tunes(const char *variable) {
  for (size_t i = 0; i < sizeof tuning / sizeof *tuning; i++)
    if (strncmp(variable, tuning[i], strlen(tuning[i])) == 0) return 1;
  return 0;
}

static size_t variable_count(void) {
  size_t count = 0;
  while (start.environment[count] != NULL) count++;
  return count;
}

/* Never returns but with an error. */
static int restart(size_t count) {
  char **variables = calloc(count + 1, sizeof *variables);
  if (variables == NULL) return -ENOMEM;
  for (size_t i = 0; i < count; i++) {
    const char *variable = start.environment[i];
    variables[i] = start.environment[i];
    if (!tunes(variable)) continue;
    const size_t size = sizeof kept + strlen(variable);
    variables[i] = malloc(size);
    if (variables[i] == NULL) return -ENOMEM;
    strcpy(variables[i], kept);
    strcat(variables[i], variable);
  }
  execve("/proc/self/exe", start.arguments, variables);
  /* Without /proc by the path that the kernel was given. */
  execve((const char *)getauxval(AT_EXECFN), start.arguments, variables);
  return -errno;
}

int swasm_start_untuned(void) {
  swasm_settle_start();
  const size_t count = variable_count();
  for (size_t i = 0; i < count; i++)
    if (tunes(start.environment[i])) return restart(count);
  for (size_t i = 0; i < count; i++)
    if (strncmp(start.environment[i], kept, sizeof kept - 1) == 0 &&
        tunes(start.environment[i] + sizeof kept - 1))
      start.environment[i] += sizeof kept - 1;
  return 0;
}

static void erase_string(char *string) {
  /* explicit_bzero: the stores must stay although nobody reads them. */
  if (string != NULL) explicit_bzero(string, strlen(string));
}

void swasm_erase_start(void) {
  for (int i = 0; i < start.count; i++) erase_string(start.arguments[i]);
  for (char **entry = start.environment; entry != NULL && *entry != NULL; entry++) {
    erase_string(*entry);
    *entry = NULL;
  }
  /* The path the program was started by, which the kernel keeps apart from the arguments. */
  erase_string((char *)getauxval(AT_EXECFN));
  static char *none[] = {NULL};
  environ = none;
}
