import SwasmLockdown
import TOMLKit

/// A policy in TOML. Keys that a file leaves out have the values of `pure`, and nothing is granted by silence.
enum PolicyFile {
  private static let sections = ["capabilities", "limits"]

  /// - Parameter shown: the file's name, for messages.
  static func parse(_ text: String, shown: String) throws(Failure) -> Policy {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw Failure(
        .usage,
        "\(shown):\(error.source.begin.line): not TOML: \(error.description.prefix { $0 != "\n" })")
    } catch {
      throw Failure(.usage, "\(shown): not TOML: \(error)")
    }
    var policy = Policy(
      name: shown, capabilities: Policy.Capabilities(stdin: false, stdout: false, stderr: false),
      limits: Policy.Limits())
    let file = Lines(text: text, shown: shown)
    let known = ["name"] + PolicyKey.inSection(nil).map(\.rawValue) + sections
    for key in table.keys {
      if key == "name" {
        guard let name = table["name"]?.string else {
          throw file.failure(key, "name is not a string")
        }
        policy.name = name
      } else if sections.contains(key) {
        guard let section = table[key]?.table else {
          throw file.failure(key, "\(key) is not a section; write [\(key)]")
        }
        try read(section, key, into: &policy, file)
      } else if let known = PolicyKey(rawValue: key), let value = table[key] {
        try set(known, to: value, in: &policy, file)
      } else {
        throw file.unknown(key, among: known)
      }
    }
    return policy
  }

  private static func read(
    _ section: TOMLTable, _ name: String, into policy: inout Policy, _ file: Lines
  ) throws(Failure) {
    for word in section.keys {
      guard let key = PolicyKey(rawValue: "\(name).\(word)"), let value = section[word] else {
        throw file.unknown(word, among: PolicyKey.inSection(name).map(\.shortName))
      }
      try set(key, to: value, in: &policy, file)
    }
  }

  private static func set(
    _ key: PolicyKey, to value: any TOMLValueConvertible, in policy: inout Policy, _ file: Lines
  ) throws(Failure) {
    guard assign(key, value, in: &policy) else {
      throw file.failure(key.shortName, "\(key.rawValue) is not \(expectation(of: key))")
    }
  }

  /// False when the value is of the wrong kind.
  private static func assign(
    _ key: PolicyKey, _ value: any TOMLValueConvertible, in policy: inout Policy
  ) -> Bool {
    func store<Value>(_ path: WritableKeyPath<Policy, Value>, _ value: Value?) -> Bool {
      if let value { policy[keyPath: path] = value }
      return value != nil
    }
    let strings = value.array?.map(\.string)
    switch key.kind {
    case .flag(let path): return store(path, value.bool)
    case .size(let path): return store(path, value.string.flatMap(Quantities.bytes).map { $0 })
    case .duration(let path):
      return store(path, value.string.flatMap(Quantities.milliseconds).map { $0 })
    case .stack: return store(\.limits.stack, value.string.flatMap(Quantities.bytes))
    case .files:
      return store(\.limits.maxFiles, value.int.flatMap { UInt64(exactly: $0) }.map { $0 })
    case .openFiles:
      let count = value.int.flatMap { UInt64(exactly: $0) }
      return store(
        \.limits.openFiles, count.flatMap { Policy.openFilesRange.contains($0) ? $0 : nil })
    case .directories:
      return store(\.capabilities.directories, value.string.flatMap(DirectoryAccess.init))
    case .environment:
      let names = strings?.compactMap(\.self)
      return store(\.capabilities.environment, names?.count == strings?.count ? names : nil)
    case .layers:
      let layers = strings?.map { $0.flatMap { Protections(name: $0) } ?? [] }
      let areKnown = layers?.allSatisfy { !$0.isEmpty && Protections.secondWalls.contains($0) }
      return store(\.require, areKnown == true ? Protections(layers ?? []) : nil)
    }
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
    case .size, .stack: "a size such as \"64MiB\""
    case .duration: "a duration such as \"5s\""
    case .files: "a number"
    case .openFiles: "a number from 16 to 65536"
    }
  }
}

/// The text of a policy file, to say where something is wrong in it.
private struct Lines {
  let text: String
  let shown: String

  func failure(_ key: String, _ what: String) -> Failure {
    Failure(.usage, "\(shown)\(line(of: key).map { ":\($0)" } ?? ""): \(what)")
  }

  func unknown(_ key: String, among known: [String]) -> Failure {
    let hint = Suggestion.nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" }
    return failure(
      key, "unknown key \"\(key)\"" + (hint ?? "; known: \(known.joined(separator: ", "))"))
  }

  /// The first line that begins with the key, counted from 1; nil when it is written in another way.
  private func line(of key: String) -> Int? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.firstIndex { line in
      var rest = line.drop { $0 == " " || $0 == "\t" || $0 == "[" }
      guard rest.hasPrefix(key) else { return false }
      rest = rest.dropFirst(key.count).drop { $0 == " " || $0 == "\t" }
      return rest.first == "=" || rest.first == "]"
    }.map { $0 + 1 }
  }
}
