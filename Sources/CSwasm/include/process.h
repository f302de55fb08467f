/* Processes: the zygote that all others are forked from, and the few calls of the launcher that Swift
 * cannot make (ancillary data, clone). */
#ifndef SWASM_PROCESS_H
#define SWASM_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SWASM_REQUEST_DESCRIPTORS = 64 };

/* What the launcher asks the zygote for: a process of a role, with descriptors. Everything else is in
 * files that the descriptors stand for. */
struct swasm_request {
  uint32_t role;
  /* Nothing more will be asked for: the zygote itself becomes the process, which saves a fork. */
  uint32_t last;
  uint32_t count;
  int descriptors[SWASM_REQUEST_DESCRIPTORS];
};

/* What the program was started with, where the kernel put it: Swift's own list comes from /proc, which need not be
 * there. For the launcher, after it has forked the zygote. */
int swasm_argument_count(void);
const char *swasm_argument(int index);

/* Whether the program has rights of another user's or of its file's (set-user-id, capabilities). */
int swasm_has_borrowed_rights(void);

/* Starts the program anew when there are variables by which libc or Swift's runtime is tuned (MALLOC_…, GLIBC_TUNABLES,
 * SWIFT_…): a guest may make only those calls that allocation makes by default. Afterwards they are among the
 * variables again, for --env. 0, or -errno when it can't. */
int swasm_start_untuned(void);

/* Ends what was done for Swift's runtime before main; arguments and variables are as they were given. */
void swasm_settle_start(void);

/* The zygote: arguments and variables are nobody's to read any more. */
void swasm_erase_start(void);

/* The first thing that main calls. Fills each of the descriptors 0, 1 and 2 that is closed, so that nothing else gets its
 * number. */
void swasm_fill_standard_descriptors(void);

/* Was SIGPIPE ignored when the program started? */
int swasm_ignored_broken_pipes(void);

/* Forks the zygote: the process's pid in the launcher, with its end of the channel; 0 in the zygote, which
 * has erased its copies of arguments and environment by then; -errno. */
pid_t swasm_fork_zygote(int *channel);

/* The zygote's life. Returns only in processes that it has forked, or become: the launcher's children, with what
 * was asked for. Ends the zygote when the launcher closes the channel, or when there is a second thread. */
void swasm_serve_zygote(int channel, struct swasm_request *request);

/* Launcher: asks for a process. Its pid, or -errno. */
pid_t swasm_request_process(int channel, const struct swasm_request *request);

/* Names the calling process in /proc; 15 bytes count. */
void swasm_name_process(const char *name);

/* Descriptor of a process, or -errno. */
int swasm_open_process(pid_t pid);
/* 0, or -errno. */
int swasm_signal_process(int descriptor, int signal);

/* Seals of a memory file. 0, or -errno. */
int swasm_seal_file(int descriptor, int shrink, int grow, int write);
/* 1 when nobody can change the file any more; 0 or -errno otherwise. */
int swasm_is_sealed(int descriptor);

/* The absolute path of an open directory, found without /proc: its length, or -errno. Changes the working directory. */
long swasm_directory_path(int directory, char *path, size_t size);
/* Where the process lacks the right to clone mounts: a user and a mount namespace of its own, which has it.
 * 1 when it is in one now, 0 when it needs none, or -errno. */
int swasm_own_mount_namespace(void);
/* A mount namespace of its own (unless it has one) in which nothing shows elsewhere that is mounted. 0, or -errno. */
int swasm_private_mounts(int has_namespace);
/* A detached clone of the mounts at a directory and beneath it, as seen from the directory. Its descriptor (O_PATH), or
 * -errno. By path after a new mount namespace, else NULL. */
int swasm_clone_tree(int directory, const char *path);
/* No set-user-id, no devices, no programs, read-only if asked, on every mount of a tree. 0, or -errno. */
int swasm_mark_tree(int tree, int read_only);
/* Mounts a detached tree at a place; -1: on top of the root. 0, or -errno. */
int swasm_attach_tree(int tree, int place);
/* What is at a path in a tree, no links followed (O_PATH), or -errno. */
int swasm_open_place(int tree, const char *path);
/* Mounts something at a place that can't be opened; its device and inode. 0, or -errno. */
int swasm_close_place(int place, uint64_t identity[2]);
/* 1 when the file system of a descriptor holds files, 0 when it is an interface of the kernel's, or none that is
 * known; -errno. */
int swasm_holds_files(int descriptor);
/* 1 when a descriptor is on procfs. */
int swasm_is_proc(int descriptor);
/* Makes a directory the process's root and working directory. 0, or -errno. */
int swasm_enter_tree(int tree);
/* Tries both in a child: 1 in a namespace, 0 without, or -errno. */
int swasm_can_detach(void);
/* The kernel no longer hands over descriptors that are sent to this socket. 0, or -errno where it can't. */
int swasm_refuse_descriptors(int channel);

/* Two descriptors, closed on exec. */
struct swasm_pair {
  int first;
  int second;
};
/* A SOCK_SEQPACKET socketpair. 0, or -errno. */
int swasm_channel(struct swasm_pair *ends);
/* A pipe: first is for reading. 0, or -errno. */
int swasm_pipe(struct swasm_pair *ends);

#endif
