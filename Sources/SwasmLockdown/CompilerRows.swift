import Glibc

extension SystemCallTable {
  private static let privateMemory = UInt64(MAP_PRIVATE | MAP_ANONYMOUS)

  // Of <linux/futex.h>, private ones only: wait, wake, a wait with a deadline on either clock; and
  // LOCK_PI, UNLOCK_PI, by which Swift's runtime waits for a global that another thread initialises.
  private static let futexOperations: [UInt64] = [128, 129, 137, 137 | 256, 134, 135]

  static let compilerRows: [SystemCallRow] = [
    SystemCallRow(.compiler, .exitGroup, reason: "the end"),
    SystemCallRow(
      .compiler, .write, [ArgumentRule(0, "fd", .statusDescriptor)],
      reason: "the result or the error"),
    SystemCallRow(
      .compiler, .mmap,
      [
        ArgumentRule(2, "prot", .equals(UInt64(PROT_READ | PROT_WRITE))),
        ArgumentRule(3, "flags", .equals(privateMemory)),
        ArgumentRule(4, "fd", .int(-1)),
      ], reason: "large allocations; never executable, never a file, never at a fixed address"),
    SystemCallRow(.compiler, .munmap, reason: "large allocations returned"),
    SystemCallRow(
      .compiler, .mremap, [ArgumentRule(3, "flags", .onlyBits(1))],
      reason: "large allocations grown (flags: MREMAP_MAYMOVE)"),
    SystemCallRow(.compiler, .brk, reason: "small allocations"),
    SystemCallRow(
      .compiler, .madvise,
      [ArgumentRule(2, "advice", .oneOf([UInt64(MADV_DONTNEED), UInt64(MADV_FREE)]))],
      reason: "allocator trimming"),
    SystemCallRow(
      .compiler, .futex, [ArgumentRule(1, "op", .oneOf(futexOperations))],
      need: .threads, reason: "worker threads; private futexes only"),
    SystemCallRow(
      .compiler, .gettid,
      reason: "a thread's first lazy global: Swift's runtime marks it with the thread's number"),
  ]
}
