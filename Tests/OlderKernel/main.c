/* older-kernel WHERE COMMAND…: runs a command as if on an older Linux or in a container. A filter answers ENOSYS for
 * system calls that are younger than WHERE, and EPERM for those that Docker's default profile refuses.
 *
 * WHERE: a version such as 6.1, `container`, both as in 5.15+container, or -NAME[,NAME] for single things:
 * landlock mseal mdwe mounts overlays userns. It can't imitate an older version of Landlock, only that there is none. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* First number of a row of calls that came with a version, up to the next row's; include/uapi of each version. */
static const struct {
  int number, version;
} arrivals[] = {{437, 506}, {439, 508}, {440, 510}, {441, 511}, {442, 512}, {443, 514}, {444, 513}, {447, 514},
                {448, 515}, {449, 516}, {450, 517}, {451, 605}, {452, 606}, {454, 607}, {457, 608}, {462, 610},
                {463, 613}, {467, 615}, {468, 617}, {470, 9999}};

/* moby's default profile without any capability, as far as this project and its tests could ask for it. */
static const int refused_by_containers[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_acct, SYS_settimeofday, SYS_swapon, SYS_reboot,
    SYS_sethostname, SYS_init_module, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_unshare, SYS_setns,
    SYS_perf_event_open, SYS_open_by_handle_at, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_bpf,
    SYS_userfaultfd, 428 /* open_tree */, 429 /* move_mount */, 430, 431, 432, 433, 442 /* mount_setattr */};

static struct sock_filter code[512];
static unsigned short length;

static void add(unsigned short operation, uint32_t value, int if_true, int if_false) {
  if (length == sizeof code / sizeof *code) abort();
  code[length++] = (struct sock_filter){operation, (uint8_t)if_true, (uint8_t)if_false, value};
}

static void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }
static void answer(int error) { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error, 0, 0); }

static void refuse(int number, int error) {
  add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
  answer(error);
}

static void refuse_mdwe(void) {
  add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 5);
  load(offsetof(struct seccomp_data, args[0]));
  add(BPF_JMP | BPF_JEQ | BPF_K, 65, 1, 0);
  add(BPF_JMP | BPF_JEQ | BPF_K, 66, 0, 1);
  answer(EINVAL);
  load(offsetof(struct seccomp_data, nr));
}

static void refuse_user_namespaces(void) {
  static const int makers[] = {SYS_clone, SYS_unshare};
  refuse(SYS_clone3, ENOSYS);
  for (int i = 0; i < 2; i++) {
    add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)makers[i], 0, 4);
    load(offsetof(struct seccomp_data, args[0]));
    add(BPF_JMP | BPF_JSET | BPF_K, 0x10000000 /* CLONE_NEWUSER */, 0, 1);
    answer(EPERM);
    load(offsetof(struct seccomp_data, nr));
  }
}

static void refuse_younger_than(int version) {
  for (size_t i = 0; i + 1 < sizeof arrivals / sizeof *arrivals; i++)
    for (int number = arrivals[i].number; arrivals[i].version > version && number < arrivals[i + 1].number; number++)
      refuse(number, ENOSYS);
  if (version < 603) refuse_mdwe();
}

static void refuse_as_containers(void) {
  for (size_t i = 0; i < sizeof refused_by_containers / sizeof *refused_by_containers; i++)
    if (refused_by_containers[i] != SYS_unshare) refuse(refused_by_containers[i], EPERM);
  refuse_user_namespaces();
}

static int refuse_word(const char *word) {
  int major, minor;
  if (!strcmp(word, "container")) {
    refuse_as_containers();
  } else if (!strcmp(word, "landlock")) {
    for (int number = 444; number <= 446; number++) refuse(number, ENOSYS);
  } else if (!strcmp(word, "mseal")) {
    refuse(462, ENOSYS);
  } else if (!strcmp(word, "mdwe")) {
    refuse_mdwe();
  } else if (!strcmp(word, "mounts")) {
    refuse(428, ENOSYS), refuse(442, ENOSYS);
  } else if (!strcmp(word, "overlays")) {
    refuse(430, ENOSYS);
  } else if (!strcmp(word, "userns")) {
    refuse_user_namespaces();
  } else if (sscanf(word, "%d.%d", &major, &minor) == 2) {
    refuse_younger_than(major * 100 + minor);
  } else {
    return 0;
  }
  return 1;
}

int main(int count, char **arguments) {
  if (count < 3) return fputs("usage: older-kernel WHERE COMMAND…\n", stderr), 2;
  load(offsetof(struct seccomp_data, nr));
  char *words = arguments[1] + (arguments[1][0] == '-');
  for (char *word = strtok(words, "+,"); word != NULL; word = strtok(NULL, "+,"))
    if (!refuse_word(word)) return fprintf(stderr, "older-kernel: \"%s\" is not known\n", word), 2;
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  const struct sock_fprog program = {length, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return perror("older-kernel"), 125;
  execvp(arguments[2], arguments + 2);
  return perror(arguments[2]), 127;
}
