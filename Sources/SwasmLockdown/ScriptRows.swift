import Glibc

extension SystemCallTable {
  private static let privateMemory = UInt64(MAP_PRIVATE | MAP_ANONYMOUS)
  private static let anonymous = ArgumentRule(4, "fd", .int(-1))

  /// Between the calls of a script instances are made, so its process can map memory and the one artifact's code;
  /// nothing can become executable that was not compiled into that.
  static let scriptRows: [SystemCallRow] = [
    SystemCallRow(.script, .exitGroup, reason: "the end"),
    SystemCallRow(
      .script, .write, [ArgumentRule(0, "fd", .statusDescriptor)],
      reason: "what assertions failed"),
    SystemCallRow(.script, .rtSigreturn, reason: "on after a trap"),
    SystemCallRow(
      .script, .mmap,
      [
        ArgumentRule(2, "prot", .equals(UInt64(PROT_NONE))),
        ArgumentRule(3, "flags", .equals(privateMemory | UInt64(MAP_NORESERVE))), anonymous,
      ], reason: "address space for memories, tables, stacks and code"),
    SystemCallRow(
      .script, .mmap,
      [
        ArgumentRule(2, "prot", .equals(UInt64(PROT_READ | PROT_EXEC))),
        ArgumentRule(3, "flags", .equals(UInt64(MAP_PRIVATE | MAP_FIXED))),
        ArgumentRule(4, "fd", .artifact),
      ], reason: "an instance's code: the sealed artifact's and no other"),
    SystemCallRow(
      .script, .mmap,
      [
        ArgumentRule(2, "prot", .equals(UInt64(PROT_READ | PROT_WRITE))),
        ArgumentRule(3, "flags", .equals(privateMemory)), anonymous,
      ], reason: "large allocations"),
    SystemCallRow(
      .script, .mprotect, [ArgumentRule(2, "prot", .equals(UInt64(PROT_READ | PROT_WRITE)))],
      reason: "memories, tables, stacks and data opened, memory.grow"),
    SystemCallRow(.script, .munmap, reason: "what is mapped returned"),
    SystemCallRow(
      .script, .mremap, [ArgumentRule(3, "flags", .onlyBits(1))],
      reason: "large allocations grown (flags: MREMAP_MAYMOVE)"),
    SystemCallRow(.script, .brk, reason: "small allocations"),
    SystemCallRow(
      .script, .madvise,
      [ArgumentRule(2, "advice", .oneOf([UInt64(MADV_DONTNEED), UInt64(MADV_FREE)]))],
      reason: "allocator trimming"),
    SystemCallRow(
      .script, .gettid,
      reason: "the first lazy global: Swift's runtime marks it with the thread's number"),
    SystemCallRow(
      .script, .getrandom,
      [ArgumentRule(1, "len", .atMost(256)), ArgumentRule(2, "flags", .onlyBits(1))],
      reason: "hash seeds (flags: GRND_NONBLOCK)"),
  ]
}
