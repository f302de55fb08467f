import SwasmLockdown
import SwasmModule

/// A policy as a file, with a comment behind each line.
struct PolicyText {
  let policy: Policy
  /// By key; of a list by item.
  let reasons: [PolicyKey: [String]]

  /// Sections and keys that say something.
  var text: String {
    var text = "name = \(Self.quoted(policy.name))\n"
    text += PolicyKey.inSection(nil).map(line).joined()
    for section in ["capabilities", "grants", "limits"] {
      let lines = PolicyKey.inSection(section).map(line).joined()
      if !lines.isEmpty { text += "\n[\(section)]\n\(lines)" }
    }
    return text
  }

  /// What a file that leaves it out says too stays out.
  private func line(_ key: PolicyKey) -> String {
    let silent = Policy(
      name: "", capabilities: Policy.Capabilities(stdin: false, stdout: false, stderr: false),
      limits: Policy.Limits())
    guard key == .stack || key.text(in: policy) != key.text(in: silent) else { return "" }
    let reason = reasons[key] ?? []
    func single(_ value: String) -> String {
      let comment = reason.first.map { "  \(Self.comment($0))" } ?? ""
      return "\(key.shortName) = \(value)\(comment)\n"
    }
    func list(_ items: [String]) -> String {
      guard reason.count == items.count, items.count != 1 || reason.count != 1 else {
        return single("[\(items.map(Self.quoted).joined(separator: ", "))]")
      }
      let lines = zip(items, reason).map { "  \(Self.quoted($0)),  \(Self.comment($1))\n" }
      return "\(key.shortName) = [\n\(lines.joined())]\n"
    }
    switch key.kind {
    case .flag, .openFiles, .files: return single(key.text(in: policy))
    case .size, .duration, .stack, .directories: return single(Self.quoted(key.text(in: policy)))
    case .environment: return list(policy.capabilities.environment)
    case .layers: return list(policy.require.names)
    case .grantedDirectories: return list(policy.grants.directories.map(\.description))
    case .grantedVariables: return list(policy.grants.variables)
    case .grantedListeners: return list(policy.grants.listeners.map(\.description))
    }
  }

  /// In one line, whatever names are in it.
  static func comment(_ text: String) -> String { "# " + Printable.line(text) }

  /// A string of TOML in which nothing moves a cursor or hides.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where Printable.isHidden(scalar):
        let digits = String(scalar.value, radix: 16)
        let isLong = scalar.value > 0xffff
        let width = isLong ? 8 : 4
        let zeros = String(repeating: "0", count: width - digits.utf8.count)
        result += (isLong ? "\\U" : "\\u") + zeros + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
