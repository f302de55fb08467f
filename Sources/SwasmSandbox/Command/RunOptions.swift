import Glibc

/// What the command line of `run` asks for.
public struct RunOptions: Equatable, Sendable {
  public var directories: [Directory] = []
  /// `NAME=VALUE` each, later ones win.
  public var environment: [String] = []
  public var policy: String?
  /// Milliseconds.
  public var timeout: UInt64?
  public var cpuTime: UInt64?
  /// Bytes.
  public var memory: UInt64?
  public var stack: UInt64?
  public var maxFileSize: UInt64?
  /// Bytes on standard output and standard error together.
  public var maxOutput: UInt64?
  public var openFiles: UInt64?
  /// Names added to the granted directories.
  public var maxFiles: UInt64?
  public var maxWritten: UInt64?
  public var compiler = CompilerLimits()
  /// In the order in which the guest finds them.
  public var sockets: [SocketSource] = []
  /// Where the result goes as JSON.
  public var statusDescriptor: Int32?
  /// On standard error, in place of messages.
  public var printsJSON = false
  public var isDryRun = false
  public var usesCache = true
  public var traces = false
  /// Native code of anyone's making may run.
  public var allowsCompiled = false
  public var code = CodeOptions()
  public var invoke: String?
  public var preloads: [Preload] = []
  public var argv0: String?
  public var module = ""
  public var arguments: [String] = []

  public struct Directory: Equatable, Sendable, CustomStringConvertible {
    public var host: String
    public var guest: String
    /// nil: as much as the policy allows.
    public var access: DirectoryAccess?

    /// As `--dir` takes it.
    public var description: String {
      let suffix =
        switch access {
        case .readOnly: ":ro"
        case .readWrite: ":rw"
        case nil, .some(.none): ""
        }
      return (host == guest ? host : "\(host)::\(guest)") + suffix
    }
  }

  public struct Preload: Equatable, Sendable, CustomStringConvertible {
    public var name: String
    public var path: String

    public var description: String { "\(name)=\(path)" }
  }

  public init() {}

  /// Takes over the value of one option.
  public mutating func apply(_ option: RunOption, _ value: String) throws(Failure) {
    switch option {
    case .dir: directories.append(try Self.directory(value))
    case .env: try applyEnvironment(value)
    case .policy: policy = value
    case .timeout: timeout = try Self.duration(option, value)
    case .cpuTime: cpuTime = try Self.duration(option, value)
    case .memory: memory = try Self.size(option, value)
    case .stack: stack = try Self.size(option, value)
    case .maxFileSize: maxFileSize = try Self.size(option, value)
    case .invoke: invoke = value
    case .preload:
      guard let equals = value.firstIndex(of: "="), equals != value.startIndex else {
        throw .usage("--preload \(value): expected NAME=FILE")
      }
      preloads.append(
        Preload(name: String(value[..<equals]), path: String(value[value.index(after: equals)...])))
    case .argv0: argv0 = value
    case .maxOutput: maxOutput = try Self.size(option, value)
    case .openFiles: openFiles = try Self.openFiles(option, value)
    case .maxFiles:
      guard let count = UInt64(value), !value.hasPrefix("+") else {
        throw .usage("\(option.flag) \(value): expected a number")
      }
      maxFiles = count
    case .maxWritten: maxWritten = try Self.size(option, value)
    case .compileMemory, .compileTime: try compiler.apply(option, value)
    case .tcplisten: sockets.append(.listening(try SocketAddress(option, value)))
    case .socket: sockets.append(.inherited(try Self.descriptor(option, value)))
    case .statusFD: statusDescriptor = try Self.descriptor(option, value)
    case .json: printsJSON = true
    case .dryRun: isDryRun = true
    case .noCache: usesCache = false
    case .trace: traces = true
    case .allowCompiled: allowsCompiled = true
    case .deterministicNaN: code.deterministicNaN = true
    case .checkedMemory: code.checksBounds = true
    case .features: try code.applyFeatures(value)
    }
  }

  /// With the limits that `SWASM_…` variables set and no option does: `SWASM_MEMORY` stands for `--memory`.
  func completedByVariables() throws(Failure) -> RunOptions {
    var options = self
    let given: [(RunOption, Bool)] = [
      (.policy, policy != nil), (.timeout, timeout != nil), (.cpuTime, cpuTime != nil),
      (.memory, memory != nil), (.stack, stack != nil), (.maxFileSize, maxFileSize != nil),
      (.maxOutput, maxOutput != nil), (.openFiles, openFiles != nil), (.maxFiles, maxFiles != nil),
      (.maxWritten, maxWritten != nil), (.compileMemory, compiler.memory != nil),
      (.compileTime, compiler.time != nil),
    ]
    for (option, isGiven) in given where !isGiven {
      guard let value = getenv(option.variable), value.pointee != 0 else { continue }
      do throws(Failure) {
        try options.apply(option, String(cString: value))
      } catch {
        throw .usage("\(option.variable): \(error.message)")
      }
    }
    return options
  }

  private mutating func applyEnvironment(_ value: String) throws(Failure) {
    if value.hasPrefix("=") || value.isEmpty {
      throw .usage("--env \(value): expected NAME or NAME=VALUE")
    }
    if value.contains("=") {
      environment.append(value)
    } else if let inherited = getenv(value) {
      environment.append("\(value)=\(String(cString: inherited))")
    } else {
      throw .usage("--env \(value): the variable is not set; --env \(value)=VALUE sets it")
    }
  }

  /// `HOST[::GUEST][:ro|:rw]`
  private static func directory(_ value: String) throws(Failure) -> Directory {
    var text = value[...]
    var access: DirectoryAccess?
    for (suffix, meaning) in [(":ro", DirectoryAccess.readOnly), (":rw", .readWrite)]
    where text.hasSuffix(suffix) {
      text = text.dropLast(suffix.utf8.count)
      access = meaning
    }
    let (host, guest) = split(text)
    guard !host.isEmpty, !guest.isEmpty else {
      throw .usage("--dir \(value): expected HOST[::GUEST][:ro|:rw]")
    }
    return Directory(host: String(host), guest: String(guest), access: access)
  }

  /// At the first `::`.
  private static func split(_ text: Substring) -> (Substring, Substring) {
    var index = text.startIndex
    while let colon = text[index...].firstIndex(of: ":") {
      let next = text.index(after: colon)
      if next < text.endIndex, text[next] == ":" {
        return (text[..<colon], text[text.index(after: next)...])
      }
      index = next
    }
    return (text, text)
  }

  static func duration(_ option: RunOption, _ value: String) throws(Failure) -> UInt64 {
    guard let milliseconds = Quantities.milliseconds(value) else {
      throw .usage(
        "\(option.flag) \(value): expected a duration such as 500ms, 5s or 2m, at most 100 years")
    }
    return milliseconds
  }

  /// A descriptor besides the standard ones and the launcher's own.
  private static func descriptor(_ option: RunOption, _ value: String) throws(Failure) -> Int32 {
    guard let number = Int32(value), number >= (option == .statusFD ? 1 : 3), !value.hasPrefix("+")
    else { throw .usage("\(option.flag) \(value): expected the number of an open descriptor") }
    return number
  }

  private static func openFiles(_ option: RunOption, _ value: String) throws(Failure) -> UInt64 {
    guard let count = UInt64(value), Policy.openFilesRange.contains(count), !value.hasPrefix("+")
    else { throw .usage("\(option.flag) \(value): expected a number from 16 to 65536") }
    return count
  }

  static func size(_ option: RunOption, _ value: String) throws(Failure) -> UInt64 {
    guard let bytes = Quantities.bytes(value) else {
      throw .usage("\(option.flag) \(value): expected a size such as 64MiB or 1GB, at most 1EiB")
    }
    return bytes
  }
}
