import SwasmModule
import SwasmRuntime

/// What is left of a script when the compiler process has read it: calls, and what they must give. It stands behind
/// the artifact of the script's modules.
struct ScriptPlan: Equatable, Sendable {
  var commands: [Command] = []
  /// Commands that passed in the compiler process.
  var judged = 0
  /// Commands about what is not looked at, as custom sections.
  var skipped = 0

  struct Command: Equatable, Sendable {
    var line: Int
    var step: Step
  }

  enum Step: Equatable, Sendable {
    /// The compiler process has found it to fail.
    case failed(String)
    /// As `failed`, for the module that the commands to come are about.
    case unusable(String, name: String?)
    /// An instance of the artifact's root module of that number.
    case instantiate(module: Int, name: String?)
    case register(String, instance: String?)
    case action(Action)
    case assertReturn(Action, [Pattern])
    case assertTrap(Action, String)
    case assertException(Action)
    /// Instantiation fails before anything runs.
    case assertUnlinkable(module: Int, String)
    /// Instantiation traps.
    case assertUninstantiable(module: Int, String)
  }

  struct Action: Equatable, Sendable {
    /// nil: the last one.
    var instance: String?
    var export: String
    /// nil: the export is a global to be read.
    var arguments: [Value]?
  }

  /// What a result must be, as words and as alternatives of which one has to hold.
  struct Pattern: Equatable, Sendable {
    var text: String
    var alternatives: [Alternative]
  }

  /// A test of a value's 16 bytes.
  struct Alternative: Equatable, Sendable {
    /// nil: any reference type.
    var type: ValueType?
    /// Of these bits…
    var mask = Bits()
    /// …what they must be.
    var bits = Bits()
    /// Instead: a reference that is not null.
    var isReference = false
  }

  struct Bits: Equatable, Sendable {
    var low: UInt64 = 0
    var high: UInt64 = 0
  }
}

extension ScriptPlan.Alternative {
  func matches(_ value: Value) -> Bool {
    guard type.map({ $0 == value.type }) ?? value.type.isReference else { return false }
    let found = value.bits
    if isReference { return found.low != 0 }
    return found.low & mask.low == bits.low && found.high & mask.high == bits.high
  }
}

/// What the launcher hears of a script: one record per failed command, then the counts.
enum ScriptReport: Equatable, Sendable {
  case failed(line: Int, String)
  case done(passed: Int, skipped: Int)
  /// Nothing of it was run.
  case broken(String)

  /// Bytes of all of a script's records that are kept.
  static let limit = 4 << 20
}
