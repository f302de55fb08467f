import SwasmLockdown

/// A policy in TOML. Keys that a file leaves out have the values of `pure`, and nothing is granted by silence.
struct PolicyFile {
  private static let sections = ["capabilities", "limits", "grants"]

  /// How messages name the file.
  private let shown: String
  private var policy: Policy

  /// - Parameter shown: the file's name, for messages.
  static func parse(_ text: String, shown: String) throws(Failure) -> Policy {
    let document: TOMLReader.Document
    do throws(TOMLReader.Malformed) {
      document = try TOMLReader.read(text)
    } catch {
      throw Failure(
        .usage, "\(shown):\(error.place.line):\(error.place.column): \(error.reason)")
    }
    var file = PolicyFile(
      shown: shown,
      policy: Policy(
        name: shown, capabilities: Policy.Capabilities(stdin: false, stdout: false, stderr: false),
        limits: Policy.Limits()))
    for section in document.sections where !sections.contains(section.name) {
      throw file.unknown(section.name, section.place, among: file.topLevel)
    }
    for entry in document.entries { try file.take(entry) }
    return file.policy
  }

  private var topLevel: [String] {
    ["name"] + PolicyKey.inSection(nil).map(\.rawValue) + Self.sections
  }

  private mutating func take(_ entry: TOMLReader.Entry) throws(Failure) {
    if let section = entry.section {
      guard let key = PolicyKey(rawValue: "\(section).\(entry.key)") else {
        let known = PolicyKey.inSection(section).map(\.shortName)
        throw unknown(entry.key, entry.place, among: known)
      }
      return try set(key, to: entry)
    }
    if entry.key == "name" {
      guard case .string(let name) = entry.value else {
        throw failure(entry.place, "name is not a string")
      }
      policy.name = name
    } else if Self.sections.contains(entry.key) {
      throw failure(entry.place, "\(entry.key) is not a section; write [\(entry.key)]")
    } else if let key = PolicyKey(rawValue: entry.key) {
      try set(key, to: entry)
    } else {
      throw unknown(entry.key, entry.place, among: topLevel)
    }
  }

  private mutating func set(_ key: PolicyKey, to entry: TOMLReader.Entry) throws(Failure) {
    guard assign(key, entry.value) else {
      throw failure(entry.place, "\(key.rawValue) is not \(Self.expectation(of: key))")
    }
  }

  /// False when the value is of the wrong kind.
  private mutating func assign(_ key: PolicyKey, _ value: TOMLReader.Value) -> Bool {
    switch key.kind {
    case .flag(let path): store(path, value.boolean)
    case .size(let path): store(path, value.string.flatMap(Quantities.bytes).map { $0 })
    case .duration(let path): store(path, value.string.flatMap(Quantities.milliseconds).map { $0 })
    case .stack: store(\.limits.stack, value.string.flatMap(Quantities.bytes))
    case .files: store(\.limits.maxFiles, value.count.map { $0 })
    case .openFiles:
      store(
        \.limits.openFiles,
        value.count.flatMap { Policy.openFilesRange.contains($0) ? $0 : nil })
    case .directories:
      store(\.capabilities.directories, value.string.flatMap(DirectoryAccess.init))
    case .environment: store(\.capabilities.environment, value.strings)
    case .layers: store(\.require, value.strings.flatMap(Self.layers))
    case .grantedDirectories:
      store(
        \.grants.directories, Self.each(value) { try? RunOptions.directory($0) })
    case .grantedVariables:
      store(\.grants.variables, Self.each(value) { Self.isVariable($0) ? $0 : nil })
    case .grantedListeners:
      store(\.grants.listeners, Self.each(value) { try? SocketAddress(.tcplisten, $0) })
    }
  }

  private mutating func store<Value>(_ path: WritableKeyPath<Policy, Value>, _ value: Value?)
    -> Bool
  {
    if let value { policy[keyPath: path] = value }
    return value != nil
  }

  /// nil where it is no list of strings, or one of them stands for nothing.
  private static func each<Item>(_ value: TOMLReader.Value, _ item: (String) -> Item?) -> [Item]? {
    guard let strings = value.strings else { return nil }
    let items = strings.compactMap(item)
    return items.count == strings.count ? items : nil
  }

  private static func isVariable(_ text: String) -> Bool {
    let equals = UInt8(ascii: "=")
    return text.utf8.contains(equals) && text.utf8.first != equals
  }

  /// nil where one of them is no second wall.
  private static func layers(_ names: [String]) -> Protections? {
    let layers = names.compactMap { Protections(name: $0) }
    guard layers.count == names.count, layers.allSatisfy(Protections.secondWalls.contains) else {
      return nil
    }
    return Protections(layers)
  }

  private static func expectation(of key: PolicyKey) -> String {
    func quoted(_ words: [String]) -> String {
      words.map { "\"\($0)\"" }.joined(separator: ", ")
    }
    return switch key.kind {
    case .flag: "true or false"
    case .directories: "one of \(quoted(DirectoryAccess.allCases.map(\.rawValue)))"
    case .environment: "a list of strings"
    case .layers: "a list of these: \(quoted(Protections.secondWalls.names))"
    case .size, .stack: "a size such as \"64MiB\", at most 1EiB"
    case .duration: "a duration such as \"5s\", at most 100 years"
    case .files: "a number"
    case .openFiles: "a number from 16 to 65536"
    case .grantedDirectories: "a list of directories such as \"data::/data:ro\""
    case .grantedVariables: "a list of variables such as \"LANG=C\""
    case .grantedListeners: "a list of addresses such as \"127.0.0.1:8080\""
    }
  }

  private func failure(_ place: TOMLReader.Place, _ what: String) -> Failure {
    Failure(.usage, "\(shown):\(place.line): \(what)")
  }

  private func unknown(
    _ key: String, _ place: TOMLReader.Place, among known: [String]
  ) -> Failure {
    let hint = Suggestion.nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" }
    return failure(
      place, "unknown key \"\(key)\"" + (hint ?? "; known: \(known.joined(separator: ", "))"))
  }
}

extension TOMLReader.Value {
  fileprivate var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

  fileprivate var string: String? { if case .string(let value) = self { value } else { nil } }

  /// A number that is not negative.
  fileprivate var count: UInt64? {
    if case .integer(let value) = self { UInt64(exactly: value) } else { nil }
  }

  /// nil unless it is a list of nothing but strings.
  fileprivate var strings: [String]? {
    guard case .list(let values) = self else { return nil }
    let strings = values.compactMap(\.string)
    return strings.count == values.count ? strings : nil
  }
}
