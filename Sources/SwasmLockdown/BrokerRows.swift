import Glibc

extension SystemCallTable {
  private static let openHowSize: UInt64 = 24  // struct open_how of <linux/openat2.h>
  private static let emptyPath: UInt64 = 0x1000  // AT_EMPTY_PATH
  private static let noFollow = UInt64(AT_SYMLINK_NOFOLLOW)
  private static let directory = ArgumentRule(0, "dirfd", .descriptor)

  static let brokerRows: [SystemCallRow] = [
    SystemCallRow(.broker, .exitGroup, reason: "the end"),
    SystemCallRow(
      .broker, .ppoll,
      [ArgumentRule(1, "nfds", .pollCount), ArgumentRule(3, "sigmask", .equals(0))],
      reason: "wait for requests"),
    SystemCallRow(
      .broker, .recvmsg,
      [
        ArgumentRule(0, "fd", .channel),
        ArgumentRule(2, "flags", .onlyBits(UInt64(MSG_CMSG_CLOEXEC | MSG_DONTWAIT))),
      ], reason: "a request"),
    SystemCallRow(
      .broker, .sendmsg,
      [
        ArgumentRule(0, "fd", .channel),
        ArgumentRule(2, "flags", .equals(UInt64(MSG_NOSIGNAL))),
      ], reason: "the reply and its descriptor"),
    SystemCallRow(
      .broker, .openat2, [directory, ArgumentRule(3, "size", .equals(openHowSize))],
      reason: "open beneath a granted directory"),
    SystemCallRow(.broker, .close, reason: "descriptors handed over or done with"),
    SystemCallRow(.broker, .fstat, reason: "type check after opening"),
    SystemCallRow(
      .broker, .newfstatat, [directory, ArgumentRule(3, "flags", .onlyBits(emptyPath | noFollow))],
      reason: "path_filestat_get"),
    SystemCallRow(.broker, .readlinkat, [directory], reason: "path_readlink"),
    SystemCallRow(
      .broker, .getdents64, need: .listDirectories, reason: "fd_readdir"),
    SystemCallRow(
      .broker, .mkdirat, [directory, ArgumentRule(2, "mode", .onlyBits(0o777))],
      need: .modifyPaths, reason: "path_create_directory"),
    SystemCallRow(
      .broker, .unlinkat, [directory, ArgumentRule(2, "flags", .onlyBits(UInt64(AT_REMOVEDIR)))],
      need: .modifyPaths, reason: "path_unlink_file, path_remove_directory"),
    SystemCallRow(
      .broker, .renameat2,
      [directory, ArgumentRule(2, "newdirfd", .descriptor), ArgumentRule(4, "flags", .equals(0))],
      need: .modifyPaths, reason: "path_rename"),
    SystemCallRow(
      .broker, .linkat,
      [directory, ArgumentRule(2, "newdirfd", .descriptor), ArgumentRule(4, "flags", .equals(0))],
      need: .modifyPaths, reason: "path_link"),
    SystemCallRow(
      .broker, .symlinkat, [ArgumentRule(1, "newdirfd", .descriptor)],
      need: .modifyPaths, reason: "path_symlink"),
    SystemCallRow(
      .broker, .utimensat, [directory, ArgumentRule(3, "flags", .onlyBits(emptyPath | noFollow))],
      need: .modifyPaths, reason: "path_filestat_set_times, fd_filestat_set_times"),
    SystemCallRow(
      .broker, .fallocate, [ArgumentRule(1, "mode", .equals(0))],
      need: .modifyPaths, reason: "fd_allocate"),
    SystemCallRow(
      .broker, .fcntl,
      [
        ArgumentRule(1, "cmd", .equals(UInt64(F_SETFL))),
        ArgumentRule(2, "flags", .onlyBits(UInt64(O_APPEND | O_NONBLOCK))),
      ], need: .setDescriptorFlags, reason: "fd_fdstat_set_flags"),
    SystemCallRow(.broker, .ftruncate, need: .modifyPaths, reason: "path_open with truncation"),
    SystemCallRow(.broker, .brk, reason: "the allocator, kept in the heap (see Allocator)"),
  ]
}
