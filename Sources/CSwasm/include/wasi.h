/* Raw system calls of the guest's WASI functions and of the broker.
 *
 * Results are those of the kernel: a negative errno on failure, and no thread-local errno is touched. Nothing here
 * allocates or takes a lock, which the Swift compiler cannot see for itself: SWASM_NO_LOCKS tells it, so that
 * functions marked @_noLocks may call them. */
#ifndef SWASM_WASI_H
#define SWASM_WASI_H

#include <linux/openat2.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define SWASM_NO_LOCKS __attribute__((swift_attr("@_noLocks"), unused)) static inline

SWASM_NO_LOCKS long swasm_wasi_syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define SWASM_CALL(name, a, b, c, d, e, f) \
    swasm_wasi_syscall6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* Every level. */
SWASM_NO_LOCKS void swasm_wasi_exit(int code) {
    for (;;) SWASM_CALL(exit_group, code, 0, 0, 0, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_read(int fd, void *bytes, size_t count) {
    return SWASM_CALL(read, fd, bytes, count, 0, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_write(int fd, const void *bytes, size_t count) {
    return SWASM_CALL(write, fd, bytes, count, 0, 0, 0);
}
/* Answered by the vDSO for the two clocks that are passed: no system call. */
SWASM_NO_LOCKS int swasm_wasi_clock(int clock, struct timespec *time) { return clock_gettime(clock, time); }
SWASM_NO_LOCKS void *swasm_wasi_copy(void *to, const void *from, size_t count) { return memcpy(to, from, count); }

/* Level strict. */
SWASM_NO_LOCKS long swasm_wasi_sleep_until(const struct timespec *deadline) {
    return SWASM_CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, 0, 0, 0);
}
/* The kernel writes the time left back to *timeout. */
SWASM_NO_LOCKS long swasm_wasi_poll(struct pollfd *fds, unsigned count, struct timespec *timeout) {
    return SWASM_CALL(ppoll, fds, count, timeout, 0, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_random(void *bytes, size_t count) {
    return SWASM_CALL(getrandom, bytes, count, 0, 0, 0, 0);
}

/* Level standard. Offset −1 means the file's own position, and works on streams. */
SWASM_NO_LOCKS long swasm_wasi_preadv2(int fd, const struct iovec *vectors, int count, int64_t offset) {
    return SWASM_CALL(preadv2, fd, vectors, count, offset, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_pwritev2(int fd, const struct iovec *vectors, int count, int64_t offset, int append) {
    return SWASM_CALL(pwritev2, fd, vectors, count, offset, 0, append ? 0x10 /* RWF_APPEND */ : 0);
}
SWASM_NO_LOCKS long swasm_wasi_lseek(int fd, int64_t offset, int whence) {
    return SWASM_CALL(lseek, fd, offset, whence, 0, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_fstat(int fd, struct stat *status) { return SWASM_CALL(fstat, fd, status, 0, 0, 0, 0); }
SWASM_NO_LOCKS long swasm_wasi_close(int fd) { return SWASM_CALL(close, fd, 0, 0, 0, 0, 0); }
SWASM_NO_LOCKS long swasm_wasi_fsync(int fd) { return SWASM_CALL(fsync, fd, 0, 0, 0, 0, 0); }
SWASM_NO_LOCKS long swasm_wasi_fdatasync(int fd) { return SWASM_CALL(fdatasync, fd, 0, 0, 0, 0, 0); }
SWASM_NO_LOCKS long swasm_wasi_ftruncate(int fd, int64_t length) {
    return SWASM_CALL(ftruncate, fd, length, 0, 0, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_send(int fd, const void *bytes, size_t count) {
    return SWASM_CALL(sendto, fd, bytes, count, MSG_NOSIGNAL, 0, 0);
}
/* How a process waits for its peer at the broker's channel. Each of the two waits for the other in turn, and where they are on
 * different processors waking a sleeper takes longer than all the rest: so it looks for the message some times before
 * it sleeps. Where that is of no use, as on one processor, it soon looks but seldom. */
struct swasm_patience {
    /* More after looks that found nothing, less after a look that did. */
    uint32_t misses;
    /* Waits without a look since there were too many. */
    uint32_t slept;
};
SWASM_NO_LOCKS long swasm_await_message(int channel, struct msghdr *message, struct swasm_patience *patience) {
    enum { LOOKS = 40, TOO_MANY = 8, TURNS = 32 };
    if (patience->misses == TOO_MANY && ++patience->slept == TURNS) {
        patience->slept = 0;
        patience->misses--;
    }
    if (patience->misses < TOO_MANY) {
        for (int i = 0; i < LOOKS; i++) {
            long result = SWASM_CALL(recvmsg, channel, message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0, 0);
            if (result == -11 /* EAGAIN */) continue;
            if (patience->misses > 0) patience->misses--;
            return result;
        }
        patience->misses++;
    }
    return SWASM_CALL(recvmsg, channel, message, MSG_CMSG_CLOEXEC, 0, 0, 0);
}
/* Receives one message and the descriptor that came with it (else −1). A message or descriptor that did not fit
 * is an error: EMSGSIZE or EMFILE. */
SWASM_NO_LOCKS long swasm_wasi_receive(
    int channel, void *bytes, size_t count, int *descriptor, struct swasm_patience *patience) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec vector = {bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    *descriptor = -1;
    long result = swasm_await_message(channel, &message, patience);
    if (result < 0) return result;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    if (message.msg_flags & MSG_TRUNC) return -90 /* EMSGSIZE */;
    if ((message.msg_flags & MSG_CTRUNC) && *descriptor < 0) return -24 /* EMFILE */;
    return result;
}

/* Level network. */
SWASM_NO_LOCKS long swasm_wasi_socket_receive(int fd, void *bytes, size_t count, int flags) {
    return SWASM_CALL(recvfrom, fd, bytes, count, flags, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_socket_accept(int fd, int flags) {
    return SWASM_CALL(accept4, fd, 0, 0, flags, 0, 0);
}
SWASM_NO_LOCKS long swasm_wasi_socket_shutdown(int fd, int how) { return SWASM_CALL(shutdown, fd, how, 0, 0, 0, 0); }

/* The broker. */

/* Receives one request; 0 is the end of the channel. A message that does not fit or carries anything is EBADMSG. */
static inline long swasm_broker_receive(
    int channel, void *bytes, size_t count, struct swasm_patience *patience) {
    struct iovec vector = {bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    long result = swasm_await_message(channel, &message, patience);
    if (result >= 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) return -74 /* EBADMSG */;
    return result;
}
/* Sends one reply, with a descriptor unless it is −1. */
static inline long swasm_broker_send(int channel, const void *bytes, size_t count, int descriptor) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec vector = {(void *)bytes, count};
    struct msghdr message = {0};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
    }
    return SWASM_CALL(sendmsg, channel, &message, MSG_NOSIGNAL, 0, 0, 0);
}
static inline long swasm_broker_open(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {flags, mode, resolve};
    return SWASM_CALL(openat2, directory, path, &how, sizeof how, 0, 0);
}
static inline long swasm_broker_stat(int directory, const char *name, struct stat *status, int flags) {
    return SWASM_CALL(newfstatat, directory, name, status, flags, 0, 0);
}
static inline long swasm_broker_set_times(int fd, const struct timespec times[2]) {
    return SWASM_CALL(utimensat, fd, "", times, 0x1000 /* AT_EMPTY_PATH */, 0, 0);
}
static inline long swasm_broker_make_directory(int parent, const char *name, unsigned mode) {
    return SWASM_CALL(mkdirat, parent, name, mode, 0, 0, 0);
}
static inline long swasm_broker_unlink(int parent, const char *name, int flags) {
    return SWASM_CALL(unlinkat, parent, name, flags, 0, 0, 0);
}
static inline long swasm_broker_rename(int from, const char *old_name, int to, const char *new_name) {
    return SWASM_CALL(renameat2, from, old_name, to, new_name, 0, 0);
}
static inline long swasm_broker_link(int from, const char *old_name, int to, const char *new_name) {
    return SWASM_CALL(linkat, from, old_name, to, new_name, 0, 0);
}
static inline long swasm_broker_symlink(const char *target, int parent, const char *name) {
    return SWASM_CALL(symlinkat, target, parent, name, 0, 0, 0);
}
static inline long swasm_broker_read_link(int parent, const char *name, void *bytes, size_t count) {
    return SWASM_CALL(readlinkat, parent, name, bytes, count, 0, 0);
}
static inline long swasm_broker_list(int directory, void *bytes, size_t count) {
    return SWASM_CALL(getdents64, directory, bytes, count, 0, 0, 0);
}
static inline long swasm_broker_allocate(int fd, int64_t offset, int64_t length) {
    return SWASM_CALL(fallocate, fd, 0, offset, length, 0, 0);
}
static inline long swasm_broker_set_flags(int fd, int flags) {
    return SWASM_CALL(fcntl, fd, 4 /* F_SETFL */, flags, 0, 0, 0);
}

#endif
