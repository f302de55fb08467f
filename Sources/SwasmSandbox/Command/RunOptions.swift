import Glibc
import SwasmModule

/// What the command line of `run` asks for.
public struct RunOptions: Equatable, Sendable {
  public var directories: [Directory] = []
  /// `NAME=VALUE` each, later ones win.
  public var environment: [String] = []
  /// Names of those that were passed on from the launcher's own.
  public var passedOn: [String] = []
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
  /// An empty directory, gone afterwards.
  public var grantsTemporary = false
  /// Where the changes in copied directories are listed.
  public var changesFile: String?
  /// They are applied.
  public var commits = false
  public var code = CodeOptions()
  /// As they were given.
  var features: String?
  public var invoke: String?
  public var preloads: [Preload] = []
  public var argv0: String?
  public var module = ""
  public var arguments: [String] = []
  /// What a run uses is recorded, and made a policy of.
  public var learning: Learning?

  public struct Learning: Equatable, Sendable {
    /// Where the policy goes; nil: to standard error.
    public var output: String?

    public init() {}
  }

  public struct Directory: Equatable, Sendable, CustomStringConvertible {
    public var host: String
    public var guest: String
    /// nil: as much as the policy allows.
    public var access: DirectoryAccess?
    /// Made for the run; it has no name of its own.
    public var isTemporary = false

    static let temporary = Directory(
      host: "", guest: "/tmp", access: .readWrite, isTemporary: true)

    /// As `--dir` takes it.
    public var description: String {
      if isTemporary { return RunOption.tmp.flag }
      let suffix =
        switch access {
        case .readOnly: ":ro"
        case .copyOnWrite: ":cow"
        case .readWrite: ":rw"
        case .some(.none): ":none"
        case nil: ""
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
      preloads.append(try Self.preload(value))
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
    case .tmp: grantsTemporary = true
    case .changes:
      guard !value.isEmpty else { throw .usage("\(option.flag): expected a file") }
      changesFile = value
    case .commit: commits = true
    case .allowCompiled: allowsCompiled = true
    case .deterministicNaN: code.deterministicNaN = true
    case .checkedMemory: code.checksBounds = true
    case .features:
      try code.applyFeatures(value)
      features = value
    }
  }

  /// With the limits that `SWASM_…` variables set and no option does: `SWASM_MEMORY` stands for `--memory`.
  func completedByVariables() throws(Failure) -> RunOptions {
    var options = self
    for option in RunOption.allCases where isGiven(option) == false {
      guard let value = getenv(option.variable), value.pointee != 0 else { continue }
      do throws(Failure) {
        try options.apply(option, ByteText.string(fromC: value))
      } catch {
        throw .usage("\(option.variable): \(error.message)")
      }
    }
    return options
  }

  /// With what a policy grants by itself before what options grant.
  func completed(by grants: Policy.Grants) -> RunOptions {
    if grants.isEmpty { return self }
    var options = self
    options.directories = grants.directories + directories
    options.environment = grants.variables + environment
    options.sockets = grants.listeners.map { .listening($0) } + sockets
    return options
  }

  /// nil for an option that no variable stands in for.
  func isGiven(_ option: RunOption) -> Bool? {
    switch option {
    case .policy: policy != nil
    case .timeout: timeout != nil
    case .cpuTime: cpuTime != nil
    case .memory: memory != nil
    case .stack: stack != nil
    case .maxFileSize: maxFileSize != nil
    case .maxOutput: maxOutput != nil
    case .openFiles: openFiles != nil
    case .maxFiles: maxFiles != nil
    case .maxWritten: maxWritten != nil
    case .compileMemory: compiler.memory != nil
    case .compileTime: compiler.time != nil
    default: nil
    }
  }

  private mutating func applyEnvironment(_ value: String) throws(Failure) {
    let equals = UInt8(ascii: "=")
    if value.utf8.first == equals || value.isEmpty {
      throw .usage("--env \(value): expected NAME or NAME=VALUE")
    }
    let name = String(Substring(value.utf8.prefix { $0 != equals }))
    passedOn.removeAll { $0.utf8.elementsEqual(name.utf8) }
    if value.utf8.contains(equals) {
      environment.append(value)
    } else if let inherited = getenv(ByteText.forC(value)) {
      environment.append("\(value)=\(ByteText.string(fromC: inherited))")
      passedOn.append(value)
    } else {
      throw .usage("--env \(value): the variable is not set; --env \(value)=VALUE sets it")
    }
  }

  private static func preload(_ value: String) throws(Failure) -> Preload {
    guard let equals = value.utf8.firstIndex(of: UInt8(ascii: "=")), equals != value.startIndex
    else {
      throw .usage("--preload \(value): expected NAME=FILE")
    }
    return Preload(
      name: String(Substring(value.utf8[..<equals])),
      path: String(Substring(value.utf8[value.utf8.index(after: equals)...])))
  }

  /// `HOST[::GUEST][:ro|:cow|:rw]` or `HOST:none`
  static func directory(_ value: String) throws(Failure) -> Directory {
    var text = value.utf8[...]
    var access: DirectoryAccess?
    for (suffix, meaning) in [
      (":ro", DirectoryAccess.readOnly), (":cow", .copyOnWrite), (":rw", .readWrite),
      (":none", .none),
    ]
    where text.count >= suffix.utf8.count
      && text.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    {
      text = text.dropLast(suffix.utf8.count)
      access = meaning
      break
    }
    let (host, guest) = split(text)
    guard !host.isEmpty, guest?.isEmpty != true else {
      throw .usage("--dir \(value): expected HOST[::GUEST][:ro|:cow|:rw] or HOST:none")
    }
    if access == DirectoryAccess.none, guest != nil {
      throw .usage(
        "--dir \(value): a denied directory has no name for the program; write --dir \(host):none")
    }
    return Directory(host: host, guest: guest ?? host, access: access)
  }

  /// At the first `::`. Letters are bytes here: an accent after a colon would make one character of both.
  private static func split(_ text: Substring.UTF8View) -> (String, String?) {
    var index = text.startIndex
    while let colon = text[index...].firstIndex(of: UInt8(ascii: ":")) {
      let next = text.index(after: colon)
      if next < text.endIndex, text[next] == UInt8(ascii: ":") {
        return (
          String(Substring(text[..<colon])), String(Substring(text[text.index(after: next)...]))
        )
      }
      index = next
    }
    return (String(Substring(text)), nil)
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
