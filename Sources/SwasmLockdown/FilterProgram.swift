import CSeccomp
import CSwasm
import Glibc

/// Why a filter could not be made.
public enum FilterError: Error, Equatable, Sendable {
  /// A row needs a value that ``FilterBindings`` lacks.
  case unbound(SystemCall, String)
  /// libseccomp or the memory file it exports into refused; `errno` says why.
  case library(operation: String, errno: Int32)
  /// More instructions than the kernel takes (4096).
  case tooLong(Int)
}

/// A compiled seccomp filter: kill the process unless the policy permits the call; kill it too when
/// the call comes from another architecture's entry point or carries an x32 number. Made before
/// lockdown; installing it is the last step of ``LockdownPlan``.
public struct FilterProgram: Sendable {
  /// BPF instructions, each one `struct sock_filter`.
  public let instructions: [UInt64]

  /// The program made ahead of time, where there is one for such a process; else libseccomp's.
  public init(_ request: FilterRequest) throws(FilterError) {
    if let program = FilterTemplate.template(for: request)?.program(request) {
      instructions = program
    } else {
      self = try FilterProgram(compiling: try FilterPolicy(request))
    }
  }

  /// Compiles with libseccomp.
  public init(compiling policy: FilterPolicy) throws(FilterError) {
    guard let context = seccomp_init(SCMP_ACT_KILL_PROCESS) else {
      throw .library(operation: "seccomp_init", errno: ENOMEM)
    }
    defer { seccomp_release(context) }
    try Self.check(
      "bad architecture action",
      seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS))
    for allowed in policy.allowed {
      try Self.add(allowed, to: context)
    }
    instructions = ExclusionProgram.instructions(policy.excluded) + (try Self.export(context))
    guard instructions.count <= 4096 else { throw .tooLong(instructions.count) }
  }

  private static func check(_ operation: String, _ result: Int32) throws(FilterError) {
    if result < 0 { throw .library(operation: operation, errno: -result) }
  }

  private static func add(
    _ allowed: AllowedCall, to context: scmp_filter_ctx
  ) throws(FilterError) {
    let comparisons = allowed.comparisons.map { comparison in
      switch comparison.relation {
      case .equal(let mask):
        scmp_arg_cmp(
          arg: UInt32(comparison.position), op: SCMP_CMP_MASKED_EQ, datum_a: mask,
          datum_b: comparison.value)
      case .atMost:
        scmp_arg_cmp(
          arg: UInt32(comparison.position), op: SCMP_CMP_LE, datum_a: comparison.value, datum_b: 0)
      }
    }
    let result = comparisons.withUnsafeBufferPointer { list in
      seccomp_rule_add_exact_array(
        context, SCMP_ACT_ALLOW, allowed.call.number, UInt32(list.count), list.baseAddress)
    }
    // EEXIST: two rows bound to the same rule.
    if result != -EEXIST { try check(allowed.call.name, result) }
  }

  /// libseccomp does not notice when the limit on files cuts its program short, and what is left could be a program
  /// that allows more.
  static func isWhole(_ size: Int, limit: rlim_t) -> Bool { rlim_t(size) < limit }

  /// libseccomp 2.5 exports to descriptors only: through a memory file.
  private static func export(_ context: scmp_filter_ctx) throws(FilterError) -> [UInt64] {
    let file = swasm_memory_file("seccomp-filter")
    try check("memfd_create", file)
    defer { close(file) }
    try check("seccomp_export_bpf", seccomp_export_bpf(context, file))
    let size = Int(lseek(file, 0, SEEK_END))
    guard size > 0, size % 8 == 0 else { throw .library(operation: "lseek", errno: EIO) }
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    guard isWhole(size, limit: limit.rlim_cur) else {
      throw .library(operation: "seccomp_export_bpf", errno: EFBIG)
    }
    let words = [UInt64](unsafeUninitializedCapacity: size / 8) { buffer, count in
      // SAFETY: pread writes at most `size` bytes, the capacity asked for.
      let got = pread(file, buffer.baseAddress, size, 0)
      count = got == size ? size / 8 : 0
    }
    guard !words.isEmpty else { throw .library(operation: "pread", errno: EIO) }
    return words
  }
}
