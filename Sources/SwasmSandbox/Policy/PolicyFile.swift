import TOMLKit

/// A policy in TOML. Keys that a file leaves out have the values of `pure`: nothing is granted by silence.
enum PolicyFile {
  /// - Parameter shown: the file's name, for messages.
  static func parse(_ text: String, shown: String) throws(Failure) -> Policy {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch {
      throw Failure(.usage, "\(shown): not TOML: \(error)")
    }
    var policy = Policy(
      name: shown, capabilities: Policy.Capabilities(stdin: false, stdout: false, stderr: false),
      limits: Policy.Limits())
    for key in table.keys {
      switch key {
      case "name":
        guard let name = table["name"]?.string else {
          throw Failure(.usage, "\(shown): name is not a string")
        }
        policy.name = name
      case "capabilities", "limits":
        guard let section = table[key]?.table else {
          throw Failure(.usage, "\(shown): \(key) is not a section; write [\(key)]")
        }
        try read(section, key, into: &policy, shown)
      default:
        throw unknown(key, among: ["name", "capabilities", "limits"], shown)
      }
    }
    return policy
  }

  private static func read(
    _ section: TOMLTable, _ name: String, into policy: inout Policy, _ shown: String
  ) throws(Failure) {
    for word in section.keys {
      guard let key = PolicyKey(rawValue: "\(name).\(word)"), let value = section[word] else {
        let known = PolicyKey.allCases.filter { $0.rawValue.hasPrefix("\(name).") }
        throw unknown(word, among: known.map { String($0.shortName) }, shown)
      }
      guard set(key, to: value, in: &policy) else {
        throw Failure(.usage, "\(shown): \(key.rawValue) is not \(expectation(of: key))")
      }
    }
  }

  /// False when the value is of the wrong kind.
  private static func set(
    _ key: PolicyKey, to value: any TOMLValueConvertible, in policy: inout Policy
  ) -> Bool {
    func flag(_ path: WritableKeyPath<Policy, Bool>) -> Bool {
      guard let flag = value.bool else { return false }
      policy[keyPath: path] = flag
      return true
    }
    func quantity(_ path: WritableKeyPath<Policy, UInt64?>, _ parse: (String) -> UInt64?) -> Bool {
      guard let number = value.string.flatMap(parse) else { return false }
      policy[keyPath: path] = number
      return true
    }
    switch key {
    case .stdin: return flag(\.capabilities.stdin)
    case .stdout: return flag(\.capabilities.stdout)
    case .stderr: return flag(\.capabilities.stderr)
    case .waiting: return flag(\.capabilities.waiting)
    case .random: return flag(\.capabilities.random)
    case .directories:
      guard let access = value.string.flatMap(DirectoryAccess.init) else { return false }
      policy.capabilities.directories = access
      return true
    case .environment:
      guard let names = value.array?.map(\.string), names.allSatisfy({ $0 != nil }) else {
        return false
      }
      policy.capabilities.environment = names.compactMap(\.self)
      return true
    case .memory: return quantity(\.limits.memory, Quantities.bytes)
    case .stack:
      guard let bytes = value.string.flatMap(Quantities.bytes) else { return false }
      policy.limits.stack = bytes
      return true
    case .timeout: return quantity(\.limits.timeout, Quantities.milliseconds)
    case .cpuTime: return quantity(\.limits.cpuTime, Quantities.milliseconds)
    case .maxFileSize: return quantity(\.limits.maxFileSize, Quantities.bytes)
    case .openFiles:
      guard let count = value.int, (16...65536).contains(count) else { return false }
      policy.limits.openFiles = UInt64(count)
      return true
    }
  }

  private static func expectation(of key: PolicyKey) -> String {
    switch key {
    case .stdin, .stdout, .stderr, .waiting, .random: "true or false"
    case .directories:
      "one of " + DirectoryAccess.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    case .environment: "a list of strings"
    case .memory, .stack, .maxFileSize: "a size such as \"64MiB\""
    case .timeout, .cpuTime: "a duration such as \"5s\""
    case .openFiles: "a number from 16 to 65536"
    }
  }

  private static func unknown(_ key: String, among known: [String], _ shown: String) -> Failure {
    let hint = Suggestion.nearest(to: key, among: known).map { "; did you mean \"\($0)\"?" }
    return Failure(
      .usage,
      "\(shown): unknown key \"\(key)\"" + (hint ?? "; known: \(known.joined(separator: ", "))"))
  }
}
