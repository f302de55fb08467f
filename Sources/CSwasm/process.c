#define _GNU_SOURCE
#include "process.h"

#include "lockdown.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int ignored_broken_pipes;

int swasm_ignored_broken_pipes(void) { return ignored_broken_pipes; }

/* The lowest free number is the one that is to be filled: those below are open. The wrong way round, so that reading and
 * writing fail with EBADF as on a closed one. */
static int fill(int descriptor) {
  if (open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) == descriptor) return 1;
  /* Where there are no devices, an end of a pipe without the other. */
  int ends[2];
  if (pipe(ends) != 0 || ends[0] != descriptor) return 0;
  if (descriptor == 0 && dup2(ends[1], 0) != 0) return 0;
  return close(ends[1]) == 0;
}

void swasm_fill_standard_descriptors(void) {
  swasm_settle_start();
  struct sigaction action;
  ignored_broken_pipes = sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (!fill(descriptor)) _exit(125);
  }
}

void swasm_name_process(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int swasm_channel(struct swasm_pair *ends) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -errno;
  *ends = (struct swasm_pair){pair[0], pair[1]};
  return 0;
}

int swasm_pipe(struct swasm_pair *ends) {
  int pair[2];
  if (pipe2(pair, O_CLOEXEC) != 0) return -errno;
  *ends = (struct swasm_pair){pair[0], pair[1]};
  return 0;
}

pid_t swasm_fork_zygote(int *channel) {
  struct swasm_pair ends;
  int result = swasm_channel(&ends);
  if (result < 0) return result;
  const pid_t launcher = getpid();
  const pid_t pid = fork();
  if (pid != 0) {
    close(ends.second);
    *channel = ends.first;
    return pid < 0 ? -errno : pid;
  }
  close(ends.first);
  /* The channel's end would tell too, but only a zygote that reads it. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != launcher) _exit(125);
  /* It stays in the launcher's group, and so do all that are forked from it: what stops the job stops all of it. What
   * ends the job is the launcher's to answer: it has the next process started, or ends. */
  swasm_block_ending_signals();
  swasm_erase_start();
  /* Inherited by all that are forked from here. A kernel without mseal is told of by their lockdown. */
  const long sealed = swasm_seal_program();
  if (sealed < 0 && sealed != -ENOSYS && sealed != -EPERM) _exit(125);
  swasm_shrink_inheritable_capabilities();
  swasm_name_process("swasm-zygote");
  *channel = ends.second;
  return 0;
}

/* A directory has two links and one more for each directory in it: one per thread. */
static int has_one_thread(void) {
  struct stat status;
  if (stat("/proc/self/task", &status) != 0) return errno == ENOENT;
  return status.st_nlink == 3;
}

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(SWASM_REQUEST_DESCRIPTORS * sizeof(int))];
};

/* What goes over the channel; the descriptors go beside it. */
enum { REQUEST_BYTES = offsetof(struct swasm_request, count) };

/* 1, 0 at the end of the channel, or -errno. */
static int receive_request(int channel, struct swasm_request *request) {
  union control control;
  struct iovec vector = {request, REQUEST_BYTES};
  struct msghdr message = {
      .msg_iov = &vector,
      .msg_iovlen = 1,
      .msg_control = control.bytes,
      .msg_controllen = sizeof control.bytes,
  };
  ssize_t count;
  do count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return count < 0 ? -errno : 0;
  if (count != REQUEST_BYTES || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) return -EBADMSG;
  request->count = 0;
  const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    const size_t bytes = header->cmsg_len - CMSG_LEN(0);
    request->count = (uint32_t)(bytes / sizeof(int));
    memcpy(request->descriptors, CMSG_DATA(header), bytes);
  }
  return 1;
}

static int send_request(int channel, const struct swasm_request *request) {
  union control control;
  memset(&control, 0, sizeof control);
  struct iovec vector = {(void *)request, REQUEST_BYTES};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (request->count > 0) {
    const size_t bytes = request->count * sizeof(int);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(bytes);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(&control.header), request->descriptors, bytes);
  }
  ssize_t count;
  do count = sendmsg(channel, &message, MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  return count < 0 ? -errno : 0;
}

/* False when the launcher is gone. */
static int answer(int channel, int32_t pid) {
  ssize_t count;
  do count = send(channel, &pid, sizeof pid, MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  return count == sizeof pid;
}

void swasm_serve_zygote(int channel, struct swasm_request *request) {
  for (;;) {
    if (receive_request(channel, request) <= 0) _exit(0);
    /* What is forked now has to be whole: no lock held by another thread. */
    if (!has_one_thread()) _exit(125);
    /* The child is the launcher's, which waits for it and whose death ends it. fork() has no such
     * parameter. The C library notes the thread's number nowhere that a single thread reads. */
    int32_t pid = request->last ? getpid() : (int32_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0) pid = -errno;
    if (pid != 0 && !answer(channel, pid)) _exit(0);
    if (pid == 0 || request->last) {
      close(channel);
      return;
    }
    for (uint32_t i = 0; i < request->count; i++) close(request->descriptors[i]);
  }
}

pid_t swasm_request_process(int channel, const struct swasm_request *request) {
  if (request->count > SWASM_REQUEST_DESCRIPTORS) return -E2BIG;
  const int result = send_request(channel, request);
  if (result < 0) return result;
  int32_t pid;
  ssize_t count;
  do count = recv(channel, &pid, sizeof pid, 0);
  while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  return count == sizeof pid ? pid : -ECHILD;
}

int swasm_open_process(pid_t pid) {
  const long result = syscall(SYS_pidfd_open, pid, 0);
  return result < 0 ? -errno : (int)result;
}

int swasm_signal_process(int descriptor, int signal) {
  return syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0) == 0 ? 0 : -errno;
}

int swasm_seal_file(int descriptor, int shrink, int grow, int write) {
  const int seals =
      (shrink ? F_SEAL_SHRINK : 0) | (grow ? F_SEAL_GROW : 0) | (write ? F_SEAL_WRITE | F_SEAL_SEAL : 0);
  return fcntl(descriptor, F_ADD_SEALS, seals) == 0 ? 0 : -errno;
}

int swasm_is_sealed(int descriptor) {
  const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  const int seals = fcntl(descriptor, F_GET_SEALS);
  return seals < 0 ? -errno : (seals & all) == all;
}
