/// What a compiler process may use. Where nothing is given it grows with the modules, to an upper end.
public struct CompilerLimits: Equatable, Sendable {
  /// Bytes of private memory, and of what it makes.
  public var memory: UInt64?
  /// Milliseconds of processor time.
  public var time: UInt64?
  /// Milliseconds that the run has, if it is less; see ``PolicyKey/cpuTime``.
  var runTime: UInt64?

  public init() {}

  static let mostMemory: UInt64 = 4 << 30
  static let mostTime: UInt64 = 600_000

  /// The compiler of a large module takes some thirty times the module's size at its peak; twice that is allowed, to
  /// small ones more.
  func memory(for bytes: Int) -> UInt64 {
    memory ?? min(max(1 << 30, UInt64(bytes) * 64), Self.mostMemory)
  }

  /// Code compiles at several megabytes a second; a tenth of that is allowed.
  func time(for bytes: Int) -> UInt64 {
    time ?? min(10_000 + (UInt64(bytes) * 1000) >> 18, Self.mostTime)
  }

  /// Machine code and its tables take a multiple of the module's size; unused room costs nothing.
  func output(for bytes: Int) -> Int {
    let wanted = UInt64(256 << 20) + 32 * UInt64(bytes)
    return Int(min(wanted, memory(for: bytes), UInt64(Int.max)))
  }

  /// - Parameter option: of a command, with its dashes; these two are all that there are.
  mutating func apply(_ option: RunOption, _ value: String) throws(Failure) {
    if option == .compileTime {
      time = try RunOptions.duration(option, value)
    } else {
      memory = try RunOptions.size(option, value)
    }
  }

  /// Limits as options of a command other than `run` give them.
  public init(memory: String?, time: String?) throws(Failure) {
    if let memory { try apply(.compileMemory, memory) }
    if let time { try apply(.compileTime, time) }
  }
}
