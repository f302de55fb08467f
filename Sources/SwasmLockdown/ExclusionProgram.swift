/// What libseccomp has no comparison for, as BPF of its own in front of its program: a call is killed for a value of the low
/// half of an argument. It lets nothing through by itself, so it can only take away.
enum ExclusionProgram {
  private static let loadWord: UInt64 = 0x20
  private static let jump: UInt64 = 0x05
  private static let jumpIfEqual: UInt64 = 0x15
  private static let answer: UInt64 = 0x06
  private static let killProcess: UInt64 = 0x8000_0000

  /// Offsets in the kernel's `struct seccomp_data`.
  private static let number: UInt64 = 0
  private static func lowHalf(of position: Int) -> UInt64 { 16 + 8 * UInt64(position) }

  /// Empty when nothing is excluded. Each call is excluded for one of its arguments.
  static func instructions(_ excluded: [ExcludedValues]) -> [UInt64] {
    if excluded.isEmpty { return [] }
    let blocks = excluded.map { Self.checks($0.position, $0.values) }
    // Past the comparison of the number, the checks and the jump over the rest.
    let end = 1 + blocks.reduce(0) { $0 + $1.count + 2 }
    var program = [instruction(loadWord, number)]
    for (item, checks) in zip(excluded, blocks) {
      program.append(
        instruction(
          jumpIfEqual, UInt64(item.call.number), otherwise: UInt64(checks.count + 1)))
      program += checks
      program.append(instruction(jump, UInt64(end - program.count - 1)))
    }
    return program
  }

  private static func checks(_ position: Int, _ values: [UInt32]) -> [UInt64] {
    [instruction(loadWord, lowHalf(of: position))]
      + values.flatMap {
        [instruction(jumpIfEqual, UInt64($0), otherwise: 1), instruction(answer, killProcess)]
      }
  }

  /// A `struct sock_filter`.
  private static func instruction(_ code: UInt64, _ constant: UInt64, otherwise skipped: UInt64 = 0)
    -> UInt64
  {
    code | skipped << 24 | constant << 32
  }
}
