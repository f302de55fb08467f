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
    case .deterministicNaN: code.deterministicNaN = true
    }
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

  private static func duration(_ option: RunOption, _ value: String) throws(Failure) -> UInt64 {
    guard let milliseconds = Quantities.milliseconds(value) else {
      throw .usage("\(option.flag) \(value): expected a duration such as 500ms, 5s or 2m")
    }
    return milliseconds
  }

  private static func size(_ option: RunOption, _ value: String) throws(Failure) -> UInt64 {
    guard let bytes = Quantities.bytes(value) else {
      throw .usage("\(option.flag) \(value): expected a size such as 64MiB or 1GB")
    }
    return bytes
  }
}
