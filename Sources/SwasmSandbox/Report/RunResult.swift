import Glibc
import SwasmLockdown

/// How a run ended: what is said on stderr, what `--json` prints, and the exit status.
struct RunResult {
  enum Outcome: String, CaseIterable {
    /// By itself.
    case exited
    case trapped
    /// A limit of wall-clock or processor time.
    case timeout
    /// Killed by the system-call filter.
    case denied
    /// By a signal, the launcher's included, or for its output.
    case killed
    case outOfMemory = "out-of-memory"
    /// Nothing of the guest ran.
    case setupFailed = "setup-failed"
    /// The process that opens the guest's files has died, and the guest was killed.
    case brokerFailed = "broker-failed"
  }

  var outcome: Outcome
  var status: ExitStatus
  /// For stderr, in order; without the program's name.
  var messages: [String] = []
  /// For stdout.
  var output = ""
  var trap: TrapReport?
  var denials: [DenialReport] = []
  /// With those that were not kept.
  var denialCount = 0
  var limits: [LimitHit] = []
  var usage: Usage?
  /// In directories that are copied on write; nil without one, or where they could not be found out.
  var changes: ChangeReport?
  /// As they were before the guest's first instruction.
  var protections: Protections?
  /// What the program made use of, where that was to be learnt and it began.
  var observed: Observation?

  init(_ outcome: Outcome, _ status: ExitStatus) {
    self.outcome = outcome
    self.status = status
  }

  /// A run that came to nothing, or was ended before the guest began.
  init(_ failure: Failure) {
    outcome =
      switch failure.status {
      case .timeLimit: .timeout
      case .forbiddenCall: .denied
      case .signal, .outputLimit: .killed
      default: .setupFailed
      }
    status = failure.status
    messages = failure.message.isEmpty ? [] : [failure.message]
    if let limit = failure.limit ?? (failure.status == .timeLimit ? .wallTime : nil) {
      limits = [limit]
    }
  }

  /// What a run used.
  struct Usage: Equatable {
    /// Milliseconds of the launcher's clock, compilation included.
    var wall: UInt64
    /// Milliseconds of the run's processes: the guest's, its broker's and the compiler's.
    var cpu: UInt64
    /// Of these, the compiler's; 0 where nothing was compiled.
    var compilerCPU: UInt64
    /// Bytes that the compiler's process had in use at most.
    var compilerPeakMemory: UInt64
    /// Bytes that the guest's process had in use at most.
    var peakMemory: UInt64
    /// Bytes on the standard streams.
    var output: UInt64
  }
}

/// A limit that a run came up against.
enum LimitHit: String, CaseIterable {
  case wallTime = "wall-time"
  case cpuTime = "cpu-time"
  case memory
  case stack
  case output
  case openFiles = "open-files"
  case files
  case fileSize = "file-size"
  case written

  /// The key of a policy that sets it; its option raises it.
  var key: PolicyKey {
    switch self {
    case .wallTime: .timeout
    case .cpuTime: .cpuTime
    case .memory: .memory
    case .stack: .stack
    case .output: .maxOutput
    case .openFiles: .openFiles
    case .files: .maxFiles
    case .fileSize: .maxFileSize
    case .written: .maxWritten
    }
  }
}

/// Where and why a guest trapped.
struct TrapReport {
  /// As in `integer-divide-by-zero`.
  var kind: String
  /// The specification's words.
  var message: String
  /// The innermost first.
  var frames: [Frame] = []

  struct Frame {
    var module: String
    var function: String
    /// Of the instruction, in the module's bytes.
    var offset: Int?
    /// All of it in one line.
    var text: String
  }
}
