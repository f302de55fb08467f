/* Signals of the launcher, and calls of its that do not keep it from them. */
#ifndef SWASM_SIGNALS_H
#define SWASM_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

/* Descriptor that SIGINT, SIGTERM, SIGHUP and SIGQUIT (as far as they are not ignored) can be read from; they are
 * blocked. SIGTSTP, SIGTTIN and SIGTTOU stop the launcher and what `swasm_stop_with` names. -errno on failure. */
int swasm_watch_signals(void);
/* Signals do what they did before. After one that was to end the launcher, it dies by that in a moment, whatever it is
 * waiting for. */
void swasm_unwatch_signals(int descriptor);
/* The next signal, 0 when there is none. */
int swasm_next_signal(int descriptor);
/* Descriptor of the process that stops and goes on with the launcher; -1: none. */
void swasm_stop_with(int child);
/* How long the launcher has been stopped by the signals above. */
uint64_t swasm_stopped_nanoseconds(void);

/* write, read, open that come back with -EINTR after a moment when nothing can be done, while signals are watched:
 * a descriptor that poll calls ready may be taken by somebody else's bytes. The result, or -errno. */
long swasm_write_briefly(int descriptor, const void *bytes, size_t count);
long swasm_read_briefly(int descriptor, void *bytes, size_t count);
int swasm_open_briefly(const char *path, int flags);

/* SIGINT, SIGTERM, SIGHUP and SIGQUIT are for the launcher to answer, not for the processes that it starts. */
void swasm_block_ending_signals(void);

/* Dies by a signal, as if it had never been watched. */
_Noreturn void swasm_die_by(int signal);

#endif
