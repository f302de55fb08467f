import CSeccomp

/// A kernel entry point that some row of ``SystemCallTable`` allows, by its kernel name.
public enum SystemCall: String, CaseIterable, Hashable, Sendable {
  case exitGroup = "exit_group"
  case read, write
  case mprotect, mmap, munmap, mremap, brk, madvise
  case clockNanosleep = "clock_nanosleep"
  case ppoll, getrandom, futex, gettid
  case preadv2, pwritev2
  case lseek, fstat, close, fdatasync, fsync, ftruncate, fallocate, fcntl
  case sendto, sendmsg, recvmsg, recvfrom, accept4, shutdown
  case openat2, newfstatat, readlinkat, getdents64
  case mkdirat, unlinkat, renameat2, linkat, symlinkat, utimensat

  /// The kernel's name.
  public var name: String { rawValue }

  /// The number on x86-64.
  public var number: Int32 {
    let number = seccomp_syscall_resolve_name_arch(swasm_x86_64, rawValue)
    precondition(number >= 0, "libseccomp knows no x86-64 system call of this name")
    return number
  }
}
