/* Runs a command one instruction at a time, with all processes that it starts, and prints the address of every
 * instruction of the program once, in the order in which they are first met. Addresses above 64 MiB are not the
 * program's, which is a static executable. See start-order. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRAM_END = 1 << 26 };

int main(int count, char **arguments) {
  static uint8_t seen[PROGRAM_END];
  if (count < 2) return 2;
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execv(arguments[1], arguments + 1);
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
  const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, child, 0, options) != 0) return 1;
  ptrace(PTRACE_SINGLESTEP, child, 0, 0);
  for (pid_t stopped; (stopped = waitpid(-1, &status, __WALL)) > 0;) {
    if (!WIFSTOPPED(status)) continue;
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP) {
      struct user_regs_struct registers;
      ptrace(PTRACE_GETREGS, stopped, 0, &registers);
      if (registers.rip < PROGRAM_END && !seen[registers.rip]) {
        seen[registers.rip] = 1;
        printf("%llx\n", registers.rip);
      }
    }
    if (signal == SIGTRAP || signal == SIGSTOP) signal = 0;
    ptrace(PTRACE_SINGLESTEP, stopped, 0, signal);
  }
  return 0;
}
