import Glibc

extension SystemCallTable {
  private static let streams: Holders = .guests(.pure ... .strict)
  private static let fromPure: Holders = .guests(.pure ... .network)
  private static let fromStrict: Holders = .guests(.strict ... .network)
  private static let fromStandard: Holders = .guests(.standard ... .network)

  private static let network: Holders = .guests(.network ... .network)

  private static let readWrite = UInt64(PROT_READ | PROT_WRITE)
  private static let peekOrWaitForAll: UInt64 = 0x102  // MSG_PEEK, MSG_WAITALL
  private static let reply = [MSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC | MSG_DONTWAIT].map { UInt64($0) }
  private static let appendFlag: UInt64 = 0x10  // RWF_APPEND of <linux/fs.h>

  // A terminal or a socket is open for both directions, whichever stream it is.
  private static let notOutput = ArgumentRule(0, "fd", .noneOf([1, 2]))
  private static let notInput = ArgumentRule(0, "fd", .noneOf([0]))
  private static let noStream = ArgumentRule(0, "fd", .noneOf([0, 1, 2]))

  static let guestRows: [SystemCallRow] = [
    SystemCallRow(fromPure, .exitGroup, reason: "the end"),
    SystemCallRow(
      streams, .read, [ArgumentRule(0, "fd", .equals(0))], need: .readInput, reason: "stdin"),
    SystemCallRow(
      streams, .write, [ArgumentRule(0, "fd", .equals(1))], need: .writeOutput, reason: "stdout"),
    SystemCallRow(
      streams, .write, [ArgumentRule(0, "fd", .equals(2))], need: .writeErrors, reason: "stderr"),
    SystemCallRow(
      fromPure, .mprotect,
      [
        ArgumentRule(0, "addr", .memoryAddress),
        ArgumentRule(1, "len", .memoryLength),
        ArgumentRule(2, "prot", .equals(readWrite)),
      ], need: .growMemory, reason: "memory.grow"),
    SystemCallRow(
      fromStrict, .clockNanosleep,
      [
        ArgumentRule(0, "clockid", .equals(UInt64(CLOCK_MONOTONIC))),
        ArgumentRule(1, "flags", .equals(UInt64(TIMER_ABSTIME))),
        ArgumentRule(3, "remain", .equals(0)),
      ], need: .sleep,
      reason: "sleep; an absolute time needs no restart_syscall after stop and continue"),
    SystemCallRow(
      fromStrict, .ppoll,
      [ArgumentRule(1, "nfds", .pollCount), ArgumentRule(3, "sigmask", .equals(0))],
      need: .poll, reason: "poll_oneoff"),
    SystemCallRow(
      fromStrict, .getrandom,
      [ArgumentRule(1, "len", .atMost(256)), ArgumentRule(2, "flags", .equals(0))],
      need: .random, reason: "random_get, in chunks"),
    SystemCallRow(
      fromStandard, .preadv2,
      [
        notOutput, ArgumentRule(2, "iovcnt", .atMost(1024)), ArgumentRule(5, "flags", .equals(0)),
      ], need: .read, reason: "fd_read, fd_pread; offset -1 is the stream position"),
    SystemCallRow(
      fromStandard, .pwritev2,
      [
        notInput, ArgumentRule(2, "iovcnt", .atMost(1024)),
        ArgumentRule(5, "flags", .onlyBits(appendFlag)),
      ], need: .write, reason: "fd_write, fd_pwrite; RWF_APPEND for descriptors opened to append"),
    SystemCallRow(
      fromStandard, .lseek, [ArgumentRule(2, "whence", .atMost(UInt64(SEEK_END)))],
      need: .seek, reason: "fd_seek, fd_tell"),
    SystemCallRow(fromStandard, .fstat, need: .status, reason: "fd_filestat_get"),
    SystemCallRow(fromStandard, .close, need: .close, reason: "fd_close, fd_renumber"),
    SystemCallRow(fromStandard, .fdatasync, need: .synchronize, reason: "fd_datasync"),
    SystemCallRow(fromStandard, .fsync, need: .synchronize, reason: "fd_sync"),
    SystemCallRow(
      fromStandard, .ftruncate, [noStream], need: .resize,
      reason: "fd_filestat_set_size; not of the file that a shell has made a stream of"),
    SystemCallRow(
      fromStandard, .sendto,
      [
        ArgumentRule(0, "fd", .channel),
        ArgumentRule(3, "flags", .equals(UInt64(MSG_NOSIGNAL))),
        ArgumentRule(4, "addr", .equals(0)),
        ArgumentRule(5, "addrlen", .equals(0)),
      ], need: .openPaths, reason: "a request to the broker; cannot carry descriptors"),
    SystemCallRow(
      fromStandard, .recvmsg,
      [
        ArgumentRule(0, "fd", .channel),
        ArgumentRule(2, "flags", .oneOf(reply)),
      ], need: .openPaths, reason: "the broker's reply and its descriptor"),
    SystemCallRow(
      network, .recvfrom,
      [
        noStream,
        ArgumentRule(3, "flags", .onlyBits(peekOrWaitForAll)),
        ArgumentRule(4, "addr", .equals(0)),
        ArgumentRule(5, "addrlen", .equals(0)),
      ], need: .sockets, reason: "sock_recv; no out-of-band data, no error queue"),
    SystemCallRow(
      network, .sendto,
      [
        noStream,
        ArgumentRule(3, "flags", .equals(UInt64(MSG_NOSIGNAL))),
        ArgumentRule(4, "addr", .equals(0)),
        ArgumentRule(5, "addrlen", .equals(0)),
      ], need: .sockets, reason: "sock_send; to the peer only, no fast open"),
    SystemCallRow(
      network, .accept4,
      [
        noStream,
        ArgumentRule(1, "addr", .equals(0)),
        ArgumentRule(2, "addrlen", .equals(0)),
        ArgumentRule(3, "flags", .equals(UInt64(SOCK_CLOEXEC.rawValue))),
      ], need: .sockets, reason: "sock_accept on a granted listener"),
    SystemCallRow(
      network, .shutdown, [noStream, ArgumentRule(1, "how", .atMost(2))],
      need: .sockets, reason: "sock_shutdown"),
  ]
}
